// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { placeIn } from './files';
import { heldChanges } from './held-changes';
import { affects, readSettings } from './settings';
import { graphsOf } from './source-insns';
import type { AnalysisStore } from './store';

/** What is held, behind each line that changes it. Off unless the setting says otherwise. */
export class HeldHints implements vscode.InlayHintsProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly store: AnalysisStore) {
    this.subscriptions = [
      store.onDidChange((s) => {
        if (s.busy === null) this.changed.fire();
      }),
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (affects(e, 'inlayHints')) this.changed.fire();
      }),
    ];
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.changed.dispose();
  }

  async provideInlayHints(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    if (!readSettings(document.uri).inlayHints) return [];
    const texts = new Map<number, Set<string>>();
    for (const graph of await graphsOf(document, this.store)) {
      for (const { file, line, text } of heldChanges(graph)) {
        if (!placeIn({ file, line, column: 0, text: '' }, document.uri) || line > document.lineCount) continue;
        texts.set(line - 1, (texts.get(line - 1) ?? new Set()).add(text));
      }
    }
    // a line of several programs, where they disagree, has no one answer
    return [...texts].flatMap(([line, all]) => {
      const at = document.lineAt(line).range.end;
      if (all.size !== 1 || !range.contains(at)) return [];
      const hint = new vscode.InlayHint(at, [...all][0]!);
      hint.paddingLeft = true;
      return [hint];
    });
  }
}
