// SPDX-License-Identifier: GPL-2.0-only
/** On which kernels the programs of files load: asked once for each result, and kept for all who show it. */
import * as vscode from 'vscode';
import type { FileResult } from '../protocol/model';
import type { LoadsOnReply } from '../protocol/loads-on';
import { isStale } from './file-state';
import { readSettings } from './settings';
import type { AnalysisStore } from './store';

export class KernelReplies implements vscode.Disposable {
  private readonly found = new vscode.EventEmitter<vscode.Uri>();
  /** Tells the file of which something was found. */
  readonly onDidFind = this.found.event;
  private readonly byResult = new WeakMap<FileResult, Map<string, LoadsOnReply>>();

  constructor(private readonly store: AnalysisStore) {}

  dispose(): void {
    this.found.dispose();
  }

  /**
   * Verifies the newest result's programs as the kernels that are named and as the one that the editor verifies as; null for no kernels, or a file of
   * which nothing was verified. Throws `AnalysisCancelled`.
   */
  async ask(uri: vscode.Uri, kernels: readonly string[], signal: AbortSignal): Promise<LoadsOnReply | null> {
    const result = this.store.get(uri)?.result ?? null;
    if (result === null || kernels.length === 0) return null;
    const key = JSON.stringify(kernels);
    const before = this.byResult.get(result)?.get(key);
    if (before !== undefined) return before;
    const reply = await this.store.loadsOn(uri, kernels, signal);
    if (reply === null) return null;
    const replies = this.byResult.get(result) ?? new Map<string, LoadsOnReply>();
    this.byResult.set(result, replies.set(key, reply));
    this.found.fire(uri);
    return reply;
  }

  /** What was found for the kernels of the settings, if the result is the newest; null if nothing was yet. */
  known(uri: vscode.Uri): LoadsOnReply | null {
    const state = this.store.get(uri);
    if (state?.result == null || isStale(state)) return null;
    return this.byResult.get(state.result)?.get(JSON.stringify(readSettings(uri).kernels)) ?? null;
  }
}
