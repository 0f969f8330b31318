// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { policyProblems } from '../policy/file';
import type { Problem } from '../policy/reader';
import { diagnosticSource } from './diagnostic-source';
import { textOf } from './files';
import { isPolicyFile, type PolicyCatalog } from './policies';
import type { AnalysisStore } from './store';

function diagnosticOf(p: Problem): vscode.Diagnostic {
  const from = new vscode.Position(p.line - 1, p.column - 1);
  const d = new vscode.Diagnostic(new vscode.Range(from, from.translate(0, p.length)), p.message, vscode.DiagnosticSeverity.Error);
  d.source = diagnosticSource('policy');
  d.code = p.path;
  return d;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isShownAsJson(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some((d) => d.uri.toString() === uri.toString() && d.languageId === 'json');
}

/**
 * Problems of policy files, as diagnostics in them: at once what shows in the file alone, and for files that are open or in force also
 * what shows only against the kernel. Nobody else writes diagnostics into policy files.
 */
export class PolicyDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-policy');
  private readonly subscriptions: vscode.Disposable[];
  /** The newest check of a file; an older one that ends later says nothing. */
  private readonly turns = new Map<string, number>();

  constructor(
    private readonly catalog: PolicyCatalog,
    private readonly store: AnalysisStore,
  ) {
    this.subscriptions = [
      this.collection,
      catalog.onDidChange((id) => {
        const uri = catalog.fileOf(id);
        if (uri === undefined) this.forget(id);
        else void this.check(uri);
      }),
      vscode.workspace.onDidOpenTextDocument((d) => {
        if (isPolicyFile(d.uri)) void this.check(d.uri);
      }),
      store.onDidChange((state) => {
        if (state.busy !== null || state.error === null) return;
        // in force and unusable: perhaps for what only the kernel knows
        const uri = catalog.fileOf(state.policy);
        if (uri !== undefined) void this.check(uri);
      }),
    ];
    for (const d of vscode.workspace.textDocuments) if (isPolicyFile(d.uri)) void this.check(d.uri);
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  private forget(id: string): void {
    this.collection.forEach((uri) => {
      if (vscode.workspace.asRelativePath(uri) === id) this.collection.delete(uri);
    });
  }

  private async check(uri: vscode.Uri): Promise<void> {
    const key = uri.toString();
    const turn = (this.turns.get(key) ?? 0) + 1;
    this.turns.set(key, turn);
    const text = await textOf(uri).catch(() => null);
    if (this.turns.get(key) !== turn) return;
    if (text === null) {
      this.collection.delete(uri);
      return;
    }
    // the editor's own JSON support says what is no JSON
    const own = isJson(text) || !isShownAsJson(uri) ? policyProblems(text) : [];
    if (own.length > 0 || !isJson(text) || !this.matters(uri)) {
      this.collection.set(uri, own.map(diagnosticOf));
      return;
    }
    const problems = await this.store.checkPolicy(uri, text);
    if (this.turns.get(key) === turn) this.collection.set(uri, problems.map(diagnosticOf));
  }

  /** Whether somebody looks at the file, or programs are verified under it. */
  private matters(uri: vscode.Uri): boolean {
    if (vscode.workspace.textDocuments.some((d) => d.uri.toString() === uri.toString())) return true;
    return this.store
      .all()
      .some((s) => [s.policy, s.compare?.policy ?? ''].some((id) => this.catalog.fileOf(id)?.toString() === uri.toString()));
  }
}
