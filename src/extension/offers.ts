// SPDX-License-Identifier: GPL-2.0-only
/** Other policies that are worth a click: where a call exists that is refused here, and where the program could fare otherwise. */
import * as vscode from 'vscode';
import { labelText, oneLine } from '../protocol/escape';
import { foremost } from '../policy';
import type { PolicyOffer, ProgramResult } from '../protocol/model';
import { diagnosticSource } from './diagnostic-source';
import { rangeOf } from './diagnostics';
import { FIRST_LINE, placeIn } from './files';
import type { FileState } from './file-state';
import type { PolicyCatalog } from './policies';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** The policy under which a function exists, to be named first; null if none has it. */
export function offerOf(absent: string | null | undefined, catalog: PolicyCatalog): PolicyOffer | null {
  if (absent == null) return null;
  const policy = foremost(catalog.policiesWith(absent));
  return policy === undefined ? null : { call: absent, policy };
}

/** The policy to compare a program with first, null if none has other rules for it. */
export function compareOffer(result: ProgramResult): string | null {
  return foremost(result.otherPolicies ?? []) ?? null;
}

interface OfferCommands {
  readonly use: vscode.Command;
  readonly compare: vscode.Command;
}

/** `exists under forbid-fault: use it`, and what carries it out. */
export function offerCommands({ call, policy }: PolicyOffer, uri: vscode.Uri, program: string): OfferCommands {
  const target = { uri: uri.toString(), program, policy };
  const tooltip = {
    use: vscode.l10n.t('{0} exists under the policy {1}: verify this file under it', call, policy),
    compare: vscode.l10n.t('Show what differs between {0} and the policy in force', policy),
  };
  return {
    use: {
      title: vscode.l10n.t('exists under {0}: use it', labelText(policy)),
      command: commandId('usePolicy'),
      arguments: [target],
      tooltip: tooltip.use,
    },
    compare: { title: vscode.l10n.t('compare'), command: commandId('compareWith'), arguments: [target], tooltip: tooltip.compare },
  };
}

/** Quick fixes on calls that only another policy has. */
export class OfferActions implements vscode.CodeActionProvider {
  constructor(
    private readonly store: AnalysisStore,
    private readonly catalog: PolicyCatalog,
  ) {}

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const state = this.store.get(document.uri);
    if (state?.result == null) return [];
    return refusals(state, document.uri).flatMap(({ program, at, absent, said }) => {
      const offer = offerOf(absent, this.catalog);
      if (offer === null || at.intersection(range) === undefined) return [];
      const diagnostics = context.diagnostics.filter((d) => d.range.isEqual(at) && d.source === said);
      const commands = offerCommands(offer, state.uri, program);
      const action = (title: string, command: vscode.Command): vscode.CodeAction => {
        const made = new vscode.CodeAction(oneLine(title), vscode.CodeActionKind.QuickFix);
        made.command = command;
        made.diagnostics = diagnostics;
        return made;
      };
      const { call, policy } = offer;
      return [
        action(vscode.l10n.t('{0} exists under {1}: use it', call, policy), commands.use),
        action(vscode.l10n.t('{0} exists under {1}: compare', call, policy), commands.compare),
      ];
    });
  }
}

interface Refusal {
  readonly program: string;
  readonly at: vscode.Range;
  readonly absent: string | null | undefined;
  /** Source of that diagnostic. */
  readonly said: string;
}

/** Programs that are refused for a function that is not there, with the range of their diagnostic in a document. */
function refusals(state: FileState, document: vscode.Uri): Refusal[] {
  const found: Refusal[] = [];
  for (const { program, source, absent, policy } of state.result?.programs ?? [])
    if (placeIn(source, document)) found.push({ program, at: rangeOf(source), absent, said: diagnosticSource(policy) });
  // what keeps all programs from being loaded is offered once
  const [failed] = state.result?.failed.filter((f) => f.absent != null) ?? [];
  if (failed === undefined) return found;
  return [...found, { program: failed.program, at: FIRST_LINE, absent: failed.absent, said: diagnosticSource() }];
}
