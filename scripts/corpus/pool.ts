// SPDX-License-Identifier: GPL-2.0-only
/** Verifies a corpus in several processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, NODE_FLAGS } from './bundle';
import type { CorpusSet } from './folder';
import type { RunOptions } from './run';
import { keyOf, type Ours, type Truth } from './truth';
import type { Report, Task } from './worker';

export interface PoolOptions {
  readonly jobs: number;
  readonly run: RunOptions;
  /** Folder of the kernel's data. */
  readonly bundle: string;
  /** Another BTF for vmlinux, '' for the shipped one. */
  readonly btf: string;
  readonly progress: (done: number, of: number, at: string) => void;
}

export interface PoolResult {
  /** Our rows by set and key. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Ours>>;
  readonly seconds: number;
  /** Largest resident memory of a process, MiB. */
  readonly peakMb: number;
}

function tasksOf(set: CorpusSet, rows: readonly Truth[], run: RunOptions): Task[] {
  const byObject = new Map<string, Truth[]>();
  for (const t of rows) byObject.set(t.object, [...(byObject.get(t.object) ?? []), t]);
  return [...byObject].map(([object, truths]) => ({
    set: set.name,
    file: set.objects.get(object) ?? '',
    object,
    programs: truths.map((t) => ({ name: t.program, flags: run.unprivileged ? (t.prog_flags ?? 0) : 0 })),
    options: { ...run, logs: set.logs },
  }));
}

function nothing(object: string, program: string, verdict: string, reason: string): Ours {
  const counters = { processedInsns: 0, totalStates: 0, peakStates: 0, maxStatesPerInsn: 0 };
  return {
    object,
    program,
    verdict,
    errno: 0,
    message: verdict === 'error' ? reason : '',
    insn: null,
    ...counters,
    reason,
    timeUs: 0,
    logDiff: null,
  };
}

/** Bytes of a file, 0 if there is none. */
function sizeOf(file: string): number {
  return file === '' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}

/** Runs the given rows of each set. A process that dies or says nothing for too long is replaced; its program is `unknown`. */
export async function runPool(
  sets: readonly { readonly set: CorpusSet; readonly rows: readonly Truth[] }[],
  options: PoolOptions,
): Promise<PoolResult> {
  const script = await bundle(join(import.meta.dirname, 'worker.ts'));
  const queue = sets.flatMap(({ set, rows }) => tasksOf(set, rows, options.run)).sort((a, b) => sizeOf(b.file) - sizeOf(a.file));
  const of = sets.reduce((n, s) => n + s.rows.length, 0);
  const results = new Map<string, Map<string, Ours>>(sets.map(({ set }) => [set.name, new Map()]));
  const started = performance.now();
  let done = 0;
  let peakMb = 0;
  const put = (task: Task, row: Ours): void => {
    results.get(task.set)!.set(keyOf(row), row);
    options.progress(++done, of, `${task.object} ${row.program}`);
  };

  const lane = (): Promise<void> =>
    new Promise((resolve) => {
      let child: ChildProcess;
      let task: Task | null = null;
      let answered = 0;
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.kill('SIGKILL');
      };
      const watch = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => replace('no answer in time'), options.run.timeoutS * 10_000 + 20_000);
      };
      const next = (): void => {
        task = queue.shift() ?? null;
        answered = 0;
        if (task === null) {
          stop();
          resolve();
          return;
        }
        watch();
        child.send(task);
      };
      const replace = (reason: string): void => {
        stop();
        if (task !== null) {
          const lost = task.programs[answered];
          if (lost !== undefined) put(task, nothing(task.object, lost.name, 'unknown', reason));
          const rest = task.programs.slice(answered + 1);
          if (rest.length > 0) queue.unshift({ ...task, programs: rest });
        }
        start();
      };
      const hear = (report: Report): void => {
        watch();
        if (report.kind === 'row') {
          answered++;
          put(task!, report.row);
        } else if (report.kind === 'refused') {
          const current = task!;
          for (const { name } of current.programs.slice(answered)) put(current, nothing(current.object, name, 'error', report.message));
        } else {
          if (report.kind === 'done') peakMb = Math.max(peakMb, report.peakMb);
          next();
        }
      };
      const start = (): void => {
        task = null;
        child = fork(script, [], {
          env: { ...process.env, BPF_KERNEL_BUNDLE: options.bundle, BPF_KERNEL_BTF: options.btf },
          execArgv: NODE_FLAGS,
        });
        watch();
        child.on('message', hear);
        child.on('exit', () => replace('the process died'));
      };
      start();
    });
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.jobs, queue.length)) }, lane));
  return { rows: results, seconds: (performance.now() - started) / 1000, peakMb };
}
