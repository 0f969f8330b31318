// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whole logs of programs of `examples/`, against files. `UPDATE_GOLDEN=1 npx vitest run test/unit/log` writes them anew; the
 * difference is then for the reviewer to look at.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedKernel } from '../../../src/analysis/kernel';
import { loadObject } from '../../../src/object/load';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';
import { kernelOf } from '../../support/kernel';

const ROOT = join(import.meta.dirname, '../../..');
const GOLDEN = join(import.meta.dirname, 'golden');
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

/** Object, program, log level. */
const LOGS: readonly (readonly [string, string, number])[] = [
  ['contexts', 'vma_copy', 6],
  ['contexts', 'locked_count', 2],
  ['contexts', 'rcu_copy', 6],
  ['contexts', 'irq_copy', 1],
  ['contexts', 'task_leak', 1],
  ['contexts', 'locked_call', 1],
  ['contexts', 'preempt_copy', 4],
  ['vma_nosleep', 'nosleep_iter_double_release', 1],
];

let kernel: LoadedKernel;
beforeAll(() => {
  kernel = kernelOf();
});

/** The log, with the time that it took taken out. */
function logOf(object: string, program: string, logLevel: number): string {
  const file = `${object}.bpf.o`;
  const loaded = loadObject(readFileSync(join(ROOT, 'examples', file)), file, kernel.object);
  const prog = loaded.programs.find((p) => p.name === program)!;
  const { log } = verify(prog, kernel.profile, DEFAULT_POLICY, { logLevel, unprivileged: false, flags: 0, recorder: null, tick: null });
  return log.replace(/^verification time \d+ usec$/m, 'verification time N usec');
}

describe('log', () => {
  it.each(LOGS)('of %s %s at level %i is as recorded', (object, program, level) => {
    const log = logOf(object, program, level);
    const file = join(GOLDEN, `${object}.${program}.${level}.log`);
    if (UPDATE) {
      mkdirSync(GOLDEN, { recursive: true });
      writeFileSync(file, log);
    }
    expect(log).toBe(readFileSync(file, 'utf8'));
  });
});
