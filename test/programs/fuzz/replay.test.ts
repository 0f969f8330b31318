// SPDX-License-Identifier: GPL-2.0-only
/** Programs on which we once disagreed with the kernel. `npm run fuzz:diff -- --keep` adds to them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERIFIED_KERNEL } from '../../../src/kernel/releases';
import { expectedOf, readFixtures, unpack } from '../../../scripts/fuzz/fixture';
import { ourAnswer } from '../../../scripts/fuzz/ours';
import { kernelOf } from '../../support/kernel';

const ROOT = join(import.meta.dirname, '../../..');

describe('programs that the fuzzer found', () => {
  const fixtures = readFixtures(join(ROOT, 'test/conformance/fuzz'));
  it('have names of their own', () => expect(new Set(fixtures.map((f) => f.name)).size).toBe(fixtures.length));

  for (const fixture of fixtures) {
    const title = `${fixture.name}: ${fixture.section}: ${fixture.kernel.verdict} ${fixture.kernel.message}`;
    const run = (): void => {
      const answer = ourAnswer(unpack(fixture), fixture.askedAs ?? fixture.name, kernelOf(fixture.on ?? VERIFIED_KERNEL.version), {
        unprivileged: fixture.unprivileged,
        flags: fixture.flags,
      })!;
      const ours = expectedOf(answer, answer.program);
      // a kernel that was asked for a level-1 log names no instruction of what it accepted, nor always of what it refused
      const { log, insn } = fixture.kernel;
      expect(log === '' ? { ...ours, log, insn: insn === null ? null : ours.insn } : ours).toEqual(fixture.kernel);
    };
    if (fixture.gap === undefined) it(title, run);
    else it.fails(`${title} (known gap: ${fixture.gap})`, run);
  }
});
