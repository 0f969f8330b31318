// SPDX-License-Identifier: GPL-2.0-only
/** A line over each constant that a loader may set: the value that it was verified with, what never runs for it, and other values. */
import * as vscode from 'vscode';
import type { LoadChoices } from '../analysis/load-file';
import type { ConstantView } from '../protocol/constants';
import { isStale, type FileState } from './file-state';
import { placeIn } from './files';
import { readSettings } from './settings';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** What commands about a constant are given. */
export interface ConstantTarget {
  readonly uri: string;
  readonly constant: string;
}

/** Choices for a constant or parts of it, by path. */
export function chosenFor(name: string, { values = {} }: LoadChoices): readonly (readonly [string, string | number | boolean])[] {
  return Object.entries(values).filter(([path]) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
}

/** Lines as people name them: `line 18`, `lines 18 and 20`, `lines 18 to 22`. */
export function lineWords(lines: readonly number[]): string {
  const all = [...new Set(lines)].sort((a, b) => a - b);
  if (all.length === 1) return `line ${all[0]!}`;
  if (all.length === 2) return `lines ${all[0]!} and ${all[1]!}`;
  const whole = all.at(-1)! - all[0]! === all.length - 1;
  return whole ? `lines ${all[0]!} to ${all.at(-1)!}` : `lines ${all.slice(0, 3).join(', ')}${all.length > 3 ? ', …' : ''}`;
}

/** What a constant was verified with: `verified with debug = 0`. */
export function constantWords(constant: ConstantView, choices: LoadChoices): string {
  const chosen = chosenFor(constant.name, choices);
  if (chosen.length === 1 && chosen[0]![1] === 'any') return `verified for any value of ${chosen[0]![0]}`;
  if (chosen.length > 0) {
    const words = chosen.slice(0, 2).map(([path, value]) => (value === 'any' ? `${path} any value` : `${path} = ${String(value)}`));
    return `verified with ${words.join(', ')}${chosen.length > 2 ? `, … ${chosen.length - 2} more` : ''}`;
  }
  const [only] = constant.parts;
  return constant.parts.length === 1 && only!.path === constant.name
    ? `verified with ${constant.name} = ${only!.compiled}, as compiled`
    : `verified with ${constant.name} as compiled`;
}

/** Why lines never run, for hovers: `never runs: debug is 0`. Null for a line that may run, or that nothing is known of. */
export function neverWords(state: FileState, document: vscode.Uri, line: number): string | null {
  for (const constant of state.result?.constants ?? []) {
    if (!constant.never.some((place) => place.line - 1 === line && placeIn(place, document))) continue;
    const [chosen] = chosenFor(constant.name, state.choices);
    const value = chosen?.[1] ?? constant.parts.find((part) => part.path === constant.name)?.compiled;
    return `Never runs: \`${constant.name}\` is ${value === undefined ? 'as compiled' : `\`${String(value)}\``}${chosen === undefined ? '' : ', chosen'}.`;
  }
  return null;
}

function lensesOf(state: FileState, document: vscode.TextDocument, constant: ConstantView): vscode.CodeLens[] {
  const { place } = constant;
  if (!placeIn(place, document.uri) || place.line > document.lineCount || constant.parts.length === 0) return [];
  const { range } = document.lineAt(place.line - 1);
  const target: ConstantTarget = { uri: state.uri.toString(), constant: constant.name };
  const lens = (title: string, command: string, tooltip: string): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command, arguments: [target], tooltip });
  const chosen = chosenFor(constant.name, state.choices);
  const any = chosen.length === 1 && chosen[0]![0] === constant.name && chosen[0]![1] === 'any';
  const lines = constant.never.filter((at) => placeIn(at, document.uri)).map((at) => at.line);
  const never = lines.length === 0 ? '' : ` · ${lineWords(lines)} never ${lines.length === 1 ? 'runs' : 'run'}`;
  const age = isStale(state) ? ' (stale)' : '';
  return [
    lens(
      `${constantWords(constant, state.choices)}${any ? ', both sides of its branches' : never}${age}`,
      commandId('showConstant'),
      chosen.length === 0
        ? vscode.l10n.t('Nobody decided otherwise: the value in the object')
        : vscode.l10n.t('Open the load file at this value'),
    ),
    lens(
      chosen.length === 0 || any ? vscode.l10n.t('Set value…') : vscode.l10n.t('Change…'),
      commandId('setConstant'),
      vscode.l10n.t('Verify with another value, as a loader would set it'),
    ),
    ...(any
      ? []
      : [
          lens(
            vscode.l10n.t('Any value'),
            commandId('anyConstant'),
            vscode.l10n.t('Verify for every value: both sides of the branches on it'),
          ),
        ]),
    ...(chosen.length === 0 ? [] : [lens(vscode.l10n.t('As compiled'), commandId('resetConstant'), vscode.l10n.t('Take the choice back'))]),
  ];
}

export class ConstantLenses implements vscode.CodeLensProvider, vscode.HoverProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly store: AnalysisStore) {
    this.subscription = store.onDidChange((state) => {
      if (state.busy === null) this.changed.fire();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const state = this.store.get(document.uri);
    if (state?.result == null || !readSettings(document.uri).codeLens) return [];
    return (state.result.constants ?? []).flatMap((constant) => lensesOf(state, document, constant));
  }

  provideHover(document: vscode.TextDocument, { line }: vscode.Position): vscode.Hover | null {
    const state = this.store.get(document.uri);
    if (state === undefined || isStale(state)) return null;
    const words = neverWords(state, document.uri, line);
    return words === null ? null : new vscode.Hover(new vscode.MarkdownString(words));
  }
}
