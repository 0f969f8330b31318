// SPDX-License-Identifier: GPL-2.0-only
/** Which instructions stand behind a line of a document. */
import type * as vscode from 'vscode';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import { placeIn, sourceLanguage } from './files';
import type { AnalysisStore } from './store';

/** Instructions by line, 0-based; those of a line in the order of the program. */
export type InsnsByLine = ReadonlyMap<number, readonly GraphInsn[]>;

/** Graphs of the programs that come from a source document: those of its own result, else of the first object whose lines name it. Nothing that is older than the text. */
export async function graphsOf(document: vscode.TextDocument, store: AnalysisStore): Promise<readonly ContextGraph[]> {
  if (sourceLanguage(document) === null) return [];
  const fresh = store.all().filter((s) => s.result !== null && s.edits === 0);
  const own = fresh.filter((s) => s.uri.toString() === document.uri.toString());
  for (const state of [...own, ...fresh.filter((s) => !own.includes(s))]) {
    const graphs: ContextGraph[] = [];
    for (const program of state.result?.programs ?? []) {
      if (!own.includes(state) && !placeIn(program.definition, document.uri)) continue;
      const graph = await store.graph(state.uri, program.program);
      if (graph !== null) graphs.push(graph);
    }
    if (graphs.length > 0) return graphs;
  }
  return [];
}

/** Instructions by line of a source or disassembly document; null when it shows nothing of ours, or something older. */
export async function insnsByLine(document: vscode.TextDocument, store: AnalysisStore, disassembly: DisassemblyProvider): Promise<InsnsByLine | null> {
  const lines = new Map<number, GraphInsn[]>();
  const put = (line: number, insn: GraphInsn): void => {
    const known = lines.get(line);
    if (known === undefined) lines.set(line, [insn]);
    else known.push(insn);
  };
  if (disassemblyTarget(document.uri) !== null) {
    for (let line = 0; line < document.lineCount; line++) {
      const insn = disassembly.insnAt(document.uri, line);
      if (insn !== undefined) put(line, insn);
    }
    return lines;
  }
  if (sourceLanguage(document) === null) return null;
  for (const graph of await graphsOf(document, store)) {
    const insns = graph.nodes.flatMap((n) => n.instructions).sort((a, b) => a.index - b.index);
    for (const insn of insns) if (placeIn(insn.source, document.uri)) put(insn.source.line - 1, insn);
  }
  return lines;
}
