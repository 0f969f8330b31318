// SPDX-License-Identifier: GPL-2.0-only
/** The skyline of a stave: how often verification came by, bar by bar. One scale for the whole program. Pure. */
import type { Visit } from '../../src/protocol/graph';
import type { Axis } from './axis';
import type { Code } from './code';

/** Pitch and width of a bar, px. */
export const BAR = { pitch: 3, width: 2 } as const;
/** Bars that are hot: the hottest tenth of all bars of a program. */
const HOT = 0.1;
/** Where more than this are as often visited as the hottest tenth, they are not hotter than the rest. */
const MOST_HOT = 1 / 3;

export interface Bar {
  /** First place on the axis under it, and one past the last. */
  readonly from: number;
  readonly to: number;
  /** Most visits of one instruction under it. */
  readonly visits: number;
  /** How far verification came: `visited` where one instruction under it was. */
  readonly visit: Visit;
  /** Something under it was not visited, or never runs, though most of it was. */
  readonly misses: boolean;
}

/** What verification did, by place on the axis. */
export interface Seen {
  /** Most visits, over all copies of what is folded. */
  readonly visits: Int32Array;
  readonly visit: readonly Visit[];
  /** Whether one of the copies was not visited. */
  readonly misses: Uint8Array;
}

export function visitsOn(code: Code, axis: Axis): Seen {
  const visits = new Int32Array(axis.kept.length);
  const misses = new Uint8Array(axis.kept.length);
  code.insns.forEach((insn, place) => {
    if (insn.visit !== 'visited') misses[axis.at(place)] = 1;
    if (insn.states === 0) return;
    const at = axis.at(place);
    if (insn.states > visits[at]!) visits[at] = insn.states;
  });
  return { visits, misses, visit: Array.from(axis.kept, (place) => code.insns[place]!.visit) };
}

/** Bars of an axis whose places are `scale` px long. */
export function barsOf(seen: Seen, scale: number): Bar[] {
  const places = seen.visits.length;
  const count = Math.max(1, Math.floor((places * scale) / BAR.pitch));
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * places) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * places) / count));
    let visits = 0;
    let misses = false;
    let visit: Visit = seen.visit[from] ?? 'unreachable';
    for (let k = from; k < to && k < places; k++) {
      visits = Math.max(visits, seen.visits[k]!);
      misses ||= seen.misses[k] === 1;
      if (seen.visit[k] === 'visited' || (seen.visit[k] === 'not-visited' && visit === 'unreachable')) visit = seen.visit[k]!;
    }
    return { from, to: Math.min(to, places), visits, visit, misses: misses && visit === 'visited' };
  });
}

/** Visits from which a bar is hot, Infinity where none is: all are about equal. */
export function hotFrom(bars: readonly Bar[]): number {
  const seen = bars
    .map((b) => b.visits)
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  if (seen.length === 0) return Infinity;
  const limit = seen[Math.min(seen.length - 1, Math.floor(seen.length * (1 - HOT)))]!;
  const reach = (v: number): number => seen.filter((x) => x >= v).length / seen.length;
  if (reach(limit) <= MOST_HOT) return limit;
  return seen.find((v) => v > limit) ?? Infinity;
}

/** Height of a bar, 0 to 1, on the program's log scale. */
export function heightOf(visits: number, most: number): number {
  return visits <= 0 || most <= 0 ? 0 : Math.max(0.06, Math.log1p(visits) / Math.log1p(most));
}
