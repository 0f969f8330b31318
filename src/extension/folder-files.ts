// SPDX-License-Identifier: GPL-2.0-only
/** The BPF programs of a folder, by the names of files. */
import * as vscode from 'vscode';
import { isWithin } from './file-watch';
import { isProgramFile, PROGRAM_FILES } from './files';
import { lookedIn } from './find-files';

/** Files of a folder and of those in it that hold BPF programs by their name, by path, at most `most`. An object beside its source is left out. */
export async function programFilesIn(folder: vscode.Uri, most: number): Promise<readonly vscode.Uri[]> {
  const found = await Promise.resolve(
    vscode.workspace.findFiles(new vscode.RelativePattern(folder, PROGRAM_FILES), '**/node_modules/**', 2 * most),
  ).catch(() => lookedIn([folder], isProgramFile, 2 * most));
  const paths = new Set(found.map((uri) => uri.path));
  const hasSource = ({ path }: vscode.Uri): boolean =>
    path.endsWith('.o') && ['c', 's', 'S'].some((ending) => paths.has(`${path.slice(0, -1)}${ending}`));
  const own = found.filter((uri) => isWithin(uri, folder) && !hasSource(uri));
  return own.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, most);
}
