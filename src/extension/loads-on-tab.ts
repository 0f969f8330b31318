// SPDX-License-Identifier: GPL-2.0-only
/** The tab "Loads on": its page, what it asks for, and what is done about it. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { AnalysisCancelled } from '../analysis/service';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';
import { LOADS_ON_TYPE } from '../contributions/views';
import { KERNELS, VERIFIED_KERNEL } from '../kernel/releases';
import { oneLine } from '../protocol/escape';
import {
  type FileReply,
  type FromLoadsOn,
  type LoadsOnPage,
  type LoadsOnScope,
  parseFromLoadsOn,
  parseLoadsOnKept,
  tableOf,
} from '../protocol/loads-on-page';
import { registerCommands } from './commands';
import { type FileState, isStale } from './file-state';
import { basename, FIRST_LINE } from './files';
import type { Host } from './shared';
import { policyOnKernel } from './policies';
import { readSettings } from './settings';
import { locate } from './diagnostics';
import { chooseTarget } from './target';
import { DEFAULT_POLICY } from '../policy';

/** Kernels of the table: those of the setting, or all that there are. */
function kernelsFor(uri: vscode.Uri): readonly string[] {
  const { kernels } = readSettings(uri);
  return kernels.length > 0 ? kernels : KERNELS.map((k) => k.series);
}

/** What the tab works with. */
type Parts = Pick<Host, 'context' | 'store' | 'kernelReplies'>;

class LoadsOnTab implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private scope: LoadsOnScope = 'file';
  private found: readonly FileReply[] = [];
  private errors: readonly string[] = [];
  private busy = '';
  private cancelled = false;
  private turn: AbortController | null = null;
  /** Results that the table is of. */
  private of = new Map<string, unknown>();

  constructor(
    private readonly host: Parts,
    private uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private readonly ended: () => void,
  ) {
    const dist = vscode.Uri.joinPath(host.context.extensionUri, 'dist');
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    this.subscriptions = [
      this.panel.webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseFromLoadsOn(raw);
        if (message !== null) void this.receive(message);
      }),
      host.store.onDidChange((state) => this.changed(state)),
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration(settingId('kernels')) || e.affectsConfiguration(settingId('kernel'))) void this.run();
      }),
      this.panel.onDidDispose(() => this.dispose()),
    ];
    this.panel.webview.html = this.html(dist);
  }

  dispose(): void {
    this.turn?.abort();
    for (const s of this.subscriptions) s.dispose();
    this.ended();
  }

  /** Brings it to the front for a file. */
  show(uri: vscode.Uri): void {
    this.uri = uri;
    this.panel.reveal(undefined, false);
    void this.run();
  }

  private states(): readonly FileState[] {
    if (this.scope === 'all') return this.host.store.all().filter((s) => s.result !== null);
    const own = this.host.store.get(this.uri);
    return own === undefined ? [] : [own];
  }

  /** A file that the table is of has another result: it is asked anew. */
  private changed(state: FileState): void {
    const key = state.uri.toString();
    const ours = this.scope === 'all' || key === this.uri.toString();
    if (!ours) return;
    if (state.busy === null && !isStale(state) && this.of.get(key) !== state.result) void this.run();
    else this.send();
  }

  private async run(): Promise<void> {
    this.turn?.abort();
    const turn = new AbortController();
    this.turn = turn;
    this.cancelled = false;
    const states = this.states();
    this.of = new Map(states.map((s) => [s.uri.toString(), s.result]));
    const found: FileReply[] = [];
    const errors: string[] = [];
    for (const [i, { uri, result, error }] of states.entries()) {
      const file = basename(uri);
      if (result === null) {
        if (error !== null) errors.push(oneLine(`${file}: ${error.title}`));
        continue;
      }
      this.busy = `Verifying ${file}${states.length > 1 ? `, ${i + 1} of ${states.length} files,` : ''} as ${kernelsFor(uri).join(', ')}`;
      this.send();
      try {
        const reply = await this.host.kernelReplies.ask(uri, kernelsFor(uri), turn.signal);
        if (reply?.error != null) errors.push(oneLine(`${file}: ${reply.error.title}. ${reply.error.message}`));
        else if (reply !== null) found.push({ uri: uri.toString(), file, reply });
      } catch (failure) {
        if (turn.signal.aborted) return;
        if (!(failure instanceof AnalysisCancelled))
          errors.push(oneLine(`${file}: ${failure instanceof Error ? failure.message : String(failure)}`));
      }
      if (turn.signal.aborted) return;
      this.found = [...found];
    }
    this.found = found;
    this.errors = errors;
    this.busy = '';
    this.send();
  }

  private page(): LoadsOnPage {
    const states = this.states();
    const own = states.find((s) => s.result !== null)?.result?.kernel ?? VERIFIED_KERNEL.version;
    const table = tableOf(this.found, own);
    const waits = states.some((s) => s.busy !== null);
    const busy = this.busy !== '' ? this.busy : waits ? 'Verifying' : '';
    const nothing = table.rows.length === 0 && busy === '' && this.errors.length === 0;
    const empty = this.cancelled
      ? 'Cancelled. "Verify again" asks the kernels anew.'
      : !nothing
        ? ''
        : states.length === 0
          ? 'Nothing was verified yet. Open a BPF program or object, and it is verified as each of the kernels.'
          : 'There are no programs to verify.';
    return {
      scope: this.scope,
      uri: this.uri.toString(),
      file: basename(this.uri),
      ...table,
      busy,
      errors: this.errors,
      empty,
      stale: states.some(isStale),
    };
  }

  private send(): void {
    void this.panel.webview.postMessage({ type: 'page', page: this.page() });
  }

  private async receive(message: FromLoadsOn): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.send();
        return;
      case 'refresh':
        await this.run();
        return;
      case 'cancel':
        this.turn?.abort();
        this.busy = '';
        this.cancelled = true;
        this.send();
        return;
      case 'settings':
        await vscode.commands.executeCommand('workbench.action.openSettings', settingId('kernels'));
        return;
      case 'scope':
        this.scope = message.scope;
        await this.run();
        return;
      case 'place':
        await this.open(message.row, message.column);
        return;
      case 'compare':
        await this.compare(message.row, message.column);
        return;
    }
  }

  private async open(at: number, column: number): Promise<void> {
    const row = this.page().rows[at];
    if (row === undefined) return;
    const cell = row.cells[column];
    const place = cell === undefined || cell.kind === 'loads' ? row.place : (cell.source ?? row.place);
    const file = vscode.Uri.parse(row.uri);
    const state = this.host.store.get(file);
    const { uri, range } = state === undefined ? { uri: file, range: FIRST_LINE } : await locate(state, place);
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, selection: range });
  }

  private async compare(at: number, column: number): Promise<void> {
    const { rows, columns } = this.page();
    const [row, kernel] = [rows[at], columns[column]];
    if (row === undefined || kernel === undefined || kernel.own) return;
    const policy = policyOnKernel(DEFAULT_POLICY.id, kernel.version);
    await vscode.commands.executeCommand(commandId('compareWith'), { uri: row.uri, program: row.program, policy });
  }

  private html(dist: vscode.Uri): string {
    const { webview } = this.panel;
    const nonce = randomBytes(16).toString('base64');
    const at = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    const csp = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'unsafe-inline'`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<link rel="stylesheet" href="${at('loads-on.css')}">
<title>Loads on</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${at('loads-on.js')}"></script>
</body>
</html>`;
  }
}

