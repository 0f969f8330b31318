// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../compiler/cache-folder';
import { endGuests } from '../compiler/guest';
import { OTHER_KERNELS } from '../kernel/releases';
import { POLICIES } from '../policy';
import { indented } from '../protocol/escape';
import { runCheck } from './check';
import { parseCheck } from './check-options';
import { runCompare } from './compare';
import { parseCompare } from './compare-options';
import { kernelOf } from './inputs';
import { runKernel } from './kernel';
import { runLoadsOn } from './loads-on';
import { parseLoadsOn } from './loads-on-options';
import { removeUnfinishedLogs } from './logs';
import { VMLINUX } from '../headers/folders';
import { readArgs, UsageError } from './args';
import { COMMON, Exit, InputTrouble } from './options';
import { kernelHeaders } from './sources';
import { Sink } from './sink';
import { USAGE } from './usage';
import { tell } from './tell';

const root = path.resolve(__dirname, '..');
const COMMANDS = 'check, compare, loads-on, kernel or vmlinux-h';

function version(): string {
  const { version: ours } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return `bpf-context ${ours}\n`;
}

async function run(sink: Sink): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (command === '--help' || command === '-h' || command === 'help' || own.includes('--help')) {
    await sink.write(USAGE);
    return Exit.ACCEPTED;
  }
  if (command === '--version' || command === '-V' || own.includes('--version')) {
    await sink.write(version());
    return Exit.ACCEPTED;
  }
  const worker = path.join(root, 'dist', 'worker.cjs');
  const cores = os.availableParallelism();
  const known = [...POLICIES.map((p) => p.id), ...OTHER_KERNELS.map((k) => k.policy)];
  if (command === 'compare') {
    const options = parseCompare(args, cores, known);
    return runCompare(options, root, { worker, kernel: kernelOf(root, options), cache: options.cache ? cacheFolder() : '' }, sink);
  }
  if (command === 'vmlinux-h') {
    const { values, positionals } = readArgs(args, {
      kernel: COMMON.kernel,
      'kernel-btf': COMMON['kernel-btf'],
      'no-cache': COMMON['no-cache'],
    });
    if (positionals.length > 0) throw new UsageError('vmlinux-h takes no file: it writes to the standard output');
    const kernelBtf = values['kernel-btf'];
    const paths = { worker, kernel: kernelOf(root, { kernel: values.kernel, kernelBtf }), cache: values['no-cache'] ? '' : cacheFolder() };
    const { files } = await kernelHeaders(paths, kernelBtf);
    await sink.write(files.get(VMLINUX)!);
    return Exit.ACCEPTED;
  }
  if (command === 'loads-on') return runLoadsOn(parseLoadsOn(args, cores, known), root, worker, sink);
  if (command === 'kernel') return runKernel(root, args, sink);
  if (command !== 'check')
    throw new UsageError(`${command === undefined ? 'no command given' : `unknown command "${command}"`}: ${COMMANDS}`);
  const options = parseCheck(args, cores, known);
  return runCheck(options, { worker, kernel: kernelOf(root, options), cache: options.cache ? cacheFolder() : '' }, sink);
}

async function main(): Promise<number> {
  const sink = new Sink(() => process.stdout);
  try {
    const status = await run(sink);
    return sink.trouble() ?? status;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell(`bpf-context: ${indented(error.message)}${error instanceof InputTrouble ? '' : ' (--help says more)'}\n`);
    return Exit.BAD_INPUT;
  }
}

/** Trouble is never the status of a rejection, which Node's own end would be. */
function giveUp(error: unknown): never {
  endGuests();
  removeUnfinishedLogs();
  tell(`bpf-context: internal error: ${indented(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(Exit.BAD_INPUT);
}
process.on('uncaughtException', giveUp);
process.on('unhandledRejection', giveUp);

// compilers are in process groups of their own, which a terminal's Ctrl-C does not reach
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endGuests();
    removeUnfinishedLogs();
    process.kill(process.pid, signal);
  });
}

void main().then((status) => {
  process.exitCode = status;
}, giveUp);
