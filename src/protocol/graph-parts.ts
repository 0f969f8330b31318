// SPDX-License-Identifier: GPL-2.0-only
/** Graphs cross threads and go to panels in pieces: what the editor's own thread reads or writes at once must not hold it for long. */
import type { ContextGraph, GraphNode } from './graph';

/** A piece of a graph: functions and edges with the first one, and nodes with some of the instructions. */
export interface GraphPart {
  readonly graph: ContextGraph;
  /** Where the next piece begins, null after the last one. */
  readonly next: number | null;
}

/** Places of a piece. */
const PART = 2000;

/** The piece of a graph from a place on. A node takes a place, and so does each of its instructions. */
export function partOf(graph: ContextGraph, from: number): GraphPart {
  const end = from + PART;
  const nodes: GraphNode[] = [];
  let at = 0;
  for (const node of graph.nodes) {
    const first = at + 1;
    const next = first + node.instructions.length;
    if (next > from) nodes.push({ ...node, instructions: node.instructions.slice(Math.max(0, from - first), Math.max(0, end - first)) });
    at = next;
    if (at >= end) break;
  }
  const places = graph.nodes.reduce((sum, node) => sum + 1 + node.instructions.length, 0);
  const head = from === 0 ? graph : { ...graph, functions: [], edges: [] };
  return { graph: { ...head, nodes }, next: end < places ? end : null };
}

/** A graph with its next piece; a node that was cut is whole again. */
export function joined(before: ContextGraph, piece: ContextGraph): ContextGraph {
  const [first, ...rest] = piece.nodes;
  const last = before.nodes.at(-1);
  if (first === undefined || last?.id !== first.id) return { ...before, nodes: [...before.nodes, ...piece.nodes] };
  const whole = { ...last, instructions: [...last.instructions, ...first.instructions] };
  return { ...before, nodes: [...before.nodes.slice(0, -1), whole, ...rest] };
}
