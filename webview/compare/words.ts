// SPDX-License-Identifier: GPL-2.0-only
/** A comparison in words. Pure. */
import type { CompareSide } from '../../src/protocol/compare';
import type { CompareState } from '../../src/protocol/messages';
import { placeRef, type Rich, rich } from '../../src/protocol/rich';

/** The sentence about both verdicts. */
export function verdictSentence(state: CompareState, policy: string): Rich {
  const c = state.comparison;
  if (c === null) return [state.problem];
  const side = (s: Pick<CompareSide, 'policy' | 'verdict' | 'insn' | 'source'>): Rich =>
    s.verdict === 'accept'
      ? [`${s.policy} accepts this program`]
      : s.verdict === 'reject'
        ? rich`${s.policy} rejects it${s.insn === null ? '' : rich` at ${placeRef(s.insn, s.source)}`}`
        : [`${s.policy} gives no verdict`];
  if (c.differences.length === 0) {
    const both = { accept: 'Both accept this program', reject: 'Both reject this program', unknown: 'Neither gives a verdict' }[
      c.a.verdict
    ];
    return c.incomparable.length === 0
      ? [`${both}, and nothing differs.`]
      : [`${both}. Nothing is known to differ; where verification ended first they are not comparable.`];
  }
  return rich`${side(c.a)}; ${side({ ...c.b, policy })}.`;
}
