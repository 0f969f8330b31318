// SPDX-License-Identifier: GPL-2.0-only
/** Programs on which we once disagreed with the kernel. `npm run fuzz:diff -- --keep` adds to them. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedKernel } from '../../../src/analysis/kernel';
import { expectedOf, readFixtures, unpack } from '../../../scripts/fuzz/fixture';
import { ourAnswer } from '../../../scripts/fuzz/ours';
import { kernelOf } from '../../support/kernel';

const ROOT = join(import.meta.dirname, '../../..');

describe('programs that the fuzzer found', () => {
  let kernel: LoadedKernel;
  beforeAll(() => {
    kernel = kernelOf();
  });

  const fixtures = readFixtures(join(ROOT, 'test/conformance/fuzz'));
  it('have names of their own', () => expect(new Set(fixtures.map((f) => f.name)).size).toBe(fixtures.length));

  for (const fixture of fixtures) {
    const title = `${fixture.name}: ${fixture.section}: ${fixture.kernel.verdict} ${fixture.kernel.message}`;
    const run = (): void => {
      const answer = ourAnswer(unpack(fixture), fixture.askedAs ?? fixture.name, kernel, {
        unprivileged: fixture.unprivileged,
        flags: fixture.flags,
      })!;
      expect(expectedOf(answer, answer.program)).toEqual(fixture.kernel);
    };
    if (fixture.gap === undefined) it(title, run);
    else it.fails(`${title} (known gap: ${fixture.gap})`, run);
  }
});
