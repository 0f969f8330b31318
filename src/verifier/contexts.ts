// SPDX-License-Identifier: GPL-2.0-only
import { Op } from '../policy/types';
import type { VerifierEnv } from './env';
import { inRcuCs, type VerifierState } from './state/state';

/** Whether sleeping is allowed now: the program, subprogram or callback may, and nothing held forbids it (`in_sleepable_context`). */
export function inSleepableContext(state: VerifierState): boolean {
  return state.inSleepable && (state.held.forbids & Op.SLEEP) === 0;
}

/** Whether a page fault may be taken now. */
export function mayFault(state: VerifierState): boolean {
  return inSleepableContext(state) && (state.held.forbids & Op.FAULT) === 0;
}

/** RCU protection, explicit or implied (`in_rcu_cs`). */
export function inRcuReadSection(env: VerifierEnv): boolean {
  return inRcuCs(env.cur);
}

/** Why sleeping is not allowed, in the kernel's words (`non_sleepable_context_description`). */
export function nonSleepableDescription(state: VerifierState): string {
  let best: { describe: string; describeRank: number } | null = null;
  for (const held of state.held.entries) {
    const c = held.cls;
    if ((held.forbids & Op.SLEEP) === 0 || c.describe === '') continue;
    if (best === null || c.describeRank < best.describeRank) best = c;
  }
  return best === null ? 'non-sleepable prog' : best.describe;
}
