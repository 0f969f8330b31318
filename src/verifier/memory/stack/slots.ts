// SPDX-License-Identifier: GPL-2.0-only
/** Byte types of a stack slot under writes. */
import { NOT_INIT, type RegState } from '../../state/reg';
import { ALL_SPILL, SlotType, StackSlot } from '../../state/stack';
import { RegType } from '../../../kernel/types';

/** A slot that holds a spilled register (`bpf_is_spilled_reg`). */
export function isSpill(slot: StackSlot): boolean {
  return slot.top === SlotType.SPILL;
}

/** A slot that holds a spilled scalar (`bpf_is_spilled_scalar_reg`). */
export function isScalarSpill(slot: StackSlot): boolean {
  return slot.top === SlotType.SPILL && slot.reg.type === RegType.SCALAR_VALUE;
}

/** `kinds` with every byte mapped. */
export function mapKinds(kinds: number, map: (kind: SlotType) => SlotType): number {
  let next = 0;
  for (let i = 0; i < 8; i++) next |= map((kinds >>> (3 * i)) & 7) << (3 * i);
  return next;
}

/** Whatever was known becomes "something", never-written bytes stay so (`scrub_spilled_slot`). */
export function scrubKind(kind: SlotType): SlotType {
  return kind === SlotType.INVALID || kind === SlotType.POISON ? kind : SlotType.MISC;
}

/** As {@link scrubKind}, but known zeros stay (`mark_stack_slot_misc`). */
export function miscKind(kind: SlotType): SlotType {
  return kind === SlotType.ZERO ? kind : scrubKind(kind);
}

/**
 * The slot after a data write somewhere in it: a spill, dynptr, iterator or irq flag is gone (`scrub_special_slot`).
 * The record of the register goes with it.
 */
export function scrubSpecial(slot: StackSlot): StackSlot {
  switch (slot.top) {
    case SlotType.SPILL:
    case SlotType.DYNPTR:
    case SlotType.ITER:
    case SlotType.IRQ_FLAG:
      return new StackSlot(mapKinds(slot.kinds, scrubKind), NOT_INIT);
    default:
      return slot.withReg(NOT_INIT);
  }
}

/**
 * The slot after a register was spilled into its `size` lowest addressed bytes (`save_register_state`).
 * @param rest what becomes of the other bytes
 */
export function spillInto(slot: StackSlot, reg: RegState, size: number, rest: (kind: SlotType) => SlotType = miscKind): StackSlot {
  if (size === 8) return new StackSlot(ALL_SPILL, reg);
  let kinds = 0;
  for (let i = 0; i < 8; i++) {
    kinds |= (i >= 8 - size ? SlotType.SPILL : rest(slot.kind(i))) << (3 * i);
  }
  return new StackSlot(kinds, reg);
}
