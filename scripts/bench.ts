// SPDX-License-Identifier: GPL-2.0-only
/** Our verification time program by program, beside this machine's kernel where it can be asked. `npm run bench -- --help` says how. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cancelBench } from './bench/cancel';
import type { BenchRow, BenchTask } from './bench/worker';
import { bundle, KERNEL_BUNDLE, NODE_FLAGS, ROOT } from './corpus/bundle';

const USAGE = `usage: npm run bench -- --corpus DIR (--native SCRIPT | --programs FILE) [options]

SCRIPT times this machine's kernel: run as SCRIPT DIR -n RUNS it prints one JSON object a program (corpus, object, program,
processedInsns, timeUs). The programs stand in native.txt beside it, or in FILE: lines "SET OBJECT PROGRAM".

  --no-kernel         do not ask this machine's kernel
  --kernel-times FILE take the kernel's times from FILE (what SCRIPT printed) instead of asking
  --only TEXT         only programs whose line contains TEXT
  --seconds S         time for warm runs of a program (default 3)
  --runs N            warm runs at most (default 200)
  --cancel            instead measure how soon a cancelled analysis stops (needs --corpus only)
  --compare           instead measure what comparing two policies costs, in single runs (needs --corpus only)
  --report FILE       write a Markdown table; JSON if FILE ends in .json`;

/** One program with what both sides took. */
interface Line extends BenchRow {
  readonly set: string;
  readonly object: string;
  readonly program: string;
  readonly kernelUs: number | null;
  readonly kernelInsns: number | null;
  /** Our time by processed instruction over the kernel's. */
  readonly ratio: number | null;
}

interface KernelRow {
  readonly corpus: string;
  readonly object: string;
  readonly program: string;
  readonly processedInsns: number;
  readonly timeUs: number;
  readonly kernel: string;
}

function geometricMean(list: readonly number[]): number {
  return Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
}

function askKernel(script: string, corpus: string, only: string): string {
  const args = [script, corpus, '-n', '5', ...(only === '' ? [] : ['--only', only])];
  const r = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (r.status !== 0) console.error(`this machine's kernel cannot be asked: ${r.stderr.trim().split('\n').at(-1)}`);
  return r.stdout;
}

