// SPDX-License-Identifier: GPL-2.0-only
/** How fast we are, in CPU time and beside this machine's kernel. `npm run bench -- --help` says how. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { misused, scriptArgs } from './options';
import { cancelBench } from './bench/cancel';
import { cold, SMALL_OBJECT } from './bench/cold';
import { Figure, Ratio } from './bench/figure';
import type { Job } from './bench/jobs';
import { kernelRows } from './bench/kernels';
import { SHAPES } from './bench/made';
import type { EditorMemory } from './bench/memory';
import { checkPeakMb } from './bench/peak';
import { conditions, markdown, type Measured, type Row, writePage } from './bench/report';
import { BurstProcess, type Side, sides as sidesOf, startThrough, timedAlone } from './bench/runtime';
import {
  askKernel,
  type KernelRow,
  type Listed,
  overKernel,
  overSide,
  type ProgramTimes,
  warm,
  type WarmOptions,
  worst,
} from './bench/warm';
import { bundle, KERNEL_BUNDLE, ROOT, temporaryFolder } from './corpus/bundle';

const PARTS = ['warm', 'fresh', 'cold', 'save', 'record', 'compare', 'kernels', 'growth', 'memory', 'cancel'] as const;
type Part = (typeof PARTS)[number];

const HELP = {
  usage: ['npm run bench -- --corpus DIR [--native SCRIPT] [options] [PART...]', 'npm run bench -- --explorer [OBJECT[:PROGRAM]]'],
  about: `Parts (all but memory and cancel if none is named):
  warm     time per processed instruction in a process that has run for a while, beside the kernel
  fresh    the same for the first run of a fresh process
  cold     the built command line on a small object, beyond a Node that does nothing (needs npm run build)
  save     what opening a file costs beyond clang, and saving it with one of its programs edited
  record   verifying with states recorded for the views, over verifying without
  compare  comparing two policies, in runs of one
  kernels  verifying as all kernels, in runs of one (needs npm run build)
  growth   how time grows with the length of made programs
  memory   peak memory of the largest program; of the editor's worker and the command line after the whole corpus (needs npm run build)
  cancel   how soon a cancelled analysis stops

With --explorer instead the explorer's page with a large program (pyperf600 of the corpus if none is named), in Chromium: CPU
to the first picture, frames while it moves, changes of level, memory.

SCRIPT times this machine's kernel: run as SCRIPT DIR -n RUNS --only TEXT it prints one JSON object a program (corpus, object, program,
processedInsns, timeUs, kernel). The programs stand in native.txt beside it, or in a file: lines "SET OBJECT PROGRAM".

What counts is CPU time of the verifying thread. Everything that is compared runs by turns, in bursts of a fraction of a second; a figure is the
best of the rounds, and refused where the middle round is far above it.`,
  positionals: [0, Infinity],
} as const;

const OPTIONS = {
  corpus: { type: 'string', value: 'DIR', default: '', help: 'sets of objects' },
  native: { type: 'string', value: 'SCRIPT', default: '', help: "times this machine's kernel" },
  'kernel-times': {
    type: 'string',
    value: 'FILE',
    default: '',
    help: "the kernel's times as SCRIPT printed them at a quiet time: they are by the clock, so that nothing is asked on a busy machine",
  },
  programs: { type: 'string', value: 'FILE', default: '', help: 'other programs than those of native.txt' },
  node: {
    type: 'string',
    value: 'LIST',
    default: 'this,24',
    help: 'Node versions (of the package "node") or paths, separated by commas; "this" is the one that runs (default this,24)',
  },
  against: { type: 'string', value: 'DIR', default: '', help: "also another checkout's sources" },
  only: { type: 'string', value: 'TEXT', default: '', help: 'only programs whose line contains TEXT' },
  rounds: { type: 'string', value: 'N', default: '5', help: 'rounds (default 5)' },
  through: {
    type: 'string',
    value: 'CMD',
    default: '',
    help: 'starts what is timed through a command: "nice -n -5", or "chrt -f 1" on a machine that nobody else needs meanwhile',
  },
  seconds: { type: 'string', value: 'S', default: '0.2', help: 'CPU seconds of a burst (default 0.2)' },
  details: { type: 'boolean', default: false, help: 'also every program' },
  write: { type: 'boolean', default: false, help: 'write the figures into docs/performance.md' },
  explorer: { type: 'boolean', default: false, help: "the explorer's page with a large program" },
} as const;

const KSNOOP = 'debian/objects/libbpf-tools_0.37.0_ds-8__ksnoop-libbpf__0.o';
const PROFILER = 'selftests/objects/profiler2.bpf.o';
const LARGEST: Listed = ['selftests', 'verifier_call_large_imm.bpf.o', 'call_large_imm_test'];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function programsOf(file: string, only: string): Listed[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((l) => l !== '' && l.includes(only))
    .map((l) => l.split(' ') as unknown as Listed);
}

/** Figures of a list of programs by side; the other sides beside the first. */
function listRows(what: string, times: readonly ProgramTimes[], sides: readonly Side[]): Row[] {
  return sides.flatMap((side, s): Row[] => {
    const ratio = overKernel(times, s, 'main');
    const [least] = worst(times, s);
    return [
      ...(ratio === null || least === undefined
        ? []
        : ([
            [`${what}, over the kernel: geometric mean of ${times.length} programs`, side.name, ratio.text(2)],
            [`${what}: the same with all threads`, side.name, overKernel(times, s, 'all')!.text(2)],
            [`${what}: least favourable`, side.name, `${least.ratio.toFixed(2)} (${least.listed[2]} of ${least.listed[1]})`],
          ] satisfies Row[])),
      ...(s === 0 ? [] : ([[`${what}, over ${sides[0]!.name}`, side.name, overSide(times, s, 0, 'main').text(3)]] satisfies Row[])),
    ];
  });
}

