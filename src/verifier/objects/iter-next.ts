// SPDX-License-Identifier: GPL-2.0-only
import { Flag } from '../../kernel/types';
import { Kf } from '../../kernel/profile';
import type { CallMeta } from '../call-meta';
import { pushStack } from '../engine/stack';
import { findPrevEntry, widenImpreciseScalars } from '../engine/widen';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { IterState, type RegState } from '../state/reg';
import type { VerifierState } from '../state/state';
import { releaseElement } from './element';
import { zeroReg } from '../regs';

/** Record of the iterator that the call is about (`get_iter_from_state`). */
export function iterRecord(state: VerifierState, meta: CallMeta): RegState {
  return state.frames[meta.iter.frameno]!.stack[meta.iter.spi]!.reg;
}

function setIter(state: VerifierState, meta: CallMeta, iterState: IterState, depth: number): void {
  const frame = state.frames[meta.iter.frameno]!;
  const slot = frame.stack[meta.iter.spi]!;
  frame.setSlot(meta.iter.spi, slot.withReg(slot.reg.with({ num3: iterState | (depth << 2) })));
}

/**
 * Both outcomes of `_next` (`process_iter_next_call`): a copy of the state goes on with an element, one iteration deeper and with
 * scalars widened that did not settle since the last one; the current state goes on with NULL and a drained iterator, for which
 * nothing is held any more.
 */
export function processIterNext(env: VerifierEnv, insnIdx: number, meta: CallMeta): void {
  const iter = iterRecord(env.cur, meta);
  const state = iter.iterState;
  if (state !== IterState.ACTIVE && state !== IterState.DRAINED) {
    env.reject(Errno.EFAULT, `verifier bug: unexpected iterator state ${state} (<invalid>)\n`);
  }
  if (state === IterState.ACTIVE) {
    const { parent } = env.cur;
    if (parent === null || parent.insnIdx !== insnIdx) env.reject(Errno.EFAULT, 'verifier bug: bad parent state for iter next call\n');
    const previous = findPrevEntry(env, parent, insnIdx);
    const queued = pushStack(env, insnIdx + 1, insnIdx, false);
    setIter(queued, meta, IterState.ACTIVE, iter.iterDepth + 1);
    if (previous !== null) widenImpreciseScalars(env, previous, queued);
    const r0 = queued.cur.regs[0]!;
    queued.cur.regs[0] = r0.withType(r0.type & ~Flag.PTR_MAYBE_NULL);
  }
  setIter(env.cur, meta, IterState.DRAINED, iter.iterDepth);
  if ((meta.kfuncFlags & Kf.ACQUIRE) !== 0) releaseElement(env, iter.id);
  env.regs[0] = zeroReg(env);
}
