// SPDX-License-Identifier: GPL-2.0-only
/** Verdicts in words: for the toolbar, and for screen readers. Pure. */
import type { Glyph } from '../../src/marks/glyphs';
import type { PanelState } from '../../src/protocol/messages';
import { verdictReason } from '../../src/protocol/explanation-text';
import type { ProgramDetail } from '../../src/protocol/model';

export interface VerdictLook {
  readonly text: string;
  readonly kind: string;
  readonly glyph: Glyph | null;
  readonly title: string;
}

/** The verdict button of the toolbar. */
export function verdictLook(state: PanelState): VerdictLook {
  const result = state.programs.find((p) => p.program === state.program);
  const title = result === undefined ? '' : verdictReason(result);
  if (state.busy !== null) return { text: '⟳ verifying', kind: 'busy', glyph: null, title };
  if (result === undefined) return { text: state.error === null ? 'no verdict' : 'no result', kind: 'unknown', glyph: 'unknown', title };
  const old = state.stale === null ? '' : ', stale';
  if (result.verdict === 'accept') return { text: `✓ accepted${old}`, kind: 'accept', glyph: null, title };
  if (result.verdict === 'reject') return { text: `rejected${old}`, kind: 'reject', glyph: 'rejected', title };
  return { text: `unknown${old}`, kind: 'unknown', glyph: 'unknown', title };
}

/** What is announced when a program is shown, or shown under another policy. */
export function summaryWords(detail: ProgramDetail, before: ProgramDetail | null): string {
  const r = detail.result;
  const verdict =
    r.verdict === 'accept'
      ? `accepted under ${r.policy}`
      : r.verdict === 'reject'
        ? `rejected under ${r.policy}${r.insn === null ? '' : ` at ${r.insn}`}${r.source === null ? '' : `, line ${r.source.line}`}: ${verdictReason(r)}`
        : `no verdict: ${verdictReason(r)}`;
  if (before !== null && before.result.program === r.program && before.result.policy !== r.policy) return `${r.policy}: ${verdict}`;
  const sleep = r.maySleep === 'yes' ? 'May sleep.' : r.maySleep === 'no' ? 'Must not sleep.' : 'May sleep in part.';
  return `Context graph of ${r.program}. ${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}. ${detail.graph.nodes.length} blocks. ${sleep}`;
}
