// SPDX-License-Identifier: GPL-2.0-only
/**
 * A workspace that nobody trusts. One rule for files of it that change a verdict without being asked for, overlays and load files: they are left
 * aside, and that is said.
 */
import { OVERLAY_FILE_SUFFIX } from '../policy/names';
import { LOAD_FILE_SUFFIX } from './load-file';
import type { ProgramFolder } from './whole-program';

/** Whether a file is one that changes what is said of a program beside it, only by being there. */
export function actsUnasked(name: string): boolean {
  return name.endsWith(OVERLAY_FILE_SUFFIX) || name.endsWith(LOAD_FILE_SUFFIX);
}

/** A folder as if no such file were in it. */
export function withoutUnasked(folder: ProgramFolder): ProgramFolder {
  return {
    ...folder,
    names: folder.names.filter((name) => !actsUnasked(name)),
    exists: (name) => (actsUnasked(name) ? Promise.resolve(false) : folder.exists(name)),
    text: (name) => (actsUnasked(name) ? Promise.resolve('') : folder.text(name)),
  };
}

/** What a result says of it. `leftAside`: names of the files that would have acted. */
export function restrictedNotes(limits: { readonly timeoutS: number; readonly memoryMb: number }, leftAside: readonly string[]): string[] {
  const note = `This workspace is not trusted: an object may take at most ${limits.timeoutS} s of CPU time and ${limits.memoryMb} MB, and settings of the workspace for policy, overlays, kernel and limits have no effect.`;
  return leftAside.length === 0
    ? [note]
    : [note, `${leftAside.join(' and ')} beside it ${leftAside.length === 1 ? 'has' : 'have'} no effect either.`];
}
