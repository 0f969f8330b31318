// SPDX-License-Identifier: GPL-2.0-only
/** Advice names what the kernel at hand has. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { asm } from '../support/asm';
import { objectOf } from '../support/objects';
import { resultOf, ROOT } from '../support/verify';

const ENDLESS = objectOf([{ name: 'p', insns: asm`if r1 != 0 goto pc-1; r0 = 0; exit` }]);

const advice = (object: Uint8Array, version: string, policy: string): string | null | undefined =>
  resultOf('x.bpf.o', object, { policy, kernel: { bundle: path.join(ROOT, 'media/kernel', version), btf: '' }, explain: true }).programs[0]!
    .explanation?.suggestion;

describe('advice to bound a loop', () => {
  it.each([
    ['7.3.4', 'linux-7.3', 'for (int i = 0; i < LIMIT && …; i++), bpf_for(), bpf_loop() or may_goto.'],
    ['6.1.192', 'linux-6.1', 'for (int i = 0; i < LIMIT && …; i++) or bpf_loop().'],
  ])('names the ways of %s', (version, policy, ways) =>
    expect(advice(ENDLESS, version, policy)).toBe(`Bound the loop with a counter: ${ways}`),
  );
});
