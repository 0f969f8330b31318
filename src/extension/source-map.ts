// SPDX-License-Identifier: GPL-2.0-only
/** Where the sources are that line records name: as they say, where a setting says, or found in the workspace by the end of the name. */
import * as vscode from 'vscode';
import type { SourcePlace } from '../protocol/graph';
import type { FileResult } from '../protocol/model';
import { bestMatches, mappedPath, type PathRule, plainName, ruleOf } from '../protocol/source-map';
import { filesNamed } from './find-files';
import { setting } from './settings';

/** Files of one name that are looked at, and the largest whose line is compared, bytes. */
const MOST_CANDIDATES = 200;
const MAX_COMPARED = 4 << 20;
/** Rules that are remembered in this window. */
const MOST_RULES = 200;

/** What was found in this window, newest first. */
let found: readonly PathRule[] = [];
/** Names that were looked for and not found, with how many files they could mean. */
const lost = new Map<string, number>();

/** Rules of the settings, with variables replaced. */
function chosenRules(scope: vscode.Uri): PathRule[] {
  const folder = (vscode.workspace.getWorkspaceFolder(scope) ?? vscode.workspace.workspaceFolders?.[0])?.uri.path ?? '';
  return Object.entries(setting('sourceMap', scope)).map(([from, to]) => ({
    from: plainName(from),
    to: plainName(to.replaceAll('${workspaceFolder}', folder)),
  }));
}

/** The path here of a name in line records, by what is set and what was found; null if nothing says. */
export function knownPath(file: string, scope: vscode.Uri): string | null {
  const name = plainName(file);
  return mappedPath(name, chosenRules(scope)) ?? mappedPath(name, found);
}

/** What was found or not for names in line records, for people. */
export function sourceFacts(
  files: readonly string[],
  scope: vscode.Uri,
): readonly { readonly file: string; readonly path: string | null; readonly several: number }[] {
  return files.flatMap((file) => {
    const path = knownPath(file, scope);
    const several = lost.get(plainName(file));
    return path === null && several === undefined ? [] : [{ file, path, several: several ?? 0 }];
  });
}

/** Whether the line that a record names is the one that it recorded; true where either is not there to compare. */
async function sameLine(uri: vscode.Uri, { line, text }: SourcePlace): Promise<boolean> {
  if (text.trim() === '') return true;
  try {
    if ((await vscode.workspace.fs.stat(uri)).size > MAX_COMPARED) return true;
    const lines = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)).split('\n', line);
    return lines[line - 1]?.trim() === text.trim();
  } catch {
    return false;
  }
}

/**
 * Looks in the workspace for the file of a line record by the end of its name: the longest, then the nearest to the object; of several the ones
 * whose line is the one recorded. What several could mean is not guessed at. Remembers what it finds, for the other files of that build too.
 */
export async function findSource(place: SourcePlace, object: vscode.Uri): Promise<vscode.Uri | null> {
  const name = plainName(place.file);
  const base = name.split('/').pop()!;
  const same = await filesNamed(base, MOST_CANDIDATES);
  const matching: vscode.Uri[] = [];
  for (const uri of same) if (await sameLine(uri, place)) matching.push(uri);
  const best = bestMatches(
    name,
    matching.map((uri) => uri.path),
    object.path,
  );
  const [only] = best;
  if (only === undefined || best.length > 1) {
    lost.set(name, best.length);
    return null;
  }
  lost.delete(name);
  found = [ruleOf(name, only), ...found].slice(0, MOST_RULES);
  return matching.find((uri) => uri.path === only) ?? null;
}

/** Finds the sources of an object's programs, so that documents know what is theirs. */
export async function learnPlaces(
  programs: FileResult['programs'],
  object: vscode.Uri,
  resolve: (place: SourcePlace) => Promise<unknown>,
): Promise<void> {
  const places = programs.flatMap((p) => [p.definition, p.source].filter((place) => place !== null));
  const first = new Map(places.map((place) => [plainName(place.file), place] as const).reverse());
  for (const [name, place] of [...first].slice(0, MOST_CANDIDATES)) {
    if (mappedPath(name, chosenRules(object)) === null && mappedPath(name, found) === null) await resolve(place);
  }
}
