// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { eachLine, oneLine } from '../../protocol/escape';
import { reasonText, verdictReason } from '../../protocol/explanation-text';
import type { FailedProgram, ProgramResult } from '../../protocol/model';
import { programSleepText } from '../../protocol/words';
import { SLEEP_ICONS } from '../sleep-icons';
import { PROGRAM_FILES } from '../files';
import { errorText, type FileState, isStale } from '../file-state';
import type { AnalysisStore } from '../store';
import { commandId } from '../../contributions/commands';
import { colourId } from '../../contributions/colours';

/** A file that was analysed, a file that may have programs, or a program. */
export type ProgramNode =
  | { readonly kind: 'file'; readonly state: FileState }
  | { readonly kind: 'unverified'; readonly uri: vscode.Uri }
  | { readonly kind: 'program'; readonly uri: vscode.Uri; readonly result: ProgramResult; readonly stale: boolean }
  | { readonly kind: 'failed'; readonly uri: vscode.Uri; readonly failed: FailedProgram };

/** Files of the workspace that are listed before they were verified. */
const MOST_FILES = 100;

/** The tree "Programs": files with how many of their programs are accepted, programs with their verdict and the shortest reason. */
export class ProgramsView implements vscode.TreeDataProvider<ProgramNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private found: readonly vscode.Uri[] | null = null;

  constructor(private readonly store: AnalysisStore) {
    const watcher = vscode.workspace.createFileSystemWatcher(PROGRAM_FILES);
    const forget = (): void => {
      this.found = null;
      this.changed.fire();
    };
    this.subscriptions = [
      watcher,
      watcher.onDidCreate(forget),
      watcher.onDidDelete(forget),
      store.onDidChange((state) => {
        if (state.busy === null) this.changed.fire();
      }),
    ];
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.changed.dispose();
  }

  refresh(): void {
    this.found = null;
    this.changed.fire();
  }

  async getChildren(node?: ProgramNode): Promise<ProgramNode[]> {
    if (node === undefined) {
      this.found ??= await vscode.workspace.findFiles(PROGRAM_FILES, '**/node_modules/**', MOST_FILES);
      const known = this.store.all();
      const names = new Set(known.map((s) => s.uri.toString()));
      const others = this.found.filter((uri) => !names.has(uri.toString()));
      const all: ProgramNode[] = [
        ...known.map((state): ProgramNode => ({ kind: 'file', state })),
        ...others.map((uri): ProgramNode => ({ kind: 'unverified', uri })),
      ];
      const nameOf = (n: ProgramNode): string => (n.kind === 'file' ? n.state.uri.path : n.kind === 'unverified' ? n.uri.path : '');
      return all.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    }
    if (node.kind !== 'file') return [];
    const { uri, result } = node.state;
    const stale = isStale(node.state);
    return [
      ...(result?.programs ?? []).map((p): ProgramNode => ({ kind: 'program', uri, result: p, stale })),
      ...(result?.failed ?? []).map((failed): ProgramNode => ({ kind: 'failed', uri, failed })),
    ];
  }

  getTreeItem(node: ProgramNode): vscode.TreeItem {
    switch (node.kind) {
      case 'file':
        return fileItem(node.state);
      case 'unverified': {
        const item = new vscode.TreeItem(node.uri, vscode.TreeItemCollapsibleState.None);
        item.description = vscode.l10n.t('not verified');
        item.iconPath = vscode.ThemeIcon.File;
        item.command = {
          command: commandId('showGraph'),
          title: vscode.l10n.t('Show BPF context graph'),
          arguments: [{ uri: node.uri.toString(), program: '' }],
        };
        return item;
      }
      case 'program':
        return programItem(node);
      case 'failed': {
        const item = new vscode.TreeItem(oneLine(node.failed.program), vscode.TreeItemCollapsibleState.None);
        item.description = vscode.l10n.t('not loaded');
        item.tooltip = oneLine(node.failed.message);
        item.iconPath = new vscode.ThemeIcon('circle-slash');
        return item;
      }
    }
  }
}

function fileItem(state: FileState): vscode.TreeItem {
  const item = new vscode.TreeItem(
    state.uri,
    state.result === null ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded,
  );
  const total = (state.result?.programs.length ?? 0) + (state.result?.failed.length ?? 0);
  const accepted = state.result?.programs.filter((p) => p.verdict === 'accept').length ?? 0;
  const file = vscode.workspace.asRelativePath(state.uri);
  const counts =
    state.result === null
      ? (state.error?.title ?? vscode.l10n.t('not verified'))
      : vscode.l10n.t({ message: '{0} of {1}', args: [accepted, total], comment: ['Programs that are accepted, of all in a file'] });
  item.description = isStale(state) ? vscode.l10n.t('{0}, stale', counts) : counts;
  const summary = state.result === null ? `${file}: ${counts}` : vscode.l10n.t('{0}: {1} accepted under {2}', file, counts, state.policy);
  item.tooltip = `${summary}${state.error === null ? '' : `\n${state.error.title}. ${errorText(state.error)}`}`;
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = 'bpfFile';
  return item;
}

/** Letters of a reason beside a program. */
const MOST_LETTERS = 60;

/** Verdict and reason in full. */
function summaryOf(p: ProgramResult, words: string): string {
  return p.verdict === 'accept' ? oneLine(`${p.program}: accepted, ${words}`) : `${oneLine(p.program)}: ${eachLine(verdictReason(p))}`;
}

/** A program for those who hear the tree. */
function spokenWords({ result: { program, verdict }, stale }: ProgramNode & { kind: 'program' }, words: string, reason: string): string {
  const found = { accept: `accepted, ${words}`, reject: `rejected, ${reason}`, unknown: reason }[verdict];
  return oneLine(`${program}, ${found}${stale ? ', stale' : ''}`);
}

/** Words and icon of a program: the answer when it is accepted, else the shortest reason. */
function programItem(node: ProgramNode & { kind: 'program' }): vscode.TreeItem {
  const { result: p } = node;
  const item = new vscode.TreeItem(oneLine(p.program), vscode.TreeItemCollapsibleState.None);
  const [icon, words] = p.maySleep === null ? ['pass', 'accepted'] : [SLEEP_ICONS[p.maySleep], programSleepText(p.maySleep)];
  const reason = reasonText(p, MOST_LETTERS);
  const text = p.verdict === 'accept' ? `${words} · ${p.insnCount.toLocaleString('en')}` : reason;
  item.description = oneLine(node.stale ? vscode.l10n.t('{0} (stale)', text) : text);
  item.iconPath =
    p.verdict === 'accept'
      ? new vscode.ThemeIcon(icon, p.maySleep === 'yes' ? new vscode.ThemeColor(colourId('maySleep')) : undefined)
      : p.verdict === 'reject'
        ? new vscode.ThemeIcon('bpf-rejected', new vscode.ThemeColor(colourId('rejected')))
        : new vscode.ThemeIcon('bpf-unknown', new vscode.ThemeColor(colourId('attention')));
  item.tooltip = summaryOf(p, words);
  item.accessibilityInformation = { label: spokenWords(node, words, reason) };
  const command = p.verdict === 'accept' ? commandId('showGraph') : commandId('showVerdict');
  item.command = { command, title: vscode.l10n.t('Show BPF context graph'), arguments: [{ uri: node.uri.toString(), program: p.program }] };
  item.contextValue = 'bpfProgram';
  return item;
}
