// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { labelText, oneLine } from '../protocol/escape';
import { type FileState, isStale } from './file-state';
import type { KernelReplies } from './kernel-replies';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { AnalysisStore } from './store';
import { STATUS_ITEMS } from '../contributions/views';
import { commandId } from '../contributions/commands';
import { DISASSEMBLY } from '../contributions/names';
import { VERIFIED_KERNEL } from '../kernel/releases';

const SELECTOR: vscode.DocumentSelector = [{ language: 'c' }, { language: DISASSEMBLY.language }];

/** The language status item: how many programs of the file in front are accepted. */
export class VerdictStatus implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.verdict, SELECTOR);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: AnalysisStore,
    private readonly kernels: KernelReplies,
  ) {
    this.item.name = vscode.l10n.t('BPF verification');
    this.subscriptions = [
      kernels.onDidFind(() => this.update()),
      store.onDidChange(() => this.update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
    ];
    this.update();
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.item.dispose();
  }

  private update(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const state = uri === undefined ? undefined : this.store.get(uri);
    if (state === undefined) {
      this.item.text = vscode.l10n.t('BPF: not verified');
      this.item.detail = '';
      this.item.severity = vscode.LanguageStatusSeverity.Information;
      this.item.busy = false;
      return;
    }
    this.item.busy = state.busy !== null;
    this.item.text = labelText(`${statusText(state)}${floorText(this.kernels.known(state.uri))}`);
    this.item.detail = oneLine(
      state.error === null
        ? vscode.l10n.t('Linux {0} · policy {1}', state.result?.kernel ?? VERIFIED_KERNEL.version, state.result?.policy ?? state.policy)
        : state.error.title,
    );
    this.item.severity =
      state.error !== null && state.error.kind !== 'untrusted'
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    this.item.command = { title: vscode.l10n.t('Change policy'), command: commandId('selectPolicy'), arguments: [state.uri.toString()] };
  }
}

/** ` · 7 of 12 on 6.1`: how many programs load on the oldest kernel that they have to; '' if that is not known. */
export function floorText(reply: LoadsOnReply | null): string {
  const [floor] = reply?.kernels ?? [];
  if (reply === null || floor === undefined) return '';
  const loads = reply.programs.filter(({ cells }) => cells[0]?.kind === 'loads').length;
  return ` · ${vscode.l10n.t({
    message: '{0} of {1} on {2}',
    args: [loads, reply.programs.length, floor.series],
    comment: ['Programs that load, of all in a file, and the kernel that they load on'],
  })}`;
}

/** `BPF: 1 of 4 accepted`. */
export function statusText(state: FileState): string {
  if (state.busy !== null) return vscode.l10n.t('BPF: verifying');
  if (state.result === null) return state.error === null ? vscode.l10n.t('BPF: not verified') : `BPF: ${state.error.title}`;
  const total = state.result.programs.length + state.result.failed.length;
  const accepted = state.result.programs.filter((p) => p.verdict === 'accept').length;
  return isStale(state)
    ? vscode.l10n.t('BPF: {0} of {1} accepted, stale', accepted, total)
    : vscode.l10n.t('BPF: {0} of {1} accepted', accepted, total);
}
