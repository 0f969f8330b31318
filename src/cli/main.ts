// SPDX-License-Identifier: GPL-2.0-only
/** All commands but `check`, which has a bundle of its own (`check-command.ts`), and what `--help` and `--version` say. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../compiler/cache-folder';
import { VMLINUX } from '../headers/folders';
import { OTHER_KERNELS } from '../kernel/releases';
import { POLICIES } from '../policy';
import { readArgs, UsageError } from './args';
import { begin, root } from './begin';
import { runCompare } from './compare';
import { parseCompare } from './compare-options';
import { kernelOf } from './inputs';
import { runKernel } from './kernel';
import { runLoadsOn } from './loads-on';
import { parseLoadsOn } from './loads-on-options';
import { COMMON, Exit } from './options';
import type { Sink } from './sink';
import { kernelHeaders } from './sources';
import { USAGE } from './usage';

const COMMANDS = 'check, compare, loads-on, kernel or vmlinux-h';

function version(): string {
  const { version: ours } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return `bpf-context ${ours}\n`;
}

/** Help or version, where they are asked for; null where they are not. */
function aboutUs(command: string | undefined, args: readonly string[]): string | null {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (command === '--help' || command === '-h' || command === 'help' || own.includes('--help')) return USAGE;
  return command === '--version' || command === '-V' || own.includes('--version') ? version() : null;
}

async function run(command: string | undefined, args: readonly string[], sink: Sink): Promise<number> {
  const text = aboutUs(command, args);
  if (text !== null) {
    await sink.write(text);
    return Exit.ACCEPTED;
  }
  const worker = path.join(root, 'dist', 'worker.cjs');
  const cores = os.availableParallelism();
  const known = [...POLICIES.map((p) => p.id), ...OTHER_KERNELS.map((k) => k.policy)];
  switch (command) {
    case 'compare': {
      const options = parseCompare(args, cores, known);
      return runCompare(options, root, { worker, kernel: kernelOf(root, options), cache: options.cache ? cacheFolder() : '' }, sink);
    }
    case 'vmlinux-h': {
      const { values, positionals } = readArgs(args, {
        kernel: COMMON.kernel,
        'kernel-btf': COMMON['kernel-btf'],
        'no-cache': COMMON['no-cache'],
      });
      if (positionals.length > 0) throw new UsageError('vmlinux-h takes no file: it writes to the standard output');
      const kernelBtf = values['kernel-btf'];
      const paths = {
        worker,
        kernel: kernelOf(root, { kernel: values.kernel, kernelBtf }),
        cache: values['no-cache'] ? '' : cacheFolder(),
      };
      const { files } = await kernelHeaders(paths, kernelBtf);
      await sink.write(files.get(VMLINUX)!);
      return Exit.ACCEPTED;
    }
    case 'loads-on':
      return runLoadsOn(parseLoadsOn(args, cores, known), root, worker, sink);
    case 'kernel':
      return runKernel(root, args, sink);
    default:
      throw new UsageError(`${command === undefined ? 'no command given' : `unknown command "${command}"`}: ${COMMANDS}`);
  }
}

begin(run);
