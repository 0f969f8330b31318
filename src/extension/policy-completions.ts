// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { isPolicyFile, type PolicyCatalog } from './policies';
import { settingId } from '../contributions/settings';

/** Settings of folders, workspaces and users. */
export const SETTINGS_FILES: vscode.DocumentSelector = [
  { language: 'jsonc', pattern: '**/settings.json' },
  { language: 'jsonc', pattern: '**/*.code-workspace' },
];

const POLICY_LINE = new RegExp(`^(\\s*"${settingId('policy').replace('.', '\\.')}"\\s*:\\s*)("[^"]*"?)?`);

/** Offers the policy files of the workspace as values of the setting; those built in come from the setting's schema. */
export class PolicyCompletions implements vscode.CompletionItemProvider {
  constructor(private readonly catalog: PolicyCatalog) {}

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    const line = document.lineAt(position.line).text;
    const found = POLICY_LINE.exec(line);
    if (found === null || position.character < found[1]!.length) return [];
    const value = new vscode.Range(position.line, found[1]!.length, position.line, found[0].length);
    return this.catalog
      .all()
      .filter((p) => isPolicyFile(vscode.Uri.file(p.id)))
      .map((p) => {
        const item = new vscode.CompletionItem(JSON.stringify(p.id), vscode.CompletionItemKind.File);
        item.detail = p.title;
        item.documentation = p.description;
        item.range = value;
        return item;
      });
  }
}
