// SPDX-License-Identifier: GPL-2.0-only
/** Files of the workspace by their name: by the editor's search, or by looking where it has none (virtual folders, editors without ripgrep). */
import * as vscode from 'vscode';

/** Folders and files that are looked at without a search, and folders that hold nothing of the project's own. */
const MOST_ENTRIES = 20_000;
const SKIPPED = new Set(['node_modules', '.git']);

/** Files called `base`, at most `most` of them. */
export async function filesNamed(base: string, most: number): Promise<vscode.Uri[]> {
  try {
    const pattern = `**/${base.replace(/[[\]{}*?]/g, '?')}`;
    const all = await vscode.workspace.findFiles(pattern, '**/node_modules/**', most);
    return all.filter((uri) => uri.path.split('/').pop() === base);
  } catch {
    return looked(base, most);
  }
}

/** The same without a search: folder by folder, the upper ones first. */
function looked(base: string, most: number): Promise<vscode.Uri[]> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri);
  return lookedIn(folders, (name) => name === base, most);
}

/** Files of folders and of those in them, upper ones first, at most `most`. */
export async function lookedIn(folders: vscode.Uri[], wanted: (name: string) => boolean, most: number): Promise<vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  let left = MOST_ENTRIES;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
    for (const [name, type] of entries) {
      if (left-- === 0 || found.length === most) return found;
      const uri = vscode.Uri.joinPath(folder, name);
      if (type === vscode.FileType.Directory && !SKIPPED.has(name)) folders.push(uri);
      else if (wanted(name) && (type & vscode.FileType.File) !== 0) found.push(uri);
    }
  }
  return found;
}
