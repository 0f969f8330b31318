// SPDX-License-Identifier: GPL-2.0-only
/** Where this machine's compiler looks for headers of the system. */
import { spawn } from 'node:child_process';
import os from 'node:os';

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
    .filter((line) => line !== '' && !line.endsWith('(framework directory)') && !/[\\/]lib[\w-]*[\\/](llvm[\w-]*[\\/]lib[\\/])?clang[\\/]/.test(line));
}

function ask(clang: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const child = spawn(clang, ['-E', '-x', 'c', '-v', '-'], { cwd: os.tmpdir(), stdio: ['pipe', 'ignore', 'pipe'], shell: false, windowsHide: true, timeout: LIMIT_MS });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (output.length < MAX_OUTPUT) output += chunk.toString('utf8');
    });
    child.on('error', () => resolve([]));
    child.on('close', () => resolve(parseSearchList(output)));
    child.stdin.on('error', () => undefined);
    child.stdin.end('');
  });
}

/** Folders that a program of this machine finds its headers in; none where the machine is no Linux, whose headers mean something else. */
export function hostFolders(clang: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return Promise.resolve([]);
  let folders = known.get(clang);
  if (folders === undefined) known.set(clang, (folders = ask(clang)));
  return folders;
}
