// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { AnalysisStore } from './store';
import { CONTEXT_KEYS } from '../contributions/names';

/** What `when` clauses and walkthrough ask: whether something is verified at the moment, and whether anything was. */
export class ContextKeys implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private readonly told = new Map<string, boolean>();

  constructor(store: AnalysisStore) {
    this.subscription = store.onDidChange(() => {
      const all = store.all();
      this.tell(
        CONTEXT_KEYS.verifying,
        all.some((s) => s.busy !== null),
      );
      if (all.some((s) => s.result !== null)) this.tell(CONTEXT_KEYS.verified, true);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private tell(key: string, value: boolean): void {
    if (this.told.get(key) === value) return;
    this.told.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
