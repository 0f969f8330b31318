// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { Flag, RegType } from '../../../src/kernel/types';
import { constNumber, uRange64 } from '../../../src/verifier/domain';
import { VerifierLog } from '../../../src/verifier/log/log';
import { regTypeStr } from '../../../src/verifier/log/regtype';
import { insnPadding, regText } from '../../../src/verifier/log/state';
import { tellingLines } from '../../../src/verifier/log/telling';
import { ADD_CONST64, UNKNOWN_SCALAR, makeReg, pointerReg, scalarReg } from '../../../src/verifier/state/reg';

describe('register text', () => {
  it('writes constants as numbers, decimal in 16 bits', () => {
    expect(regText(KERNEL_TABLES.features, 0, scalarReg(constNumber(-1)))).toBe('-1');
    expect(regText(KERNEL_TABLES.features, 0, scalarReg(constNumber(32768)))).toBe('0x8000');
    expect(regText(KERNEL_TABLES.features, 0, scalarReg(constNumber(4)).withPrecise(true))).toBe('P4');
  });
  it('writes unknown and bounded scalars', () => {
    expect(regText(KERNEL_TABLES.features, 0, UNKNOWN_SCALAR)).toBe('scalar()');
    expect(regText(KERNEL_TABLES.features, 0, makeReg(RegType.SCALAR_VALUE, uRange64(0, 999), { id: 6 }))).toBe(
      'scalar(id=6,smin=smin32=0,smax=umax=smax32=umax32=999,var_off=(0x0; 0x3ff))',
    );
    expect(
      regText(KERNEL_TABLES.features, 0, makeReg(RegType.SCALAR_VALUE, UNKNOWN_SCALAR.val, { id: 2 + ADD_CONST64, delta: 4088 })),
    ).toBe('scalar(id=2+4088)');
  });
  it('writes the frame of a foreign stack pointer', () => {
    const fp = makeReg(RegType.PTR_TO_STACK, constNumber(-8), { num: 1 });
    expect(regText(KERNEL_TABLES.features, 1, fp)).toBe('fp-8');
    expect(regText(KERNEL_TABLES.features, 2, fp)).toBe('fp[1]-8');
  });
  it('writes packet ranges and fixed offsets', () => {
    expect(regText(KERNEL_TABLES.features, 0, makeReg(RegType.PTR_TO_PACKET, constNumber(14), { num: 34 }))).toBe('pkt(r=34,imm=14)');
    expect(regText(KERNEL_TABLES.features, 0, pointerReg(RegType.PTR_TO_PACKET, { num: -2 }))).toBe('pkt(r=0xfffffffffffffffe)');
    expect(regText(KERNEL_TABLES.features, 0, pointerReg(RegType.PTR_TO_MEM | Flag.PTR_MAYBE_NULL, { id: 3, num: 8 }))).toBe(
      'mem_or_null(id=3,sz=8)',
    );
  });
  it('orders the prefixes of types', () => {
    expect(regTypeStr(RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL)).toBe('trusted_ptr_or_null_');
    expect(regTypeStr(RegType.PTR_TO_MEM | Flag.MEM_RDONLY | Flag.PTR_UNTRUSTED)).toBe('rdonly_untrusted_mem');
  });
});

describe('VerifierLog', () => {
  it('cuts back to a position, within a piece too', () => {
    const log = new VerifierLog(2);
    log.write('one\n');
    const pos = log.pos;
    log.write('two\n');
    log.reset(pos);
    expect(log.toString()).toBe('one\n');
    log.reset(2);
    log.write('!');
    expect(log.toString()).toBe('on!');
    expect(log.pos).toBe(3);
  });
  it('cuts one message after 1023 characters', () => {
    const log = new VerifierLog(1);
    log.write('x'.repeat(2000));
    expect(log.pos).toBe(1023);
  });
  it('keeps only the last message without a level', () => {
    const log = new VerifierLog(0);
    log.write('old\n');
    log.startInsn();
    log.startInsn();
    expect(log.tail).toBe('old\n');
    log.write('new\n');
    expect(log.tail).toBe('new\n');
  });
});

describe('layout', () => {
  it('puts states at columns of eight, from 40 on', () => {
    expect(insnPadding('0: (b7) r1 = 1\n'.length)).toBe(24);
    expect(insnPadding(40)).toBe(7);
  });
  it('finds the lines that tell why a log ends', () => {
    const log = '0: (b7) r0 = 0\n; x @ a.c:1\nR1 !read_ok\nsecond line\nprocessed 2 insns (limit 1000000) max_states_per_insn 0\n';
    expect(tellingLines(log)).toEqual(['R1 !read_ok', 'second line']);
    expect(tellingLines('func#0 @0\n0: R1=ctx() R10=fp0\n')).toEqual([]);
    expect(tellingLines('a\n1: (95) exit\nb\n2: safe\n')).toEqual(['b']);
  });
  it('leaves structured reports out', () => {
    const report = '\nVerification failed: Memory Safety: Out of bounds\n\nReason:\n  x\n\nSuggestion:\n  Do this.\n\n';
    expect(tellingLines(`0: (95) exit\nbad\n${report}worse\nprocessed 1 insns\n`)).toEqual(['bad', 'worse']);
  });
});

it('takes what older kernels trace for no message', () => {
  const log =
    "last_idx 6 first_idx 0\nregs=8 stack=0 before 5: (b4) w3 = 0\nparent didn't have regs=8 stack=0 marks: R1=ctx(off=0,imm=0)\n";
  const slots = '(7,10) frame 0 insn 10 +live -8 \n(0) live stack update done in 2 iterations\n';
  expect(tellingLines(`${log}R2 !read_ok\n`)).toEqual(['R2 !read_ok']);
  expect(tellingLines(`${slots}R2 !read_ok\n`)).toEqual(['R2 !read_ok']);
});
