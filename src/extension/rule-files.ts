// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';

/** Pause after typing, or after a folder appeared, before a change counts, milliseconds. */
const SETTLE_MS = 300;
/** Files of a new folder that are looked at. */
const MAX_FILES = 200;

/** Tells when a JSON file of the workspace appears, changes or goes; what is typed counts after a pause, saved or not. */
export class RuleFileWatch implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private readonly settling = new Map<string, NodeJS.Timeout>();

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.json');
    const folders = vscode.workspace.createFileSystemWatcher('**', false, true, true);
    const tell = (uri: vscode.Uri): void => this.changed.fire(uri);
    this.subscriptions = [
      watcher,
      folders,
      folders.onDidCreate((uri) => this.mayBeFolder(uri)),
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

  /** Files that come together with their folder, or right after it, may be there before anybody watches the folder. */
  private mayBeFolder(uri: vscode.Uri): void {
    if (/\.[^/]+$/.test(uri.path) || /\/(node_modules|\.git)(\/|$)/.test(uri.path)) return;
    this.after(`folder ${uri.toString()}`, async () => {
      const type = await vscode.workspace.fs.stat(uri).then(
        (s) => s.type,
        () => vscode.FileType.Unknown,
      );
      if (type !== vscode.FileType.Directory) return;
      const found = await vscode.workspace.findFiles(new vscode.RelativePattern(uri, '**/*.json'), '**/node_modules/**', MAX_FILES);
      for (const file of found) this.changed.fire(file);
    });
  }

  private later(uri: vscode.Uri): void {
    this.after(uri.toString(), () => this.changed.fire(uri));
  }

  /** Does something after a pause, once however often it is asked for meanwhile. */
  private after(key: string, action: () => unknown): void {
    clearTimeout(this.settling.get(key));
    this.settling.set(
      key,
      setTimeout(() => {
        this.settling.delete(key);
        void action();
      }, SETTLE_MS),
    );
  }
}
