// SPDX-License-Identifier: GPL-2.0-only
/** Quick fixes of what a kernel that has to be supported lacks: a guard, the table, or that kernel given up. */
import * as vscode from 'vscode';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';
import { kernelNamed } from '../kernel/releases';
import { oneLine } from '../protocol/escape';
import { diagnosticSource } from './diagnostic-source';
import { changeSetting, readSettings } from './settings';
import { placeIn } from './files';
import { guardFor } from './guards';
import type { KernelReplies } from './kernel-replies';
import type { AnalysisStore } from './store';

/** Stops asking for a kernel: the argument is a value of the setting. */
export async function dropKernel(argument: unknown): Promise<void> {
  const { kernels } = readSettings();
  if (typeof argument !== 'string' || !kernels.includes(argument)) return;
  const target = vscode.workspace.workspaceFolders === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await changeSetting(
    'kernels',
    kernels.filter((k) => k !== argument),
    target,
  );
}

export class KernelFixes implements vscode.CodeActionProvider {
  constructor(
    private readonly store: AnalysisStore,
    private readonly replies: KernelReplies,
  ) {}

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    return this.store.all().flatMap(({ uri, edits }) => {
      const reply = edits === 0 ? this.replies.known(uri) : null;
      if (reply === null) return [];
      const named = new Map(readSettings(uri).kernels.map((name) => [kernelNamed(name)?.version ?? name, name]));
      const actions = new Map<string, vscode.CodeAction>();
      for (const { program, cells } of reply.programs)
        for (const [i, { missing, kind, source }] of cells.entries()) {
          if ((kind !== 'missing' && kind !== 'rejected') || !placeIn(source, document.uri) || source.line - 1 !== range.start.line)
            continue;
          const { series, version } = reply.kernels[i]!;
          const diagnostics = context.diagnostics.filter((d) => d.source === diagnosticSource(series));
          if (diagnostics.length === 0) continue;
          const add = (title: string, change: Partial<vscode.CodeAction>): void => {
            if (actions.has(title)) return;
            const action = new vscode.CodeAction(oneLine(title), vscode.CodeActionKind.QuickFix);
            actions.set(title, Object.assign(action, { diagnostics, ...change }));
          };
          const guard = missing === null ? null : guardFor(document.getText(), source.line, missing);
          if (guard !== null)
            add(vscode.l10n.t('Use it only if {0}', guard.asks), { edit: edited(document, guard.edits), isPreferred: true });
          const target = { uri: uri.toString(), program };
          const table = vscode.l10n.t('Loads on…');
          add(table, { command: { title: table, command: commandId('loadsOn'), arguments: [target] } });
          const name = named.get(version);
          if (name !== undefined) {
            const title = vscode.l10n.t('Do without Linux {0}: take it out of {1}', series, settingId('kernels'));
            add(title, { command: { title, command: commandId('dropKernel'), arguments: [name] } });
          }
        }
      return [...actions.values()];
    });
  }
}

function edited(document: vscode.TextDocument, edits: readonly { from: number; to: number; text: string }[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { from, to, text } of edits)
    edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), text);
  return edit;
}
