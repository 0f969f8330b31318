// SPDX-License-Identifier: GPL-2.0-only
import type * as vscode from 'vscode';
import type { GraphComparison } from '../protocol/compare';
import type { ContextGraph } from '../protocol/graph';
import type { FileState } from './file-state';
import type { InputTexts, Made, OwnObject } from './inputs';
import type { OverlayFiles } from './overlay-files';

/** A file in the store: its state, and what is kept to go on from there. */
export interface Entry {
  state: FileState;
  /** The newest run, null when none is going on; `done` is settled with what the newest run of all found. */
  running: { readonly abort: AbortController; readonly done: Promise<FileState> } | null;
  /** The newest object that was compiled, and its source. */
  compiled: OwnObject | null;
  /** What the result was made from. */
  resultOf: Made | null;
  graphs: Map<string, ContextGraph>;
  /** Overlay files that were last asked for, with their text; null for one that is not there. */
  overlays: OverlayFiles;
  /** Overlay beside it that was not read. */
  leftAside: vscode.Uri | null;
  /** Load files and other files of the program that were last asked for. */
  inputs: InputTexts;
  comparing: AbortController | null;
  comparisons: Map<string, Promise<GraphComparison | null>>;
}

export function entryOf(state: FileState): Entry {
  return {
    state,
    running: null,
    compiled: null,
    resultOf: null,
    graphs: new Map(),
    overlays: new Map(),
    leftAside: null,
    inputs: new Map(),
    comparing: null,
    comparisons: new Map(),
  };
}

/** Ends what is going on for a file. */
export function stopEntry(entry: Entry): void {
  entry.running?.abort.abort();
  entry.running = null;
  entry.comparing?.abort();
  entry.comparing = null;
}
