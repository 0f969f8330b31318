// SPDX-License-Identifier: GPL-2.0-only
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { basename } from './files';
import { escapeHtml, oneLine } from '../protocol/escape';
import {
  type CompareState,
  packed,
  parseFromWebview,
  type FromWebview,
  type PanelState,
  type ToWebview,
  type StepMark,
} from '../protocol/messages';
import { VERIFIED_KERNEL } from '../kernel/releases';
import type { Answered, Ask, AskName, Asks } from '../protocol/asks';
import type { PolicyInfo } from '../protocol/model';
import { PanelAsks } from './panel-asks';
import { askEditor } from './panel-editor';
import { disassemblyTarget } from './disassembly';
import { isOpen, kindByName } from './files';
import { insnsOfLine } from './hovers';
import { offerOf } from './offers';
import { changeOf } from './panel-change';
import { compareState } from './panel-compare';
import { messagesOf } from './panel-parts';
import { otherKernels, type PolicyCatalog, policyOnKernel } from './policies';
import { readSettings } from './settings';
import { errorText, type FileState, isStale } from './file-state';
import type { AnalysisStore } from './store';
import { CONTEXT_KEYS } from '../contributions/names';
import { PANEL_TYPE } from '../contributions/views';

/** Characters of a program's name in the title of a tab. */
const MAX_TITLE = 100;

/** Instruction and state of the path to a rejection (`src/graph/path.ts`). */
const REJECTED = -1;

/** Pause of following the cursor after a click in the panel, so that the two views do not chase each other. */
const FOLLOW_PAUSE_MS = 1000;

/** What a panel remembers over a reload of the window. */
interface Remembered {
  readonly uri: string;
  readonly program: string;
  /** Policy compared with, '' or absent for none. */
  readonly compare?: string;
}

function isRemembered(v: unknown): v is Remembered {
  return typeof v === 'object' && v !== null && typeof (v as Remembered).uri === 'string' && typeof (v as Remembered).program === 'string';
}

