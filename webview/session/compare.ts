// SPDX-License-Identifier: GPL-2.0-only
/** The comparison with another policy, as one goes through its differences. */
import type { PanelState } from '../../src/protocol/messages';
import { richText } from '../../src/protocol/rich';
import { compareLook } from '../compare/look';
import { verdictSentence } from '../compare/words';
import { select } from './selection';
import { differencesOf, isComparing } from './state';
import type { Turn } from './turn';

/** Takes up what the host says of a comparison: whether the picture changed, and what there is to say of it. */
export function takeComparison(t: Turn, before: PanelState | null): { readonly changed: boolean; readonly words: string } {
  const { panel, look: shown } = t.s;
  const now = panel?.compare ?? null;
  const was = before?.compare ?? null;
  const c = now?.comparison ?? null;
  const same = c !== null && c === was?.comparison && panel?.detail?.graph === before?.detail?.graph;
  const look = c === null || panel?.detail == null ? null : same && shown !== null ? shown : compareLook(c, panel.detail.graph.nodes);
  t.set({ look });
  const count = differencesOf(t.s).length;
  t.set({ difference: Math.min(t.s.difference, Math.max(0, count - 1)) });
  const said = now === null || now.busy || (was?.policy === now.policy && was.comparison !== null && !was.busy);
  return {
    changed: shown !== look,
    words: said ? '' : `${richText(verdictSentence(now, panel!.policy))} ${count} difference${count === 1 ? '' : 's'} from ${now.policy}.`,
  };
}

/** To a difference, by number; nothing if there is none. */
export function pickDifference(t: Turn, at: number): void {
  const d = differencesOf(t.s)[at];
  if (d === undefined) return;
  t.set({ difference: at });
  select(t, d.insn, { announce: false, reveal: true });
  t.do({ do: 'scroll', to: 'difference' });
  t.say(`Difference ${t.s.difference + 1}. Instruction ${d.insn}. ${d.sentence}`);
}

/** The next or previous one, round the list. */
export function stepDifference(t: Turn, by: 1 | -1): void {
  const { length } = differencesOf(t.s);
  if (length > 0 && isComparing(t.s)) pickDifference(t, (t.s.difference + by + length) % length);
}
