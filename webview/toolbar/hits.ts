// SPDX-License-Identifier: GPL-2.0-only
/** What a search found, and where in it one is. Values: each step makes a new one. */
import type { ContextGraph } from '../../src/protocol/graph';
import { search } from './search';

export interface Hits {
  /** What was typed, '' for nothing. */
  readonly asked: string;
  readonly insns: readonly number[];
  /** Place in `insns`, −1 before the first step. */
  readonly at: number;
}

export const NO_HITS: Hits = { asked: '', insns: [], at: -1 };

/** A search in a graph. */
export function lookedFor(graph: ContextGraph | null, text: string): Hits {
  return { asked: text.trim(), insns: graph === null ? [] : search(graph, text), at: -1 };
}

/** The same search in another graph. */
export function again(hits: Hits, graph: ContextGraph): Hits {
  return hits.asked === '' ? hits : lookedFor(graph, hits.asked);
}

/** At the next hit, or the one before; around at the ends. */
export function steppedTo(hits: Hits, by: 1 | -1): Hits {
  const { insns, at } = hits;
  if (insns.length === 0) return hits;
  return { ...hits, at: at < 0 && by < 0 ? insns.length - 1 : (at + by + insns.length) % insns.length };
}

/** What stands beside the field. */
export function hitWords({ asked, insns, at }: Hits): string {
  if (asked === '') return '';
  if (insns.length === 0) return 'no hits';
  return at < 0 ? `${insns.length} hits` : `${at + 1} of ${insns.length}`;
}
