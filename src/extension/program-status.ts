// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { basename } from './files';
import type { FoundProgram } from './program-files';
import type { AnalysisStore } from './store';
import { STATUS_ITEMS } from '../contributions/views';

const SELECTOR: vscode.DocumentSelector = [{ language: 'c' }, { pattern: '**/*.{s,S}' }];

const names = (uris: readonly vscode.Uri[]): string => uris.map(basename).join(', ');

/** Which files are one program, and why; `missing` is what is defined in none of them. */
export function programWords(program: FoundProgram, uri: vscode.Uri): { readonly text: string; readonly detail: string } {
  const others = program.files.filter((file) => file.toString() !== uri.toString());
  const missing =
    program.missing.length === 0 ? '' : vscode.l10n.t('{0} is defined in none of its files', program.missing.slice(0, 3).join(', '));
  if (program.users.length > 0)
    return {
      text: vscode.l10n.t('BPF: a part of several programs'),
      detail: vscode.l10n.t('used by {0}; verified alone', names(program.users)),
    };
  if (!program.files.some((file) => file.toString() === uri.toString()))
    return {
      text: vscode.l10n.t('BPF: a part of {0}', basename(program.main)),
      detail: [vscode.l10n.t('which includes it'), missing].filter((s) => s !== '').join('; '),
    };
  if (others.length === 0)
    return program.missing.length > 0
      ? { text: vscode.l10n.t('BPF: a part of a program'), detail: missing }
      : {
          text: vscode.l10n.t('BPF: one file'),
          detail: program.place === null ? '' : vscode.l10n.t('chosen in {0}', basename(program.place.uri)),
        };
  const place = program.place === null ? '' : `${basename(program.place.uri)}${program.how === 'build' ? `:${program.place.line}` : ''}`;
  const why = {
    chosen: vscode.l10n.t('chosen in {0}', place),
    build: vscode.l10n.t('linked in {0}', place),
    symbols: vscode.l10n.t('found by what they call'),
    alone: '',
  }[program.how];
  return { text: vscode.l10n.t('BPF: linked with {0}', names(others)), detail: [why, missing].filter((s) => s !== '').join('; ') };
}

/** The language status item: which other files are verified with the one in front. */
export class ProgramFilesStatus implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.files, SELECTOR);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: AnalysisStore,
    private readonly command: string,
  ) {
    this.item.name = vscode.l10n.t('Files of the BPF program');
    this.subscriptions = [store.onDidChange(() => this.update()), vscode.window.onDidChangeActiveTextEditor(() => this.update())];
    this.update();
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.item.dispose();
  }

  private update(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const program = uri === undefined ? null : (this.store.get(uri)?.program ?? null);
    const { text, detail } =
      uri === undefined || program === null ? { text: vscode.l10n.t('BPF: one file'), detail: '' } : programWords(program, uri);
    this.item.text = text;
    this.item.detail = detail;
    const lacking = (program?.missing.length ?? 0) > 0;
    this.item.severity = lacking ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    this.item.command = {
      title: vscode.l10n.t('Choose…'),
      command: this.command,
      ...(uri === undefined ? {} : { arguments: [uri.toString()] }),
    };
  }
}
