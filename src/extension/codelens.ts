// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { eachLine, labelText } from '../protocol/escape';
import { eventLine, plain, reasonText, stepsOf, verdictReason } from '../protocol/explanation-text';
import { differenceWords, lineOf } from '../protocol/loads-on';
import type { ProgramResult } from '../protocol/model';
import { programSleepText } from '../protocol/words';
import { placeIn } from './files';
import { compareOffer, offerCommands, offerOf } from './offers';
import type { KernelReplies } from './kernel-replies';
import type { PolicyCatalog } from './policies';
import { programLine } from './program-line';
import { readSettings } from './settings';
import { type FileState, isStale } from './file-state';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** Letters of a reason over a program. */
const MOST_LETTERS = 50;

/** One line on a program: verdict, then what it may do or the reason. */
export function lensTitle(p: ProgramResult): string {
  if (p.verdict === 'accept') return `$(pass) accepted${p.maySleep === null ? '' : ` · ${programSleepText(p.maySleep)}`}`;
  if (p.verdict === 'reject') return `$(error) rejected: ${labelText(p.absent == null ? reasonText(p, MOST_LETTERS) : `no ${p.absent}`)}`;
  return `$(question) ${labelText(p.short)}`;
}

function lensTooltip(p: ProgramResult): string {
  const counts = `${p.insnCount.toLocaleString('en')} instructions, ${p.processedInsns.toLocaleString('en')} processed`;
  if (p.verdict === 'accept') return counts;
  const { explanation } = p;
  const why =
    explanation === null ? verdictReason(p) : [plain(explanation.summary), ...stepsOf(p).map((e) => plain(eventLine(e)))].join('\n');
  return `${why}\n${counts}`;
}

/** A line over each program of an analysed source file. */
export class VerdictLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: AnalysisStore,
    private readonly catalog: PolicyCatalog,
    private readonly kernels: KernelReplies,
  ) {
    this.subscriptions = [
      kernels.onDidFind(() => this.changed.fire()),
      store.onDidChange((s) => {
        if (s.busy === null) this.changed.fire();
      }),
      catalog.onDidChange(() => this.changed.fire()),
      // an editor forgets to ask for lenses that came just before it lost the focus, as it does when a panel opens
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor === undefined) this.changed.fire();
      }),
    ];
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.changed.dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!readSettings(document.uri).codeLens) return [];
    const lines = document.getText().split('\n');
    return this.statesOf(document.uri).flatMap((state) =>
      (state.result?.programs ?? []).flatMap((p) => this.lensesOf(document, lines, state, p)),
    );
  }

  /** The result of the document itself; without one those of objects whose line records name it. */
  private statesOf(document: vscode.Uri): readonly FileState[] {
    const own = this.store.get(document);
    if (own !== undefined) return own.result === null ? [] : [own];
    return this.store.all().filter((s) => s.result !== null && s.edits === 0);
  }

  /** On which of the kernels of the settings it loads. */
  private kernelLenses(range: vscode.Range, state: FileState, program: string): vscode.CodeLens[] {
    const reply = this.kernels.known(state.uri);
    const found = reply?.programs.find((p) => p.program === program);
    if (reply == null || found === undefined) return [];
    const { loads, not } = lineOf(found, reply.kernels);
    const { first, instead } = differenceWords(found, reply.kernels);
    const title = [...(loads === '' ? [] : [`$(pass) ${loads}`]), ...(not === '' ? [] : [`$(circle-slash) ${labelText(not)}`])].join(' · ');
    const tooltip = [first, ...(instead === '' ? [] : [`instead: ${instead}`]), vscode.l10n.t('Show the table of programs and kernels')];
    const target = { uri: state.uri.toString(), program };
    return [
      new vscode.CodeLens(range, {
        title,
        command: commandId('loadsOn'),
        arguments: [target],
        tooltip: eachLine(tooltip.filter((line) => line !== '').join('\n')),
      }),
    ];
  }

  /** Verdict first, then the ways on in the order in which they are wanted: what does not fit any more is the least of them. */
  private lensesOf(document: vscode.TextDocument, lines: readonly string[], state: FileState, p: ProgramResult): vscode.CodeLens[] {
    if (!placeIn(p.definition, document.uri)) return [];
    const range = document.lineAt(programLine(lines, p.program, p.definition.line - 1)).range;
    const target = { uri: state.uri.toString(), program: p.program, insn: p.insn };
    const lens = (title: string, command: string, argument: object, tooltip: string): vscode.CodeLens =>
      new vscode.CodeLens(range, { title, command, arguments: [argument], tooltip: eachLine(tooltip) });
    const age = state.edits > 0 ? ' (before your edits)' : isStale(state) ? ' (stale)' : '';
    const offer = offerOf(p.absent, this.catalog);
    const other = offer === null ? compareOffer(p) : null;
    return [
      lens(`${lensTitle(p)}${age}`, commandId('showVerdict'), target, lensTooltip(p)),
      ...this.kernelLenses(range, state, p.program),
      ...(offer === null
        ? []
        : Object.values(offerCommands(offer, state.uri, p.program)).map((command) => new vscode.CodeLens(range, command))),
      ...(p.verdict === 'reject' && offer === null
        ? [
            lens(
              vscode.l10n.t('Show path'),
              commandId('showGraph'),
              { ...target, lens: 'path' },
              vscode.l10n.t('Show the way to the rejection, step by step'),
            ),
          ]
        : []),
      lens(vscode.l10n.t('Show graph'), commandId('showGraph'), target, vscode.l10n.t('Show the BPF context graph')),
      ...(other === null
        ? []
        : [
            lens(
              vscode.l10n.t('Compare with {0}', labelText(other)),
              commandId('compareWith'),
              { ...target, policy: other },
              vscode.l10n.t('Show what differs between {0} and {1}', other, p.policy),
            ),
          ]),
      ...(p.holds === true
        ? [
            lens(
              vscode.l10n.t('Follow'),
              commandId('showGraph'),
              { ...target, insn: null, lens: 'follow' },
              vscode.l10n.t('Show where something that is held is taken, used and given back'),
            ),
          ]
        : []),
      lens(vscode.l10n.t('Disassembly'), commandId('showDisassembly'), target, vscode.l10n.t('Show the disassembly')),
    ];
  }
}
