// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { verify } from '../../../src/verifier/check';
import { Fact } from '../../../src/verifier/aux';
import type { VerifierEnv } from '../../../src/verifier/env';
import { Refused } from '../../../src/verifier/errors';
import { checkMaxStackDepth } from '../../../src/verifier/prepass';
import { shippedKernel } from '../kernel/shipped';
import { asm, insn } from '../../support/asm';
import { prepass, program } from './programs';

const TAIL_CALL = 12;
const SMP_PROCESSOR_ID = 8;

/** A main program that calls a subprogram, that calls another one; stack in bytes each. */
function chain(depths: readonly number[], fields: Parameters<typeof program>[1] = {}): VerifierEnv {
  const insns = asm`
call pc+1
exit
call pc+1
exit
r0 = 0
exit
`;
  const { env } = prepass(program(insns, fields));
  depths.forEach((d, i) => (env.subprogs[i]!.stackDepth = d));
  return env;
}

function verdict(env: VerifierEnv): string {
  const start = env.log.pos;
  try {
    checkMaxStackDepth(env);
    return `${env.maxStackDepth}`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return env.log.toString().slice(start).trimEnd();
  }
}

describe('combined stack', () => {
  it('adds rounded frames of a chain', () => {
    expect(verdict(chain([8, 20, 0]))).toBe('48');
    expect(verdict(chain([256, 128, 128]))).toBe('512');
    expect(verdict(chain([256, 129, 128]))).toBe('combined stack size of 3 calls is 528. Too large');
  });
  it('is private for program types without trampoline, from 64 bytes on', () => {
    const kprobe = { progType: shippedKernel().constant('BPF_PROG_TYPE_KPROBE') };
    expect(verdict(chain([256, 256, 256], kprobe))).toBe('256');
    expect(verdict(chain([32, 32, 512], kprobe))).toBe('512');
  });
  it('limits the callers of a tail call', () => {
    const { env } = prepass(program(asm`call pc+1; exit; call #${TAIL_CALL}; r0 = 0; exit`));
    env.subprogs[1]!.hasTailCall = true;
    env.subprogs[0]!.stackDepth = 256;
    expect(verdict(env)).toBe('tail_calls are not allowed when call stack of previous frames is 256 bytes. Too large');
  });
  it('counts asynchronous callbacks apart', () => {
    const { env } = prepass(program(asm`r1 = func pc+3 ll; r0 = 0; exit; r0 = 0; exit`));
    env.subprogs[0]!.stackDepth = 300;
    env.subprogs[1]!.stackDepth = 300;
    expect(verdict(env)).toBe('combined stack size of 2 calls is 608. Too large');
    env.subprogs[1]!.isAsyncCb = true;
    expect(verdict(env)).toBe('608'); // the failed attempt is remembered, this one takes 304
  });
});

describe('many chains', () => {
  it('in dead code can be given up', () => {
    const calls = 6;
    const depth = 7;
    const insns = asm`
*(u64 *)(r10 -8) = 0
r1 = *(u64 *)(r10 -8)
if r1 == 0 goto pc+1
call pc+2
r0 = 0
exit
`;
    for (let d = 0; d < depth; d++) {
      for (let c = 0; c < calls; c++) insns.push(insn`call pc+${calls - c + 1}`);
      insns.push(insn`r0 = 0`, insn`exit`);
    }
    insns.push(insn`r0 = 0`, insn`exit`);
    let ticks = 0;
    const options = { logLevel: 0, unprivileged: false, flags: 0, recorder: null, tick: () => void ticks++ };
    expect(verify(program(insns), shippedKernel(), LINUX_7_3, options).verdict).toBe('accept');
    expect(ticks).toBeGreaterThan(60);
  });
});

describe('spills around calls', () => {
  it('are found next to the call and dropped from the stack', () => {
    const insns = asm`
r1 = 1
*(u64 *)(r10 -8) = r1
call #${SMP_PROCESSOR_ID}
r1 = *(u64 *)(r10 -8)
r0 = r1
exit
`;
    const { env } = prepass(program(insns, { progType: shippedKernel().constant('BPF_PROG_TYPE_XDP') }));
    expect(env.insns.map((_, i) => env.aux.has(i, Fact.FASTCALL_PATTERN))).toEqual([false, true, false, true, false, false]);
    expect([env.aux.rare(2).fastcallSpillsNum, env.subprogs[0]!.fastcallStackOff]).toEqual([1, 0]);
    env.subprogs[0]!.stackDepth = 8;
    expect(verdict(env)).toBe('0');
  });
  it('stay when the register is used by the call', () => {
    const TRACE_PRINTK = 6;
    const { env } = prepass(
      program(asm`
r1 = 1
*(u64 *)(r10 -8) = r1
call #${TRACE_PRINTK}
r1 = *(u64 *)(r10 -8)
r0 = r1
exit
`),
    );
    expect(env.aux.some(Fact.FASTCALL_PATTERN)).toBe(false);
  });
});
