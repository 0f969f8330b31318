// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import * as vscode from 'vscode';
import { rangeOf } from './diagnostics';
import { placeIn, resolveSource } from './files';
import type { FileState } from './file-state';

interface Place {
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
  /** What the status bar says of it. */
  readonly text: string;
}

/** Where the errors of a file are, in the order of the file: the compiler's, or else the rejections. */
async function errorsOf(state: FileState): Promise<Place[]> {
  const compiler = (state.error?.diagnostics ?? []).filter((d) => d.severity === 'error');
  if (compiler.length > 0) {
    return compiler.map((d) => {
      const at = new vscode.Position(Math.max(0, d.line - 1), Math.max(0, d.column - 1));
      const uri = path.isAbsolute(d.file) ? vscode.Uri.file(d.file) : vscode.Uri.joinPath(state.uri, '..', d.file);
      return { uri, range: new vscode.Range(at, at), text: d.message };
    });
  }
  const places: Place[] = [];
  for (const p of state.result?.programs ?? []) {
    const source = p.source ?? p.definition;
    if (p.verdict !== 'reject' || source === null) continue;
    const uri = placeIn(source, state.uri) ? state.uri : await resolveSource(source, state.uri);
    if (uri !== null) places.push({ uri, range: rangeOf(source), text: `${p.program}: ${p.message.at(-1) ?? ''}` });
  }
  return places.sort((a, b) => a.uri.path.localeCompare(b.uri.path) || a.range.start.compareTo(b.range.start));
}

/** Puts the cursor on the next error of a file, after the last one on the first again. */
export async function goToError(state: FileState): Promise<void> {
  const places = await errorsOf(state);
  const editor = vscode.window.activeTextEditor;
  const here = editor?.selection.active;
  const isOpenHere = (uri: vscode.Uri): boolean => uri.toString() === editor?.document.uri.toString();
  const next = places.find((p) => here !== undefined && isOpenHere(p.uri) && p.range.start.isAfter(here)) ?? places[0];
  if (next === undefined) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('No program of this file is rejected'), 4000);
    return;
  }
  const selection = new vscode.Range(next.range.start, next.range.start);
  const visible = vscode.window.visibleTextEditors.find((e) => e.document.uri.toString() === next.uri.toString());
  const shown = await vscode.window.showTextDocument(next.uri, { viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One, selection });
  shown.revealRange(next.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  vscode.window.setStatusBarMessage(next.text, 6000);
}
