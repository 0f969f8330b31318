// SPDX-License-Identifier: GPL-2.0-only
/** May sleep?: where, run by run. Would sleep: every call that may sleep or fault, with its answer. */
import type { ContextGraph, GraphInsn, GraphNode } from '../../src/protocol/graph';
import { GLYPH_WORDS, glyphOf } from '../../src/marks/glyphs';
import { callName } from '../../src/protocol/insns';
import { type LensTag, type LensView, type ListRow, PLAIN } from './types';

const lines = (first: GraphInsn, last: GraphInsn): string => {
  const a = first.source?.line;
  const b = last.source?.line;
  if (a === undefined || b === undefined) return '';
  return a === b ? `:${a}` : `:${Math.min(a, b)}–${Math.max(a, b)}`;
};

/** Runs of consecutive instructions in which every state may sleep. */
export function sleepRuns(graph: ContextGraph): { readonly node: GraphNode; readonly run: readonly GraphInsn[] }[] {
  const out: { node: GraphNode; run: GraphInsn[] }[] = [];
  for (const node of graph.nodes) {
    let open: GraphInsn[] | null = null;
    for (const insn of node.instructions) {
      if (insn.maySleep !== 'yes') open = null;
      else if (open === null) {
        open = [insn];
        out.push({ node, run: open });
      } else open.push(insn);
    }
  }
  return out;
}

export function sleepLens(graph: ContextGraph): LensView {
  const runs = sleepRuns(graph);
  const rows = runs.map(({ node, run }): ListRow => {
    const first = run[0]!;
    const last = run[run.length - 1]!;
    return {
      insn: first.index,
      head: first === last ? String(first.index) : `${first.index}–${last.index}`,
      text: node.name,
      right: lines(first, last),
      glyph: glyphOf(first),
    };
  });
  const all = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.visit === 'visited');
  const may = runs.reduce((n, r) => n + r.run.length, 0);
  return {
    ...PLAIN,
    id: 'sleep',
    regions: 'outline',
    blocks: new Map(runs.map((r) => [r.node.id, 'may'])),
    page: {
      title: 'Where it may sleep',
      text:
        rows.length === 0 ? 'Nothing here may sleep.' : `${may} of ${all.length} instructions that were reached may sleep on every path.`,
      sections: rows.length === 0 ? [] : [{ name: 'runs', title: 'Runs', right: String(rows.length), rows }],
    },
  };
}

export function wouldSleepLens(graph: ContextGraph): LensView {
  const calls = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.demands.length > 0);
  const rows = calls.map((i): ListRow => {
    const why = i.because.map((b) => b.text).join('; ');
    return {
      insn: i.index,
      head: String(i.index),
      text: `${callName(i)} ${i.demands.includes('fault') ? 'faults' : 'sleeps'}: ${GLYPH_WORDS[glyphOf(i)]}${why === '' || i.maySleep === 'yes' ? '' : ` (${why})`}`,
      right: i.source === null ? '' : `:${i.source.line}`,
      glyph: glyphOf(i),
      guilty: i.rejected,
    };
  });
  return {
    ...PLAIN,
    id: 'would',
    marked: new Set(calls.map((i) => i.index)),
    foldRest: true,
    tags: new Map(
      calls.map((i): [number, LensTag[]] => [i.index, [{ text: GLYPH_WORDS[glyphOf(i)], kind: i.rejected ? 'guilty' : 'plain' }]]),
    ),
    page: {
      title: 'What would sleep',
      text:
        calls.length === 0 ? 'No call of this program may sleep or fault.' : 'Every call that may sleep or fault, and whether it may here.',
      sections: rows.length === 0 ? [] : [{ name: 'sleeping-calls', title: 'Calls', right: String(rows.length), rows }],
    },
  };
}
