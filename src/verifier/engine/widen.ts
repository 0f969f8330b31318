// SPDX-License-Identifier: GPL-2.0-only
/** Convergence of loops without a bound: what differs from the entry before, and does not matter precisely, becomes unknown. */
import { RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { unknownScalar } from '../regs';
import type { RegState } from '../state/reg';
import { SlotType } from '../state/stack';
import type { VerifierState } from '../state/state';
import { sameCallsites, sameUpToIds } from './equal';
import { bucketOf } from './visited';

/** The nearest state above `cur` that stands at `insnIdx` with the same call sites: the entry of the loop before (`find_prev_entry`). */
export function findPrevEntry(env: VerifierEnv, cur: VerifierState, insnIdx: number): VerifierState | null {
  let state = env.exploration.buckets[bucketOf(env, insnIdx)] ?? null;
  for (; state !== null; state = state.nextInBucket) {
    if (state.insnIdx === insnIdx && state.branches > 0 && sameCallsites(state, cur) && state.dfsDepth < cur.dfsDepth) return state;
  }
  return null;
}

/** The widened scalar, or `cur` itself (`maybe_widen_reg`). */
function widened(env: VerifierEnv, old: RegState, cur: RegState): RegState {
  if (old.type !== RegType.SCALAR_VALUE || cur.type !== RegType.SCALAR_VALUE) return cur;
  return old.precise || cur.precise || sameUpToIds(old, cur) ? cur : unknownScalar(env);
}

/** Makes scalars of `cur` unknown that differ from those of `old`, unless one is needed precisely (`widen_imprecise_scalars`). */
export function widenImpreciseScalars(env: VerifierEnv, old: VerifierState, cur: VerifierState): void {
  for (let f = old.curframe; f >= 0; f--) {
    const a = old.frames[f]!;
    const b = cur.frames[f]!;
    for (let i = 0; i < a.regs.length; i++) b.regs[i] = widened(env, a.regs[i]!, b.regs[i]!);
    const slots = Math.min(a.stack.length, b.stack.length);
    for (let spi = 0; spi < slots; spi++) {
      const x = a.stack[spi]!;
      const y = b.stack[spi]!;
      if (x.top === SlotType.SPILL && y.top === SlotType.SPILL) b.setSlot(spi, y.withReg(widened(env, x.reg, y.reg)));
    }
  }
}
