// SPDX-License-Identifier: GPL-2.0-only
/** How the sources of this window are compiled: asks the project, keeps what worked in the workspace, tells who shows it. */
import * as vscode from 'vscode';
import { headersKey } from '../analysis/headers';
import type { KernelChoice } from '../analysis/requests';
import type { AnalysisService } from '../analysis/service';
import { HeaderStore } from '../compiler/header-store';
import type { HowCompiled } from '../compiler/how';
import type { Asked, BuildQuestion } from '../compiler/ask-build';
import { compileIr, type IrResult } from '../compiler/ir';
import { type Opened, ProjectCompiler, type Ways } from '../compiler/project-compiler';
import { type BuildChoice, Remembered, type RememberedData } from '../compiler/remembered';
import { readSettings } from './settings';

const COMPILE_TIMEOUT_MS = 60_000;
/** Key of the workspace's state: what worked, what was asked, what was chosen. */
const REMEMBERED = 'compile.remembered';

export class Compiling implements vscode.Disposable {
  private readonly compiler: ProjectCompiler;
  private readonly hows = new Map<string, HowCompiled>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  /** A file was compiled, or tried to be. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly service: AnalysisService,
    private readonly kernelOf: (name: string) => KernelChoice,
    storage: vscode.Uri,
    private readonly memento: vscode.Memento,
  ) {
    const kept = this.memento.get<Partial<RememberedData>>(REMEMBERED, {});
    const remembered = new Remembered(kept, (all) => void this.memento.update(REMEMBERED, all));
    this.compiler = new ProjectCompiler(new HeaderStore(storage.fsPath), remembered);
  }

  dispose(): void {
    this.changed.dispose();
  }

  /** How a file was last compiled. */
  how(uri: vscode.Uri): HowCompiled | undefined {
    return this.hows.get(uri.toString());
  }

  /** Drops what was found for the file's folder: the next time it is looked for again. */
  forget(uri: vscode.Uri): void {
    this.compiler.forget(vscode.Uri.joinPath(uri, '..').fsPath);
  }

  /** All ways to compile a file. */
  ways(uri: vscode.Uri): Promise<Ways> {
    return this.compiler.ways(uri.fsPath, vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null);
  }

  /** Chooses one of them; null lets it be found again. */
  choose(uri: vscode.Uri, choice: BuildChoice | null): void {
    this.compiler.remembered.choose(uri.fsPath, choice);
  }

  /** Asks a build what it would run; the answer is kept for all sources that it names. Only on command. */
  async ask(question: BuildQuestion, signal: AbortSignal): Promise<Asked> {
    return vscode.workspace.isTrusted ? this.compiler.ask(question, signal) : { kind: 'failed', reason: 'This workspace is not trusted' };
  }

  /** Headers of the kernel that a file is verified against. */
  headers(uri: vscode.Uri): ReturnType<AnalysisService['headers']> {
    return this.service.headers(this.kernelOf(readSettings(uri).kernel));
  }

  /** An object of LLVM's intermediate code. */
  compileIr(uri: vscode.Uri, bytes: Uint8Array, signal: AbortSignal): Promise<IrResult> {
    const folder = vscode.Uri.joinPath(uri, '..').fsPath;
    return compileIr({ clang: readSettings(uri).clangPath, name: uri.fsPath, folder, bytes, timeoutMs: COMPILE_TIMEOUT_MS, signal });
  }

  async compile(uri: vscode.Uri, text: string, signal: AbortSignal): Promise<Opened> {
    const settings = readSettings(uri);
    const workspace = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null;
    const kernel = this.kernelOf(settings.kernel);
    const opened = await this.compiler.compile({
      clang: settings.clangPath,
      file: uri.fsPath,
      text,
      args: settings.clangArgs,
      timeoutMs: COMPILE_TIMEOUT_MS,
      signal,
      workspace,
      headers: { key: () => headersKey(kernel), source: () => this.service.headers(kernel) },
      useBuild: settings.buildFiles,
      kernelHeaders: settings.kernelHeaders,
    });
    if (!signal.aborted) {
      if (opened.how === null) this.hows.delete(uri.toString());
      else this.hows.set(uri.toString(), opened.how);
      this.changed.fire(uri);
    }
    return opened;
  }
}
