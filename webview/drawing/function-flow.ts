// SPDX-License-Identifier: GPL-2.0-only
/** What every layout of one function begins with, found once a graph: its blocks, the edges between them, their flow. Pure. */
import type { ContextGraph, GraphEdge, GraphNode } from '../../src/protocol/graph';
import { Flow } from '../layout/flow';
import type { FlowEdge } from '../layout/route';
import { indexOf } from '../model/graph-index';

export interface FunctionFlow {
  readonly nodes: readonly GraphNode[];
  /** Edges that stay in the function, and the same with the places of their ends in `nodes`. */
  readonly edges: readonly GraphEdge[];
  readonly links: readonly FlowEdge[];
  /** The way to a rejection goes straight down. */
  readonly flow: Flow;
}

const known = new WeakMap<ContextGraph, Map<string, FunctionFlow>>();

export function functionFlow(graph: ContextGraph, name: string): FunctionFlow {
  let own = known.get(graph);
  if (own === undefined) known.set(graph, (own = new Map()));
  let found = own.get(name);
  if (found === undefined) own.set(name, (found = made(graph, name)));
  return found;
}

function made(graph: ContextGraph, name: string): FunctionFlow {
  const index = indexOf(graph);
  const { out } = index;
  const nodes = index.blocksOf(name);
  const number = new Map(nodes.map((n, i) => [n.id, i]));
  const edges: GraphEdge[] = [];
  const links: FlowEdge[] = [];
  const succ: number[][] = nodes.map(() => []);
  const straight = new Set<number>();
  nodes.forEach((node, from) => {
    if (node.instructions.some((x) => x.rejected)) straight.add(from);
    for (const e of out.get(node.id) ?? []) {
      const to = e.kind === 'call' ? undefined : number.get(e.to);
      if (to === undefined) continue;
      edges.push(e);
      links.push({ from, to, kind: e.kind });
      succ[from]!.push(to);
    }
  });
  return { nodes, edges, links, flow: new Flow(succ, straight) };
}
