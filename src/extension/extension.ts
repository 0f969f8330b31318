// SPDX-License-Identifier: GPL-2.0-only
/**
 * The door of the extension. VS Code opens it for each C file, and most C is no BPF: nothing else is loaded until a BPF program is open, or an
 * object, a view, a command or a policy file asks for the rest (`host.ts`, a bundle of its own).
 */
import * as vscode from 'vscode';
import { ALL_COMMANDS, commandId } from '../contributions/commands';
import { LOADS_ON_TYPE, OBJECT_EDITORS, PANEL_TYPE, VIEWS } from '../contributions/views';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { isBpfSource } from './files';
import type { Host } from './shared';

/** What tests may ask of the extension. */
export interface ExtensionApi {
  /** Starts what is not running yet, and gives it. */
  readonly ready: () => Promise<Pick<Host, 'store' | 'catalog'>>;
  /** Whether more than the door is there. */
  readonly started: () => boolean;
}

/** Stands in for commands and views, which start the rest and are then replaced by it. */
function standIns(start: () => Promise<Host>): vscode.Disposable {
  const empty: vscode.TreeDataProvider<never> = {
    getTreeItem: () => new vscode.TreeItem(''),
    getChildren: async () => {
      await start();
      return [];
    },
  };
  return vscode.Disposable.from(
    ...ALL_COMMANDS.map((name) =>
      vscode.commands.registerCommand(commandId(name), async (...given: unknown[]) => {
        await start();
        return vscode.commands.executeCommand(commandId(name), ...given);
      }),
    ),
    ...Object.values(VIEWS).map((view) => vscode.window.registerTreeDataProvider(view.id, empty)),
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (isBpfSource(document)) void start();
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (isBpfSource(document)) void start();
    }),
  );
}

/** Panels and objects: the editor forgets what it shows of a kind when that is registered anew, so this stays and passes on. */
function editors(start: () => Promise<Host>): vscode.Disposable {
  const objects: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async (document, panel) => (await start()).objects.resolveCustomEditor(document, panel),
  };
  return vscode.Disposable.from(
    ...Object.values(OBJECT_EDITORS).map(({ viewType }) =>
      vscode.window.registerCustomEditorProvider(viewType, objects, { webviewOptions: { retainContextWhenHidden: false } }),
    ),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (panel, state) => (await start()).panels.deserializeWebviewPanel(panel, state),
    }),
    vscode.window.registerWebviewPanelSerializer(LOADS_ON_TYPE, {
      deserializeWebviewPanel: async (panel, state) => (await start()).loadsOn.deserializeWebviewPanel(panel, state),
    }),
  );
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  let host: Promise<Host> | null = null;
  const begin = async (): Promise<Host> => {
    const loaded = await import('./host');
    waiting.dispose();
    // a tree's stand-in takes its name out of the editor's list a turn after it is disposed of
    await new Promise((resolve) => setImmediate(resolve));
    return loaded.start(context);
  };
  const start = (): Promise<Host> => (host ??= begin());
  const waiting = standIns(start);
  context.subscriptions.push(waiting, editors(start));
  if (vscode.workspace.textDocuments.some(isBpfSource)) void start();
  else
    void vscode.workspace.findFiles(`**/*${POLICY_FILE_SUFFIX}`, '**/node_modules/**', 1).then(
      (found) => (found.length > 0 ? start() : null),
      () => null,
    );
  return { ready: start, started: () => host !== null };
}
