// SPDX-License-Identifier: GPL-2.0-only
/** `kernel list` and `kernel add`: the kernels that there are, and another from its source, its types and its configuration. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { btfFiles, kernelFolder } from '../analysis/kernel-folder';
import { systemErrorText } from '../analysis/read-file';
import { KERNELS, VERIFIED_KERNEL } from '../kernel/releases';
import { oneLine } from '../protocol/escape';
import { type Options, readArgs, UsageError } from './args';
import { Exit, InputTrouble } from './options';
import type { Sink } from './sink';
import { kernelHeaders } from './sources';

/** Options of `kernel add`. */
export const KERNEL_ADD = {
  source: { type: 'string', value: 'DIR', default: '', help: "the kernel's source, with its distribution's patches" },
  btf: {
    type: 'string',
    value: 'DIR',
    default: '',
    help: 'folder with the BTF of vmlinux and modules, as /sys/kernel/btf of a machine that runs it',
  },
  config: { type: 'string', value: 'FILE', default: '', help: 'its configuration (default: .config or config beside either)' },
  kallsyms: {
    type: 'string',
    value: 'FILE',
    default: '',
    help: '/proc/kallsyms of a machine that runs it, all modules loaded: functions that cannot be attached to',
  },
  out: { type: 'string', value: 'DIR', default: '', help: 'folder that is made, to be named with --kernel' },
} as const satisfies Options;

/** Lines of `kernel list`. */
function list(): string {
  const rows = KERNELS.map((k) => `${k.series.padEnd(8)}${k.version.padEnd(12)}${k.title}${k === VERIFIED_KERNEL ? ' (default)' : ''}`);
  return `${rows.join('\n')}\n`;
}

function need(option: 'source' | 'btf' | 'out', value: string): string {
  if (value === '') throw new UsageError(`kernel add needs --${option}`);
  return value;
}

function trouble(option: string, name: string, why: string): InputTrouble {
  return new InputTrouble(`--${option} ${oneLine(name)}: ${why}`);
}

/** The configuration that is named, or that lies beside source or types. */
function configOf(named: string, source: string, btf: string): string {
  const candidates =
    named === '' ? [source, btf, path.dirname(btf)].flatMap((dir) => ['.config', 'config'].map((f) => path.join(dir, f))) : [named];
  const found = candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  if (found !== undefined) return found;
  throw named === ''
    ? new InputTrouble('kernel add needs --config: there is no .config or config beside source and types')
    : trouble('config', named, 'there is no such file');
}

/** Runs the generator; its warnings are shown only if it fails. */
async function generate(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--stack-size=4000', script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-100_000)));
  const status = await new Promise<number>((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? 1)));
  if (status === 0) return;
  const why = said.split('\n').findLast((line) => /^\w*Error: /.test(line)) ?? said.trim().split('\n').at(-1) ?? '';
  throw new InputTrouble(`the source could not be understood: ${oneLine(why)}`);
}

async function add(root: string, args: readonly string[], sink: Sink): Promise<number> {
  const { values, positionals } = readArgs(args, KERNEL_ADD);
  if (positionals.length > 0) throw new UsageError(`kernel add takes no "${positionals[0]!}"`);
  const [source, btf, out] = [need('source', values.source), need('btf', values.btf), need('out', values.out)];
  const missing = ['Makefile', 'kernel/bpf/verifier.c', 'include/uapi/linux/bpf.h'].filter((file) => !existsSync(path.join(source, file)));
  if (missing.length > 0) throw trouble('source', source, `it is no kernel's source: ${missing.join(', ')} missing`);
  try {
    if (btfFiles(btf).vmlinux === btf) throw new Error('it is no folder');
  } catch (error) {
    throw trouble('btf', btf, systemErrorText(error) ?? (error instanceof Error ? error.message : String(error)));
  }
  const config = configOf(values.config, source, btf);
  const fresh = !existsSync(out);
  try {
    mkdirSync(out, { recursive: true });
    if (readdirSync(out).length > 0) throw new Error('it is not empty');
  } catch (error) {
    throw trouble('out', out, systemErrorText(error) ?? (error instanceof Error ? error.message : String(error)));
  }
  const { version } = await (async () => {
    try {
      const further = values.kallsyms === '' ? [] : ['--kallsyms', values.kallsyms];
      await generate(path.join(root, 'dist', 'kernel-add.cjs'), [
        '--source',
        source,
        '--btf',
        btf,
        '--config',
        config,
        ...further,
        '--media',
        out,
      ]);
      return await kernelHeaders({ worker: path.join(root, 'dist', 'worker.cjs'), kernel: kernelFolder(root, out), cache: '' }, '');
    } catch (error) {
      if (fresh) rmSync(out, { recursive: true, force: true });
      throw error instanceof UsageError ? error : trouble('out', out, error instanceof Error ? error.message : String(error));
    }
  })();
  await sink.write(`${out}: Linux ${version}; verify as it with --kernel ${oneLine(out)}\n`);
  return Exit.ACCEPTED;
}

/** Runs `kernel list` or `kernel add`. Throws {@link UsageError} for what it is not given, or given wrongly. */
export async function runKernel(root: string, [command, ...args]: readonly string[], sink: Sink): Promise<number> {
  if (command === 'add') return add(root, args, sink);
  if (command !== 'list' || args.length > 0) throw new UsageError('kernel is followed by list, or by add and its options');
  await sink.write(list());
  return Exit.ACCEPTED;
}
