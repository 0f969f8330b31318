// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { OverlayText } from '../analysis/requests';
import { POLICIES } from '../policy';
import { loadPolicy, POLICY_FILE_SUFFIX, policyProblems } from '../policy/file';
import { PolicyFileError } from '../policy/reader';
import type { PolicyInfo } from '../protocol/model';

/** Pause after typing in a policy file before it counts, milliseconds. */
const SETTLE_MS = 300;
const MAX_FILES = 200;

const isPolicyFile = (uri: vscode.Uri): boolean => uri.path.endsWith(POLICY_FILE_SUFFIX);

/** The policies that can be chosen: those built in, and the policy files of the workspace, under their path in it. */
export class PolicyCatalog implements vscode.Disposable {
  private readonly files = new Map<string, { readonly uri: vscode.Uri; readonly info: PolicyInfo }>();
  private readonly changed = new vscode.EventEmitter<string>();
  /** Fires with the id of a policy file that appeared, changed or went. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private readonly settling = new Map<string, NodeJS.Timeout>();
  /** Settles when the workspace has been searched. */
  readonly ready: Promise<void>;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher(`**/*${POLICY_FILE_SUFFIX}`);
    this.subscriptions = [
      watcher,
      watcher.onDidCreate((uri) => void this.add(uri)),
      watcher.onDidChange((uri) => void this.add(uri)),
      watcher.onDidDelete((uri) => this.remove(uri)),
      vscode.workspace.onDidChangeTextDocument((e) => this.edited(e.document.uri)),
      this.changed,
    ];
    this.ready = this.search();
  }

  dispose(): void {
    for (const timer of this.settling.values()) clearTimeout(timer);
    for (const s of this.subscriptions) s.dispose();
  }

  /** All of them, those built in first. */
  all(): PolicyInfo[] {
    const own = [...this.files.values()].map((f) => f.info).sort((a, b) => a.id.localeCompare(b.id));
    return [...POLICIES.map(({ id, title, description }) => ({ id, title, description })), ...own];
  }

  /** Text of a policy file, null for a policy that is built in. Throws when there is neither. */
  async read(id: string, _for?: vscode.Uri): Promise<OverlayText | null> {
    if (POLICIES.some((p) => p.id === id)) return null;
    await this.ready;
    const file = this.files.get(id);
    if (file === undefined) throw new Error(`There is no policy ${id}: neither built in nor a file *${POLICY_FILE_SUFFIX} of this workspace.`);
    return { name: file.uri.fsPath, json: await text(file.uri) };
  }

  private async search(): Promise<void> {
    const found = await vscode.workspace.findFiles(`**/*${POLICY_FILE_SUFFIX}`, '**/node_modules/**', MAX_FILES);
    await Promise.all(found.map((uri) => this.add(uri)));
  }

  private async add(uri: vscode.Uri): Promise<void> {
    const id = vscode.workspace.asRelativePath(uri);
    this.files.set(id, { uri, info: describe(id, await text(uri).catch(() => '')) });
    this.changed.fire(id);
  }

  private remove(uri: vscode.Uri): void {
    const id = vscode.workspace.asRelativePath(uri);
    if (this.files.delete(id)) this.changed.fire(id);
  }

  private edited(uri: vscode.Uri): void {
    if (!isPolicyFile(uri)) return;
    clearTimeout(this.settling.get(uri.toString()));
    this.settling.set(uri.toString(), setTimeout(() => void this.add(uri), SETTLE_MS));
  }
}

/** Problems of the policy files that are open, as diagnostics in them. What shows only against a kernel comes with the analysis. */
export class PolicyDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-policy');
  private readonly subscriptions: vscode.Disposable[];

  constructor(_catalog: PolicyCatalog) {
    this.subscriptions = [
      this.collection,
      vscode.workspace.onDidOpenTextDocument((d) => this.check(d)),
      vscode.workspace.onDidChangeTextDocument((e) => this.check(e.document)),
      vscode.workspace.onDidCloseTextDocument((d) => this.collection.delete(d.uri)),
    ];
    for (const document of vscode.workspace.textDocuments) this.check(document);
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  private check(document: vscode.TextDocument): void {
    if (!isPolicyFile(document.uri)) return;
    const list = policyProblems(document.getText()).map((p) => {
      const from = new vscode.Position(p.line - 1, p.column - 1);
      const d = new vscode.Diagnostic(new vscode.Range(from, from.translate(0, p.length)), p.message, vscode.DiagnosticSeverity.Error);
      d.source = 'bpf policy';
      d.code = p.path;
      return d;
    });
    this.collection.set(document.uri, list);
  }
}

/** Text as it stands in the editor, saved or not. */
async function text(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
  return open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

function describe(id: string, json: string): PolicyInfo {
  try {
    const { title, description } = loadPolicy(json);
    return { id, title, description };
  } catch (error) {
    if (error instanceof PolicyFileError) return { id, title: id, description: `This file has errors: ${error.message}` };
    throw error;
  }
}
