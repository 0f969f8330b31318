// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endGuests } from '../compiler/guest';
import { POLICIES } from '../policy';
import { runCheck } from './check';
import { runCompare } from './compare';
import { parseCompare } from './compare-options';
import { Exit, isPolicyFile, parseCheck, USAGE, UsageError } from './options';

/** Options that name files; '' names none. */
function mustExist(files: readonly (readonly [option: string, file: string])[]): void {
  for (const [option, file] of files) if (file !== '' && !existsSync(file)) throw new UsageError(`--${option} ${file}: no such file`);
}

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  if (command === '--help' || command === '-h' || command === 'help' || args.includes('--help')) {
    process.stdout.write(USAGE);
    return Exit.ACCEPTED;
  }
  const root = path.resolve(__dirname, '..');
  const paths = { worker: path.join(root, 'dist', 'worker.cjs'), kernel: path.join(root, 'media', 'kernel', '7.3.4') };
  try {
    if (command === 'compare') {
      const options = parseCompare(args, os.availableParallelism(), POLICIES.map((p) => p.id));
      mustExist([...options.policies.filter(isPolicyFile).map((f): [string, string] => ['policies', f]), ...options.overlays.map((f): [string, string] => ['overlay', f]), ['kernel-btf', options.kernelBtf]]);
      return await runCompare(options, paths, (text) => process.stdout.write(text));
    }
    if (command !== 'check') throw new UsageError(command === undefined ? 'no command given' : `unknown command "${command}"`);
    const options = parseCheck(args, os.availableParallelism(), POLICIES.map((p) => p.id));
    mustExist([['policy', isPolicyFile(options.policy) ? options.policy : ''], ...options.overlays.map((f): [string, string] => ['overlay', f]), ['kernel-btf', options.kernelBtf]]);
    return await runCheck(options, paths, (text) => process.stdout.write(text));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`bpf-context: ${error.message}\n\n${USAGE}`);
      return Exit.BAD_INPUT;
    }
    throw error;
  }
}

// a reader that went away (`| head`) is no failure of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? Exit.ACCEPTED);
  throw error;
});

// compilers are in process groups of their own, which a terminal's Ctrl-C does not reach
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endGuests();
    process.kill(process.pid, signal);
  });
}

void main().then((status) => {
  process.exitCode = status;
});
