// SPDX-License-Identifier: GPL-2.0-only
/** Look-ups in a graph, made once a graph: programs have thousands of blocks, and every click asks. */
import type { ContextGraph, GraphEdge, GraphFunction, GraphInsn, GraphNode } from '../../src/protocol/graph';

export interface Place {
  readonly node: GraphNode;
  readonly insn: GraphInsn;
}

export class GraphIndex {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Edges out of and into a block, calls included. */
  readonly out: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly into: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly functions: ReadonlyMap<string, GraphFunction>;
  private readonly places = new Map<number, Place>();
  private readonly byFunction = new Map<string, GraphNode[]>();

  constructor(readonly graph: ContextGraph) {
    this.nodes = new Map(graph.nodes.map((n) => [n.id, n]));
    this.functions = new Map(graph.functions.map((f) => [f.name, f]));
    const out = new Map<string, GraphEdge[]>();
    const into = new Map<string, GraphEdge[]>();
    const add = (map: Map<string, GraphEdge[]>, key: string, e: GraphEdge): void => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [e]);
      else list.push(e);
    };
    for (const e of graph.edges) {
      add(out, e.from, e);
      add(into, e.to, e);
    }
    this.out = out;
    this.into = into;
    for (const node of graph.nodes) {
      for (const insn of node.instructions) this.places.set(insn.index, { node, insn });
      if (node.instructions.length === 0) continue;
      const list = this.byFunction.get(node.function);
      if (list === undefined) this.byFunction.set(node.function, [node]);
      else list.push(node);
    }
  }

  /** Block and instruction of an instruction number. */
  at(insn: number): Place | null {
    return this.places.get(insn) ?? null;
  }

  /** Name of a block for people. */
  nameOf(node: string): string {
    return this.nodes.get(node)?.name ?? '';
  }

  /** Blocks of a function that hold instructions, in reading order. */
  blocksOf(name: string): readonly GraphNode[] {
    return this.byFunction.get(name) ?? [];
  }

  /** C line of an instruction, null if unknown. */
  lineOf(insn: number): number | null {
    return this.places.get(insn)?.insn.source?.line ?? null;
  }

  /** Functions that call a function. */
  callers(name: string): string[] {
    const found = new Set<string>();
    for (const node of this.blocksOf(name))
      for (const e of this.into.get(node.id) ?? []) if (e.kind === 'call') found.add(this.nodes.get(e.from)!.function);
    return [...found];
  }

  /** Functions that a function calls. */
  callees(name: string): string[] {
    const found = new Set<string>();
    for (const node of this.blocksOf(name))
      for (const e of this.out.get(node.id) ?? []) if (e.kind === 'call') found.add(this.nodes.get(e.to)!.function);
    return [...found];
  }
}

const known = new WeakMap<ContextGraph, GraphIndex>();

/** The index of a graph. */
export function indexOf(graph: ContextGraph): GraphIndex {
  let index = known.get(graph);
  if (index === undefined) {
    index = new GraphIndex(graph);
    known.set(graph, index);
  }
  return index;
}