function details(times: readonly ProgramTimes[], sides: readonly Side[]): string {
  const lines = times.map((t) =>
    [
      t.kernel === null ? '' : t.kernel.best.toFixed(3),
      ...sides.map((_, s) => {
        const { main, all } = t.sides[s]!;
        const ratio = t.kernel === null ? '' : ` x${(main.best / t.kernel.best).toFixed(2)}`;
        return `${main.best.toFixed(3)} (+${(main.spread * 100).toFixed(0)} %) ${all.best.toFixed(3)}${ratio}`;
      }),
      t.sides[0]!.row.processed,
      t.listed.join(' '),
    ].join('\t'),
  );
  return ['kernel µs/insn\tours, all threads, over the kernel\tinsns\tprogram', ...lines].join('\n');
}

/** Times of one job: µs of CPU, round by round. */
interface Rounds {
  readonly us: number[];
  processed: number;
}

/** Ratios of jobs to the first of them, round by round: they run by turns within each burst. */
async function ratios(side: Side, jobs: readonly Job[], options: WarmOptions, what: 'main' | 'all'): Promise<number[][]> {
  const child = new BurstProcess(side);
  const lists = jobs.map((): number[] => []);
  for (let round = -1; round < options.rounds; round++) {
    const rows = await child.byTurns({ jobs, seconds: options.seconds * 4, runs: 8 });
    if (round >= 0) for (const [j, row] of rows.entries()) lists[j]!.push(row.overFirst[what]);
  }
  await child.end();
  return lists.slice(1);
}

/** Times jobs in bursts of their own, by turns in one process of a side: a list of rounds for each job. */
async function byTurns(side: Side, jobs: readonly Job[], options: WarmOptions, what: 'main' | 'all'): Promise<Rounds[]> {
  const child = new BurstProcess(side);
  const lists = jobs.map((): Rounds => ({ us: [], processed: 0 }));
  const burst = { seconds: options.seconds * 2, runs: 4 };
  // a round before the first one counts: what V8 compiles for one job serves the others
  for (let round = -1; round < options.rounds; round++) {
    for (const [j, job] of jobs.entries()) {
      const row = await child.time({ job, ...burst });
      if (round < 0) continue;
      lists[j]!.us.push(row[what]);
      lists[j]!.processed = row.processed;
    }
  }
  await child.end();
  return lists;
}

