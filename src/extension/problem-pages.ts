// SPDX-License-Identifier: GPL-2.0-only
/** Pages of problem codes, which are shipped with the extension and open without a network; and the places that links in hovers lead to. */
import * as vscode from 'vscode';
import { type ProblemCode, PROBLEMS } from '../protocol/problem-code';
import type { SourcePlace } from '../protocol/graph';
import { placeIn, resolveSource } from './files';
import { commandId } from '../contributions/commands';

/** The page of a code. */
export function problemPage(extensionUri: vscode.Uri, problem: ProblemCode): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'docs', 'problems', `${problem}.md`);
}

function isCode(v: unknown): v is ProblemCode {
  return typeof v === 'string' && Object.hasOwn(PROBLEMS, v);
}

/** Opens the page of a code; without one, asks which. */
async function showProblem(extensionUri: vscode.Uri, argument: unknown): Promise<void> {
  let problem = isCode(argument) ? argument : undefined;
  if (problem === undefined) {
    const codes = Object.entries(PROBLEMS).map(([label, detail]) => ({ label, detail }));
    const picked = (await vscode.window.showQuickPick(codes, { title: vscode.l10n.t('Problems of BPF programs'), matchOnDetail: true }))
      ?.label;
    problem = isCode(picked) ? picked : undefined;
  }
  if (problem !== undefined) await vscode.commands.executeCommand('markdown.showPreview', problemPage(extensionUri, problem));
}

function asPlace(v: unknown): SourcePlace | null {
  const p = v as Partial<SourcePlace> | null | undefined;
  if (typeof p !== 'object' || p === null || typeof p.file !== 'string' || typeof p.line !== 'number') return null;
  return { file: p.file, line: p.line, column: typeof p.column === 'number' ? p.column : 0, text: '' };
}

/** Opens the line that an analysed file names. Names come from objects: they are looked up as everywhere, never opened as they stand. */
async function openPlace(argument: unknown): Promise<void> {
  const given = argument as { readonly uri?: unknown; readonly place?: unknown } | null | undefined;
  const place = asPlace(given?.place);
  if (place === null || typeof given?.uri !== 'string') return;
  const file = vscode.Uri.parse(given.uri);
  const uri = placeIn(place, file) ? file : await resolveSource(place, file);
  if (uri === null) return;
  const at = new vscode.Position(Math.max(0, place.line - 1), Math.max(0, place.column - 1));
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}

/** Registers the commands behind the links. */
export function registerProblemPages(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandId('showProblem'), (argument: unknown) => showProblem(extensionUri, argument)),
    vscode.commands.registerCommand(commandId('openPlace'), openPlace),
  );
}
