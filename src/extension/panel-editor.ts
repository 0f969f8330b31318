// SPDX-License-Identifier: GPL-2.0-only
/** What the panel asks of the editor: files, settings, the clipboard, the keyboard. Nothing of it changes the panel. */
import * as vscode from 'vscode';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';
import type { FromWebview } from '../protocol/messages';
import type { SourcePlace } from '../protocol/graph';
import { rangeOf } from './diagnostics';
import { resolveSource } from './files';

async function openPlace(place: SourcePlace, preserveFocus: boolean, beside: vscode.Uri): Promise<void> {
  const uri = await resolveSource(place, beside);
  if (uri === null) {
    void vscode.window.setStatusBarMessage(vscode.l10n.t('{0} was not found', place.file), 4000);
    return;
  }
  const editor = await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, preserveFocus, selection: rangeOf(place) });
  editor.revealRange(rangeOf(place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function focusEditorOf(file: vscode.Uri): Promise<void> {
  const editor = vscode.window.visibleTextEditors.find((e) => e.document.uri.toString() === file.toString());
  if (editor === undefined) await vscode.commands.executeCommand('workbench.action.focusFirstEditorGroup');
  else await vscode.window.showTextDocument(editor.document, { viewColumn: editor.viewColumn ?? vscode.ViewColumn.One });
}

/** Does what a message of the panel of `file` asks of the editor; false for a message that asks something else. */
export async function askEditor(message: FromWebview, file: vscode.Uri): Promise<boolean> {
  switch (message.type) {
    case 'openSource':
      await openPlace(message.place, message.preserveFocus, file);
      return true;
    case 'openFile':
      await vscode.commands.executeCommand('workbench.action.files.openFile');
      return true;
    case 'openTimeLimit':
      await vscode.commands.executeCommand('workbench.action.openSettings', settingId('timeout'));
      return true;
    case 'leave':
      await focusEditorOf(file);
      return true;
    case 'openProblem':
      void vscode.commands.executeCommand(commandId('showProblem'), message.code);
      return true;
    case 'copy':
      await vscode.env.clipboard.writeText(message.text);
      return true;
    default:
      return false;
  }
}
