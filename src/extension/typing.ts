// SPDX-License-Identifier: GPL-2.0-only
/** When a file is verified that somebody types in: after a pause, which is as long as what it costs is worth. */
import type * as vscode from 'vscode';

/** Shortest and longest pause after a change, milliseconds. */
const LEAST_MS = 500;
const MOST_MS = 4000;

/** One file that is typed in. */
interface Typed {
  timer: NodeJS.Timeout | undefined;
  /** The run that a pause started, until it is over. */
  run: symbol | null;
  /** Milliseconds. */
  pause: number;
}

/**
 * Runs after pauses. A pause is as long as the last run took, since more often would be work for nothing, and twice as long after one that was
 * stopped by typing on, so that a burst of changes costs few runs however it falls.
 */
export class TypingRuns implements vscode.Disposable {
  private readonly files = new Map<string, Typed>();

  constructor(
    /** Verifies; settles when that is over, whatever came of it. */
    private readonly run: (uri: vscode.Uri) => Promise<unknown>,
    private readonly stop: (uri: vscode.Uri) => void,
  ) {}

  /** The text changed. */
  typed(uri: vscode.Uri): void {
    const key = uri.toString();
    let file = this.files.get(key);
    if (file === undefined) this.files.set(key, (file = { timer: undefined, run: null, pause: LEAST_MS }));
    const typed = file;
    clearTimeout(typed.timer);
    if (typed.run !== null) {
      // what it would find is of an older text
      typed.run = null;
      typed.pause = Math.min(2 * typed.pause, MOST_MS);
      this.stop(uri);
    }
    typed.timer = setTimeout(() => void this.go(uri, typed), typed.pause);
  }

  /** It was saved as it is: no pause is waited for any more. True if it is being verified as that already. */
  saved(uri: vscode.Uri): boolean {
    const file = this.files.get(uri.toString());
    clearTimeout(file?.timer);
    return file !== undefined && file.run !== null;
  }

  /** It was closed. */
  closed(uri: vscode.Uri): void {
    const file = this.files.get(uri.toString());
    if (file === undefined) return;
    clearTimeout(file.timer);
    file.run = null;
    this.files.delete(uri.toString());
  }

  dispose(): void {
    for (const { timer } of this.files.values()) clearTimeout(timer);
    this.files.clear();
  }

  private async go(uri: vscode.Uri, file: Typed): Promise<void> {
    const mine = Symbol();
    file.run = mine;
    const begun = performance.now();
    await this.run(uri);
    if (file.run !== mine) return;
    file.run = null;
    file.pause = Math.min(Math.max(performance.now() - begun, LEAST_MS), MOST_MS);
  }
}
