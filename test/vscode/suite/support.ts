// SPDX-License-Identifier: GPL-2.0-only
/** What tests in the extension host share: the running extension, files of the workspace, and waiting for what it tells. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension/extension';
import type { PolicyCatalog } from '../../../src/extension/policies';
import type { FileState } from '../../../src/extension/file-state';
import type { AnalysisStore } from '../../../src/extension/store';

const ID = 'bpf-context.bpf-context-explorer';
/** Milliseconds after which a condition counts as never coming. */
const LIMIT_MS = 180_000;

export function extension(): vscode.Extension<ExtensionApi> {
  const found = vscode.extensions.getExtension<ExtensionApi>(ID);
  assert.ok(found, `${ID} is not installed`);
  return found;
}

export async function store(): Promise<AnalysisStore> {
  return (await (await extension().activate()).ready()).store;
}

/** The policies that can be chosen. */
export async function catalog(): Promise<PolicyCatalog> {
  return (await (await extension().activate()).ready()).catalog;
}

/** A file of the workspace folder. */
export function file(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

export async function readText(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

/** Writes a file of the workspace and gives its uri. */
export async function write(name: string, content: string | Uint8Array): Promise<vscode.Uri> {
  const uri = file(name);
  await vscode.workspace.fs.writeFile(uri, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  return uri;
}

/** Resolves as soon as `ask` gives something; asked now and after each event. */
export function until<T>(event: vscode.Event<unknown>, ask: () => T | undefined, what: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listener.dispose();
      reject(new Error(`never came: ${what()}`));
    }, LIMIT_MS);
    const look = (): void => {
      const found = ask();
      if (found === undefined) return;
      clearTimeout(timer);
      listener.dispose();
      resolve(found);
    };
    const listener = event(look);
    look();
  });
}

/** For what tells nothing when it changes: asks again and again until the answer is true. */
export async function poll<T>(ask: () => Promise<T>, what: string): Promise<T> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The file's state once it holds. */
export async function settled(
  uri: vscode.Uri,
  holds: (state: FileState) => boolean = (s) => s.busy === null && (s.result !== null || s.error !== null),
): Promise<FileState> {
  const s = await store();
  const ask = (): FileState | undefined => {
    const state = s.get(uri);
    return state !== undefined && holds(state) ? state : undefined;
  };
  return until(s.onDidChange, ask, () => `a settled state of ${uri.path}, the last is ${JSON.stringify(s.get(uri))?.slice(0, 600)}`);
}

/** Opens a C file in an editor and waits for its verdicts. */
export async function openVerified(name: string): Promise<{ uri: vscode.Uri; document: vscode.TextDocument; state: FileState }> {
  const uri = file(name);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
  return { uri, document, state: await settled(uri, (s) => s.busy === null && s.result !== null) };
}

/** Our diagnostics of a file once they hold. */
export function diagnostics(
  uri: vscode.Uri,
  holds: (list: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  const ask = (): readonly vscode.Diagnostic[] | undefined => {
    const list = vscode.languages.getDiagnostics(uri).filter((d) => d.source?.startsWith('bpf') === true || d.source === 'clang');
    return holds(list) ? list : undefined;
  };
  return until(
    vscode.languages.onDidChangeDiagnostics,
    ask,
    () => `diagnostics of ${uri.path}, now ${JSON.stringify(vscode.languages.getDiagnostics(uri)).slice(0, 600)}`,
  );
}

/** Line (0-based) of the first text that contains `needle`, from a line on. */
export function lineOf(text: string, needle: string, from = 0): number {
  const line = text.split('\n').findIndex((l, i) => i >= from && l.includes(needle));
  assert.notEqual(line, -1, `no line contains ${needle}`);
  return line;
}

/** Everything that hovers at a place say, as one text. */
export async function hoverText(uri: vscode.Uri, line: number, column: number): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    new vscode.Position(line, column),
  );
  return hovers.flatMap((h) => h.contents.map((c) => (typeof c === 'string' ? c : c.value))).join('\n');
}

/** Runs with a setting of the workspace and takes it back afterwards. */
export async function withSetting<T>(name: string, value: unknown, action: () => Promise<T>): Promise<T> {
  const update = (v: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration('bpfContext').update(name, v, vscode.ConfigurationTarget.Workspace);
  await update(value);
  try {
    return await action();
  } finally {
    await update(undefined);
  }
}

export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
