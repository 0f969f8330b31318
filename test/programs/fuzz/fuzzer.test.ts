// SPDX-License-Identifier: GPL-2.0-only
/** The fuzzer finds a bug that is there, and makes it small. The healthy verifier plays the kernel's part. */
import { beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../../../scripts/fuzz/assemble';
import { compare, type Disagreement } from '../../../scripts/fuzz/compare';
import { generate } from '../../../scripts/fuzz/generate';
import { ourAnswer } from '../../../scripts/fuzz/ours';
import { type FuzzProgram, sizeOf } from '../../../scripts/fuzz/program';
import { reduceAll } from '../../../scripts/fuzz/reduce';
import type { LoadedKernel } from '../../../src/analysis/kernel';
import { getPolicy } from '../../../src/policy';
import { Op, type Policy } from '../../../src/policy/types';
import { breathe } from '../../support/breathe';
import { kernelOf } from '../../support/kernel';

const LIMIT = 5000;

describe('differential fuzzer', () => {
  let kernel: LoadedKernel;
  beforeAll(() => {
    kernel = kernelOf();
  });
  const answer = (p: FuzzProgram, policy?: Policy): ReturnType<typeof ourAnswer> =>
    ourAnswer(assemble(p, kernel.profile), p.name, kernel, { limit: LIMIT, logs: false, ...(policy === undefined ? {} : { policy }) });

  it('makes the same program of the same seed', () => {
    expect(generate(7, kernel.profile)).toEqual(generate(7, kernel.profile));
    expect(assemble(generate(7, kernel.profile), kernel.profile)).toEqual(assemble(generate(7, kernel.profile), kernel.profile));
  });

  it('makes programs that are accepted and programs that are rejected, and objects that load, nearly all', () => {
    const verdicts = Array.from({ length: 60 }, (_, i) => answer(generate(500 + i, kernel.profile))?.verdict);
    expect(verdicts.filter((v) => v === 'accept').length).toBeGreaterThan(10);
    expect(verdicts.filter((v) => v === 'reject').length).toBeGreaterThan(6);
    // damaged programs may name what no loader finds
    expect(verdicts.filter((v) => v === 'not_verified').length).toBeLessThan(5);
  });

  it('finds a planted bug and reduces the program that shows it', async () => {
    const sound = getPolicy('linux-7.3');
    // planted: no context forbids sleeping
    const broken: Policy = { ...sound, classes: sound.classes.map((c) => ({ ...c, forbids: c.forbids & ~(Op.SLEEP | Op.FAULT) })) };
    const check = async (programs: readonly FuzzProgram[]): Promise<(Disagreement | null)[]> => {
      const found: (Disagreement | null)[] = [];
      for (const p of programs) {
        await breathe();
        const [right, wrong] = [answer(p), answer(p, broken)];
        found.push(right === null || wrong === null ? null : compare(right, wrong, false));
      }
      return found;
    };
    const programs = Array.from({ length: 150 }, (_, i) => generate(3250 + i, kernel.profile));
    const found = (await check(programs)).flatMap((d, i) => (d === null ? [] : [{ program: programs[i]!, disagreement: d }]));
    expect(found.length).toBeGreaterThan(0);
    const [smallest] = found.sort((a, b) => sizeOf(a.program) - sizeOf(b.program));
    const [reduced] = await reduceAll([smallest!], check, 40, () => undefined);
    expect(reduced!.disagreement.kernel).toContain('sleepable');
    expect(sizeOf(reduced!.program)).toBeLessThan(sizeOf(smallest!.program));
    expect(sizeOf(reduced!.program)).toBeLessThan(20);
  });
});
