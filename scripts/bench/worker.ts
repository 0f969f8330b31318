// SPDX-License-Identifier: GPL-2.0-only
/** Times one program in a process of its own; started by `scripts/bench.ts` with a {@link BenchTask} as JSON argument. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { loadKernel } from '../../src/analysis/kernel';
import { StateRecorder } from '../../src/graph/record';
import { loadObject } from '../../src/object/load';
import { DEFAULT_POLICY } from '../../src/policy';
import { verify, type VerifyResult } from '../../src/verifier/check';

export interface BenchTask {
  readonly bundle: string;
  readonly file: string;
  readonly program: string;
  /** Seconds for warm runs of each kind. */
  readonly seconds: number;
  readonly runs: number;
}

export interface BenchRow {
  readonly verdict: string;
  readonly processedInsns: number;
  readonly totalStates: number;
  /** Microseconds of the first run of a fresh process, compilation by the JIT included. */
  readonly firstUs: number;
  /** Median of warm runs, wall clock. */
  readonly warmUs: number;
  readonly minUs: number;
  /** CPU of the process (collector's threads included) by warm run, median. */
  readonly cpuUs: number;
  /** Median with every state recorded for the views. */
  readonly recordUs: number;
  readonly runs: number;
  /** Resident memory at its peak after the runs without recording, MiB, and what of it the kernel's types take. */
  readonly peakMb: number;
  readonly baseMb: number;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

const task = JSON.parse(process.argv[2]!) as BenchTask;
const kernel = loadKernel({ bundle: task.bundle, btf: '' });
const program = loadObject(readFileSync(task.file), basename(task.file), kernel.object).programs.find((p) => p.name === task.program)!;
const policy = DEFAULT_POLICY;
const peak = (): number => process.resourceUsage().maxRSS / 1024;
const baseMb = peak();

function once(record: boolean): { result: VerifyResult; wall: number; cpu: number } {
  const recorder = record ? new StateRecorder() : null;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = verify(program, kernel.profile, policy, { logLevel: 0, unprivileged: false, flags: 0, recorder, tick: null });
  const wall = (performance.now() - start) * 1000;
  const used = process.cpuUsage(cpu);
  return { result, wall, cpu: used.user + used.system };
}

/** Runs until the time is up or there are enough; the first half warms up when there are many. */
function series(record: boolean): { wall: number[]; cpu: number[] } {
  const wall: number[] = [];
  const cpu: number[] = [];
  const end = performance.now() + task.seconds * 1000;
  while (wall.length < 3 || (wall.length < task.runs && performance.now() < end)) {
    const r = once(record);
    wall.push(r.wall);
    cpu.push(r.cpu);
  }
  const from = wall.length >> 1;
  return wall.length < 6 ? { wall, cpu } : { wall: wall.slice(from), cpu: cpu.slice(from) };
}

const first = once(false);
const plain = series(false);
const peakMb = peak();
const recorded = series(true);
const row: BenchRow = {
  verdict: first.result.verdict,
  processedInsns: first.result.processedInsns,
  totalStates: first.result.totalStates,
  firstUs: Math.round(first.wall),
  warmUs: Math.round(median(plain.wall)),
  minUs: Math.round(Math.min(...plain.wall)),
  cpuUs: Math.round(median(plain.cpu)),
  recordUs: Math.round(median(recorded.wall)),
  runs: plain.wall.length,
  peakMb,
  baseMb,
};
process.stdout.write(JSON.stringify(row));
