// SPDX-License-Identifier: GPL-2.0-only
/** Which instructions stand behind a line of a document. */
import * as vscode from 'vscode';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { type HeldAfter, heldAfter } from '../marks/held-after';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import type { FileState } from './file-state';
import { LINE_SOURCES, placeIn } from './files';
import type { AnalysisStore } from './store';

/** Instructions by line, 0-based; those of a line in the order of the program. */
export type InsnsByLine = ReadonlyMap<number, readonly GraphInsn[]>;

/** What a document shows of programs. */
export interface Shown {
  readonly lines: InsnsByLine;
  /** What is held behind the instructions that change it. */
  readonly after: ReadonlyMap<GraphInsn, HeldAfter>;
}

/** What is known of a source document through one analysed file: the document itself, or an object whose lines name it. */
export interface SourceGraphs {
  readonly state: FileState;
  readonly graphs: readonly ContextGraph[];
}

/** Whether line records may name a document. */
function namedByLines(document: vscode.TextDocument): boolean {
  return vscode.languages.match([...LINE_SOURCES], document) > 0;
}

/** Graphs of the programs that come from a source document, its own first. Nothing that is older than the text. */
export async function sourceGraphs(document: vscode.TextDocument, store: AnalysisStore): Promise<readonly SourceGraphs[]> {
  if (!namedByLines(document)) return [];
  const isOwn = (state: FileState): boolean => state.uri.toString() === document.uri.toString();
  const fresh = store.all().filter((s) => s.result !== null && s.edits === 0);
  const found: SourceGraphs[] = [];
  for (const state of [...fresh.filter(isOwn), ...fresh.filter((s) => !isOwn(s))]) {
    const programs = (state.result?.programs ?? []).filter((p) => isOwn(state) || placeIn(p.definition, document.uri));
    const graphs = await Promise.all(programs.map((p) => store.graph(state.uri, p.program)));
    const known = graphs.filter((g) => g !== null);
    if (known.length > 0) found.push({ state, graphs: known });
  }
  return found;
}

/** The graphs that marks of a document are made from: one file's, since several would tell of the same lines. */
export async function graphsOf(document: vscode.TextDocument, store: AnalysisStore): Promise<readonly ContextGraph[]> {
  return (await sourceGraphs(document, store))[0]?.graphs ?? [];
}

/** Instructions by line of a source or disassembly document; null when it shows nothing of ours, or something older. */
export async function insnsByLine(
  document: vscode.TextDocument,
  store: AnalysisStore,
  disassembly: DisassemblyProvider,
): Promise<Shown | null> {
  const lines = new Map<number, GraphInsn[]>();
  const put = (line: number, insn: GraphInsn): void => {
    const known = lines.get(line);
    if (known === undefined) lines.set(line, [insn]);
    else known.push(insn);
  };
  const target = disassemblyTarget(document.uri);
  if (target !== null) {
    for (let line = 0; line < document.lineCount; line++) {
      const insn = disassembly.insnAt(document.uri, line);
      if (insn !== undefined) put(line, insn);
    }
    const graph = await store.graph(target.file, target.program);
    return { lines, after: graph === null ? new Map() : heldAfter(graph) };
  }
  if (!namedByLines(document)) return null;
  const graphs = await graphsOf(document, store);
  for (const graph of graphs) {
    const insns = graph.nodes.flatMap((n) => n.instructions).sort((a, b) => a.index - b.index);
    for (const insn of insns) if (placeIn(insn.source, document.uri)) put(insn.source.line - 1, insn);
  }
  return { lines, after: new Map(graphs.flatMap((graph) => [...heldAfter(graph)])) };
}
