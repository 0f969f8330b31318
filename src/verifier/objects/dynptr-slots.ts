// SPDX-License-Identifier: GPL-2.0-only
/** The stack slots of dynptrs, and what happens when one is overwritten. */
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { FuncState } from '../state/frame';
import { SlotType } from '../state/stack';
import { releaseReference } from './refs';
import { scratchSlots } from './slots';

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
  if (slot.kind(0) !== SlotType.DYNPTR) return;
  const first = slot.reg.dynptrFirstSlot ? spi : spi + 1;
  const dynptr = frame.stack[first]!.reg;
  const isLast = !env.kernel.features['dynptr.overwriteClone'] || countSiblings(env, dynptr.parentId) <= 1;
  if (dynptrTypeReferenced(dynptr.dynptrType) && isLast) {
    env.reject(Errno.EINVAL, 'cannot overwrite referenced dynptr\n', () => why.dynptrOverwrite(env), {
      kind: 'dynptr',
      how: 'overwritten',
    });
  }
  releaseReference(env, dynptr.id);
  scratchSlots(env, first, DYNPTR_SLOTS);
}
