// SPDX-License-Identifier: GPL-2.0-only
/** How the sources of this window are compiled: asks the project, keeps what worked in the workspace, tells who shows it. */
import * as vscode from 'vscode';
import { headersKey } from '../analysis/headers';
import type { AnalysisService } from '../analysis/service';
import { HeaderStore } from '../compiler/header-store';
import type { HowCompiled } from '../compiler/how';
import { type Memory, type Opened, ProjectCompiler } from '../compiler/project-compiler';
import { readSettings } from './settings';

const COMPILE_TIMEOUT_MS = 60_000;
/** Key of the workspace's state: folder → what worked there. */
const WORKED = 'compile.worked';
/** Folders that are remembered. */
const MAX_WORKED = 200;

export class Compiling implements vscode.Disposable {
  private readonly compiler: ProjectCompiler;
  private readonly hows = new Map<string, HowCompiled>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  /** A file was compiled, or tried to be. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly service: AnalysisService,
    private readonly kernelBundle: string,
    storage: vscode.Uri,
    private readonly memento: vscode.Memento,
  ) {
    const kept = this.memento.get<Record<string, Memory>>(WORKED, {});
    this.compiler = new ProjectCompiler(
      new HeaderStore(storage.fsPath),
      Object.entries(kept),
      (folder, memory) => void this.keep(folder, memory),
    );
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async keep(folder: string, memory: Memory | null): Promise<void> {
    const rest = Object.entries(this.memento.get<Record<string, Memory>>(WORKED, {})).filter(([f]) => f !== folder);
    const all = memory === null ? rest : [...rest, [folder, memory] as const];
    await this.memento.update(WORKED, Object.fromEntries(all.slice(-MAX_WORKED)));
  }

  /** How a file was last compiled. */
  how(uri: vscode.Uri): HowCompiled | undefined {
    return this.hows.get(uri.toString());
  }

  /** Drops what was found for the file's folder: the next time it is looked for again. */
  forget(uri: vscode.Uri): void {
    this.compiler.forget(vscode.Uri.joinPath(uri, '..').fsPath);
  }

  /** Headers of the kernel that a file is verified against. */
  headers(uri: vscode.Uri): ReturnType<AnalysisService['headers']> {
    return this.service.headers({ bundle: this.kernelBundle, btf: readSettings(uri).kernelBtf });
  }

  async compile(uri: vscode.Uri, text: string, signal: AbortSignal): Promise<Opened> {
    const settings = readSettings(uri);
    const workspace = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null;
    const kernel = { bundle: this.kernelBundle, btf: settings.kernelBtf };
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
    });
    if (!signal.aborted) {
      if (opened.how === null) this.hows.delete(uri.toString());
      else this.hows.set(uri.toString(), opened.how);
      this.changed.fire(uri);
    }
    return opened;
  }
}