/** The one tab that there is. */
export class LoadsOnTabs implements vscode.Disposable {
  private tab: LoadsOnTab | null = null;

  constructor(private readonly host: Parts) {}

  dispose(): void {
    this.tab?.dispose();
  }

  /** Brings it to the front for a file, which is verified first if it was not. */
  async show(uri: vscode.Uri): Promise<void> {
    if (this.host.store.get(uri)?.result == null) await this.host.store.run(uri);
    this.tab ??= this.make(
      uri,
      vscode.window.createWebviewPanel(LOADS_ON_TYPE, 'Loads on', vscode.ViewColumn.Beside, { retainContextWhenHidden: true }),
    );
    this.tab.show(uri);
  }

  /** A tab that was open when the window was closed, with what its page kept. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { uri } = parseLoadsOnKept(state);
    if (uri === '' || this.tab !== null) {
      panel.dispose();
      return;
    }
    const file = vscode.Uri.parse(uri);
    this.tab = this.make(file, panel);
    if (this.host.store.get(file)?.result == null) await this.host.store.run(file);
  }

  private make(uri: vscode.Uri, panel: vscode.WebviewPanel): LoadsOnTab {
    return new LoadsOnTab(this.host, uri, panel, () => (this.tab = null));
  }
}

/** The command. */
export function registerLoadsOn({ store, loadsOn }: Host): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommands({
      loadsOn: async (argument) => {
        const target = await chooseTarget(store, argument);
        if (target !== null) await loadsOn.show(target.uri);
      },
    }),
    loadsOn,
  );
}