async function growthRows(sides: readonly Side[], options: WarmOptions): Promise<Row[]> {
  const lengths = [100, 4_000, 40_000];
  const rows: Row[] = [];
  for (const side of sides) {
    for (const shape of SHAPES) {
      const jobs = lengths.map((count): Job => ({ kind: 'made', base: SMALL_OBJECT, shape, count }));
      const [short, middle, long] = await byTurns(side, jobs, options, 'all');
      const exponent = middle!.us.map((us, r) => Math.log(long!.us[r]! / us) / Math.log(long!.processed / middle!.processed));
      const ns = (x: typeof short): string => ((Math.min(...x!.us) / x!.processed) * 1000).toFixed(0);
      rows.push([
        `growth of ${shape}, 4,000 to 40,000 instructions: exponent`,
        side.name,
        `${new Figure(exponent).text(2)}; ${ns(short)}, ${ns(middle)}, ${ns(long)} ns an instruction of 100, 4,000, 40,000`,
      ]);
      say(`growth of ${shape}: done`);
    }
  }
  return rows;
}

async function memoryRows(side: Side, corpus: string): Promise<Row[]> {
  const [set, object, program] = LARGEST;
  const job: Job = { kind: 'verify', file: join(corpus, set, 'objects', object), program, record: false };
  const row = await timedAlone(side, { job, seconds: 0, runs: 1 });
  const script = await bundle(join(import.meta.dirname, 'bench/memory.ts'));
  const sets = ['selftests', 'debian'];
  const worker = join(ROOT, 'dist/worker.cjs');
  const said = execFileSync(side.node, [script, KERNEL_BUNDLE, worker, temporaryFolder(), corpus, ...sets], { encoding: 'utf8' });
  const editor = JSON.parse(said) as EditorMemory;
  const objects = sets.flatMap((set) => {
    const folder = join(corpus, set, 'objects');
    return readdirSync(folder).map((file) => join(folder, file));
  });
  return [
    ['peak memory of the largest program', side.name, `${row.peakMb.toFixed(0)} MB (${program}), ${row.baseMb.toFixed(0)} MB before it`],
    [
      `memory of a process with the editor's worker after all ${editor.programs} programs of the corpora`,
      side.name,
      `${editor.atRestMb} MB at rest, ${editor.atEndMb} MB before, at its peak ${editor.peakMb} MB; without worker ${editor.baseMb} MB`,
    ],
    ['peak memory of `check --jobs 1` on all objects of the corpora', side.name, `${checkPeakMb(side.node, objects).toFixed(0)} MB`],
  ];
}

async function otherRows(part: Part, sides: readonly Side[], options: WarmOptions, listed: readonly Listed[]): Promise<Row[]> {
  const { corpus } = options;
  const at = (file: string): string => join(corpus, file);
  const rows: Row[] = [];
  switch (part) {
    case 'cold':
      for (const side of sides) {
        const c = cold(side.node, options.rounds * 3);
        rows.push([
          'cold `check` of a small object, above bare Node',
          side.name,
          `${c.above.text(0, ' ms')} of CPU; bare Node ${c.bare.best.toFixed(0)}, by the clock ${c.wall.best.toFixed(0)} ms`,
        ]);
      }
      break;
    case 'save':
      for (const side of sides) {
        const jobs = (['open', 'save'] as const).flatMap((kind) => [KSNOOP, PROFILER].map((file): Job => ({ kind, file: at(file) })));
        const lists = await byTurns(side, jobs, options, 'main');
        for (const [j, what] of ['opening', 'saving after an edit of its dearest program']
          .flatMap((doing) => [`ksnoop, ${doing}`, `profiler2, ${doing}`])
          .entries())
          rows.push([`Problems beyond clang: ${what}`, side.name, new Figure(lists[j]!.us.map((x) => x / 1000)).text(0, ' ms')]);
      }
      break;
    case 'compare':
      for (const side of sides) {
        const jobs = ([null, 'agrees', 'differs'] as const).map((other): Job => ({
          kind: 'compare',
          file: at(KSNOOP),
          program: 'kprobe_entry',
          with: other,
        }));
        const [agreeing, differing] = await ratios(side, jobs, options, 'main');
        rows.push(['comparing two policies that agree, in runs of one', side.name, new Ratio(agreeing!).text(2)]);
        rows.push(['comparing two policies that answer differently', side.name, new Ratio(differing!).text(2)]);
      }
      break;
    case 'kernels':
      for (const side of sides) rows.push(...(await kernelRows(side, options)));
      break;
    case 'record':
      for (const side of sides) {
        const some = listed.filter((_, i) => i % 5 === 0);
        const means: number[][] = [];
        for (const [set, object, program] of some) {
          const file = at(join(set, 'objects', object));
          const jobs = [false, true].map((record): Job => ({ kind: 'verify', file, program, record }));
          means.push(...(await ratios(side, jobs, options, 'all')));
        }
        const mean = means[0]!.map((_, r) => Math.exp(means.reduce((sum, m) => sum + Math.log(m[r]!), 0) / means.length));
        rows.push([`recording for views, all threads, ${some.length} programs`, side.name, new Ratio(mean).text(2)]);
      }
      break;
    case 'growth':
      return growthRows(sides, options);
    case 'memory':
      return memoryRows(sides[0]!, corpus);
    case 'cancel':
      return (await cancelBench(corpus)).map((line): Row => ['cancelling', sides[0]!.name, line]);
    default:
      break;
  }
  return rows;
}

