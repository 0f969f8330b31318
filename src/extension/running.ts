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
import { TypingRuns } from './typing';

/** Pause after a change of settings before files are verified again, milliseconds. */
const SETTLE_MS = 150;

/** Whether the settings want a document verified now. */
function wants(document: vscode.TextDocument, when: 'type' | 'open' | 'save'): boolean {
  if (!isBpfSource(document)) return false;
  switch (readSettings(document.uri).verify) {
    case 'onType':
      return true;
    case 'onOpen':
      return when !== 'type';
    case 'onSave':
      return when === 'save';
    case 'manual':
      return false;
  }
}

async function verify({ store }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  if (target === null) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Verifying BPF programs'), cancellable: true },
    async (_, token) => {
      token.onCancellationRequested(() => store.cancel(target.uri));
      await store.run(target.uri);
    },
  );
}

/** Watches the documents, their tabs and their files. */
function watchDocuments({ store, panels }: Host): vscode.Disposable {
  const typing = new TypingRuns(
    // what it was verified from may be back
    (uri) => (store.get(uri)?.due === true ? store.run(uri) : Promise.resolve()),
    (uri) => store.cancel(uri),
  );
  const opened = (document: vscode.TextDocument): void => {
    const known = store.get(document.uri);
    if (wants(document, 'open') && (known === undefined || known.error?.kind === 'closed')) void store.run(document.uri);
  };
  /** Nobody edits or reads a file any more, but its graph or its disassembly may be looked at. */
  const closed = (uri: vscode.Uri): void => {
    typing.closed(uri);
    if (panels.has(uri) || isDisassembled(uri)) store.left(uri);
    else store.closed(uri);
  };
  for (const document of vscode.workspace.textDocuments) opened(document);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(opened),
    typing,
    vscode.workspace.onDidSaveTextDocument((document) => {
      const isUnderWay = typing.saved(document.uri);
      if (!isUnderWay && (wants(document, 'save') || store.get(document.uri) !== undefined)) void store.run(document.uri);
      if (kindByName(document.uri) === 'source') void store.inputChanged(document.uri);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0 || kindByName(document.uri) !== 'source') return;
      const due = store.get(document.uri) !== undefined && vscode.workspace.isTrusted && wants(document, 'type');
      if (due) typing.typed(document.uri);
      store.edited(document.uri, document.getText(), due);
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
