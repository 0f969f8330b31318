// SPDX-License-Identifier: GPL-2.0-only
/** Which files a table of programs and kernels is about, and asking for each of them. */
import type * as vscode from 'vscode';
import { oneLine } from '../protocol/escape';
import type { FileReply, LoadsOnScope } from '../protocol/loads-on-page';
import { KERNELS } from '../kernel/releases';
import { isStale } from './file-state';
import { isWithin } from './file-watch';
import { basename, isOpen } from './files';
import { programFilesIn } from './folder-files';
import type { Host } from './shared';
import { readSettings } from './settings';

/** Files of a folder that are verified. */
export const MOST_FILES = 200;

/** What the table is about. */
export interface LoadsOnSubject {
  readonly scope: LoadsOnScope;
  /** Null where it was opened for a folder. */
  readonly file: vscode.Uri | null;
  readonly folder: vscode.Uri;
}

/** What came of a file; nothing of one without programs. */
export interface FileOutcome {
  readonly found: FileReply | null;
  /** What went wrong, '' for nothing. */
  readonly error: string;
  /** The result that the kernels were asked about, and the version of the kernel that it is of. */
  readonly result: unknown;
  readonly kernel: string | null;
}

/** Kernels of the table: those of the setting, or all that there are, oldest first. */
export function kernelsFor(uri: vscode.Uri): readonly string[] {
  const { kernels } = readSettings(uri);
  return kernels.length > 0 ? kernels : KERNELS.map((k) => k.series).reverse();
}

/** The files that a table is about; of a folder one more than {@link MOST_FILES} if there are more. */
export async function filesOf({ scope, file, folder }: LoadsOnSubject, { store }: Pick<Host, 'store'>): Promise<readonly vscode.Uri[]> {
  if (scope === 'folder') return programFilesIn(folder, MOST_FILES + 1);
  if (scope === 'file') return file === null || store.get(file) === undefined ? [] : [file];
  return store
    .all()
    .filter((s) => s.result !== null)
    .map((s) => s.uri);
}

/** What a file is called in the table: its way from the folder, or its name. */
export function nameIn({ scope, folder }: LoadsOnSubject, uri: vscode.Uri): string {
  return scope === 'folder' && isWithin(uri, folder) ? uri.path.slice(folder.path.length + 1) : basename(uri);
}

/**
 * On which kernels the programs of a file load. A file that nobody has verified is, first, and what is known of it goes again if no editor shows it.
 * Throws what `signal` ends.
 */
export async function askAbout(
  { store, kernelReplies }: Pick<Host, 'store' | 'kernelReplies'>,
  uri: vscode.Uri,
  file: string,
  signal: AbortSignal,
): Promise<FileOutcome> {
  const isNew = store.get(uri) === undefined;
  const stop = (): void => store.cancel(uri);
  signal.addEventListener('abort', stop);
  try {
    if (isNew) await store.run(uri);
    signal.throwIfAborted();
    const state = store.get(uri);
    const result = state?.result ?? null;
    const kernel = result?.kernel ?? null;
    if (state?.error != null && (result === null || !isStale(state)))
      return { found: null, error: oneLine(`${file}: ${state.error.title}`), result, kernel };
    const reply = await kernelReplies.ask(uri, kernelsFor(uri), signal);
    if (reply?.error != null)
      return { found: null, error: oneLine(`${file}: ${reply.error.title}. ${reply.error.message}`), result, kernel };
    return { found: reply === null ? null : { uri: uri.toString(), file, reply }, error: '', result, kernel };
  } catch (failure) {
    if (signal.aborted) throw failure;
    return {
      found: null,
      error: oneLine(`${file}: ${failure instanceof Error ? failure.message : String(failure)}`),
      result: null,
      kernel: null,
    };
  } finally {
    signal.removeEventListener('abort', stop);
    if (isNew && !isOpen(uri)) store.closed(uri);
  }
}
