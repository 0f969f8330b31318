// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { oneLine } from '../protocol/escape';
import { spell } from '../marks/spell';
import { chipText } from '../protocol/words';
import type { AnalysisStore } from './store';

export const DISASSEMBLY_SCHEME = 'bpf-disassembly';
export const DISASSEMBLY_LANGUAGE = 'bpf-disassembly';

/** Text of a program's disassembly and which line shows which instruction. */
export interface Listing {
  readonly text: string;
  /** Instruction by line (0-based); undefined for headings. */
  readonly lines: readonly (GraphInsn | undefined)[];
}

/** One sign a line, as what follows explains it at the top of the listing. */
const MARK = { yes: 'z', no: '-', mixed: '~' } as const;
const LEGEND = '; z may sleep   - must not sleep   ~ depends on the path   . no state arrives   x rejected here';

function sign(insn: GraphInsn): string {
  return insn.rejected ? 'x' : insn.maySleep === null ? '.' : MARK[insn.maySleep];
}

/**
 * Disassembly as the graph spells it, with C lines as headings and one {@link MARK} a line. `title` says at the top what it is of.
 * Jumps name the instruction that they lead to, blocks have the graph's names.
 */
export function listing(graph: ContextGraph, title = ''): Listing {
  const out: string[] = [];
  const lines: (GraphInsn | undefined)[] = [];
  const push = (text: string, insn?: GraphInsn): void => {
    // a line break in a name would shift every line after it
    out.push(oneLine(text));
    lines.push(insn);
  };
  if (title !== '') push(`; ${title}`);
  push(LEGEND);
  push('');
  const names = new Map(graph.functions.map((f) => [f.start, f.name]));
  const width = String(Math.max(0, ...graph.functions.map((f) => f.end))).length;
  for (const fn of graph.functions) {
    push(`${fn.name}:`);
    let shown = '';
    for (const node of graph.nodes.filter((n) => n.function === fn.name)) {
      push(`  ${node.id.replace(/^f0/, '')}:`);
      for (const insn of node.instructions) {
        const c = insn.source === null ? '' : `${insn.source.file}:${insn.source.line}`;
        if (c !== '' && c !== shown) {
          shown = c;
          push(`    ; ${insn.source!.text.trim()} @ ${insn.source!.file.split('/').pop()!}:${insn.source!.line}`);
        }
        const held = insn.held.map((h) => chipText(h, insn.states)).join(', ');
        const body = `  ${sign(insn)} ${String(insn.index).padStart(width)}: ${spell(insn, (at) => names.get(at))}`;
        push(held === '' ? body : `${body.padEnd(56)} ; holds ${held}`, insn);
      }
    }
    push('');
  }
  return { text: out.join('\n'), lines };
}

/** Uri of a program's disassembly. The path ends with a readable name; the query names the analysed file. */
export function disassemblyUri(file: vscode.Uri, program: string): vscode.Uri {
  const readable = program.replace(/[^\w.() #+-]/g, '_').slice(0, 80);
  return vscode.Uri.from({
    scheme: DISASSEMBLY_SCHEME,
    path: `/${readable}.bpfdis`,
    query: JSON.stringify({ file: file.toString(), program }),
  });
}

/** The analysed file and program behind a disassembly uri, null for anything else. */
export function disassemblyTarget(uri: vscode.Uri): { file: vscode.Uri; program: string } | null {
  if (uri.scheme !== DISASSEMBLY_SCHEME) return null;
  try {
    const q = JSON.parse(uri.query) as { file?: unknown; program?: unknown };
    return typeof q.file === 'string' && typeof q.program === 'string' ? { file: vscode.Uri.parse(q.file), program: q.program } : null;
  } catch {
    return null;
  }
}

/** Whether a tab shows the disassembly of a program of a file. */
export function isDisassembled(file: vscode.Uri): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((g) => g.tabs);
  return tabs.some(
    ({ input }) => input instanceof vscode.TabInputText && disassemblyTarget(input.uri)?.file.toString() === file.toString(),
  );
}

/** Serves disassemblies as read-only documents and tells which instruction a line shows. */
export class DisassemblyProvider implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly shown = new Map<string, Listing>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly store: AnalysisStore) {
    this.subscription = store.onDidChange((state) => {
      if (state.busy !== null || state.result === null) return;
      for (const doc of vscode.workspace.textDocuments) {
        const target = disassemblyTarget(doc.uri);
        if (target !== null && target.file.toString() === state.uri.toString()) this.changed.fire(doc.uri);
      }
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const target = disassemblyTarget(uri);
    if (target === null) return '';
    if (this.store.get(target.file)?.result === undefined) await this.store.run(target.file);
    const graph = await this.store.graph(target.file, target.program);
    if (graph === null)
      return oneLine(`; ${target.program} was not verified: ${this.store.get(target.file)?.error?.title ?? 'there is no result'}`);
    const result = this.store.get(target.file)?.result;
    const verdict = result?.programs.find((p) => p.program === target.program)?.verdict;
    const word = verdict === 'accept' ? 'accepted' : verdict === 'reject' ? 'rejected' : 'no verdict';
    const made = listing(graph, `${target.program} of ${result?.file ?? ''}, ${word} under ${result?.policy ?? ''}`);
    this.shown.set(uri.toString(), made);
    return made.text;
  }

  insnAt(uri: vscode.Uri, line: number): GraphInsn | undefined {
    return this.shown.get(uri.toString())?.lines[line];
  }

  lineOf(uri: vscode.Uri, insn: number): number {
    return this.shown.get(uri.toString())?.lines.findIndex((l) => l?.index === insn) ?? -1;
  }
}
