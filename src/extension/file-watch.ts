// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';

/** Pause before a file that is gone counts as gone: programs that save by replacing take it away for a moment. */
const SETTLE_MS = 250;

/** What happens to files and folders, whoever does it. */
export interface FileChanges {
  /** A file or folder is not there any more. */
  readonly gone: (uri: vscode.Uri) => void;
  /** A file is there that was not. */
  readonly came: (uri: vscode.Uri) => void;
  /** A file or folder has another name now. */
  readonly moved: (from: vscode.Uri, to: vscode.Uri) => void;
}

/** Whether a file is another one, or lies in that folder. */
export function isWithin(file: vscode.Uri, at: vscode.Uri): boolean {
  if (file.toString() === at.toString()) return true;
  return file.scheme === at.scheme && file.authority === at.authority && file.path.startsWith(`${at.path}/`);
}

/** Watches the workspace, and what the editor itself deletes and renames anywhere. */
export function watchFiles(changes: FileChanges): vscode.Disposable {
  const deleted = vscode.workspace.createFileSystemWatcher('**', true, true, false);
  const made = vscode.workspace.createFileSystemWatcher('**/*.{c,s,S,o}', false, true, true);
  const timers = new Set<NodeJS.Timeout>();
  const look = (uri: vscode.Uri): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void vscode.workspace.fs.stat(uri).then(
        () => undefined,
        () => changes.gone(uri),
      );
    }, SETTLE_MS);
    timers.add(timer);
  };
  return vscode.Disposable.from(
    deleted,
    made,
    deleted.onDidDelete(look),
    made.onDidCreate(changes.came),
    vscode.workspace.onDidDeleteFiles((e) => e.files.forEach(changes.gone)),
    vscode.workspace.onDidRenameFiles((e) => {
      for (const { oldUri, newUri } of e.files) changes.moved(oldUri, newUri);
    }),
    { dispose: () => timers.forEach(clearTimeout) },
  );
}

/** Files that a tab shows. */
function urisOf(tab: vscode.Tab): vscode.Uri[] {
  const { input } = tab;
  if (input instanceof vscode.TabInputText) return [input.uri];
  return input instanceof vscode.TabInputTextDiff ? [input.original, input.modified] : [];
}

/**
 * Tells when the last tab of a text file is closed, and when one is opened. Documents are no measure for that: the editor keeps them alive
 * for minutes after their tab is gone, and says nothing when a tab shows them again.
 */
export function watchTabs(closed: (uri: vscode.Uri) => void, opened: (uri: vscode.Uri) => void): vscode.Disposable {
  return vscode.window.tabGroups.onDidChangeTabs((e) => {
    const shown = new Set(vscode.window.tabGroups.all.flatMap((g) => g.tabs.flatMap(urisOf)).map((u) => u.toString()));
    for (const uri of e.closed.flatMap(urisOf)) if (!shown.has(uri.toString())) closed(uri);
    for (const uri of e.opened.flatMap(urisOf)) opened(uri);
  });
}
