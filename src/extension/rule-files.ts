// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';

/** Pause after typing before a change counts, milliseconds. */
const SETTLE_MS = 300;

/** Tells when a JSON file of the workspace appears, changes or goes; what is typed counts after a pause, saved or not. */
export class RuleFileWatch implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private readonly settling = new Map<string, NodeJS.Timeout>();

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.json');
    const tell = (uri: vscode.Uri): void => this.changed.fire(uri);
    this.subscriptions = [
      watcher,
      watcher.onDidCreate(tell),
      watcher.onDidChange(tell),
      watcher.onDidDelete(tell),
      vscode.workspace.onDidChangeTextDocument((e) => {
        if (e.contentChanges.length > 0 && e.document.uri.path.endsWith('.json')) this.later(e.document.uri);
      }),
      // closed without saving: what is on the disk counts again
      vscode.workspace.onDidCloseTextDocument((d) => {
        if (d.uri.path.endsWith('.json')) this.later(d.uri);
      }),
      this.changed,
    ];
  }

  dispose(): void {
    for (const timer of this.settling.values()) clearTimeout(timer);
    for (const s of this.subscriptions) s.dispose();
  }

  private later(uri: vscode.Uri): void {
    const key = uri.toString();
    clearTimeout(this.settling.get(key));
    this.settling.set(
      key,
      setTimeout(() => {
        this.settling.delete(key);
        this.changed.fire(uri);
      }, SETTLE_MS),
    );
  }
}
