// SPDX-License-Identifier: GPL-2.0-only
/**
 * A process that times jobs in short bursts: one line of JSON in, one out. Started by `runtime.ts`, which bundles it with the sources to measure.
 * What counts is CPU time: of this thread alone, and of the process with the collector's and compiler's threads.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { quantile } from './figure';
import { type Job, Jobs, type Outcome } from './jobs';

/** A burst: what is timed, for how many CPU seconds (of each) and runs at least. Several jobs run by turns, each once a turn. */
export interface BurstTask {
  readonly jobs: readonly Job[];
  readonly seconds: number;
  readonly runs: number;
}

/** What a burst came to; times in µs of CPU. */
export interface BurstRow extends Outcome {
  /** Of the verifying thread: the run that is a third up in the second half of the runs. */
  readonly main: number;
  /** The same for all threads. */
  readonly all: number;
  /** Over the first job of the burst: the middle of the turns in the second half, whose runs stand beside each other. */
  readonly overFirst: { readonly main: number; readonly all: number };
  /** The first run. */
  readonly first: { readonly main: number; readonly all: number };
  readonly runs: number;
  /** Resident memory at its peak so far, and before the first job, MiB. */
  readonly peakMb: number;
  readonly baseMb: number;
}

/**
 * CPU time of this thread, µs; what the kernel's scheduler says, in nanoseconds. The scheduler notes it at its ticks, and when somebody
 * asks for the time of the whole process (`kernel/sched/cputime.c: thread_group_cputime`): to be asked after {@link processCpu}.
 */
const threadCpu = (): number => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1000;
const processCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const peak = (): number => process.resourceUsage().maxRSS / 1024;

const jobs = new Jobs(process.argv[2]!);
const baseMb = peak();

/** One job of a burst, run by run. */
class Timed {
  readonly main: number[] = [];
  readonly all: number[] = [];
  private outcome: Outcome | null = null;

  constructor(private readonly once: () => Outcome) {}

  run(): void {
    const whole = processCpu();
    const thread = threadCpu();
    this.outcome = this.once();
    this.all.push(processCpu() - whole);
    this.main.push(threadCpu() - thread);
  }

  row(base: Timed): BurstRow {
    const settled = (list: readonly number[]): number => quantile(list.slice(list.length >> 1), 0.3);
    const { main, all } = this;
    const over = (list: readonly number[], first: readonly number[]): number => {
      const ratios = list.map((us, turn) => us / first[turn]!);
      return quantile(ratios.slice(ratios.length >> 1), 0.5);
    };
    const overFirst = { main: over(main, base.main), all: over(all, base.all) };
    return {
      ...this.outcome!,
      main: settled(main),
      all: settled(all),
      overFirst,
      first: { main: main[0]!, all: all[0]! },
      runs: main.length,
      peakMb: peak(),
      baseMb,
    };
  }
}

function burst({ jobs: asked, seconds, runs }: BurstTask): BurstRow[] {
  const list = asked.map((job) => new Timed(jobs.prepare(job)));
  const begun = threadCpu();
  for (let turn = 0; turn < runs || threadCpu() - begun < seconds * 1e6 * list.length; turn++) for (const timed of list) timed.run();
  return list.map((timed) => timed.row(list[0]!));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(burst(JSON.parse(line) as BurstTask))}\n`);
});
