// SPDX-License-Identifier: GPL-2.0-only
/** Other policies that are worth a click: where a call exists that is refused here, and where the program could fare otherwise. */
import * as vscode from 'vscode';
import { foremost } from '../policy';
import type { PolicyOffer, ProgramResult } from '../protocol/model';
import { rangeOf } from './diagnostics';
import { FIRST_LINE, placeIn } from './files';
import type { FileState } from './file-state';
import type { PolicyCatalog } from './policies';
import type { AnalysisStore } from './store';

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

/** `exists under forbid-fault: use it`, and what carries it out. */
export function offerCommands(offer: PolicyOffer, uri: vscode.Uri, program: string): { readonly use: vscode.Command; readonly compare: vscode.Command } {
  const target = { uri: uri.toString(), program, policy: offer.policy };
  return {
    use: { title: `exists under ${offer.policy}: use it`, command: 'bpfContext.usePolicy', arguments: [target], tooltip: `${offer.call} exists under the policy ${offer.policy}: verify this file under it` },
    compare: { title: 'compare', command: 'bpfContext.compareWith', arguments: [target], tooltip: `Show what differs between ${offer.policy} and the policy in force` },
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
    const actions = refusals(state, document.uri).flatMap(({ program, at, absent }) => {
      const offer = offerOf(absent, this.catalog);
      if (offer === null || at.intersection(range) === undefined) return [];
      const diagnostics = context.diagnostics.filter((d) => d.range.isEqual(at) && d.source?.startsWith('bpf') === true);
      return Object.values(offerCommands(offer, state.uri, program)).map((command) => {
        const action = new vscode.CodeAction(`${offer.call} exists under ${offer.policy}: ${command.command === 'bpfContext.usePolicy' ? 'use it' : 'compare'}`, vscode.CodeActionKind.QuickFix);
        action.command = command;
        action.diagnostics = diagnostics;
        return action;
      });
    });
    // one call of a file that several programs are refused for
    return actions.filter((a, i) => actions.findIndex((b) => b.title === a.title && b.command?.arguments?.[0].program === a.command?.arguments?.[0].program) === i);
  }
}

/** Programs that are refused for a function that is not there, with the range of their diagnostic in a document. */
function refusals(state: FileState, document: vscode.Uri): { program: string; at: vscode.Range; absent: string | null | undefined }[] {
  const programs = (state.result?.programs ?? []).flatMap((p) => (placeIn(p.source, document) ? [{ program: p.program, at: rangeOf(p.source), absent: p.absent }] : []));
  const failed = (state.result?.failed ?? []).map((f) => ({ program: f.program, at: FIRST_LINE, absent: f.absent }));
  return [...programs, ...failed];
}
