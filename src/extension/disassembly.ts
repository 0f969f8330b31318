// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { GraphInsn } from '../protocol/graph';
import { whyNoGraph } from '../protocol/without-graph';
import { oneLine } from '../protocol/escape';
import { type Listing, listingInTurns } from './listing';
import type { AnalysisStore } from './store';
import { DISASSEMBLY } from '../contributions/names';

/** Uri of a program's disassembly. The path ends with a readable name; the query names the analysed file. */
export function disassemblyUri(file: vscode.Uri, program: string): vscode.Uri {
  const readable = program.replace(/[^\w.() #+-]/g, '_').slice(0, 80);
  return vscode.Uri.from({
    scheme: DISASSEMBLY.scheme,
    path: `/${readable}.bpfdis`,
    query: JSON.stringify({ file: file.toString(), program }),
  });
}

/** The analysed file and program behind a disassembly uri, null for anything else. */
export function disassemblyTarget(uri: vscode.Uri): { file: vscode.Uri; program: string } | null {
  if (uri.scheme !== DISASSEMBLY.scheme) return null;
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

/** Does work with a turn of the event loop at each of its pauses. */
async function inTurns<T>(work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
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
    const result = this.store.get(target.file)?.result;
    const program = result?.programs.find((p) => p.program === target.program);
    if (graph === null) {
      const why = program === undefined ? (this.store.get(target.file)?.error?.title ?? 'there is no result') : whyNoGraph(program);
      return oneLine(`; ${target.program} has no listing: ${why}`);
    }
    const verdict = program?.verdict;
    const word = verdict === 'accept' ? 'accepted' : verdict === 'reject' ? 'rejected' : 'no verdict';
    const made = await inTurns(listingInTurns(graph, `${target.program} of ${result?.file ?? ''}, ${word} under ${result?.policy ?? ''}`));
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
