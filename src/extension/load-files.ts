// SPDX-License-Identifier: GPL-2.0-only
/** Files with what a loader decides: written by commands, and what is wrong in them, each thing once and in its place. */
import * as vscode from 'vscode';
import {
  findChoice,
  LOAD_FILE_SUFFIX,
  type LoadFileProblem,
  placeProblems,
  readLoadFile,
  type ValueChoice,
  withChoice,
} from '../analysis/load-file';
import { oneLine } from '../protocol/escape';
import { diagnosticSource } from './diagnostic-source';
import { basename, textOf } from './files';
import { loadFileOf } from './program-files';
import type { RuleFileWatch } from './rule-files';
import type { AnalysisStore } from './store';

const MAX_LOAD_FILE = 1 << 20;

export function isLoadFile(uri: vscode.Uri): boolean {
  return uri.path.endsWith(LOAD_FILE_SUFFIX);
}

/** The load file that decides for a program: beside its first file. */
export function loadFileFor(store: AnalysisStore, uri: vscode.Uri): vscode.Uri {
  return loadFileOf(store.get(uri)?.program?.main ?? uri);
}

/** Makes or takes back (undefined) a choice in a load file, which is created if need be: one step that can be undone. */
export async function writeChoice(
  file: vscode.Uri,
  path: readonly string[],
  value: ValueChoice | readonly string[] | undefined,
): Promise<boolean> {
  if (!vscode.workspace.isTrusted) {
    const manage = vscode.l10n.t('Manage Workspace Trust');
    const asked = await vscode.window.showWarningMessage(
      vscode.l10n.t('This workspace is not trusted: {0} would have no effect; nothing was changed.', basename(file)),
      manage,
    );
    if (asked === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return false;
  }
  const before = await textOf(file, MAX_LOAD_FILE).catch(() => null);
  if (before !== null && readLoadFile(before).problems.some((problem) => problem.kind === 'syntax')) {
    const open = vscode.l10n.t('Open it');
    const asked = await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is no JSON as it stands; nothing was changed.', basename(file)),
      open,
    );
    if (asked === open) await vscode.window.showTextDocument(file);
    return false;
  }
  const after = withChoice(before ?? '', path, value);
  if (after === (before ?? '')) return true;
  const edit = new vscode.WorkspaceEdit();
  if (before === null) edit.createFile(file, { ignoreIfExists: true, contents: new TextEncoder().encode(after) });
  else {
    const document = await vscode.workspace.openTextDocument(file);
    edit.replace(file, new vscode.Range(0, 0, document.lineCount, 0), after);
  }
  if (!(await vscode.workspace.applyEdit(edit))) return false;
  const document = await vscode.workspace.openTextDocument(file);
  return !document.isDirty || document.save();
}

/** Shows where a choice stands. */
export async function showChoice(file: vscode.Uri, path: readonly string[]): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file);
  const found = findChoice(document.getText(), path);
  const selection =
    found === null ? undefined : new vscode.Range(document.positionAt(found.offset), document.positionAt(found.offset + found.length));
  await vscode.window.showTextDocument(document, selection === undefined ? {} : { selection });
}

/** Places of a text by characters. */
function rangeIn(text: string, { offset, length }: LoadFileProblem): vscode.Range {
  const at = (index: number): vscode.Position => {
    const lines = text.slice(0, index).split('\n');
    return new vscode.Position(lines.length - 1, lines.at(-1)!.length);
  };
  return new vscode.Range(at(offset), at(offset + length));
}

/** What is wrong in load files: by themselves, and against the objects that they decide for. Nobody else writes diagnostics into them. */
export class LoadFileDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-load');
  private readonly subscriptions: vscode.Disposable[];
  /** The newest look at a file; an older one that ends later says nothing. */
  private readonly turns = new Map<string, number>();
  /** The load file that each analysed file was last told of. */
  private readonly used = new Map<string, vscode.Uri>();

  constructor(
    private readonly store: AnalysisStore,
    watch: RuleFileWatch,
  ) {
    const look = (uri: vscode.Uri): void => {
      if (isLoadFile(uri)) void this.check(uri);
    };
    this.subscriptions = [
      this.collection,
      watch.onDidChange(look),
      vscode.workspace.onDidOpenTextDocument((d) => look(d.uri)),
      store.onDidChange((state) => {
        if (state.busy !== null) return;
        const key = state.uri.toString();
        const before = this.used.get(key);
        const now = loadFileOf(state.program?.main ?? state.uri);
        this.used.set(key, now);
        if (before !== undefined && before.toString() !== now.toString()) look(before);
        look(now);
      }),
    ];
    for (const d of vscode.workspace.textDocuments) look(d.uri);
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  private async check(uri: vscode.Uri): Promise<void> {
    const key = uri.toString();
    const turn = (this.turns.get(key) ?? 0) + 1;
    this.turns.set(key, turn);
    const text = await textOf(uri, MAX_LOAD_FILE).catch(() => null);
    if (this.turns.get(key) !== turn) return;
    if (text === null) {
      this.collection.delete(uri);
      return;
    }
    const { choices, problems } = readLoadFile(text);
    // the editor's own JSON support says what is no JSON
    const shown = vscode.workspace.textDocuments.some((d) => d.uri.toString() === key && /^jsonc?$/.test(d.languageId));
    const own = problems.filter((problem) => !shown || problem.kind !== 'syntax');
    const misfits = choices === null ? [] : placeProblems(text, this.misfits(uri));
    const said = new Set<string>();
    const list = [...own, ...misfits].flatMap((problem) => {
      const range = rangeIn(text, problem);
      const words = JSON.stringify([range, problem.message]);
      if (said.has(words)) return [];
      said.add(words);
      const d = new vscode.Diagnostic(range, oneLine(problem.message), vscode.DiagnosticSeverity.Error);
      d.source = diagnosticSource('load');
      d.code = problem.path === '' ? '$' : `$.${problem.path}`;
      return [d];
    });
    this.collection.set(uri, list);
  }

  /** What does not fit the objects that a load file decides for, by their newest runs. */
  private misfits(file: vscode.Uri): Parameters<typeof placeProblems>[1] {
    return this.store
      .all()
      .filter((state) => loadFileOf(state.program?.main ?? state.uri).toString() === file.toString())
      .flatMap((state) => state.error?.choices ?? []);
  }
}
