// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { ContextPanels } from './panel';

/** The program that shows the point at once, with what it includes. */
const SAMPLE = 'first_look.bpf.c';
const FILES = [SAMPLE, 'bpf_example.h'];

/** Names a program whose graph is shown as soon as its file is open; set by `scripts/start.mjs`. */
const SHOW = 'BPF_CONTEXT_SHOW';

/** Opens a copy of the sample beside its graph. The copy is the user's: what was changed in it is still there the next time. */
export async function openSample(context: vscode.ExtensionContext, panels: ContextPanels): Promise<void> {
  const { version } = context.extension.packageJSON as { version?: unknown };
  const folder = vscode.Uri.joinPath(context.globalStorageUri, `sample-${String(version)}`);
  await vscode.workspace.fs.createDirectory(folder);
  for (const name of FILES) {
    const copy = vscode.Uri.joinPath(folder, name);
    const there = await vscode.workspace.fs.stat(copy).then(
      () => true,
      () => false,
    );
    if (!there) await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, 'examples', name), copy);
  }
  const uri = vscode.Uri.joinPath(folder, SAMPLE);
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
  await panels.open(uri);
}

/** Shows the graph of the program that `npm start` opens, once it is there. */
export function showFirst(panels: ContextPanels): vscode.Disposable {
  const wanted = process.env[SHOW] ?? '';
  const show = (document: vscode.TextDocument | undefined): boolean => {
    if (wanted === '' || document?.uri.fsPath !== wanted) return false;
    void panels.open(document.uri);
    return true;
  };
  if (show(vscode.window.activeTextEditor?.document)) return { dispose: () => undefined };
  const listener = vscode.window.onDidChangeActiveTextEditor((editor) => {
    if (show(editor?.document)) listener.dispose();
  });
  return listener;
}
