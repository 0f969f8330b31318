// SPDX-License-Identifier: GPL-2.0-only
/** What is said of a run that gave no result. */
import type { FileError } from '../protocol/model';
import { UnusableInput } from './files';

/** An exception of a run: something beside the program that cannot be used, or a bug of ours, which `bug` names. */
export function failureOf(error: unknown, bug: string): FileError {
  if (error instanceof UnusableInput)
    return { kind: 'unreadable', title: error.title, message: error.message, details: [], diagnostics: [] };
  const e = error instanceof Error ? error : new Error(String(error));
  return { kind: 'internal', title: bug, message: e.message, details: (e.stack ?? '').split('\n').slice(1, 6), diagnostics: [] };
}
