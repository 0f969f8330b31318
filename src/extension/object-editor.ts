// SPDX-License-Identifier: GPL-2.0-only
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { basename, isOpen } from './files';
import { objectPage } from './object-page';
import type { FileState } from './file-state';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';

/** Commands behind the buttons of a program. */
const WAYS: ReadonlyMap<string, string> = new Map([
  ['graph', commandId('showGraph')],
  ['disassembly', commandId('showDisassembly')],
  ['type', commandId('chooseProgramType')],
  ['attach', commandId('chooseAttachTarget')],
  ['files', commandId('chooseFiles')],
]);

/** Read-only editor of BPF objects: programs with verdicts, and the ways on from there. */
export class ObjectEditor implements vscode.CustomReadonlyEditorProvider {
  constructor(
    private readonly store: AnalysisStore,
    /** Whether a panel shows a file. */
    private readonly inPanel: (uri: vscode.Uri) => boolean,
  ) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  private has(uri: vscode.Uri, program: string): boolean {
    const result = this.store.get(uri)?.result;
    return result != null && [...result.programs, ...result.failed].some((p) => p.program === program);
  }

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    const { uri } = document;
    const nonce = randomBytes(16).toString('base64');
    let shown = '';
    const draw = (state: FileState | undefined): void => {
      // a page that is set anew is loaded anew: progress alone is no reason
      const page = objectPage(state, basename(uri), nonce);
      if (page !== shown) panel.webview.html = shown = page;
    };
    const subscriptions = [
      this.store.onDidChange((state) => {
        if (state.uri.toString() === uri.toString()) draw(state);
      }),
      panel.webview.onDidReceiveMessage((raw: unknown) => {
        const { command, program, value } = raw as { command?: unknown; program?: unknown; value?: unknown };
        if (command === 'reopen') void vscode.commands.executeCommand('workbench.action.reopenWithEditor');
        if (command === 'sourceMap') void vscode.commands.executeCommand('workbench.action.openSettings', settingId('sourceMap'));
        const known = this.store.get(uri)?.origin?.members ?? [];
        if (command === 'member' && typeof value === 'string' && known.includes(value))
          void this.store.inputs.chooseMember(uri, value).then(() => this.store.run(uri));
        const name = typeof command === 'string' ? WAYS.get(command) : undefined;
        if (name === undefined || typeof program !== 'string' || !this.has(uri, program)) return;
        void vscode.commands.executeCommand(name, { uri: uri.toString(), program });
      }),
    ];
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), uri.path.split('/').pop() ?? ''),
    );
    watcher.onDidChange(() => void this.store.run(uri));
    watcher.onDidCreate(() => void this.store.run(uri));
    panel.onDidDispose(() => {
      watcher.dispose();
      for (const s of subscriptions) s.dispose();
      // closed means forgotten, unless somebody else shows it
      if (!isOpen(uri) && !this.inPanel(uri)) this.store.closed(uri);
    });
    draw(this.store.get(uri));
    void this.store.run(uri);
  }
}
