// SPDX-License-Identifier: GPL-2.0-only
/** What the built command line costs from nothing: CPU of the whole process for a small object, beside a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../corpus/bundle';
import { atExit } from './at-exit';
import { Figure } from './figure';
import { timed } from './runtime';

/** A small object of two programs. */
export const SMALL_OBJECT = join(ROOT, 'examples/socket.bpf.o');

/** Starts that add to what is kept of the code (`src/analysis/own-code-cache.ts`), and how long its files count as new (`src/analysis/sound.ts`). */
const KEEPING = 3;
const SETTLING_MS = 2500;

export interface Cold {
  /** Milliseconds of CPU, all threads. */
  readonly bare: Figure;
  readonly check: Figure;
  /** What `check` takes beyond bare Node. */
  readonly above: Figure;
  /** Milliseconds by the clock. */
  readonly wall: Figure;
}

/** Needs `npm run build`. */
export function cold(node: string, rounds: number): Cold {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-context-'));
  try {
    const cpu = atExit(dir, '(({ user, system }) => user + system)(process.cpuUsage())');
    const empty = join(dir, 'empty.cjs');
    writeFileSync(empty, '');
    const run = (args: readonly string[]): { cpu: number; wall: number } => {
      const [command, full] = timed(node, [...cpu.args, ...args]);
      const begun = performance.now();
      const r = spawnSync(command, full, { encoding: 'utf8' });
      const wall = performance.now() - begun;
      // a rejection is an answer too
      if (r.status !== 0 && r.status !== 1) throw new Error(`${args.join(' ')}: status ${r.status}: ${r.stderr}`);
      return { cpu: cpu.read() / 1000, wall };
    };
    const command = [join(ROOT, 'dist/cli.cjs'), 'check', SMALL_OBJECT];
    // the first starts keep what the later ones are spared; files that were written a moment ago are gone through once more
    for (let i = 0; i < KEEPING; i++) run(command);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLING_MS);
    run(command);
    const bare: number[] = [];
    const check: number[] = [];
    const wall: number[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(run([empty]).cpu);
      const r = run(command);
      check.push(r.cpu);
      wall.push(r.wall);
    }
    const least = Math.min(...bare);
    return { bare: new Figure(bare), check: new Figure(check), above: new Figure(check.map((c) => c - least)), wall: new Figure(wall) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
