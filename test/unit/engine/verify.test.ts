// SPDX-License-Identifier: GPL-2.0-only
import { beforeAll, describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import type { KernelProfile } from '../../../src/kernel/profile';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify, type VerifyResult } from '../../../src/verifier/check';
import { Cancelled } from '../../../src/verifier/errors';
import { kernelOf } from '../../support/kernel';
import { asm } from '../../support/asm';
import { program } from '../prepass/programs';

let kernel: KernelProfile;
beforeAll(() => {
  kernel = kernelOf().profile;
});

const PRANDOM = 7;

function run(insns: Insn[], logLevel = 0, tick: ((n: number) => void) | null = null): VerifyResult {
  return verify(program(insns), kernel, DEFAULT_POLICY, { logLevel, unprivileged: false, flags: 0, recorder: null, tick });
}

describe('verify', () => {
  it('accepts the smallest program and logs it as the kernel does', () => {
    const r = run(asm`r0 = 0; exit`, 2);
    expect(r).toMatchObject({ verdict: 'accept', errno: 0, insn: 1, processedInsns: 2, totalStates: 0, reason: null });
    expect(
      r.log.endsWith(
        `0: R1=ctx() R10=fp0\n0: (b7) r0 = 0${' '.repeat(24)}; R0=0\n1: (95) exit\n` +
          'processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n',
      ),
    ).toBe(true);
  });

  it('names message, instruction and error number of a rejection at every level', () => {
    for (const level of [0, 1, 2]) {
      expect(run(asm`r0 = r2; exit`, level)).toMatchObject({
        verdict: 'reject',
        errno: 13,
        message: ['R2 !read_ok'],
        insn: 0,
        processedInsns: 1,
      });
    }
  });

  it('names no instruction when a prepass refuses', () => {
    expect(run(asm`goto pc+7; exit`)).toMatchObject({
      verdict: 'reject',
      insn: null,
      processedInsns: 0,
      message: ['jump out of range from insn 0 to 8'],
    });
  });

  it('follows the fall-through first and prunes the other branch', () => {
    // r0 = random; if r0 == 0 goto exit; r0 = 0; exit
    const r = run(asm`call #${PRANDOM}; if r0 == 0 goto pc+1; r0 = 0; exit`, 2);
    expect(r.verdict).toBe('accept');
    expect(r.log).toMatch(/from 1 to 3: R0=0 R10=fp0/);
  });

  it('detects a loop that cannot end', () => {
    const r = run(asm`r0 = 0; goto pc-2; exit`);
    expect(r.verdict).toBe('reject');
  });

  it('keeps only the failing path at level 1', () => {
    // r6 = random; if r6 == 0 goto bad; r0 = 0; exit; bad: r0 = r3; exit
    const r = run(
      asm`
call #${PRANDOM}
if r0 == 0 goto pc+2
r0 = 0
exit
r0 = r3
exit
`,
      1,
    );
    expect(r.verdict).toBe('reject');
    expect(r.log).toContain('R3 !read_ok');
    expect(r.log).not.toMatch(/^3: \(95\) exit/m);
  });

  it('passes on what the watcher throws', () => {
    // r6 = 5000; while (--r6) ; exit
    const loop = asm`r6 = 5000; r6 += -1; if r6 != 0 goto pc-2; r0 = 0; exit`;
    expect(() =>
      run(loop, 0, () => {
        throw new Cancelled();
      }),
    ).toThrow(Cancelled);
    expect(run(loop)).toMatchObject({ verdict: 'accept', processedInsns: 10003 });
  });

  it('turns a bug of our own into an honest unknown', () => {
    const broken = { ...program(asm`r0 = 0; exit`), lineInfo: null as unknown as [] };
    const r = verify(broken, kernel, DEFAULT_POLICY, { logLevel: 2, unprivileged: false, flags: 0, recorder: null, tick: null });
    expect(r.verdict).toBe('unknown');
    expect(r.reason).toMatch(/^internal: /);
  });
});
