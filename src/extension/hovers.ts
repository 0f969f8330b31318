// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import { placeIn } from './files';
import { escapeMarkdown, insnHover, lineHover } from './hover-text';
import { isStale } from './file-state';
import { sourceGraphs } from './source-insns';
import type { AnalysisStore } from './store';

/** Instructions of a graph that were made from one C line of a document (0-based line). */
export function insnsOfLine(graph: ContextGraph, uri: vscode.Uri, line: number): GraphInsn[] {
  return graph.nodes
    .flatMap((n) => n.instructions)
    .filter((i) => placeIn(i.source, uri) && i.source.line === line + 1)
    .sort((a, b) => a.index - b.index);
}

/** Finds the C line of an instruction. */
function linesOf(graph: ContextGraph | null): (insn: number) => number | null {
  const lines = new Map((graph?.nodes ?? []).flatMap((n) => n.instructions).map((i) => [i.index, i.source?.line ?? null]));
  return (insn) => lines.get(insn) ?? null;
}

function markdown(text: string): vscode.MarkdownString {
  const md = new vscode.MarkdownString(text, true);
  md.isTrusted = false;
  md.supportHtml = false;
  return md;
}

/** Hovers on C lines and on disassembly lines. */
export class ContextHovers implements vscode.HoverProvider {
  constructor(
    private readonly store: AnalysisStore,
    private readonly disassembly: DisassemblyProvider,
  ) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | null> {
    const target = disassemblyTarget(document.uri);
    if (target !== null) {
      const insn = this.disassembly.insnAt(document.uri, position.line);
      if (insn === undefined) return null;
      const states = await this.store.states(target.file, target.program, insn.index);
      const graph = await this.store.graph(target.file, target.program);
      const block = graph?.nodes.find((n) => n.instructions.some((i) => i.index === insn.index));
      const next = block?.instructions[block.instructions.findIndex((i) => i.index === insn.index) + 1];
      return new vscode.Hover(markdown(insnHover(insn, states?.states[0], { lineOf: linesOf(graph), next })), document.lineAt(position.line).range);
    }
    const groups: string[] = [];
    for (const { state, graphs } of await sourceGraphs(document, this.store)) {
      for (const graph of graphs) {
        const insns = insnsOfLine(graph, document.uri, position.line);
        if (insns.length > 0) groups.push(lineHover(insns, graph.program, { lineOf: linesOf(graph) }));
      }
      if (groups.length > 0 && isStale(state)) groups.unshift(`${escapeMarkdown(state.error?.title ?? '')}; what follows is from the last good result.`);
      if (groups.length > 0) break;
    }
    return groups.length === 0 ? null : new vscode.Hover(groups.slice(0, 4).map(markdown));
  }
}
