// SPDX-License-Identifier: GPL-2.0-only
/** Heat: where the verifier's work is. Five steps, and always the number. */
import type { ContextGraph, GraphNode } from '../../src/protocol/graph';
import { INSN_LIMIT } from '../../src/protocol/limits';
import type { ProgramResult } from '../../src/protocol/model';
import { indexOf } from '../model/graph-index';
import { isCall, spell } from '../../src/protocol/insns';
import { type Heat, type LensView, PLAIN } from './types';

/** Programs of up to so many blocks use fixed thresholds. */
const SMALL = 60;
const FIXED = [1, 4, 8, 13, 21] as const;
const PERCENTILES = [0, 0.5, 0.75, 0.9, 0.97] as const;

const count = (n: number): string => n.toLocaleString('en');

/** Arrivals at a block: those at its first instruction. */
export function visitsOf(node: GraphNode): number {
  return node.instructions[0]?.states ?? 0;
}

/** Thresholds of the five steps, in visits, ascending. */
export function heatScale(visits: readonly number[]): readonly number[] {
  const seen = visits.filter((v) => v > 0).sort((a, b) => a - b);
  if (visits.length <= SMALL || seen.length === 0) return FIXED;
  return PERCENTILES.map((p) => seen[Math.min(seen.length - 1, Math.floor(p * seen.length))]!);
}

export function heatOf(nodes: readonly GraphNode[]): { heat: ReadonlyMap<string, Heat>; scale: readonly number[] } {
  const visits = nodes.map(visitsOf);
  const scale = heatScale(visits);
  const most = visits.reduce((m, v) => Math.max(m, v), 1);
  return {
    heat: new Map(
      nodes.map((n, i) => [
        n.id,
        { visits: visits[i]!, step: visits[i] === 0 ? 0 : scale.filter((t) => visits[i]! >= t).length, share: visits[i]! / most },
      ]),
    ),
    scale,
  };
}

export function heatLens(graph: ContextGraph, result: ProgramResult): LensView {
  const { heat, scale } = heatOf(graph.nodes);
  const work = (nodes: readonly GraphNode[]): number => nodes.reduce((sum, n) => sum + n.instructions.reduce((s, i) => s + i.states, 0), 0);
  const index = indexOf(graph);
  const functions = graph.functions.map((f) => ({ fn: f, visits: work(index.blocksOf(f.name)) })).sort((a, b) => b.visits - a.visits);
  const total = Math.max(
    1,
    functions.reduce((s, f) => s + f.visits, 0),
  );
  const hottest = [...graph.nodes]
    .filter((n) => n.instructions.length > 0)
    .sort((a, b) => visitsOf(b) - visitsOf(a))
    .slice(0, 8);
  let most = 0;
  for (const n of graph.nodes) for (const i of n.instructions) most = Math.max(most, i.states);
  const first = functions[0];
  return {
    ...PLAIN,
    id: 'heat',
    regions: 'off',
    heat,
    scale,
    page: {
      title: 'Where the work is',
      text: `${count(result.processedInsns)} instructions processed for ${count(result.insnCount)} in the program: each is visited ${(result.processedInsns / Math.max(1, result.insnCount)).toFixed(1)} times on average.`,
      sections: [
        {
          name: 'by-function',
          title: 'By function',
          right: 'visits',
          rows: functions.map((f) => ({
            insn: f.fn.start,
            head: f.fn.name,
            text: '',
            right: count(f.visits),
            bar: f.visits / Math.max(1, first?.visits ?? 1),
          })),
          ...(functions.length > 1 && first !== undefined
            ? { note: `${Math.round((100 * first.visits) / total)} % of the work is in ${first.fn.name}.` }
            : {}),
        },
        {
          name: 'hottest',
          title: 'Hottest blocks',
          right: `of ${count(graph.nodes.length)}`,
          rows: hottest.map((n) => {
            const a = n.instructions[0]!;
            const z = n.instructions[n.instructions.length - 1]!;
            const call = n.instructions.find(isCall);
            return {
              insn: a.index,
              head: a === z ? String(a.index) : `${a.index}–${z.index}`,
              text: spell(call ?? z),
              right: count(visitsOf(n)),
            };
          }),
        },
        {
          name: 'limits',
          title: 'Limits',
          right: '',
          rows: [
            { insn: null, head: '', text: 'Instructions processed', right: `${count(result.processedInsns)} of ${count(INSN_LIMIT)}` },
            { insn: null, head: '', text: 'States kept', right: `${count(result.totalStates)}, peak ${count(result.peakStates)}` },
            { insn: null, head: '', text: 'Most arrivals at one instruction', right: count(most) },
          ],
        },
      ],
    },
  };
}
