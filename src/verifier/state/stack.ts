// SPDX-License-Identifier: GPL-2.0-only
import { NOT_INIT, type RegState } from './reg';

/** `enum bpf_stack_slot_type`, per byte. */
export const enum SlotType {
  INVALID = 0,
  SPILL = 1,
  MISC = 2,
  ZERO = 3,
  DYNPTR = 4,
  ITER = 5,
  IRQ_FLAG = 6,
  POISON = 7,
}

/** Characters of the log, by {@link SlotType} (`log.c: slot_type_char`). */
export const SLOT_TYPE_CHARS = '?rm0difp';

/**
 * Eight bytes of stack. Immutable, shared by reference.
 *
 * `kinds` packs the eight byte types, three bits each; byte 0 is the one nearest the frame pointer:
 * ```
 *  bits 23..21   …            5..3     2..0
 *  byte 7 (fp-8n)  …          byte 1   byte 0 (fp-8n+7)
 * ```
 * The slot is a spill when byte 7 is SPILL; a spill of n bytes sets the n bytes with the highest indices.
 */
export class StackSlot {
  constructor(
    readonly kinds: number,
    /** Spilled register, or the record of a dynptr/iterator/irq flag; NOT_INIT if none. */
    readonly reg: RegState,
  ) {}

  /** Type of byte `i`, 0 to 7. */
  kind(i: number): SlotType {
    return (this.kinds >>> (3 * i)) & 7;
  }
  /** Type of byte 7, which tells what the slot as a whole is. */
  get top(): SlotType {
    return (this.kinds >>> 21) & 7;
  }
  withReg(reg: RegState): StackSlot {
    return reg === this.reg ? this : new StackSlot(this.kinds, reg);
  }
  withKinds(kinds: number): StackSlot {
    return kinds === this.kinds ? this : new StackSlot(kinds, this.reg);
  }
}

/** `kinds` with all eight bytes of one type. */
export function allKinds(type: SlotType): number {
  return type * 0o11111111;
}

/** `kinds` of a slot that a whole register was spilled to, and of one that holds ordinary bytes. */
export const ALL_SPILL = allKinds(SlotType.SPILL);
export const ALL_MISC = allKinds(SlotType.MISC);

/** `kinds` with byte `i` replaced. */
export function setKind(kinds: number, i: number, type: SlotType): number {
  return (kinds & ~(7 << (3 * i))) | (type << (3 * i));
}

/** A slot nothing was written to. */
export const EMPTY_SLOT = new StackSlot(0, NOT_INIT);

/** Slot index of a byte offset from the frame pointer: −1…−8 → 0 (`bpf_get_spi`). */
export function slotIndex(off: number): number {
  return (-off - 1) >> 3;
}
