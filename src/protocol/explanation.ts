// SPDX-License-Identifier: GPL-2.0-only
/** Why a program is rejected, as every medium tells it. Plain data; made once (`src/explain`), rendered everywhere. */
import type { SourcePlace } from './graph';
import type { ProblemCode } from './problem-code';

/** What kind of thing happened at a place that explains a rejection. */
export type CauseEventKind =
  /** A reference, lock or other resource was taken. */
  | 'taken'
  /** It was given back. */
  | 'released'
  /** A region was entered. */
  | 'entered'
  /** It was left. */
  | 'left'
  /** A condition was decided, or a way was taken, that matters. */
  | 'branch'
  /** A value was compared: what was learnt, or not. */
  | 'checked'
  /** A value was loaded from memory. */
  | 'loaded'
  /** A value was set or computed. */
  | 'set'
  /** A value was written to memory. */
  | 'stored'
  /** A pointer lost its meaning. */
  | 'invalidated'
  /** A call that matters: what it returns, what it may do. */
  | 'call'
  /** Where a function was made a callback, or where it is called from. */
  | 'callback'
  /** The head or the back edge of a loop. */
  | 'loop'
  /** A value that is another one in each pass of a loop. */
  | 'differs'
  /** Where the path ends or returns. */
  | 'exit'
  /** What the program, a function or a map is declared to be: a section, a target, the stack that a function takes. */
  | 'declared';

/** One step of a cause. */
export interface CauseEvent {
  readonly event: CauseEventKind;
  readonly insn: number;
  /** Line of the instruction; null if the program has no line records. */
  readonly source: SourcePlace | null;
  /** What it happens to, in the program's words (`task`, `&it`, `the value of map counts`); null if nothing names it. */
  readonly variable: string | null;
  /** What happened, about seven words, no full stop: `this branch skips the release`. */
  readonly text: string;
  /** It is the event that makes it wrong; all is well before. */
  readonly guilty: boolean;
}

/** A change of one file. Lines and columns are 1-based; the end is exclusive. */
export interface FixEdit {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

/** A change of the source that makes the program accepted. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly FixEdit[];
  /** Kernels and policies under which the changed program was verified and accepted. */
  readonly verified: readonly string[];
}

/** The one explanation of a rejection. */
export interface Explanation {
  readonly code: ProblemCode;
  /** Category of the kernel's own report (`Resource Lifetime Safety`), else the one that its reports would use. */
  readonly category: string;
  /** Headline: what is wrong, in the program's names, no full stop. True by itself. */
  readonly summary: string;
  /** Why, in one to three sentences; '' if the summary and the cause say all. */
  readonly detail: string;
  /** What was refused. `insn` is null when the program as a whole is (`source` is then its definition, if known). */
  readonly refused: { readonly insn: number | null; readonly source: SourcePlace | null };
  /** What led to it, in order of execution. */
  readonly cause: readonly CauseEvent[];
  /** What would make it right; null if nothing is known. */
  readonly suggestion: string | null;
  /** Verified changes of the source. */
  readonly fixes: readonly Fix[];
}
