// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { isBpfProgram, languageOf, type SourceLanguage } from '../compiler/language';
import { isObjectEditor } from '../contributions/views';
import type { SourcePlace } from '../protocol/graph';
import { plainName } from '../protocol/source-map';
import type { FileResult } from '../protocol/model';
import { findSource, knownPath, learnPlaces } from './source-map';

/** What a file is to us: source that clang compiles, or an ELF object. */
export type FileKind = 'source' | 'object';

/** Files of a workspace that hold BPF programs by their name. */
export const PROGRAM_FILES = '**/*.bpf.{c,s,S,o}';

/** The same of one name, where the editor does not search. */
export function isProgramFile(name: string): boolean {
  return /\.bpf\.[csSo]$/.test(name);
}

/** Documents with source lines: C, and assembly by its name since its language belongs to whichever extension knows it. */
export const SOURCES: readonly vscode.DocumentFilter[] = [
  { language: 'c', scheme: 'file' },
  { pattern: '**/*.{s,S}', scheme: 'file' },
];

/** Documents that line records may name, whatever compiler wrote them: what is held and why is shown in them, and nothing is completed. */
export const LINE_SOURCES: readonly vscode.DocumentFilter[] = [
  ...SOURCES,
  ...['rust', 'go', 'cpp', 'zig'].map((language) => ({ language, scheme: 'file' })),
  { pattern: '**/*.{rs,go,h,hpp,cc,cpp,zig}', scheme: 'file' },
];

/** Where a diagnostic stands that is about a file as a whole. */
export const FIRST_LINE = new vscode.Range(0, 0, 0, 1);

/** Something beside the program itself cannot be used: a policy or an overlay that is not there. No bug of ours. */
export class UnusableInput extends Error {
  constructor(
    readonly title: string,
    message: string,
  ) {
    super(message);
    this.name = 'UnusableInput';
  }
}

/** Text of a file as it stands in the editor, saved or not. Throws when the file is gone, even if an editor still shows it, or too large. */
export async function textOf(uri: vscode.Uri, maxBytes = 8 << 20): Promise<string> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > maxBytes) throw new Error(`${basename(uri)} is larger than ${maxBytes >> 10} KiB`);
  const saved = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  const unsaved = vscode.workspace.textDocuments.find((d) => d.isDirty && d.uri.toString() === uri.toString());
  return unsaved?.getText() ?? saved;
}

/** Text of a file in the editor, saved or not; undefined for one that is not open. */
export function openText(uri: vscode.Uri): string | undefined {
  return vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString())?.getText();
}

/** Language of a document that may be a BPF program's source, null for any other. */
export function sourceLanguage(document: vscode.TextDocument): SourceLanguage | null {
  return document.languageId === 'c' ? 'c' : languageOf(document.fileName);
}

/** Whether a text document is a BPF program: named so, C with a `SEC()`, or assembly that sets BPF's registers. */
export function isBpfSource(document: vscode.TextDocument): boolean {
  const language = sourceLanguage(document);
  if (language === null || document.uri.scheme !== 'file') return false;
  return isBpfProgram(document.fileName, language, document.getText());
}

/** Kind of a file by its name. */
export function kindByName(uri: vscode.Uri): FileKind | null {
  if (languageOf(uri.path) !== null) return 'source';
  return /\.(o|bpf|elf|a|bc|ll|(o|elf|bpf)\.gz|skel\.h)$/.test(uri.path) ? 'object' : null;
}

/** The file that the user is looking at: text editor, object editor, or the tab in front. */
export function activeFile(): vscode.Uri | null {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined && (isBpfSource(editor.document) || kindByName(editor.document.uri) === 'object')) return editor.document.uri;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  // in its own editor a file is one of ours, whatever its name is
  if (input instanceof vscode.TabInputCustom && isObjectEditor(input.viewType)) return input.uri;
  if ((input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) && kindByName(input.uri) !== null) return input.uri;
  const visible = vscode.window.visibleTextEditors.find((e) => isBpfSource(e.document));
  return visible?.document.uri ?? null;
}

/**
 * Finds the document behind a place of the line records: as it is, beside the object, or by name in the workspace.
 * Names come from the object, so they are only ever looked up, and only within the object's folder and the workspace.
 */
export async function resolveSource(place: SourcePlace, object: vscode.Uri): Promise<vscode.Uri | null> {
  const clean = place.file.replace(/\\/g, '/');
  const base = clean.split('/').pop() ?? '';
  if (base === '' || base === '..') return null;
  const folder = vscode.Uri.joinPath(object, '..');
  const candidates: vscode.Uri[] = [];
  const inWorkspace = (uri: vscode.Uri): boolean =>
    vscode.workspace.getWorkspaceFolder(uri) !== undefined || uri.path.startsWith(`${folder.path}/`);
  const known = knownPath(place.file, object);
  if (known !== null) candidates.push(object.with({ path: known }));
  if (clean.startsWith('/')) candidates.push(object.with({ path: clean }));
  else candidates.push(vscode.Uri.joinPath(folder, clean));
  for (const uri of candidates) if (inWorkspace(uri) && (await isThere(uri))) return uri;
  // the lines are compared where a file of that name is found, so that comes before the name alone
  const found = await findSource(place, object);
  if (found !== null) return found;
  const beside = vscode.Uri.joinPath(folder, base);
  return inWorkspace(beside) && (await isThere(beside)) ? beside : null;
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** Whether an editor shows a file, in front or behind. */
export function isOpen(uri: vscode.Uri): boolean {
  const key = uri.toString();
  const shows = (input: unknown): boolean =>
    (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) && input.uri.toString() === key;
  return vscode.window.tabGroups.all.some((g) => g.tabs.some((t) => shows(t.input)));
}

/** Last part of a path. */
export function basename(uri: vscode.Uri): string {
  return uri.path.split('/').pop() ?? uri.path;
}

/** Whether a place of a result lies in that document. */
export function placeIn(place: SourcePlace | null, uri: vscode.Uri): place is SourcePlace {
  if (place === null) return false;
  const name = plainName(place.file);
  const known = knownPath(place.file, uri);
  if (known !== null && known === uri.path) return true;
  return name.startsWith('/') ? uri.path === name : uri.path.endsWith(`/${name}`) || name.split('/').pop() === uri.path.split('/').pop();
}

/** Finds the sources of an object's programs, so that documents know what is theirs. */
export function learnSources(programs: FileResult['programs'], object: vscode.Uri): Promise<void> {
  return learnPlaces(programs, object, (place) => resolveSource(place, object));
}
