// SPDX-License-Identifier: GPL-2.0-only
/** Bounds of what a file may make us do before its programs are verified. */

/**
 * Told of work that is about to be done, in steps of some ten nanoseconds to a microsecond. Throws when the work is not wanted any more or
 * has become too much; callers let that pass.
 */
export type Spend = (steps: number) => void;

/** For files that are trusted, and for tests. */
export const UNBOUNDED: Spend = () => undefined;

/** A file that asks for more than it may: says for what, and how much that may be. */
export class TooMuch extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TooMuch';
  }
}
