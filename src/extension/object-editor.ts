// SPDX-License-Identifier: GPL-2.0-only
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { eachLine, escapeHtml, oneLine } from '../protocol/escape';
import type { ProgramResult } from '../protocol/model';
import { isOpen } from './files';
import { statusText } from './status';
import type { FileState } from './file-state';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** Text of a file between tags. */
const shownText = (text: string): string => escapeHtml(oneLine(text));

function row(p: ProgramResult, index: number): string {
  const verdict = p.verdict === 'accept' ? '✓ accepted' : p.verdict === 'reject' ? '⊗ rejected' : '? unknown';
  const text = p.verdict === 'accept' ? '' : (p.sentence ?? p.reason ?? '');
  return `<tr><th scope="row" title="${shownText(p.program)}">${shownText(p.program)}</th><td><code>${shownText(p.section)}</code></td><td>${verdict}</td><td>${p.insnCount === 0 ? '' : p.insnCount.toLocaleString('en')}</td><td>${shownText(text)}</td>
<td><button data-command="graph" data-program="${index}">Show BPF context graph</button> <button data-command="disassembly" data-program="${index}">Disassembly</button></td></tr>`;
}

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

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    const { uri } = document;
    const nonce = randomBytes(16).toString('base64');
    let shown = '';
    const draw = (state: FileState | undefined): void => {
      // a page that is set anew is loaded anew: progress alone is no reason
      const page = html(state, uri, nonce);
      if (page !== shown) panel.webview.html = shown = page;
    };
    const subscriptions = [
      this.store.onDidChange((state) => {
        if (state.uri.toString() === uri.toString()) draw(state);
      }),
      panel.webview.onDidReceiveMessage((raw: unknown) => {
        const m = raw as { command?: unknown; program?: unknown };
        if (m.command === 'reopen') void vscode.commands.executeCommand('workbench.action.reopenWithEditor');
        const program = this.store.get(uri)?.result?.programs[Number(m.program)]?.program;
        if (program === undefined) return;
        const command = m.command === 'graph' ? commandId('showGraph') : commandId('showDisassembly');
        void vscode.commands.executeCommand(command, { uri: uri.toString(), program });
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

function html(state: FileState | undefined, uri: vscode.Uri, nonce: string): string {
  const name = shownText(uri.path.split('/').pop() ?? '');
  const error = state?.error;
  const body =
    error != null
      ? `<h2>${shownText(error.title)}</h2><p>${shownText(error.message)}</p><pre>${escapeHtml(eachLine(error.details.join('\n')))}</pre><p>It is read again when it changes.</p><p><button data-command="reopen">Open with another editor</button></p>`
      : state?.result == null
        ? '<p role="status">Verifying…</p>'
        : `${state.result.warnings.map((w) => `<p>${shownText(w)}</p>`).join('')}<table><thead><tr><th scope="col">Program</th><th scope="col">Section</th><th scope="col">Verdict</th><th scope="col">Instructions</th><th scope="col">Why</th><th scope="col">Show</th></tr></thead><tbody>${state.result.programs.map(row).join('')}${state.result.failed
            .map(
              (f) =>
                `<tr><th scope="row" title="${shownText(f.program)}">${shownText(f.program)}</th><td><code>${shownText(f.section)}</code></td><td>not loaded</td><td></td><td>${shownText(f.message)}</td><td></td></tr>`,
            )
            .join('')}</tbody></table>`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<style nonce="${nonce}">
body { font-family: var(--vscode-font-family); font-size: 13px; color: var(--vscode-foreground); background: var(--vscode-editor-background); padding: 12px 20px; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 4px 12px 4px 0; vertical-align: top; border-bottom: 1px solid var(--vscode-widget-border, transparent); }
th[scope=row], td:nth-child(2) { max-width: 40ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
code, pre { font-family: var(--vscode-editor-font-family); }
button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, var(--vscode-widget-border, currentColor))); padding: 2px 8px; border-radius: 3px; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 2px; }
</style><title>${name}</title></head><body><h1>${name}</h1><p>${state === undefined ? '' : `${shownText(statusText(state))} under ${shownText(state.policy)}`}</p>${body}
<script nonce="${nonce}">const vscode = acquireVsCodeApi(); document.addEventListener('click', (e) => { const b = e.target.closest('button'); if (b) vscode.postMessage({ command: b.dataset.command, program: b.dataset.program }); });</script>
</body></html>`;
}
