// SPDX-License-Identifier: GPL-2.0-only
/** Where this machine's compiler looks for headers of the system. */
import os from 'node:os';
import { runGuest } from './guest';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 1 << 16;
/** Answers by compiler, null for one that was cancelled. */
const known = new Map<string, Promise<readonly string[] | null>>();

/** Reads the list that `clang -v` prints. The compiler's own folder is left out: it has it for every target. */
export function parseSearchList(output: string): string[] {
  const from = output.indexOf('#include <...> search starts here:');
  const to = output.indexOf('End of search list.', from);
  if (from < 0 || to < 0) return [];
  return output
    .slice(from, to)
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' && !line.endsWith('(framework directory)') && !/[\\/]lib[\w-]*[\\/](llvm[\w-]*[\\/]lib[\\/])?clang[\\/]/.test(line),
    );
}

async function ask(clang: string, signal: AbortSignal | undefined): Promise<readonly string[] | null> {
  const result = await runGuest({
    command: clang,
    args: ['-E', '-x', 'c', '-v', '-'],
    cwd: os.tmpdir(),
    input: '',
    timeoutMs: LIMIT_MS,
    maxOutput: MAX_OUTPUT,
    maxMessages: MAX_OUTPUT,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.kind === 'cancelled') return null;
  return result.kind === 'ended' ? parseSearchList(result.messages) : [];
}

/**
 * Folders that a program of this machine finds its headers in; none where the machine is no Linux, whose headers mean something else. A compiler
 * that does not answer is ended by `signal`; who else waits for it asks again.
 */
export async function hostFolders(clang: string, signal?: AbortSignal): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  while (signal?.aborted !== true) {
    let asked = known.get(clang);
    if (asked === undefined) known.set(clang, (asked = ask(clang, signal)));
    const folders = await asked;
    if (folders !== null) return folders;
    if (known.get(clang) === asked) known.delete(clang);
  }
  return [];
}
