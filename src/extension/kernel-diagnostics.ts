// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { AnalysisCancelled } from '../analysis/service';
import { oneLine } from '../protocol/escape';
import { type LoadsOnProgram, type LoadsOnReply, MISSING, noteOf } from '../protocol/loads-on';
import { diagnosticSource } from './diagnostic-source';
import { locate } from './diagnostics';
import { type FileState, isStale } from './file-state';
import type { KernelReplies } from './kernel-replies';
import { readSettings } from './settings';
import type { AnalysisStore } from './store';

/** A program that does not load on a kernel, for Problems. */
async function diagnosticOf(
  state: FileState,
  reply: LoadsOnReply,
  program: LoadsOnProgram,
  i: number,
): Promise<{ uri: vscode.Uri; diagnostic: vscode.Diagnostic } | null> {
  const cell = program.cells[i]!;
  if (cell.kind !== 'missing' && cell.kind !== 'rejected') return null;
  const { uri, range } = await locate(state, cell.source ?? program.definition);
  const diagnostic = new vscode.Diagnostic(range, oneLine(noteOf(program, reply.kernels, i)), vscode.DiagnosticSeverity.Warning);
  diagnostic.source = diagnosticSource(reply.kernels[i]!.series);
  diagnostic.code = cell.missing === null ? cell.word : MISSING[cell.missing.what].word;
  return { uri, diagnostic };
}

/** Problems of the kernels that programs have to load on, beside the one that they are verified as. */
export class KernelDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-context-kernels');
  private readonly subscription: vscode.Disposable;
  /** By analysed file: the result that was looked at, who looks, and the documents that were written to. */
  private readonly looked = new Map<string, { readonly result: unknown; readonly abort: AbortController; uris: readonly vscode.Uri[] }>();

  constructor(
    store: AnalysisStore,
    private readonly replies: KernelReplies,
  ) {
    this.subscription = store.onDidChange((state) => {
      if (state.busy === null) void this.update(state);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    for (const { abort } of this.looked.values()) abort.abort();
    this.collection.dispose();
  }

  private async update(state: FileState): Promise<void> {
    const key = state.uri.toString();
    const before = this.looked.get(key);
    const result = state.result !== null && !isStale(state) ? state.result : null;
    if (before?.result === result) return;
    before?.abort.abort();
    const turn = { result, abort: new AbortController(), uris: before?.uris ?? [] };
    this.looked.set(key, turn);
    const found = result === null ? [] : await this.ask(state, turn.abort.signal);
    if (found === null || turn.abort.signal.aborted) return;
    for (const uri of turn.uris) this.collection.delete(uri);
    const byUri = new Map<string, { uri: vscode.Uri; list: vscode.Diagnostic[] }>();
    for (const { uri, diagnostic } of found) {
      const entry = byUri.get(uri.toString()) ?? { uri, list: [] };
      entry.list.push(diagnostic);
      byUri.set(uri.toString(), entry);
    }
    for (const { uri, list } of byUri.values()) this.collection.set(uri, list);
    turn.uris = [...byUri.values()].map(({ uri }) => uri);
  }

  /** Null when it was cancelled. */
  private async ask(state: FileState, signal: AbortSignal): Promise<{ uri: vscode.Uri; diagnostic: vscode.Diagnostic }[] | null> {
    let reply: LoadsOnReply | null;
    try {
      reply = await this.replies.ask(state.uri, readSettings(state.uri).kernels, signal);
    } catch (error) {
      if (error instanceof AnalysisCancelled || signal.aborted) return null;
      throw error;
    }
    if (reply === null) return [];
    if (reply.error !== null) {
      const { title, message } = reply.error;
      const diagnostic = new vscode.Diagnostic(
        new vscode.Range(0, 0, 0, 0),
        oneLine(`${title}: ${message}`),
        vscode.DiagnosticSeverity.Warning,
      );
      diagnostic.source = diagnosticSource();
      return [{ uri: state.uri, diagnostic }];
    }
    const found: { uri: vscode.Uri; diagnostic: vscode.Diagnostic }[] = [];
    for (const program of reply.programs) {
      for (const [i, { version }] of reply.kernels.entries()) {
        // what the kernel says that it is verified as is said in full
        const own = version === state.result?.kernel ? null : await diagnosticOf(state, reply, program, i);
        if (own !== null) found.push(own);
      }
    }
    return found;
  }
}
