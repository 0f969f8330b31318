// SPDX-License-Identifier: GPL-2.0-only
/** Where this machine's compiler looks for headers of the system. */
import os from 'node:os';
import { runGuest } from './guest';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 1 << 16;
const known = new Map<string, Promise<readonly string[]>>();

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

async function ask(clang: string): Promise<readonly string[]> {
  const result = await runGuest({
    command: clang,
    args: ['-E', '-x', 'c', '-v', '-'],
    cwd: os.tmpdir(),
    input: '',
    timeoutMs: LIMIT_MS,
    maxOutput: MAX_OUTPUT,
    maxMessages: MAX_OUTPUT,
  });
  return result.kind === 'ended' ? parseSearchList(result.messages) : [];
}

/** Folders that a program of this machine finds its headers in; none where the machine is no Linux, whose headers mean something else. */
export function hostFolders(clang: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return Promise.resolve([]);
  let folders = known.get(clang);
  if (folders === undefined) known.set(clang, (folders = ask(clang)));
  return folders;
}
