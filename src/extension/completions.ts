// SPDX-License-Identifier: GPL-2.0-only
/** Completion and signature help where C tools know nothing: names in `SEC()`, kfuncs with the programs that may call them. */
import * as vscode from 'vscode';
import type { CallFacts } from '../protocol/reference';
import { callHover, paramName, prototype } from './call-hover';
import { isBpfSource } from './files';
import { markdownCode, markdownText } from '../protocol/escape';
import { callAround, NOWHERE, programPlace, typedSection } from './program-place';
import type { AnalysisStore } from './store';

/** Letters before kfuncs are offered. */
const SHORTEST = 3;
/** Lines before the cursor that a call's arguments may span. */
const CALL_LINES = 12;

/** A kfunc that was offered, with the place that it was offered for. */
class CallItem extends vscode.CompletionItem {
  constructor(
    readonly call: string,
    readonly document: vscode.TextDocument,
    readonly line: number,
  ) {
    super({ label: call }, vscode.CompletionItemKind.Function);
  }
}

/** Offers names for `SEC()` and kfuncs in C files with BPF programs. */
export class BpfCompletions implements vscode.CompletionItemProvider {
  constructor(private readonly store: AnalysisStore) {}

  async provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionList | null> {
    if (document.languageId !== 'c' || !isBpfSource(document)) return null;
    const before = document.lineAt(position.line).text.slice(0, position.character);
    const section = typedSection(before);
    if (section !== null) return this.sections(document, position, section);
    const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? '';
    if (word.length < SHORTEST || /^\s*#/.test(before) || /["'][^"']*$/.test(before)) return null;
    return this.kfuncs(document, position, word);
  }

  private async sections(document: vscode.TextDocument, position: vscode.Position, typed: string): Promise<vscode.CompletionList | null> {
    const answer = await this.store.reference(document.uri, { ask: 'sections', typed });
    if (answer?.ask !== 'sections') return null;
    const range = new vscode.Range(position.translate(0, -typed.length), position);
    const items = answer.sections.map((s, i) => {
      const item = new vscode.CompletionItem({ label: s.name, description: s.progType }, vscode.CompletionItemKind.EnumMember);
      item.detail = vscode.l10n.t('{0} program', s.progType);
      item.documentation = new vscode.MarkdownString(markdownText(s.text));
      item.range = range;
      item.filterText = s.name;
      item.sortText = String(i).padStart(4, '0');
      return item;
    });
    return new vscode.CompletionList(items, answer.more);
  }

  private async kfuncs(document: vscode.TextDocument, position: vscode.Position, word: string): Promise<vscode.CompletionList | null> {
    const at = programPlace(document.getText().split('\n'), position.line);
    const answer = await this.store.reference(document.uri, { ask: 'calls', kind: 'kfunc', prefix: word, at });
    if (answer?.ask !== 'calls' || answer.calls.length === 0) return null;
    const items = answer.calls.map((c) => {
      const item = new CallItem(c.name, document, position.line);
      item.label = {
        label: c.name,
        detail: c.signature,
        description: c.allowedHere ? vscode.l10n.t('kfunc') : vscode.l10n.t('kfunc, not in this program'),
      };
      item.detail = vscode.l10n.t('kfunc · {0}', c.where);
      item.sortText = `${c.allowedHere ? '0' : '1'}${c.name}`;
      return item;
    });
    return new vscode.CompletionList(items, false);
  }

  async resolveCompletionItem(item: vscode.CompletionItem): Promise<vscode.CompletionItem> {
    if (!(item instanceof CallItem)) return item;
    const at = programPlace(item.document.getText().split('\n'), item.line);
    const answer = await this.store.reference(item.document.uri, { ask: 'call', name: item.call, at });
    if (answer?.ask === 'call' && answer.call !== null) item.documentation = new vscode.MarkdownString(callHover(answer.call), true);
    return item;
  }
}

function signature(facts: CallFacts): vscode.SignatureInformation {
  const info = new vscode.SignatureInformation(
    prototype(facts).replace(/\s*\n\s*/g, ' '),
    new vscode.MarkdownString(markdownText(facts.summary)),
  );
  info.parameters = facts.params.map(
    (p) =>
      new vscode.ParameterInformation(
        p.text,
        new vscode.MarkdownString(p.means === '' ? '' : `${markdownCode(paramName(p.text))}: ${markdownText(p.means)}`),
      ),
  );
  return info;
}

/** Arguments of helpers and kfuncs, with what the verifier wants of each. */
export class BpfSignatures implements vscode.SignatureHelpProvider {
  constructor(private readonly store: AnalysisStore) {}

  async provideSignatureHelp(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.SignatureHelp | null> {
    if (document.languageId !== 'c' || !isBpfSource(document)) return null;
    const start = new vscode.Position(Math.max(0, position.line - CALL_LINES), 0);
    const around = callAround(document.getText(new vscode.Range(start, position)));
    if (around === null) return null;
    const answer = await this.store.reference(document.uri, { ask: 'call', name: around.name, at: NOWHERE });
    if (answer?.ask !== 'call' || answer.call === null) return null;
    const help = new vscode.SignatureHelp();
    help.signatures = [signature(answer.call)];
    help.activeSignature = 0;
    help.activeParameter = Math.min(around.argument, Math.max(0, answer.call.params.length - 1));
    return help;
  }
}
