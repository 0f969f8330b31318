// SPDX-License-Identifier: GPL-2.0-only
/** What of a panel's picture crosses to its view: only what is not there yet. Graphs are megabytes, and progress is told often. */
import type { PanelState } from '../protocol/messages';

type Key = keyof PanelState;

/** Whether two values of one member are the same: graphs, results and comparisons by identity, the rest by content. */
const SAME: { readonly [K in Key]?: (a: PanelState[K], b: PanelState[K]) => boolean } = {
  programs: (a, b) => a === b || (a.length === 0 && b.length === 0),
  detail: (a, b) => a === b || (a != null && b != null && a.result === b.result && a.graph === b.graph && same(a.offer, b.offer)),
  compare: (a, b) => {
    if (a == null || b == null) return a === b;
    const { comparison: x, ...restA } = a;
    const { comparison: y, ...restB } = b;
    return x === y && same(restA, restB);
  },
};

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

type Change = { -readonly [K in Key]?: PanelState[K] };

function copy<K extends Key>(key: K, before: Partial<PanelState>, now: PanelState, change: Change): boolean {
  const equal = SAME[key] ?? same;
  if (key in before && equal(before[key]!, now[key])) return false;
  change[key] = now[key];
  return true;
}

/** The members of a picture that differ from what was sent before; null if none do. */
export function changeOf(before: Partial<PanelState>, now: PanelState): Partial<PanelState> | null {
  const change: Change = {};
  const changed = (Object.keys(now) as Key[]).filter((key) => copy(key, before, now, change));
  return changed.length === 0 ? null : change;
}
