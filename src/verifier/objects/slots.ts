// SPDX-License-Identifier: GPL-2.0-only
/** Where an object that lives in stack slots is. */
import { constLow32, isConst } from '../domain';
import type { VerifierEnv } from '../env';
import { type FuncState } from '../state/frame';
import { pointerReg, type RegFields, type RegState } from '../state/reg';
import { allKinds, slotIndex, type SlotType, StackSlot } from '../state/stack';
import { RegType } from '../../kernel/types';

/** The argument is no suitable place; the message is written. */
export const BAD_PLACE = -1;
/** The place is fine but not allocated yet (`-ERANGE`). */
export const NOT_ALLOCATED = -2;

/** The frame that a stack pointer points into (`bpf_func`). */
export function frameOf(env: VerifierEnv, reg: RegState): FuncState {
  return env.cur.frames[reg.frameno]!;
}

/**
 * Slot index of an object's first slot, {@link BAD_PLACE} or {@link NOT_ALLOCATED} (`stack_slot_obj_get_spi`).
 * The object's other slots have the lower indices that follow.
 */
export function objectSlot(env: VerifierEnv, reg: RegState, kind: string, slots: number): number {
  if (!isConst(reg.val)) {
    env.verbose(`${kind} has to be at a constant offset\n`);
    return BAD_PLACE;
  }
  const off = constLow32(reg.val);
  const spi = off < 0 ? slotIndex(off) : Math.trunc((-off - 1) / 8);
  const above = env.kernel.features['object.belowFrame'] && off >= 0;
  if (above || off % 8 !== 0 || spi + 1 < slots) {
    env.verbose(`cannot pass in ${kind} at an offset=${off}\n`);
    return BAD_PLACE;
  }
  return spi < frameOf(env, reg).stack.length ? spi : NOT_ALLOCATED;
}

/** A slot that belongs to an object: all eight bytes of one kind, and the object's record. */
export function objectRecord(kind: SlotType, fields: Partial<RegFields> & { readonly type?: number }): StackSlot {
  return new StackSlot(allKinds(kind), pointerReg(fields.type ?? RegType.PTR_TO_STACK, fields));
}

/** Marks an object's slots as touched, for the log (`mark_stack_slots_scratched`). */
export function scratchSlots(env: VerifierEnv, spi: number, slots: number): void {
  for (let i = 0; i < slots; i++) env.scratchSlot(spi - i);
}