/** Measures the page with one program: a file, or the largest of the corpus. */
async function explorer(corpus: string, asked: string | undefined): Promise<void> {
  const { explorerBench } = await import('./bench/explorer');
  const [file = '', program = ''] = asked?.split(':') ?? [join(corpus, 'selftests/objects/pyperf600.bpf.o')];
  if (!existsSync(file)) throw new Error(`${file} is not there: name an object, or a corpus with --corpus`);
  console.log((await explorerBench(file, program)).join('\n'));
}

async function main(): Promise<void> {
  const { values, positionals } = scriptArgs(HELP, OPTIONS);
  if (values.explorer) {
    await explorer(values.corpus, positionals[0]);
    return;
  }
  const list = values.programs !== '' ? values.programs : values.native === '' ? '' : join(dirname(values.native), 'native.txt');
  const parts = (positionals.length > 0 ? positionals : PARTS.filter((p) => p !== 'memory' && p !== 'cancel')) as Part[];
  const listed = existsSync(list) ? programsOf(list, values.only) : [];
  const unknown = parts.find((p) => !PARTS.includes(p));
  if (unknown !== undefined) misused(`no part ${unknown}`, HELP, OPTIONS);
  if (values.corpus === '') misused('--corpus is missing', HELP, OPTIONS);
  if (listed.length === 0 && parts.some((p) => p === 'warm' || p === 'fresh' || p === 'record'))
    misused('no programs are listed: --native or --programs is missing', HELP, OPTIONS);
  startThrough(values.through);
  const sides = await sidesOf(values.node.split(','), values.against);
  const { corpus } = values;
  const recorded = existsSync(values['kernel-times'])
    ? readFileSync(values['kernel-times'], 'utf8')
        .split('\n')
        .filter((l) => l !== '')
        .map((l) => JSON.parse(l) as KernelRow)
    : [];
  // the kernel says its time by the clock: what runs beside it counts as its own
  const isBusy = loadavg()[0]! > cpus().length;
  const native = isBusy ? '' : values.native;
  if (isBusy && recorded.length === 0) say('the machine is busy: this kernel is not asked, its times would mean nothing (--kernel-times)');
  const options: WarmOptions = { corpus, native, recorded, rounds: Number(values.rounds), seconds: Number(values.seconds), fresh: false };
  const measured: Record<string, Measured> = {};
  for (const part of parts) {
    say(part);
    let rows: Row[];
    let kernel = '';
    if (part === 'warm' || part === 'fresh') {
      const times = await warm(listed, sides, { ...options, fresh: part === 'fresh' }, say);
      rows = listRows(part === 'fresh' ? 'first run of a fresh process' : 'warm', times, sides);
      if (values.details) console.log(details(times, sides));
      kernel =
        recorded[0] !== undefined
          ? `${recorded[0].kernel}, asked at a quiet time: ours, if the machine was busy, are upper bounds`
          : native === ''
            ? ''
            : (askKernel(native, corpus, listed[0]!.join(' '))[0]?.kernel ?? '');
    } else {
      rows = await otherRows(part, sides, options, listed);
    }
    measured[part] = { conditions: conditions(kernel, options.rounds), rows };
    console.log(`${markdown(measured[part])}\n`);
    // what comes next may take long, or fail
    if (values.write) writePage(measured);
  }
}

await main();
