// SPDX-License-Identifier: GPL-2.0-only
/** Time per processed instruction beside this machine's kernel: every program in turn by the kernel and by each side, again in every round. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MOST_PROCESSES } from '../../src/analysis/own-code-cache';
import { Figure, geometricMean } from './figure';
import type { BurstRow } from './burst';
import type { Job } from './jobs';
import { BurstProcess, type Side, timedAlone, timed } from './runtime';

/** A program of the corpus: set, object, name. */
export type Listed = readonly [set: string, object: string, program: string];

/** What the script that asks the kernel prints for a program. */
export interface KernelRow {
  readonly corpus: string;
  readonly object: string;
  readonly program: string;
  readonly processedInsns: number;
  readonly timeUs: number;
  readonly kernel: string;
}

/** Asks this machine's kernel about programs whose line contains `only`: that of exactly one program, or '' for all. */
export function askKernel(script: string, corpus: string, only: string): KernelRow[] {
  const [command, args] = timed(process.execPath, [script, corpus, '-n', '3', ...(only === '' ? [] : ['--only', only])]);
  const r = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (r.status !== 0) throw new Error(`this machine's kernel cannot be asked: ${r.stderr.trim().split('\n').at(-1)}`);
  return r.stdout
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as KernelRow);
}

/** One program under one side: µs a processed instruction, round by round. */
export interface SideTimes {
  readonly main: Figure;
  readonly all: Figure;
  readonly row: BurstRow;
}

export interface ProgramTimes {
  readonly listed: Listed;
  /** The kernel's µs a processed instruction; null when it was not asked. */
  readonly kernel: Figure | null;
  readonly sides: readonly SideTimes[];
}

export interface WarmOptions {
  readonly corpus: string;
  /** Script that asks the kernel, '' for none. */
  readonly native: string;
  /** What that script printed at a quiet time; asked now where there is nothing. */
  readonly recorded: readonly KernelRow[];
  readonly rounds: number;
  readonly seconds: number;
  /** Every burst in a process of its own, whose first run counts. */
  readonly fresh: boolean;
}

/** Throws where sides differ in what they find. */
function mustAgree(listed: Listed, rows: readonly BurstRow[]): void {
  const said = new Set(rows.map((r) => `${r.verdict} ${r.processed} ${r.states}`));
  if (said.size > 1) throw new Error(`${listed.join(' ')}: results differ: ${[...said].join(' / ')}`);
}

const jobOf = ([set, object, program]: Listed, corpus: string): Job => ({
  kind: 'verify',
  file: join(corpus, set, 'objects', object),
  program,
  record: false,
});

/** A burst that is one run. */
const ONCE = { seconds: 0, runs: 1 };

/** The first starts keep what V8 compiled for the later ones, as those of the command line do (`src/analysis/own-code-cache.ts`). */
async function keepCode(side: Side, programs: readonly Listed[], corpus: string): Promise<void> {
  for (let start = 0; start < MOST_PROCESSES; start++) {
    await timedAlone(side, { job: jobOf(programs[start % programs.length]!, corpus), ...ONCE }, 'kept');
  }
}

/** Measures all programs; tells of each when it is through with a round. */
export async function warm(
  programs: readonly Listed[],
  sides: readonly Side[],
  options: WarmOptions,
  told: (text: string) => void,
): Promise<ProgramTimes[]> {
  const { corpus, native, recorded, rounds, seconds, fresh } = options;
  const running = fresh ? [] : sides.map((side) => new BurstProcess(side));
  if (fresh) for (const side of sides) await keepCode(side, programs, corpus);
  const kernel = programs.map((): number[] => []);
  const rows = programs.map(() => sides.map((): BurstRow[] => []));
  // the first round of a process that stays only warms it up
  for (let round = fresh ? 0 : -1; round < rounds; round++) {
    for (const [p, listed] of programs.entries()) {
      const [set, object, program] = listed;
      const counts = round >= 0;
      const isIt = (k: KernelRow): boolean => k.corpus === set && k.object === object && k.program === program;
      const known = recorded.length > 0 ? recorded : native === '' || !counts ? [] : askKernel(native, corpus, listed.join(' '));
      const asked = counts ? known.find(isIt) : undefined;
      if (asked !== undefined) kernel[p]!.push(asked.timeUs / asked.processedInsns);
      const job = jobOf(listed, corpus);
      const task = fresh ? { job, ...ONCE } : { job, seconds, runs: 4 };
      // who begins changes from round to round
      for (let k = 0; k < sides.length; k++) {
        const s = (k + Math.max(0, round)) % sides.length;
        const row = fresh ? await timedAlone(sides[s]!, task, 'kept') : await running[s]!.time(task);
        if (counts) rows[p]![s]!.push(row);
      }
      mustAgree(listed, rows[p]!.flat());
    }
    told(`round ${Math.max(0, round + 1)} of ${rounds}${fresh ? ', fresh processes' : ''}`);
  }
  for (const process of running) await process.end();
  return programs.map((listed, p) => ({
    listed,
    kernel: kernel[p]!.length === 0 ? null : new Figure(kernel[p]!),
    sides: rows[p]!.map((list) => ({
      main: new Figure(list.map((r) => (fresh ? r.first : r).main / r.processed)),
      all: new Figure(list.map((r) => (fresh ? r.first : r).all / r.processed)),
      row: list.at(-1)!,
    })),
  }));
}

/** Geometric mean over the programs of our time over the kernel's, once a round and each time against the kernel's best. */
export function overKernel(times: readonly ProgramTimes[], side: number, what: 'main' | 'all'): Figure | null {
  const asked = times.filter((t) => t.kernel !== null);
  if (asked.length === 0) return null;
  const rounds = asked[0]!.sides[side]![what].rounds;
  return new Figure(rounds.map((_, r) => geometricMean(asked.map((t) => t.sides[side]![what].rounds[r]! / t.kernel!.best))));
}

/** One side's time over another's best, geometric mean, once a round. */
export function overSide(times: readonly ProgramTimes[], side: number, base: number, what: 'main' | 'all'): Figure {
  const rounds = times[0]!.sides[side]![what].rounds;
  return new Figure(rounds.map((_, r) => geometricMean(times.map((t) => t.sides[side]![what].rounds[r]! / t.sides[base]![what].best))));
}

/** The least favourable programs first: our best over the kernel's best. */
export function worst(times: readonly ProgramTimes[], side: number): { readonly listed: Listed; readonly ratio: number }[] {
  return times
    .flatMap((t) => (t.kernel === null ? [] : [{ listed: t.listed, ratio: t.sides[side]!.main.best / t.kernel.best }]))
    .sort((a, b) => b.ratio - a.ratio);
}
