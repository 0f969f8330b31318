// SPDX-License-Identifier: GPL-2.0-only
/** When files are verified: opened, saved, edited, closed, renamed, on command, when settings change. */
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { disassemblyTarget, isDisassembled } from './disassembly';
import { isWithin, watchFiles, watchTabs } from './file-watch';
import { activeFile, isBpfSource, kindByName } from './files';
import type { Host } from './shared';
import { onSettingsChange, readSettings } from './settings';
import { chooseTarget } from './target';

/** Pause after a change of settings before files are verified again, milliseconds. */
const SETTLE_MS = 150;

/** Whether the settings want a document verified now. */
function wants(document: vscode.TextDocument, when: 'open' | 'save'): boolean {
  const mode = readSettings(document.uri).verify;
  return isBpfSource(document) && (mode === 'onOpen' || (mode === 'onSave' && when === 'save'));
}

async function verify({ store }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  if (target === null) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Verifying BPF programs', cancellable: true },
    async (_, token) => {
      token.onCancellationRequested(() => store.cancel(target.uri));
      await store.run(target.uri);
    },
  );
}

/** Watches the documents, their tabs and their files. */
function watchDocuments({ store, panels }: Host): vscode.Disposable {
  const opened = (document: vscode.TextDocument): void => {
    const known = store.get(document.uri);
    if (wants(document, 'open') && (known === undefined || known.error?.kind === 'closed')) void store.run(document.uri);
  };
  /** Nobody edits or reads a file any more, but its graph or its disassembly may be looked at. */
  const closed = (uri: vscode.Uri): void => {
    if (panels.has(uri) || isDisassembled(uri)) store.left(uri);
    else store.closed(uri);
  };
  for (const document of vscode.workspace.textDocuments) opened(document);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (wants(document, 'save') || store.get(document.uri) !== undefined) void store.run(document.uri);
      if (kindByName(document.uri) === 'source') void store.inputChanged(document.uri);
    }),
    vscode.workspace.onDidChangeTextDocument((e) => {
      if (e.contentChanges.length > 0 && kindByName(e.document.uri) === 'source') store.edited(e.document.uri, e.document.getText());
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (kindByName(document.uri) === 'source') closed(document.uri);
    }),
    watchTabs(
      (uri) => {
        const file = disassemblyTarget(uri)?.file;
        if (file !== undefined && store.get(file)?.error?.kind === 'closed') closed(file);
        if (file === undefined && kindByName(uri) === 'source') closed(uri);
      },
      (uri) => {
        const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
        if (document !== undefined) opened(document);
      },
    ),
  );
}

/** What happens to files, whoever does it. */
function watchDisk({ store, panels }: Host): vscode.Disposable {
  return watchFiles({
    gone: (at) => {
      for (const { uri } of store.all().filter((s) => isWithin(s.uri, at))) store.gone(uri);
    },
    came: (uri) => {
      if (store.get(uri)?.error?.kind === 'gone') void store.run(uri);
    },
    moved: (from, to) => {
      for (const { uri } of store.all().filter((s) => isWithin(s.uri, from))) {
        panels.move(uri, to.with({ path: `${to.path}${uri.path.slice(from.path.length)}` }));
      }
      void store.moved(from, to);
    },
  });
}

/** Runs as a part of the extension. */
export function registerRunning(host: Host): vscode.Disposable {
  const { store } = host;
  let settle: NodeJS.Timeout | undefined;
  const settingsChanged = (): void => {
    clearTimeout(settle);
    settle = setTimeout(() => void store.settingsChanged(), SETTLE_MS);
  };
  return vscode.Disposable.from(
    watchDocuments(host),
    watchDisk(host),
    onSettingsChange(settingsChanged),
    { dispose: () => clearTimeout(settle) },
    // sources may be compiled, limits are wider, and settings and overlays of the workspace hold
    vscode.workspace.onDidGrantWorkspaceTrust(settingsChanged),
    registerCommands({
      verify: (argument) => verify(host, argument),
      cancel: () => {
        const uri = activeFile();
        if (uri !== null) store.cancel(uri);
      },
    }),
  );
}
