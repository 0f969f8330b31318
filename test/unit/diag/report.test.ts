// SPDX-License-Identifier: GPL-2.0-only
/** Reports of small programs. Texts as Linux 7.3.4 printed them for such programs. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import type { KernelProfile } from '../../../src/kernel/profile';
import type { Program } from '../../../src/object/program';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verifyExplained, verify, type VerifyOptions, type VerifyResult } from '../../../src/verifier/check';
import { kernelOf } from '../../support/kernel';

let kernel: KernelProfile;
beforeAll(() => {
  kernel = kernelOf().profile;
});

const op = (code: number, dst = 0, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });
const EXIT = op(0x95);
const OPTIONS: VerifyOptions = { logLevel: 0, unprivileged: false, flags: 0, recorder: null, tick: null };

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

function run(insns: Insn[], options: Partial<VerifyOptions> = {}): VerifyResult {
  return verify(program(insns), kernel, DEFAULT_POLICY, { ...OPTIONS, logLevel: 1, ...options });
}

describe('structured reports', () => {
  it('follow the message, with the instructions around', () => {
    const r = run([op(0x7b, 10, 10, -8), op(0xb7, 0), op(0x73, 10, 0, -1), op(0xb7, 0), EXIT], { unprivileged: true });
    expect(r.log).toContain(`attempt to corrupt spilled pointer on stack

Verification failed: Memory Safety: Stack spill corruption

Reason:
  This store writes 1 bytes at stack offset -1 into a stack slot that currently holds a spilled
  pointer. Partial writes to spilled pointers are rejected because they can corrupt pointer metadata
  and leak kernel pointers.

At:
  insn 2
       | ^-- error: stack spill corruption
  Instruction context:
      0 | (7b) *(u64 *)(r10 -8) = r10
      1 | (b7) r0 = 0
  >>> 2 | (73) *(u8 *)(r10 -1) = r0
      3 | (b7) r0 = 0
      4 | (95) exit

Suggestion:
  Write the full 8-byte spilled pointer slot, or use a separate stack slot for scalar data before
  overwriting only part of it.

`);
    expect(r.message).toEqual(['attempt to corrupt spilled pointer on stack']);
  });

  it('tell the path of a value through the stack', () => {
    // r6 = random; fp-8 = r6; r2 = fp-8; if r2 == 0 …; r2 += 4; r0 = *r2
    const r = run([
      op(0x85, 0, 0, 0, 7),
      op(0x7b, 10, 0, -8),
      op(0x79, 2, 10, -8),
      op(0x15, 2, 0, 2, 0),
      op(0x07, 2, 0, 0, 4),
      op(0x79, 0, 2),
      EXIT,
    ]);
    expect(r.report).toMatchObject({ category: 'Register Type Safety', problem: 'Invalid dereference', lock: null });
    expect(r.report!.reason).toBe('R2 is an integer scalar here, not a pointer to memory.');
    expect(r.report!.path).toEqual({
      omitted: 0,
      lost: 0,
      events: [
        { insn: 0, label: 'update', text: 'R0 changed from uninitialized value to integer scalar with unknown value' },
        { insn: 1, label: 'spilled', text: 'stack slot fp-8 changed from uninitialized value to integer scalar with unknown value' },
        { insn: 2, label: 'update', text: 'R2 changed from uninitialized value to integer scalar with unknown value' },
        { insn: 3, label: 'branch', text: 'took the false branch of this conditional, goto not followed' },
        {
          insn: 4,
          label: 'update',
          text: expect.stringMatching(/^R2 changed from integer scalar with .* to integer scalar with/) as string,
        },
      ],
    });
  });

  it('say why a register cannot be read', () => {
    const never = run([op(0xbf, 0, 2), EXIT]).report!;
    expect(never.reason).toContain('R2 has never been initialized on this path');
    expect(never.path).toEqual({ events: [], omitted: 0, lost: 0 });
    const lost = run([op(0x85, 0, 0, 0, 7), op(0xbf, 0, 1), EXIT]).report!;
    expect(lost.reason).toContain('A previous operation invalidated this register');
    expect(lost.path!.events).toEqual([
      {
        insn: 0,
        label: 'invalidated',
        text: 'R1: call invalidated this caller-saved register; previous value was context pointer at offset 0',
      },
    ]);
  });

  it('exist for the structure of a program, before there is a path', () => {
    const r = run([op(0x05, 0, 0, 7), EXIT]);
    expect(r.report).toMatchObject({
      category: 'Program Structure',
      problem: 'Jump out of range',
      path: null,
      at: { insn: 0, label: 'error' },
    });
  });

  it('leave out the middle of a long path', () => {
    // r0 = random; 40 times: if r0 == k goto +1; r9 = 0 — then a read of r5
    const insns = [op(0x85, 0, 0, 0, 7)];
    for (let k = 0; k < 80; k++) insns.push(op(0x15, 0, 0, 1, 1000 + k), op(0xb7, 9));
    const { path } = run([...insns, op(0xbf, 0, 8), EXIT]).report!;
    expect(path).toMatchObject({ omitted: 16, lost: 0 });
    expect(path!.events).toHaveLength(64);
  });

  it('are made without a log when asked for, and not otherwise', () => {
    const insns = [op(0xbf, 0, 2), EXIT];
    const plain = run(insns, { logLevel: 0 });
    expect(plain).toMatchObject({ verdict: 'reject', report: null });
    expect(plain.env.diag).toBeNull();
    const asked = run(insns, { logLevel: 0, explain: true });
    expect(asked).toMatchObject({ log: '', message: plain.message, insn: plain.insn });
    expect(asked.report).toEqual(run(insns).report);
    expect(verifyExplained(program(insns), kernel, DEFAULT_POLICY, OPTIONS).report).toEqual(asked.report);
    expect(verifyExplained(program([op(0xb7, 0), EXIT]), kernel, DEFAULT_POLICY, OPTIONS).report).toBeNull();
  });
});
