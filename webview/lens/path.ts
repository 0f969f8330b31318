// SPDX-License-Identifier: GPL-2.0-only
/** Path: the one way that led to the rejection, or to a chosen state. */
import type { ContextGraph } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import type { PathEvent, PathView } from '../../src/protocol/path';
import { indexOf } from '../model/graph-index';
import { edgeKey, type EdgeLook, type LensTag, type LensView, PLAIN } from './types';

/** Steps shown before the middle ones fold. */
const MOST = 9;

/** A step of the path with its number; `more` > 0 stands for that many events left out. */
export interface PathStep {
  readonly number: number;
  readonly event: PathEvent;
  readonly more: number;
}

/** Events that matter for the end of the path: what forbids or is still held, branches that decide, the end. At most nine; the middle ones fold. */
export function stepsOf(path: PathView): PathStep[] {
  const lane = new Map(path.lanes.map((l) => [l.resource.key, l]));
  const worth = path.events.filter((e) => {
    if (e.key === null) return e.text !== '';
    const own = lane.get(e.key);
    return own === undefined || own.resource.forbids.length > 0 || own.to === null;
  });
  const forbids = path.lanes.some((l) => l.resource.forbids.length > 0);
  const kept = forbids ? worth.filter((e) => e.key === null || (lane.get(e.key)?.resource.forbids.length ?? 1) > 0) : worth;
  if (kept.length <= MOST) return kept.map((event, i) => ({ number: i + 1, event, more: 0 }));
  const head = kept.slice(0, 4);
  const tail = kept.slice(kept.length - 4);
  return [
    ...head.map((event, i) => ({ number: i + 1, event, more: 0 })),
    { number: 0, event: kept[4]!, more: kept.length - 8 },
    ...tail.map((event, i) => ({ number: kept.length - 3 + i, event, more: 0 })),
  ];
}

/** Blocks and edges of a path, in order. */
export function trackOf(graph: ContextGraph, insns: readonly number[]): { nodes: ReadonlySet<string>; edges: readonly string[] } {
  const index = indexOf(graph);
  const nodes = new Set<string>();
  const edges: string[] = [];
  let last: string | null = null;
  let lastInsn = -1;
  for (const insn of insns) {
    const place = index.at(insn);
    if (place === null) continue;
    const { id } = place.node;
    const starts = place.node.instructions[0]!.index === insn;
    if (last !== null && (last !== id || (starts && insn <= lastInsn))) edges.push(edgeKey({ from: last, to: id }));
    nodes.add(id);
    last = id;
    lastInsn = insn;
  }
  return { nodes, edges };
}

export function pathLens(graph: ContextGraph, result: ProgramResult, path: PathView | null): LensView {
  if (path === null) {
    return {
      ...PLAIN,
      id: 'path',
      page: {
        title: 'Path',
        text:
          result.verdict === 'reject'
            ? 'The rejection was decided before any path was walked.'
            : 'Choose an instruction: the path of its state is shown.',
        sections: [],
      },
    };
  }
  const { nodes, edges } = trackOf(graph, path.insns);
  const looks = new Map<string, EdgeLook>(edges.map((e) => [e, 'path']));
  if (path.rejected && edges.length > 0) looks.set(edges[edges.length - 1]!, 'path-end');
  const tags = new Map<number, LensTag[]>();
  for (const step of stepsOf(path)) {
    if (step.more > 0) continue;
    const tag: LensTag = { text: String(step.number), kind: 'step' };
    const known = tags.get(step.event.insn);
    if (known === undefined) tags.set(step.event.insn, [tag]);
    else known.push(tag);
  }
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
