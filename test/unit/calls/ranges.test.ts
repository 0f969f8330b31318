// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { fromSRange, sRange64, UNKNOWN, withS32Range } from '../../../src/verifier/domain';
import { isWithin, printInvalidScalar, range } from '../../../src/verifier/calls/range-check';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import type { VerifierEnv } from '../../../src/verifier/env';
import { scalarReg } from '../../../src/verifier/state/reg';

function printed(least: bigint, most: bigint): string {
  const lines: string[] = [];
  const env = { verbose: (text: string) => lines.push(text), kernel: { features: KERNEL_TABLES.features } } as unknown as VerifierEnv;
  printInvalidScalar(env, scalarReg(fromSRange(least, most)), range(0, 1), 'At program exit', 'R0');
  return lines.join('');
}

describe('return value ranges', () => {
  it('compares all 64 bits unless told otherwise', () => {
    const low = scalarReg(withS32Range(UNKNOWN, -4095, 0));
    expect(isWithin({ min: -4095, max: 0, return32bit: true }, low)).toBe(true);
    expect(isWithin({ min: -4095, max: 0, return32bit: false }, low)).toBe(false);
    expect(isWithin(range(0, 3), scalarReg(sRange64(1, 3)))).toBe(true);
    expect(isWithin(range(0, 3), scalarReg(sRange64(1, 4)))).toBe(false);
    expect(isWithin(range(0, 3), scalarReg(sRange64(-1, 3)))).toBe(false);
  });

  it('prints the bounds that are known', () => {
    const S64_MIN = -(1n << 63n);
    const S64_MAX = (1n << 63n) - 1n;
    expect(printed(2n, 2n)).toBe('At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]\n');
    expect(printed(0n, S64_MAX)).toBe('At program exit the register R0 has smin=0 should have been in [0, 1]\n');
    expect(printed(S64_MIN, -1n)).toBe('At program exit the register R0 has smax=-1 should have been in [0, 1]\n');
    expect(printed(S64_MIN, S64_MAX)).toBe('At program exit the register R0 has unknown scalar value should have been in [0, 1]\n');
  });
});
