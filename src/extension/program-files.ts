// SPDX-License-Identifier: GPL-2.0-only
/** Which files are one program, looked for in the workspace: chosen in a load file, named by a build, or found by what each defines and needs. */
import path from 'node:path';
import * as vscode from 'vscode';
import { loadFileName } from '../analysis/load-file';
import { withoutUnasked } from '../analysis/restricted';
import { type FoundNames, type ProgramFolder, wholeProgram } from '../analysis/whole-program';
import { findLinkLines, linkedObjects, linkedSources } from '../compiler/link-lines';
import { listProject, projectRoot } from '../compiler/project';
import { basename, kindByName, textOf } from './files';

const MAX_TEXT = 1 << 20;

/** The files of a program. */
export interface FoundProgram extends Pick<FoundNames, 'how' | 'missing'> {
  /** The first; its load file says what is decided. */
  readonly main: vscode.Uri;
  /** In the order in which they are linked, `main` first. */
  readonly files: readonly vscode.Uri[];
  /** Where a load file or a build says so. */
  readonly place: { readonly uri: vscode.Uri; readonly line: number } | null;
  /** Other programs of the folder that use this file, when there are several: with which of them it is meant is not known. */
  readonly users: readonly vscode.Uri[];
}

/** Gives the object of another file; null for one that cannot be had. */
export type ObjectOf = (uri: vscode.Uri) => Promise<Uint8Array | null>;

export function loadFileOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..', loadFileName(basename(uri)));
}

/** Names of the files beside one. */
async function siblings(uri: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(uri, '..')).then(
    (all) => all,
    () => [],
  );
  return entries
    .filter(([, type]) => (type & vscode.FileType.Directory) === 0)
    .map(([name]) => name)
    .sort();
}

/** The program that a build of the workspace links of a file. */
async function linked(uri: vscode.Uri, names: readonly string[]): ReturnType<ProgramFolder['linked']> {
  if (uri.scheme !== 'file') return null;
  const file = uri.fsPath;
  const place = projectRoot(file, vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null);
  const lines = findLinkLines(file, place.root);
  if (lines.length === 0) return null;
  const isSource = kindByName(uri) === 'source';
  const files = isSource ? await listProject(place.root, place.depth) : null;
  for (const line of lines) {
    const found = files === null ? linkedObjects(line, file, names) : linkedSources(line, file, files);
    if (found === null) continue;
    const relative = found.map((f) => path.relative(path.dirname(file), f).split(path.sep).join('/'));
    return { names: relative, place: { file: line.file, line: line.line } };
  }
  return null;
}

/** The program that a file belongs to. `object`: that of the file itself. */
export async function findProgram(uri: vscode.Uri, object: Uint8Array, objectOf: ObjectOf): Promise<FoundProgram> {
  const at = (name: string): vscode.Uri => (path.isAbsolute(name) ? vscode.Uri.file(name) : vscode.Uri.joinPath(uri, '..', name));
  const names = await siblings(uri);
  const folder: ProgramFolder = {
    name: basename(uri),
    names,
    exists: async (name) =>
      vscode.workspace.fs.stat(at(name)).then(
        () => true,
        () => false,
      ),
    text: (name) => textOf(at(name), MAX_TEXT).catch(() => ''),
    objectOf: (name) => objectOf(at(name)),
    kindOf: (name) => kindByName(uri.with({ path: `/${name}` })),
    linked: () => linked(uri, names),
  };
  const found = await wholeProgram(vscode.workspace.isTrusted ? folder : withoutUnasked(folder), object);
  return {
    ...found,
    main: at(found.main),
    files: found.files.map(at),
    place: found.place === null ? null : { uri: at(found.place.file), line: found.place.line },
    users: found.users.map(at),
  };
}
