// SPDX-License-Identifier: GPL-2.0-only
/** The stack slots of dynptrs, and what happens when one is overwritten. */
import { Flag, RegType } from '../../kernel/types';
import type { DynptrDesc } from '../call-meta';
import { why } from '../diag';
import { constLow32, isConst } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { invalidReg, mapAllRegs } from '../regs';
import type { FuncState } from '../state/frame';
import type { RegFields, RegState } from '../state/reg';
import { EMPTY_SLOT, SlotType } from '../state/stack';
import { releaseReference } from './refs';
import { fixedPart } from '../state/packet-parts';
import { frameOf, NOT_ALLOCATED, objectSlot, scratchSlots } from './slots';

/** `enum bpf_dynptr_type`. */
export const enum DynptrType {
  INVALID = 0,
  LOCAL,
  RINGBUF,
  SKB,
  XDP,
  SKB_META,
  FILE,
}

/** Stack slots of a dynptr. */
export const DYNPTR_SLOTS = 2;

/** Whether a dynptr of that type owns something that must be given back (`dynptr_type_referenced`). */
export function dynptrTypeReferenced(type: number): boolean {
  return type === DynptrType.RINGBUF || type === DynptrType.FILE;
}

/**
 * Slot index of a dynptr's first slot, or why there is none. Kernels that do not tell dynptrs apart go by the constant part of the offset.
 */
export function dynptrSlot(env: VerifierEnv, reg: RegState): number {
  if (env.kernel.features['dynptr.identity']) return objectSlot(env, reg, 'dynptr', DYNPTR_SLOTS);
  const off = isConst(reg.val) ? constLow32(reg.val) : fixedPart(reg);
  if (off % 8 !== 0) env.reject(Errno.EINVAL, 'cannot pass in dynptr at an offset\n', undefined, { kind: 'dynptr', how: 'place' });
  const spi = Math.trunc((-off - 1) / 8);
  return spi + 1 >= DYNPTR_SLOTS && spi < frameOf(env, reg).stack.length ? spi : NOT_ALLOCATED;
}

/** Number of dynptrs that hang on `parentId` (`dynptr_ref_cnt`). */
function countSiblings(env: VerifierEnv, parentId: number): number {
  let n = 0;
  for (const f of env.cur.frames) {
    for (const slot of f.stack) {
      if (slot.top === SlotType.DYNPTR && slot.kind(0) === SlotType.DYNPTR && slot.reg.dynptrFirstSlot && slot.reg.parentId === parentId)
        n++;
    }
  }
  return n;
}

/**
 * A stack slot is about to be overwritten: a dynptr in it ends, with its slices. One that is the last to own its resource must
 * not (`destroy_if_dynptr_stack_slot`).
 */
export function destroyIfDynptrStackSlot(env: VerifierEnv, frame: FuncState, spi: number): void {
  const slot = frame.stack[spi]!;
  if (slot.kind(0) !== SlotType.DYNPTR || !env.kernel.features['dynptr.identity']) return;
  const first = slot.reg.dynptrFirstSlot ? spi : spi + 1;
  const dynptr = frame.stack[first]!.reg;
  const isLast = !env.kernel.features['dynptr.overwriteClone'] || countSiblings(env, dynptr.parentId) <= 1;
  if (dynptrTypeReferenced(dynptr.dynptrType) && isLast) {
    env.reject(Errno.EINVAL, 'cannot overwrite referenced dynptr\n', () => why.dynptrOverwrite(env), {
      kind: 'dynptr',
      how: 'overwritten',
    });
  }
  if (env.kernel.features['pruning.dynptrIds']) releaseReference(env, dynptr.id);
  else {
    frame.setSlot(first, EMPTY_SLOT);
    frame.setSlot(first - 1, EMPTY_SLOT);
    frame.slotMarks?.writeSlots(first, DYNPTR_SLOTS);
    invalidateSlices(env, dynptr.id);
  }
  scratchSlots(env, first, DYNPTR_SLOTS);
}

/** Slices that name their dynptr end with it; those of packets have types of their own, which older kernels leave. */
function invalidateSlices(env: VerifierEnv, dynptr: number): void {
  const invalidate = (reg: RegState): RegState =>
    (reg.type & ~Flag.PTR_MAYBE_NULL) === RegType.PTR_TO_MEM && reg.sliceOf === dynptr ? invalidReg(env) : reg;
  env.diag?.changeAll(invalidate, 'released');
  mapAllRegs(env.cur, invalidate);
}

/**
 * What a slice of a dynptr hangs on: the dynptr; before, beside the dynptr's number, what that holds, unless a kfunc made the slice.
 */
export function sliceOwner(env: VerifierEnv, dynptr: DynptrDesc, byKfunc: boolean): Partial<RegFields> {
  const { features } = env.kernel;
  if (features['pruning.dynptrIds']) return { parentId: dynptr.id };
  return { parentId: byKfunc ? 0 : dynptr.parentId, num2: features['dynptr.identity'] ? dynptr.id : 0 };
}
