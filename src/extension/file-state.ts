// SPDX-License-Identifier: GPL-2.0-only
import type * as vscode from 'vscode';
import type { LoadChoices } from '../analysis/load-file';
import type { PanelState } from '../protocol/messages';
import type { FileError, FileResult, ProgramResult } from '../protocol/model';
import type { ObjectOrigin } from './object-of';
import type { FoundProgram } from './program-files';

/** What is known of one file. Replaced as a whole, never changed in place. */
export interface FileState {
  readonly uri: vscode.Uri;
  /** Policy in force for this file. */
  readonly policy: string;
  readonly result: FileResult | null;
  readonly error: FileError | null;
  readonly busy: PanelState['busy'];
  /** Programs that the run at hand has finished, until it is over. */
  readonly found: readonly ProgramResult[];
  /** Edits since the result was made; 0 when it is fresh. */
  readonly edits: number;
  /** It was edited since a run began last, and is verified again after a pause. */
  readonly due: boolean;
  /** The files of its program; null before these were looked for. */
  readonly program: FoundProgram | null;
  /** Where its object comes from, if it was not compiled here. */
  readonly origin: ObjectOrigin | null;
  /** What is decided in the loader's place for the newest run. */
  readonly choices: LoadChoices;
  /** The same file under another policy, null when nothing is compared. */
  readonly compare: Compared | null;
}

/** The file's analysis under the policy that it is compared with. */
export interface Compared {
  readonly policy: string;
  readonly busy: boolean;
  readonly result: FileResult | null;
  readonly error: FileError | null;
}

/** Whether what is known of a file is older than what it was made from: edits, or an error since. */
export function isStale(state: FileState): boolean {
  return state.result !== null && (state.edits > 0 || state.error !== null);
}

/** Why there is no newer result, in one line. */
export function errorText(error: FileError): string {
  const first = error.diagnostics.find((d) => d.severity === 'error');
  return error.message !== '' || first === undefined ? error.message : `${first.line}:${first.column}: ${first.message}`;
}

/** The file is closed in the editor, while something of it is still looked at. */
export function closedError(name: string): FileError {
  const message = 'What is shown was verified before that. Open it to verify it again.';
  return { kind: 'closed', title: `${name} is closed`, message, details: [], diagnostics: [] };
}

export function goneError(name: string): FileError {
  return { kind: 'gone', title: `${name} is not there any more`, message: 'It was deleted or moved.', details: [], diagnostics: [] };
}
