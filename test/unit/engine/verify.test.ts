// SPDX-License-Identifier: GPL-2.0-only
import { beforeAll, describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import type { KernelProfile } from '../../../src/kernel/profile';
import type { Program } from '../../../src/object/program';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify, type VerifyResult } from '../../../src/verifier/check';
import { Cancelled } from '../../../src/verifier/errors';
import { kernelOf } from '../../support/kernel';

let kernel: KernelProfile;
beforeAll(() => {
  kernel = kernelOf().profile;
});

const op = (code: number, dst = 0, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });
const movK = (dst: number, imm: number): Insn => op(0xb7, dst, 0, 0, imm);
const EXIT_INSN = op(0x95);
const call = (id: number): Insn => op(0x85, 0, 0, 0, id);
const PRANDOM = 7;

function program(insns: Insn[]): Program {
  return {
    object: 'unit.o',
    name: 'unit',
    section: 'socket',
    progType: 1,
    expectedAttachType: 0,
    progFlags: 0,
    attachBtfId: 0,
    attachBtf: null,
    attachTarget: '',
    license: 'GPL',
    kernVersion: 0,
    insns,
    notes: new Map(),
    funcInfo: [],
    lineInfo: [],
    sourceLines: [],
    btf: null,
    maps: [],
    fdArray: [null],
    optional: false,
  };
}

function run(insns: Insn[], logLevel = 0, tick: ((n: number) => void) | null = null): VerifyResult {
  return verify(program(insns), kernel, DEFAULT_POLICY, { logLevel, unprivileged: false, flags: 0, recorder: null, tick });
}

describe('verify', () => {
  it('accepts the smallest program and logs it as the kernel does', () => {
    const r = run([movK(0, 0), EXIT_INSN], 2);
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
      expect(run([op(0xbf, 0, 2), EXIT_INSN], level)).toMatchObject({
        verdict: 'reject',
        errno: 13,
        message: ['R2 !read_ok'],
        insn: 0,
        processedInsns: 1,
      });
    }
  });

  it('names no instruction when a prepass refuses', () => {
    expect(run([op(0x05, 0, 0, 7), EXIT_INSN])).toMatchObject({
      verdict: 'reject',
      insn: null,
      processedInsns: 0,
      message: ['jump out of range from insn 0 to 8'],
    });
  });

  it('follows the fall-through first and prunes the other branch', () => {
    // r0 = random; if r0 == 0 goto exit; r0 = 0; exit
    const r = run([call(PRANDOM), op(0x15, 0, 0, 1, 0), movK(0, 0), EXIT_INSN], 2);
    expect(r.verdict).toBe('accept');
    expect(r.log).toMatch(/from 1 to 3: R0=0 R10=fp0/);
  });

  it('detects a loop that cannot end', () => {
    const r = run([movK(0, 0), op(0x05, 0, 0, -2), EXIT_INSN]);
    expect(r.verdict).toBe('reject');
  });

  it('keeps only the failing path at level 1', () => {
    // r6 = random; if r6 == 0 goto bad; r0 = 0; exit; bad: r0 = r3; exit
    const r = run([call(PRANDOM), op(0x15, 0, 0, 2, 0), movK(0, 0), EXIT_INSN, op(0xbf, 0, 3), EXIT_INSN], 1);
    expect(r.verdict).toBe('reject');
    expect(r.log).toContain('R3 !read_ok');
    expect(r.log).not.toMatch(/^3: \(95\) exit/m);
  });

  it('passes on what the watcher throws', () => {
    // r6 = 5000; while (--r6) ; exit
    const loop = [movK(6, 5000), op(0x07, 6, 0, 0, -1), op(0x55, 6, 0, -2, 0), movK(0, 0), EXIT_INSN];
    expect(() =>
      run(loop, 0, () => {
        throw new Cancelled();
      }),
    ).toThrow(Cancelled);
    expect(run(loop)).toMatchObject({ verdict: 'accept', processedInsns: 10003 });
  });

  it('turns a bug of our own into an honest unknown', () => {
    const broken = { ...program([movK(0, 0), EXIT_INSN]), lineInfo: null as unknown as [] };
    const r = verify(broken, kernel, DEFAULT_POLICY, { logLevel: 2, unprivileged: false, flags: 0, recorder: null, tick: null });
    expect(r.verdict).toBe('unknown');
    expect(r.reason).toMatch(/^internal: /);
  });
});
