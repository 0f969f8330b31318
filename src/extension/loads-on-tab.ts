// SPDX-License-Identifier: GPL-2.0-only
/** The tab "Loads on": its page, what it asks for, and what is done about it. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';
import { LOADS_ON_TYPE } from '../contributions/views';
import { VERIFIED_KERNEL } from '../kernel/releases';
import { type FromLoadsOn, type LoadsOnPage, parseFromLoadsOn, parseLoadsOnKept, tableOf } from '../protocol/loads-on-page';
import { registerCommands } from './commands';
import { type FileState, isStale } from './file-state';
import { basename } from './files';
import type { Host } from './shared';
import { policyOnKernel } from './policies';
import { askAbout, filesOf, type FileOutcome, kernelsFor, type LoadsOnSubject, MOST_FILES, nameIn } from './loads-on-files';
import { locate } from './diagnostics';
import { chooseTarget } from './target';
import { DEFAULT_POLICY } from '../policy';

/** Files with errors that are named; the others are counted. */
const MOST_ERRORS = 10;

/** What the tab works with. */
type Parts = Pick<Host, 'context' | 'store' | 'kernelReplies'>;

class LoadsOnTab implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  /** By file. */
  private outcomes: ReadonlyMap<string, FileOutcome> = new Map<string, FileOutcome>();
  /** There are more files in the folder than are looked at. */
  private more = false;
  private busy = '';
  /** Why nothing is verified although there may be something to. */
  private waits = '';
  private turn: AbortController | null = null;

  constructor(
    private readonly host: Parts,
    private subject: LoadsOnSubject,
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

  /** Brings it to the front for a file or a folder. */
  show(subject: LoadsOnSubject): void {
    this.subject = subject;
    this.panel.reveal(undefined, false);
    void this.run();
  }

  /** Says that a folder is verified once somebody says so: a window that was reloaded does not begin with that. */
  wait(): void {
    this.waits = 'The programs of this folder are verified when you choose "Verify again".';
    this.send();
  }

  private isOurs(uri: vscode.Uri): boolean {
    const { scope, file } = this.subject;
    if (scope === 'file') return uri.toString() === file?.toString();
    return scope === 'all' || this.outcomes.has(uri.toString());
  }

  /** A file that the table is of has another result: it is asked anew. */
  private changed(state: FileState): void {
    if (!this.isOurs(state.uri) || this.waits !== '') return;
    const folder = this.subject.scope === 'folder';
    // a folder's files go by while they are verified, and most of them are not kept
    if (folder && (this.busy !== '' || state.result === null)) return;
    const isNew = state.busy === null && !isStale(state) && this.outcomes.get(state.uri.toString())?.result !== state.result;
    if (isNew) void (folder ? this.run([state.uri]) : this.run());
    else this.send();
  }

  /** Asks about all files of the table, or about some of them again. */
  private async run(only: readonly vscode.Uri[] | null = null): Promise<void> {
    this.turn?.abort();
    const turn = new AbortController();
    this.turn = turn;
    this.waits = '';
    const { subject } = this;
    if (subject.scope === 'folder' && only === null) {
      this.outcomes = new Map();
      this.busy = `Looking for BPF programs in ${basename(subject.folder)}`;
      this.send();
    }
    const all = only ?? (await filesOf(subject, this.host));
    if (turn.signal.aborted) return;
    if (only === null) this.more = all.length > MOST_FILES;
    const files = all.slice(0, subject.scope === 'folder' ? MOST_FILES : undefined);
    const outcomes = new Map(only === null ? [] : this.outcomes);
    for (const [i, uri] of files.entries()) {
      const file = nameIn(subject, uri);
      this.busy = `Verifying ${file}${files.length > 1 ? `, ${i + 1} of ${files.length} files,` : ''} as ${kernelsFor(uri).join(', ')}`;
      this.send();
      try {
        outcomes.set(uri.toString(), await askAbout(this.host, uri, file, turn.signal));
      } catch (failure) {
        if (turn.signal.aborted) return;
        throw failure;
      }
      if (turn.signal.aborted) return;
      this.outcomes = new Map(outcomes);
    }
    this.outcomes = outcomes;
    this.busy = '';
    this.send();
  }

  /** What went wrong, a line each. */
  private errors(): readonly string[] {
    const errors = [...this.outcomes.values()].flatMap(({ error }) => (error === '' ? [] : [error]));
    const left = errors.length - MOST_ERRORS;
    return left > 0 ? [...errors.slice(0, MOST_ERRORS), `${left} more file${left === 1 ? ' was' : 's were'} not verified.`] : errors;
  }

  /** What the table leaves out. */
  private notes(): readonly string[] {
    const { scope, folder } = this.subject;
    if (!this.more || scope !== 'folder') return [];
    return [`${basename(folder)} has more than ${MOST_FILES} BPF files: the table is of the first ${MOST_FILES} by path.`];
  }

  /** Why there is nothing to see. */
  private empty(): string {
    const { scope, folder } = this.subject;
    const where = basename(folder);
    if (scope === 'folder' && this.outcomes.size === 0)
      return `There is no file ending in .bpf.c, .bpf.s or .bpf.o in ${where} or in its folders.`;
    if (this.outcomes.size === 0)
      return 'Nothing was verified yet. Open a BPF program or object, and it is verified as each of the kernels.';
    return 'There are no programs to verify.';
  }

  private page(): LoadsOnPage {
    const { scope, file, folder } = this.subject;
    const outcomes = [...this.outcomes.values()];
    const own = outcomes.find((o) => o.kernel !== null)?.kernel ?? VERIFIED_KERNEL.version;
    const table = tableOf(
      outcomes.flatMap((o) => (o.found === null ? [] : [o.found])),
      own,
    );
    const states = this.host.store.all().filter((s) => this.isOurs(s.uri));
    const waits = this.waits === '' && states.some((s) => s.busy !== null);
    const busy = this.busy !== '' ? this.busy : waits ? 'Verifying' : '';
    const errors = this.errors();
    return {
      scope,
      uri: file?.toString() ?? '',
      file: file === null ? '' : basename(file),
      folderUri: folder.toString(),
      folder: basename(folder),
      ...table,
      busy,
      errors,
      notes: this.notes(),
      empty: this.waits !== '' ? this.waits : table.rows.length === 0 && busy === '' && errors.length === 0 ? this.empty() : '',
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
        this.waits = 'Cancelled. "Verify again" asks the kernels anew.';
        this.send();
        return;
      case 'settings':
        await vscode.commands.executeCommand('workbench.action.openSettings', settingId('kernels'));
        return;
      case 'scope':
        if (message.scope === 'file' && this.subject.file === null) return;
        this.subject = { ...this.subject, scope: message.scope };
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
    const { uri, range } = await locate({ uri: file }, place);
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
    this.open(aboutFile(uri));
  }

  /** Brings it to the front for the files of a folder. */
  showFolder(folder: vscode.Uri): void {
    this.open({ scope: 'folder', file: null, folder });
  }

  /** A tab that was open when the window was closed, with what its page kept. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { uri, folder } = parseLoadsOnKept(state);
    if ((uri === '' && folder === '') || this.tab !== null) {
      panel.dispose();
      return;
    }
    const file = uri === '' ? null : vscode.Uri.parse(uri);
    if (folder !== '') {
      this.tab = this.make({ scope: 'folder', file, folder: vscode.Uri.parse(folder) }, panel);
      this.tab.wait();
      return;
    }
    this.tab = this.make(aboutFile(file!), panel);
    if (this.host.store.get(file!)?.result == null) await this.host.store.run(file!);
  }

  private open(subject: LoadsOnSubject): void {
    this.tab ??= this.make(
      subject,
      vscode.window.createWebviewPanel(LOADS_ON_TYPE, vscode.l10n.t('Loads on'), vscode.ViewColumn.Beside, {
        retainContextWhenHidden: true,
      }),
    );
    this.tab.show(subject);
  }

  private make(subject: LoadsOnSubject, panel: vscode.WebviewPanel): LoadsOnTab {
    return new LoadsOnTab(this.host, subject, panel, () => (this.tab = null));
  }
}

function aboutFile(file: vscode.Uri): LoadsOnSubject {
  return { scope: 'file', file, folder: vscode.Uri.joinPath(file, '..') };
}

/** Whether a command was given a folder of the explorer. */
async function isFolder(argument: unknown): Promise<boolean> {
  if (!(argument instanceof vscode.Uri)) return false;
  const stat = await Promise.resolve(vscode.workspace.fs.stat(argument)).catch(() => null);
  return stat !== null && (stat.type & vscode.FileType.Directory) !== 0;
}

/** The command. */
export function registerLoadsOn({ store, loadsOn }: Host): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommands({
      loadsOn: async (argument) => {
        if (await isFolder(argument)) {
          loadsOn.showFolder(argument as vscode.Uri);
          return;
        }
        const target = await chooseTarget(store, argument);
        if (target !== null) await loadsOn.show(target.uri);
      },
    }),
    loadsOn,
  );
}