/** Lets others have the thread. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One panel a file: the graph beside the editor. */
class ContextPanel {
  private program = '';
  private ready = false;
  private quietUntil = 0;
  private turn = 0;
  private pendingReveal: number | null = null;
  /** Command for the view once it shows the program. */
  private pendingCommand: string | null = null;
  /** What the view has: what is the same does not cross again. */
  private sent: Partial<PanelState> = {};
  private asks = this.newAsks();
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    readonly panel: vscode.WebviewPanel,
    private uri: vscode.Uri,
    program: string,
    private readonly host: ContextPanels,
    /** Policy that the panel compared with before a reload, '' for none. */
    private compare = '',
  ) {
    this.program = program;
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(host.extensionUri, 'dist'), vscode.Uri.joinPath(host.extensionUri, 'media')],
    };
    panel.iconPath = vscode.Uri.joinPath(host.extensionUri, 'media', 'graph.svg');
    this.subscriptions.push(
      panel.webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseFromWebview(raw);
        if (message !== null) void this.receive(message);
      }),
      panel.onDidDispose(() => {
        for (const s of this.subscriptions) s.dispose();
        void host.store.setCompare(this.uri, '');
        host.forget(this);
        if (kindByName(this.uri) === 'object' && !isOpen(this.uri)) host.store.closed(this.uri);
        const { error } = host.store.get(this.uri) ?? { error: null };
        if (error?.kind === 'closed' || error?.kind === 'gone') host.store.closed(this.uri);
      }),
      panel.onDidChangeViewState(() => void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.graphFocused, panel.active)),
      host.store.onDidChange((state) => {
        if (state.uri.toString() === this.uri.toString()) void this.send(state);
      }),
    );
    panel.webview.html = this.html();
  }

  get file(): vscode.Uri {
    return this.uri;
  }

  /** Shows a program, an instruction of it if given, and then carries out a command of the view if given. */
  async show(program: string, insn: number | null, command: string | null = null): Promise<void> {
    if (program !== '') this.program = program;
    this.pendingReveal = insn;
    this.pendingCommand = command;
    const state = this.host.store.get(this.uri);
    if (state !== undefined) await this.send(state);
  }

  /** The file has another name now. */
  moveTo(uri: vscode.Uri): void {
    this.uri = uri;
    this.ready = false;
    // the page is made anew, since it remembers the file's name for the next start
    this.panel.webview.html = this.html();
  }

  /** Sends what there is once more. */
  async resend(): Promise<void> {
    const state = this.host.store.get(this.uri);
    if (state !== undefined) await this.send(state);
  }

  post(message: ToWebview): void {
    if (this.ready) void this.panel.webview.postMessage(packed(message));
  }

  /** The editor's cursor moved to a C line or a disassembly line. */
  async follow(document: vscode.Uri, line: number, insnOfLine: (uri: vscode.Uri, line: number) => number | undefined): Promise<void> {
    if (Date.now() < this.quietUntil) return;
    const target = disassemblyTarget(document);
    if (target !== null) {
      if (target.file.toString() !== this.uri.toString() || target.program !== this.program) return;
      const insn = insnOfLine(document, line);
      this.post({ type: 'highlight', insns: insn === undefined ? [] : [insn] });
      return;
    }
    const graph = await this.host.store.graph(this.uri, this.program);
    if (graph !== null) this.post({ type: 'highlight', insns: insnsOfLine(graph, document, line).map((i) => i.index) });
  }

  private newAsks(): PanelAsks {
    return new PanelAsks(
      (ask) => this.answer(ask),
      (message) => this.post(message),
    );
  }

  private async answer(ask: Ask): Promise<Answered | null> {
    const { store } = this.host;
    const as = <K extends AskName>(name: K, value: Asks[K]['answer'] | null): Answered | null =>
      value === null ? null : ({ name, value } as Answered);
    switch (ask.name) {
      case 'states':
        return as(ask.name, await store.states(this.uri, ask.program, ask.insn));
      case 'path':
        return as(ask.name, await store.path(this.uri, ask.program, ask.insn, ask.state));
      case 'rejection':
        return as(ask.name, await store.path(this.uri, ask.program, REJECTED, REJECTED));
      case 'origin':
        return as(ask.name, await store.origin(this.uri, ask.program, ask.insn, ask.state, ask.register));
      case 'follow':
        return as(ask.name, await store.follow(this.uri, ask.program, ask.key));
    }
  }

  private async receive(message: FromWebview): Promise<void> {
    const { store } = this.host;
    if (message.type === 'openSource') this.quietUntil = Date.now() + FOLLOW_PAUSE_MS;
    if (await askEditor(message, this.uri)) return;
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.sent = {};
        // a page that is made anew counts its questions from the beginning
        this.asks = this.newAsks();
        if (store.get(this.uri)?.result == null) void store.run(this.uri);
        else await this.send(store.get(this.uri)!);
        if (this.compare !== '') void store.setCompare(this.uri, this.compare);
        this.compare = '';
        return;
      case 'selectProgram':
        this.program = message.program;
        await this.send(store.get(this.uri)!);
        return;
      case 'selectPolicy':
        if (this.host.policies.some((p) => policyOnKernel(p.id, this.kernel) === message.policy))
          await store.setPolicy(this.uri, message.policy);
        return;
      case 'compareWith':
        if (message.policy === '' || [...this.host.policies, ...otherKernels(this.kernel)].some((p) => p.id === message.policy))
          await store.setCompare(this.uri, message.policy);
        return;
      case 'ask':
        await this.asks.ask(message.id, message.ask);
        return;
      case 'unask':
        this.asks.unask(message.id);
        return;
      case 'selected':
        this.quietUntil = Date.now() + FOLLOW_PAUSE_MS;
        await this.host.revealLine(this.uri, message.program, message.insn);
        return;
      case 'cancel':
        store.cancel(this.uri);
        return;
      case 'steps':
        this.host.showSteps(this.uri, message.program, message.steps);
        return;
    }
  }

  /** Version of the kernel that what is shown was verified as. */
  private get kernel(): string {
    return this.host.store.get(this.uri)?.result?.kernel ?? VERIFIED_KERNEL.version;
  }

  private async send(state: FileState): Promise<void> {
    const turn = ++this.turn;
    const programs = state.result?.programs ?? [];
    if (!programs.some((p) => p.program === this.program) && programs.length > 0) this.program = programs[0]!.program;
    const result = programs.find((p) => p.program === this.program);
    const graph = result === undefined ? null : await this.host.store.graph(this.uri, this.program);
    this.panel.title = vscode.l10n.t('Context: {0}', oneLine(this.program === '' ? basename(state.uri) : this.program.slice(0, MAX_TITLE)));
    const picture: PanelState = {
      file: state.uri.path.split('/').pop() ?? '',
      folder: vscode.workspace.getWorkspaceFolder(state.uri)?.uri.fsPath ?? '',
      policies: this.host.policies.map((p) => ({ ...p, id: policyOnKernel(p.id, this.kernel) })),
      policy: policyOnKernel(state.policy, this.kernel),
      kernels: otherKernels(this.kernel),
      programs,
      program: this.program,
      detail: result === undefined || graph === null ? null : { result, graph, offer: offerOf(result.absent, this.host.catalog) },
      busy: state.busy,
      stale: isStale(state)
        ? { reason: state.error === null ? 'The file was edited after this was verified.' : errorText(state.error), edits: state.edits }
        : null,
      error: state.error,
      compare: await this.compareState(state),
      singleKeys: readSettings(this.uri).singleKeys,
    };
    // a newer picture is on its way
    if (turn !== this.turn || !this.ready) return;
    const change = changeOf(this.sent, picture);
    for (const message of change === null ? [] : messagesOf(change)) {
      this.post(message);
      if (message.type === 'state') break;
      await nextTurn();
      if (turn !== this.turn || !this.ready) return;
    }
    this.sent = picture;
    if (picture.detail === null) return;
    if (this.pendingReveal !== null) this.post({ type: 'reveal', insn: this.pendingReveal });
    this.pendingReveal = null;
    if (this.pendingCommand !== null) this.post({ type: 'command', command: this.pendingCommand });
    this.pendingCommand = null;
  }

  private async compareState(state: FileState): Promise<CompareState | null> {
    const { compare } = state;
    if (compare === null) return null;
    return compareState(state, compare, this.program, compare.busy ? null : await this.host.store.comparison(this.uri, this.program));
  }

  private html(): string {
    const { webview } = this.panel;
    const nonce = randomBytes(16).toString('base64');
    const at = (...parts: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(this.host.extensionUri, ...parts)).toString();
    const remembered = escapeHtml(JSON.stringify({ uri: this.uri.toString(), program: this.program } satisfies Remembered));
    const csp = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'unsafe-inline'; font-src ${webview.cspSource}; img-src ${webview.cspSource} data:`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('dist', 'webview.css')}">
<title>BPF context graph</title>
</head>
<body data-remembered="${remembered}">
<div id="app"></div>
<script type="module" nonce="${nonce}" src="${at('dist', 'webview.js')}"></script>
</body>
</html>`;
  }
}

