// SPDX-License-Identifier: GPL-2.0-only
/**
 * A graph as it crosses to the view: what many of its instructions share stands once, in tables, and is named by its place there. What is
 * one value in memory becomes one row.
 */
import { isInteger, isList, isRecord, isText } from './checks';
import { row, Rows } from './rows';
import type { Because, ContextGraph, Effect, GraphInsn, GraphNode, HeldResource, Operation, SourcePlace } from './graph';

/** Values that instructions share. */
interface Tables {
  readonly sources: readonly SourcePlace[];
  readonly operations: readonly Operation[];
  readonly held: readonly (readonly HeldResource[])[];
  readonly because: readonly (readonly Because[])[];
  readonly effects: readonly (readonly Effect[])[];
}

/** An instruction whose shared values are places in {@link Tables}; −1 for none. */
interface PackedInsn extends Omit<GraphInsn, 'source' | 'operation' | 'held' | 'because' | 'effects'> {
  readonly source: number;
  readonly operation: number;
  readonly held: number;
  readonly because: number;
  readonly effects: number;
}

export interface PackedGraph extends Omit<ContextGraph, 'nodes'> {
  readonly tables: Tables;
  readonly nodes: readonly (Omit<GraphNode, 'instructions'> & { readonly instructions: readonly PackedInsn[] })[];
}

/** A graph with its shared values in tables. */
export function packGraph(graph: ContextGraph): PackedGraph {
  const sources = new Rows<SourcePlace>();
  const operations = new Rows<Operation>();
  const held = new Rows<readonly HeldResource[]>();
  const because = new Rows<readonly Because[]>();
  const effects = new Rows<readonly Effect[]>();
  const nodes = graph.nodes.map((node) => ({
    ...node,
    instructions: node.instructions.map((insn) => ({
      ...insn,
      source: insn.source === null ? -1 : sources.at(insn.source),
      operation: operations.at(insn.operation),
      held: held.ofList(insn.held),
      because: because.ofList(insn.because),
      effects: effects.ofList(insn.effects),
    })),
  }));
  const tables = {
    sources: sources.list,
    operations: operations.list,
    held: held.list,
    because: because.list,
    effects: effects.list,
  };
  return { ...graph, nodes, tables };
}

const NOTHING: readonly never[] = [];

function unpackInsn(insn: PackedInsn, tables: Tables): GraphInsn | null {
  const operation = row(tables.operations, insn.operation);
  const source = insn.source === -1 ? null : row(tables.sources, insn.source);
  const held = insn.held === -1 ? NOTHING : row(tables.held, insn.held);
  const because = insn.because === -1 ? NOTHING : row(tables.because, insn.because);
  const effects = insn.effects === -1 ? NOTHING : row(tables.effects, insn.effects);
  if (operation === undefined || source === undefined || held === undefined || because === undefined || effects === undefined) return null;
  return isInteger(insn.index) && isText(insn.text) ? { ...insn, operation, source, held, because, effects } : null;
}

const isTables = (v: unknown): v is Tables =>
  isRecord(v) && (['sources', 'operations', 'held', 'because', 'effects'] as const).every((k) => isList(v[k]));

/** A graph with its instructions whole again; null for what is no packed graph, or names rows that are not there. */
export function unpackGraph(v: unknown): ContextGraph | null {
  if (!isRecord(v) || !isTables(v['tables']) || !isText(v['program'])) return null;
  const { nodes, functions, edges, tables } = v;
  if (!isList(nodes) || !isList(functions) || !isList(edges)) return null;
  const whole: GraphNode[] = [];
  for (const node of nodes) {
    if (!isRecord(node) || !isText(node['id']) || !isList(node['instructions'])) return null;
    const instructions: GraphInsn[] = [];
    for (const packed of node['instructions']) {
      const insn = isRecord(packed) ? unpackInsn(packed as unknown as PackedInsn, tables) : null;
      if (insn === null) return null;
      instructions.push(insn);
    }
    whole.push({ ...(node as unknown as GraphNode), instructions });
  }
  const { tables: _, ...rest } = v;
  return { ...(rest as unknown as ContextGraph), nodes: whole };
}