function table(lines: readonly Line[]): string {
  const head =
    '| program | processed | kernel µs/insn | ours µs/insn | ratio | first ms | warm ms | recorded | peak MB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|';
  const rows = lines.map((l) => {
    const kernel = l.kernelUs === null ? '' : (l.kernelUs / l.kernelInsns!).toFixed(2);
    const ours = (l.warmUs / l.processedInsns).toFixed(2);
    const cells = [
      `${l.object.replace(/(\.bpf)?\.o$/, '')} ${l.program}`,
      l.processedInsns,
      kernel,
      ours,
      l.ratio?.toFixed(2) ?? '',
      (l.firstUs / 1000).toFixed(1),
      (l.warmUs / 1000).toFixed(1),
    ];
    return `| ${[...cells, `×${(l.recordUs / l.warmUs).toFixed(2)}`, l.peakMb.toFixed(0)].join(' | ')} |`;
  });
  return [head, ...rows].join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', default: '' },
      native: { type: 'string', default: '' },
      programs: { type: 'string', default: '' },
      'no-kernel': { type: 'boolean', default: false },
      'kernel-times': { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '3' },
      runs: { type: 'string', default: '200' },
      cancel: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      report: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.cancel && values.corpus !== '') {
    console.log((await cancelBench(values.corpus)).join('\n'));
    return;
  }
  if (values.compare && values.corpus !== '') {
    const script = await bundle(join(import.meta.dirname, 'bench/compare.ts'));
    process.exitCode =
      spawnSync(process.execPath, [...NODE_FLAGS, script, values.corpus], { stdio: 'inherit', env: { ...process.env, BPF_ROOT: ROOT } })
        .status ?? 1;
    return;
  }
  const list = values.programs !== '' ? values.programs : values.native === '' ? '' : join(dirname(values.native), 'native.txt');
  if (values.help || values.corpus === '' || list === '' || !existsSync(list)) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const programs = readFileSync(list, 'utf8')
    .split('\n')
    .filter((l) => l !== '' && l.includes(values.only))
    .map((l) => l.split(' ') as [string, string, string]);
  const stored = values['kernel-times'];
  const asked =
    stored !== ''
      ? readFileSync(stored, 'utf8')
      : values['no-kernel'] || values.native === ''
        ? ''
        : askKernel(values.native, values.corpus, values.only);
  const kernel = asked
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as KernelRow);
  const script = await bundle(join(import.meta.dirname, 'bench/worker.ts'));
  const lines: Line[] = [];
  for (const [set, object, program] of programs) {
    const task: BenchTask = {
      bundle: KERNEL_BUNDLE,
      file: join(values.corpus, set, 'objects', object),
      program,
      seconds: Number(values.seconds),
      runs: Number(values.runs),
    };
    const r = spawnSync(process.execPath, [...NODE_FLAGS, script, JSON.stringify(task)], { encoding: 'utf8' });
    if (r.status !== 0) {
      console.error(`${object} ${program}: ${r.stderr.trim().split('\n').slice(-3).join(' ')}`);
      continue;
    }
    const row = JSON.parse(r.stdout) as BenchRow;
    const k = kernel.find((x) => x.corpus === set && x.object === object && x.program === program);
    const ratio = k === undefined ? null : row.warmUs / row.processedInsns / (k.timeUs / k.processedInsns);
    const line: Line = { ...row, set, object, program, kernelUs: k?.timeUs ?? null, kernelInsns: k?.processedInsns ?? null, ratio };
    lines.push(line);
    process.stderr.write(
      `${lines.length}/${programs.length} ${object} ${program}: ${(row.warmUs / 1000).toFixed(1)} ms, first ${(row.firstUs / 1000).toFixed(1)} ms, ${(row.warmUs / row.processedInsns).toFixed(2)} us/insn${ratio === null ? '' : `, ratio ${ratio.toFixed(2)}`}, ${row.peakMb.toFixed(0)} MB\n`,
    );
  }
  if (lines.length === 0) throw new Error('nothing was measured');
  const ratios = lines.flatMap((l) => (l.ratio === null ? [] : [l.ratio]));
  const most = lines.reduce((a, b) => (b.peakMb > a.peakMb ? b : a));
  const worst = lines.reduce((a, b) => ((b.ratio ?? 0) > (a.ratio ?? 0) ? b : a));
  const summary = [
    `Node ${process.version} on ${cpus()[0]?.model ?? 'unknown'}; kernel ${kernel[0]?.kernel ?? 'not asked'}; ${lines.length} programs, ${new Date().toISOString().slice(0, 10)}`,
    ...(ratios.length === 0
      ? []
      : [
          `time by processed instruction against the kernel: geometric mean ${geometricMean(ratios).toFixed(2)}, worst ${worst.ratio!.toFixed(2)} (${worst.object} ${worst.program})`,
        ]),
    `recording states: geometric mean x${geometricMean(lines.map((l) => l.recordUs / l.warmUs)).toFixed(2)}; first run of a fresh process: x${geometricMean(lines.map((l) => l.firstUs / l.warmUs)).toFixed(2)}`,
    ...(ratios.length === 0
      ? []
      : [
          `first run of a fresh process against the kernel: geometric mean ${geometricMean(lines.flatMap((l) => (l.ratio === null ? [] : [(l.ratio * l.firstUs) / l.warmUs]))).toFixed(2)}`,
        ]),
    `peak memory ${most.peakMb.toFixed(0)} MB (${most.object} ${most.program}), of which ${most.baseMb.toFixed(0)} MB are there before a program is verified`,
  ];
  console.log(summary.join('\n'));
  if (values.report !== '')
    writeFileSync(
      values.report,
      values.report.endsWith('.json') ? JSON.stringify({ summary, lines }, null, 1) : `${summary.join('  \n')}\n\n${table(lines)}\n`,
    );
}

await main();
