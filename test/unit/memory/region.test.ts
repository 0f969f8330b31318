// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Flag, RegType } from '../../../src/kernel/types';
import { constNumber, sRange64, uRange64, type Scalar } from '../../../src/verifier/domain';
import { checkLoad, checkPtrOffReg, checkRegion, checkStoreReg } from '../../../src/verifier/memory';
import { savePtrType } from '../../../src/verifier/memory/ptr-type';
import { makeReg, pointerReg } from '../../../src/verifier/state/reg';
import { withoutReports } from '../../support/reports';
import { insn } from '../../support/asm';
import { at, memoryEnv, refusal, scalar } from './fixture';

describe('region', () => {
  const cases: readonly (readonly [string, Scalar, number, number, string])[] = [
    ['inside', uRange64(0, 12), 0, 4, ''],
    ['below', constNumber(-4), 0, 4, 'R3 min value is negative, either use unsigned index or do a if (index >=0) check.'],
    ['negative, moved back in', constNumber(-4), 4, 4, 'R3 unbounded memory access, make sure to bounds check any such access'],
    ['start beyond', constNumber(13), 0, 4, 'R3 min value is outside of the allowed memory range'],
    ['end beyond', uRange64(0, 13), 0, 4, 'R3 max value is outside of the allowed memory range'],
    ['unbounded', uRange64(0, 1 << 29), 0, 4, 'R3 unbounded memory access, make sure to bounds check any such access'],
    ['signed', sRange64(-1, 4), 0, 4, 'R3 min value is negative, either use unsigned index or do a if (index >=0) check.'],
    ['empty', constNumber(0), 0, 0, 'R3 min value is outside of the allowed memory range'],
  ];
  it.each(cases)('%s', (_name, val, off, size, message) => {
    const env = memoryEnv();
    const check = (): void => checkRegion(env, makeReg(RegType.PTR_TO_MEM, val), 3, off, size, 16, false);
    if (message === '') check();
    else expect(refusal(env, check)).toBe(message);
  });

  it('says first what kind of memory was missed', () => {
    const env = memoryEnv();
    refusal(env, () => checkRegion(env, makeReg(RegType.PTR_TO_PACKET, constNumber(14), { id: 5 }), 2, 1, 2, 14, false));
    expect(withoutReports(env.log.toString())).toBe(
      'invalid access to packet, off=15 size=2, R2(id=5,off=15,r=14)\nR2 min value is outside of the allowed memory range\n',
    );
  });
});

describe('pointers that must not be moved', () => {
  const ctx = (val: Scalar): ReturnType<typeof makeReg> => makeReg(RegType.PTR_TO_CTX, val);
  it.each([
    [ctx(uRange64(0, 1)), false, 'variable ctx access var_off=(0x0; 0x1) disallowed'],
    [ctx(constNumber(-8)), true, 'negative offset ctx ptr R1 off=-8 disallowed'],
    [ctx(constNumber(8)), false, 'dereference of modified ctx ptr R1 off=8 disallowed'],
  ])('%#', (reg, fixedOffOk, message) => {
    const env = memoryEnv();
    expect(refusal(env, () => checkPtrOffReg(env, reg, 1, fixedOffOk))).toBe(message);
  });
  it('a fixed offset is fine where the caller says so', () => checkPtrOffReg(memoryEnv(), ctx(constNumber(8)), 1, true));
});

describe('alignment', () => {
  const packet = makeReg(RegType.PTR_TO_PACKET, constNumber(14), { num: 64 });
  it('of packets counts the two bytes that the hardware leaves', () => {
    const env = memoryEnv({ type: 'XDP', strict: true });
    env.regs[1] = packet;
    checkLoad(env, at(env, insn`r2 = *(u32 *)(r1 +0)`));
    expect(refusal(env, () => checkLoad(env, at(env, insn`r2 = *(u32 *)(r1 +2)`)))).toBe('misaligned packet access off 2+14+2 size 4');
  });
  it('does not matter by default', () => {
    const env = memoryEnv({ type: 'XDP' });
    env.regs[1] = packet;
    checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +1)`));
    expect(env.regs[2]!.type).toBe(RegType.SCALAR_VALUE);
  });
});

describe('accesses that no type allows', () => {
  it.each([
    [scalar(8), "R1 invalid mem access 'scalar'"],
    [pointerReg(RegType.PTR_TO_MAP_VALUE | Flag.PTR_MAYBE_NULL), "R1 invalid mem access 'map_value_or_null'"],
    [pointerReg(RegType.PTR_TO_PACKET_END), "R1 invalid mem access 'pkt_end'"],
    [pointerReg(RegType.PTR_TO_MEM | Flag.PTR_MAYBE_NULL, { num: 8 }), "R1 invalid mem access 'mem_or_null'"],
  ])('%#', (reg, message) => {
    const env = memoryEnv();
    env.regs[1] = reg;
    expect(refusal(env, () => checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +0)`)))).toBe(message);
  });
  it('stores to read-only memory', () => {
    const env = memoryEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_MEM | Flag.MEM_RDONLY, { num: 8 });
    env.regs[2] = scalar(0);
    expect(refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +0) = r2`)))).toBe('R1 cannot write into rdonly_mem');
  });
});

describe('one instruction, one kind of pointer', () => {
  it('mixes plain memory, not contexts', () => {
    const env = memoryEnv();
    savePtrType(env, RegType.PTR_TO_STACK, true);
    savePtrType(env, RegType.PTR_TO_MAP_VALUE, true);
    expect(refusal(env, () => savePtrType(env, RegType.PTR_TO_CTX, true))).toBe('same insn cannot be used with different pointers');
  });
  it('loads may mix trust, and keep fault protection then', () => {
    const env = memoryEnv();
    savePtrType(env, RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED, true);
    savePtrType(env, RegType.PTR_TO_BTF_ID, true);
    expect(env.aux.ptrType[env.insnIdx]).toBe(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED);
    expect(refusal(env, () => savePtrType(env, RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED, false))).toMatch(/^same insn/);
  });
});
