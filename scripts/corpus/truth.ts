// SPDX-License-Identifier: GPL-2.0-only
/** What a corpus says, and our answers beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LogDifference } from './logdiff';

/** One row of `truth.jsonl`, as far as it is compared. */
export interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly stage: string;
  readonly errno: number;
  readonly message: string;
  readonly insn: number | null;
  readonly processed_insns: number;
  readonly total_states: number;
  readonly peak_states: number;
  readonly max_states_per_insn: number;
  /** BPF_F_* with which it was loaded, the loader's own additions included. */
  readonly prog_flags?: number;
  readonly guessed_type?: boolean;
  readonly guessed_maps?: number;
}

/** Our answer, a row of `check --format jsonl` with what else is compared. */
export interface Ours {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly errno: number;
  readonly message: string;
  readonly insn: number | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly maxStatesPerInsn: number;
  readonly reason: string;
  readonly timeUs: number;
  /** Where the logs differ, `'same'` if they agree; null if they were not compared. */
  readonly logDiff: LogDifference | 'same' | null;
  /** What another policy makes of it, '' if it is the same; absent if none was asked for. */
  readonly otherPolicy?: string;
  /** What its explanation has; absent if none was asked for, or it is not rejected. */
  readonly explained?: Explained;
}

/** What the explanation of a rejection has. */
export interface Explained {
  /** Why, and what would make it right. */
  readonly reason: boolean;
  readonly place: boolean;
  /** An event that led to it. */
  readonly cause: boolean;
}

export function readRows<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Rows on which the kernel's verifier gave a verdict and for which the loader had to guess nothing. */
export function counted(rows: readonly Truth[]): Truth[] {
  return rows.filter(
    (t) => (t.verdict === 'accept' || t.verdict === 'reject') && t.guessed_maps !== 1 && !t.guessed_maps && t.guessed_type !== true,
  );
}

export function keyOf(row: { readonly object: string; readonly program: string }): string {
  return `${basename(row.object)} ${row.program}`;
}

/** Last line of a message. */
export function lastLine(message: string): string {
  return message.trimEnd().split('\n').at(-1)!.trim();
}

/** The kernel's log of a program, null if it is not kept. */
export function kernelLog(setDir: string, object: string, program: string): string | null {
  const file = join(setDir, 'logs', `${object}.${program}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
