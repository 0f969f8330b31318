// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { ProgramResult } from '../protocol/model';
import { placeIn } from './files';
import { programLine } from './program-line';
import { readSettings } from './settings';
import { type FileState, isStale } from './file-state';
import type { AnalysisStore } from './store';

const SLEEP = { yes: 'may sleep', no: 'must not sleep', mixed: 'may sleep in part' } as const;

/** One line on a program: verdict, then numbers or reason. */
export function lensTitle(p: ProgramResult): string {
  if (p.verdict === 'accept') return `$(pass) accepted · ${p.insnCount.toLocaleString('en')} instructions${p.maySleep === null ? '' : ` · ${SLEEP[p.maySleep]}`}`;
  if (p.verdict === 'reject') return `$(error) rejected: ${p.short.replace(/^(\d+): /, 'line $1 ')}`;
  return `$(question) ${p.short}`;
}

/** A line over each program of an analysed source file. */
export class VerdictLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly store: AnalysisStore) {
    this.subscriptions = [
      store.onDidChange((s) => {
        if (s.busy === null) this.changed.fire();
      }),
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
    const state = this.store.get(document.uri);
    if (state?.result == null || !readSettings(document.uri).codeLens) return [];
    const lines = document.getText().split('\n');
    return state.result.programs.flatMap((p) => this.lensesOf(document, lines, state, p));
  }

  private lensesOf(document: vscode.TextDocument, lines: readonly string[], state: FileState, p: ProgramResult): vscode.CodeLens[] {
    if (!placeIn(p.definition, document.uri)) return [];
    const range = document.lineAt(programLine(lines, p.program, p.definition.line - 1)).range;
    const args = [{ uri: state.uri.toString(), program: p.program, insn: p.insn }];
    return [
      new vscode.CodeLens(range, { title: `${lensTitle(p)}${state.edits > 0 ? ' (before your edits)' : isStale(state) ? ' (stale)' : ''}`, command: 'bpfContext.showVerdict', arguments: args, tooltip: p.sentence ?? p.message.join('\n') }),
      new vscode.CodeLens(range, { title: 'Show context graph', command: 'bpfContext.showGraph', arguments: args }),
      new vscode.CodeLens(range, { title: 'Show disassembly', command: 'bpfContext.showDisassembly', arguments: args }),
    ];
  }
}
