// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { POLICIES } from '../policy';
import { runCheck } from './check';
import { Exit, parseCheck, USAGE, UsageError } from './options';

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  if (command === '--help' || command === '-h' || command === 'help' || args.includes('--help')) {
    process.stdout.write(USAGE);
    return Exit.ACCEPTED;
  }
  const root = path.resolve(__dirname, '..');
  try {
    if (command !== 'check') throw new UsageError(command === undefined ? 'no command given' : `unknown command "${command}"`);
    const options = parseCheck(args, os.availableParallelism(), POLICIES.map((p) => p.id));
    for (const file of options.overlays) if (!existsSync(file)) throw new UsageError(`--overlay ${file}: no such file`);
    if (options.kernelBtf !== '' && !existsSync(options.kernelBtf)) throw new UsageError(`--kernel-btf ${options.kernelBtf}: no such file`);
    return await runCheck(options, { worker: path.join(root, 'dist', 'worker.cjs'), kernel: path.join(root, 'media', 'kernel', '7.3.4') }, (text) => process.stdout.write(text));
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

void main().then((status) => {
  process.exitCode = status;
});
