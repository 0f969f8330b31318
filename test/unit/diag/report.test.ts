// SPDX-License-Identifier: GPL-2.0-only
/** Reports of small programs. Texts as Linux 7.3.4 printed them for such programs. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import type { KernelProfile } from '../../../src/kernel/profile';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verifyExplained, verify, type VerifyOptions, type VerifyResult } from '../../../src/verifier/check';
import { kernelOf } from '../../support/kernel';
import { asm, insn } from '../../support/asm';
import { program } from '../prepass/programs';

let kernel: KernelProfile;
beforeAll(() => {
  kernel = kernelOf().profile;
});

const OPTIONS: VerifyOptions = { logLevel: 0, unprivileged: false, flags: 0, recorder: null, tick: null };

function run(insns: Insn[], options: Partial<VerifyOptions> = {}): VerifyResult {
  return verify(program(insns), kernel, DEFAULT_POLICY, { ...OPTIONS, logLevel: 1, ...options });
}

describe('structured reports', () => {
  it('follow the message, with the instructions around', () => {
    const r = run(asm`*(u64 *)(r10 -8) = r10; r0 = 0; *(u8 *)(r10 -1) = r0; r0 = 0; exit`, { unprivileged: true });
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
    const r = run(asm`
call #7
*(u64 *)(r10 -8) = r0
r2 = *(u64 *)(r10 -8)
if r2 == 0 goto pc+2
r2 += 4
r0 = *(u64 *)(r2 +0)
exit
`);
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
    const never = run(asm`r0 = r2; exit`).report!;
    expect(never.reason).toContain('R2 has never been initialized on this path');
    expect(never.path).toEqual({ events: [], omitted: 0, lost: 0 });
    const lost = run(asm`call #7; r0 = r1; exit`).report!;
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
    const r = run(asm`goto pc+7; exit`);
    expect(r.report).toMatchObject({
      category: 'Program Structure',
      problem: 'Jump out of range',
      path: null,
      at: { insn: 0, label: 'error' },
    });
  });

  it('leave out the middle of a long path', () => {
    // r0 = random; 40 times: if r0 == k goto +1; r9 = 0 — then a read of r5
    const insns = asm`call #7`;
    for (let k = 0; k < 80; k++) insns.push(insn`if r0 == ${1000 + k} goto pc+1`, insn`r9 = 0`);
    const { path } = run(asm`${insns}; r0 = r8; exit`).report!;
    expect(path).toMatchObject({ omitted: 16, lost: 0 });
    expect(path!.events).toHaveLength(64);
  });

  it('are made without a log when asked for, and not otherwise', () => {
    const insns = asm`r0 = r2; exit`;
    const plain = run(insns, { logLevel: 0 });
    expect(plain).toMatchObject({ verdict: 'reject', report: null });
    expect(plain.env.diag).toBeNull();
    const asked = run(insns, { logLevel: 0, explain: true });
    expect(asked).toMatchObject({ log: '', message: plain.message, insn: plain.insn });
    expect(asked.report).toEqual(run(insns).report);
    expect(verifyExplained(program(insns), kernel, DEFAULT_POLICY, OPTIONS).report).toEqual(asked.report);
    expect(verifyExplained(program(asm`r0 = 0; exit`), kernel, DEFAULT_POLICY, OPTIONS).report).toBeNull();
  });
});
