// SPDX-License-Identifier: GPL-2.0-only
/** Where it is told that a program was not handed over, and under which code. */
import * as vscode from 'vscode';
import { oneLine } from '../protocol/escape';
import type { FailedProgram } from '../protocol/model';
import type { FileState } from './file-state';
import { FIRST_LINE, placeIn, resolveSource, textOf } from './files';
import { programLine } from './program-line';

/** Code of the diagnostic: what somebody would have to decide, or that it is not loaded. */
export function failedCode(failed: FailedProgram): string {
  if (failed.map !== undefined) return 'map-refused';
  return failed.undecided === undefined ? 'not-loaded' : `undecided-${failed.undecided.what}`;
}

/** What the diagnostic says: a map is refused once, however many programs wait for it. */
export function failedMessage(failed: FailedProgram): string {
  return oneLine(failed.map !== undefined ? failed.message : `${failed.program}: ${failed.message}`);
}

/** The name of the refused map, or the program's line; the first line of the file where nothing says more. */
export async function failedPlace(state: FileState, failed: FailedProgram): Promise<{ uri: vscode.Uri; range: vscode.Range }> {
  const { place } = failed;
  // what every program of the file lacks is told on the file
  if (failed.absent != null) return { uri: state.uri, range: FIRST_LINE };
  const uri = place == null ? null : placeIn(place, state.uri) ? state.uri : await resolveSource(place, state.uri);
  const text = uri === null ? null : await textOf(uri).catch(() => null);
  if (place == null || uri === null || text === null) return { uri: state.uri, range: FIRST_LINE };
  const lines = text.split(/\r?\n/);
  const line = Math.min(place.line, lines.length) - 1;
  const name = failed.map ?? failed.program;
  const shown = failed.map === undefined ? programLine(lines, failed.program, line) : line;
  const words = lines[shown] ?? '';
  const at = new RegExp(`\\b${name.replace(/\W/g, '')}\\b`).exec(words);
  const start = at?.index ?? words.length - words.trimStart().length;
  const end = at === null ? Math.max(start + 1, words.trimEnd().length) : start + at[0].length;
  return { uri, range: new vscode.Range(shown, start, shown, end) };
}