/** All open panels, and how they come back after a reload. */
export class ContextPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly panels = new Map<string, ContextPanel>();

  constructor(
    readonly extensionUri: vscode.Uri,
    readonly store: AnalysisStore,
    readonly catalog: PolicyCatalog,
    private readonly reveal: (file: vscode.Uri, program: string, insn: number | null) => Promise<void>,
    readonly showSteps: (file: vscode.Uri, program: string, steps: readonly StepMark[]) => void,
  ) {}

  get policies(): readonly PolicyInfo[] {
    return this.catalog.all();
  }

  dispose(): void {
    for (const p of [...this.panels.values()]) p.panel.dispose();
  }

  /** Opens or reveals the panel of a file. */
  async open(uri: vscode.Uri, program = '', insn: number | null = null, command: string | null = null): Promise<void> {
    const known = this.panels.get(uri.toString());
    if (known !== undefined) {
      known.panel.reveal(undefined, false);
      await known.show(program, insn, command);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      PANEL_TYPE,
      vscode.l10n.t('BPF context graph'),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false },
      { enableScripts: true, enableFindWidget: false },
    );
    const made = new ContextPanel(panel, uri, program, this);
    this.panels.set(uri.toString(), made);
    await made.show(program, insn, command);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    if (!isRemembered(state)) {
      panel.dispose();
      return;
    }
    const uri = vscode.Uri.parse(state.uri);
    this.panels.set(
      uri.toString(),
      new ContextPanel(panel, uri, state.program, this, typeof state.compare === 'string' ? state.compare : ''),
    );
  }

  /** Whether a file's graph is shown. */
  has(uri: vscode.Uri): boolean {
    return this.panels.has(uri.toString());
  }

  /** The panel of a file goes with it to its new name. */
  move(from: vscode.Uri, to: vscode.Uri): void {
    const panel = this.panels.get(from.toString());
    if (panel === undefined) return;
    this.panels.delete(from.toString());
    this.panels.get(to.toString())?.panel.dispose();
    this.panels.set(to.toString(), panel);
    panel.moveTo(to);
  }

  /** Sends everything anew, e.g. when the list of policies changed. */
  refresh(): void {
    for (const p of this.panels.values()) void p.resend();
  }

  forget(panel: ContextPanel): void {
    this.showSteps(panel.file, '', []);
    this.panels.delete(panel.file.toString());
  }

  /** Sends a command of the palette to the panel in front. */
  command(command: string): void {
    for (const p of this.panels.values()) if (p.panel.active) p.post({ type: 'command', command });
  }

  follow(document: vscode.Uri, line: number, insnOfLine: (uri: vscode.Uri, line: number) => number | undefined): void {
    for (const p of this.panels.values()) void p.follow(document, line, insnOfLine);
  }

  async revealLine(file: vscode.Uri, program: string, insn: number | null): Promise<void> {
    await this.reveal(file, program, insn);
  }
}
