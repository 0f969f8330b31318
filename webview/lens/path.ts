// SPDX-License-Identifier: GPL-2.0-only
/** Path: the one way that led to the rejection, or to a chosen state. */
import type { ContextGraph, GraphEdge } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import type { PathView } from '../../src/protocol/path';
import { indexOf } from '../model/graph-index';
import { type PathStep, stepsOf } from './path-steps';
import { edgeKey, type EdgeLook, type LensTag, type LensView, PLAIN } from './types';

/** An edge by the blocks at its ends. */
type TrackEdge = Pick<GraphEdge, 'from' | 'to'>;

/** Blocks and edges of a path, in order. */
export function trackOf(graph: ContextGraph, insns: readonly number[]): { nodes: ReadonlySet<string>; edges: readonly TrackEdge[] } {
  const index = indexOf(graph);
  const nodes = new Set<string>();
  const edges: TrackEdge[] = [];
  let last: string | null = null;
  let lastInsn = -1;
  for (const insn of insns) {
    const place = index.at(insn);
    if (place === null) continue;
    const { id } = place.node;
    const starts = place.node.instructions[0]!.index === insn;
    if (last !== null && (last !== id || (starts && insn <= lastInsn))) edges.push({ from: last, to: id });
    nodes.add(id);
    last = id;
    lastInsn = insn;
  }
  return { nodes, edges };
}

/** Numbers of steps by instruction. */
function tagsOf(steps: readonly PathStep[]): ReadonlyMap<number, readonly LensTag[]> {
  const tags = new Map<number, LensTag[]>();
  for (const step of steps) {
    if (step.number === 0) continue;
    tags.set(step.insn, [...(tags.get(step.insn) ?? []), { text: String(step.number), kind: 'step' }]);
  }
  return tags;
}

/** What is shown where no path was walked: the cause, if there is one. */
function pathless(result: ProgramResult): LensView {
  const steps = stepsOf(result, null);
  const text =
    result.verdict === 'reject'
      ? 'The rejection was decided before any path was walked.'
      : 'Choose an instruction: the path of its state is shown.';
  const rows = steps.map((s) => ({ insn: s.insn, head: String(s.number), text: s.text, right: String(s.insn), guilty: s.guilty }));
  const tags = tagsOf(steps);
  return {
    ...PLAIN,
    id: 'path',
    marked: new Set(tags.keys()),
    tags,
    page: { title: 'Path', text, sections: rows.length === 0 ? [] : [{ name: 'because', title: 'Because', right: '', rows }] },
  };
}

/** The path to the rejection with the steps of its cause, or the one to a chosen state. */
export function pathLens(graph: ContextGraph, result: ProgramResult, path: PathView | null): LensView {
  if (path === null) return pathless(result);
  const { nodes, edges } = trackOf(graph, path.insns);
  const looks = new Map<string, EdgeLook>(edges.map((e) => [edgeKey(e), 'path']));
  if (path.rejected && edges.length > 0) looks.set(edgeKey(edges[edges.length - 1]!), 'path-end');
  const tags = tagsOf(stepsOf(result, path));
  return {
    ...PLAIN,
    id: 'path',
    focus: nodes,
    marked: new Set(tags.keys()),
    tags,
    edges: looks,
    path,
    blocks: new Map([...nodes].map((n) => [n, 'on-path'])),
  };
}
