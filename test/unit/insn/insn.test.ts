// SPDX-License-Identifier: GPL-2.0-only
import { beforeEach, describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import { Flag, RegType } from '../../../src/kernel/types';
import {
  constNum,
  constNumber,
  isConst,
  scalarAttributes,
  smax,
  smin,
  sRange64,
  umax,
  umin,
  UNKNOWN,
  uRange64,
} from '../../../src/verifier/domain';
import type { VerifierEnv } from '../../../src/verifier/env';
import { checkAlu, checkCondJmp } from '../../../src/verifier/insn';
import {
  ADD_CONST32,
  ADD_CONST64,
  AT_PKT_END,
  BEYOND_PKT_END,
  makeReg,
  pointerReg,
  scalarReg,
  type RegState,
} from '../../../src/verifier/state/reg';
import { allKinds, SlotType, StackSlot } from '../../../src/verifier/state/stack';
import type { VerifierState } from '../../../src/verifier/state/state';
import { insn } from '../../support/asm';
import { refusal, testEnv } from '../kfuncs/fixture';

const unknown = makeReg(RegType.SCALAR_VALUE, UNKNOWN);
const ctx = pointerReg(RegType.PTR_TO_CTX);
const packet = pointerReg(RegType.PTR_TO_PACKET);
const packetEnd = pointerReg(RegType.PTR_TO_PACKET_END);

let env: VerifierEnv;
function set(regs: Record<number, RegState>): void {
  for (const [regno, reg] of Object.entries(regs)) env.regs[Number(regno)] = reg;
}
/** The state that waits for later, and where it goes on. */
function pushed(): { state: VerifierState; insnIdx: number } {
  return env.exploration.pending.at(-1)!;
}

beforeEach(() => {
  env = testEnv();
  env.aux.liveRegsBefore.fill(0x3ff);
});

describe('moves', () => {
  it('link copies of unknown scalars, not of constants', () => {
    set({ 1: unknown, 2: scalarReg(constNumber(7)) });
    checkAlu(env, insn`r3 = r1`);
    checkAlu(env, insn`r4 = r2`);
    expect([env.regs[1]!.id, env.regs[3]!.id, env.regs[2]!.id, env.regs[4]!.id]).toEqual([1, 1, 0, 0]);
  });

  it('keep the link through 32 bits only if the value survives', () => {
    set({ 1: unknown, 2: scalarReg(uRange64(0, 100)) });
    checkAlu(env, insn`w3 = w1`);
    checkAlu(env, insn`w4 = w2`);
    expect([env.regs[3]!.id, env.regs[4]!.id, env.regs[2]!.id]).toEqual([0, 1, 1]);
    expect(umax(env.regs[3]!.val)).toBe(0xffffffff);
  });

  it('extend the sign', () => {
    set({ 1: scalarReg(constNumber(0xff)), 2: scalarReg(uRange64(0, 0x7f)) });
    checkAlu(env, insn`r3 = (s8)r1`);
    checkAlu(env, insn`r4 = (s8)r2`);
    expect(constNum(env.regs[3]!.val)).toBe(-1);
    expect(env.regs[4]!.id).toBe(env.regs[2]!.id);
  });

  it('of constants are sign-extended to 64 bits or zero-extended from 32', () => {
    checkAlu(env, insn`r1 = -1`);
    checkAlu(env, insn`w2 = -1`);
    expect([constNum(env.regs[1]!.val), constNum(env.regs[2]!.val)]).toEqual([-1, 0xffffffff]);
  });

  it('do not touch the frame pointer or unreadable registers', () => {
    expect(refusal(env, () => checkAlu(env, insn`r10 = 1`))).toBe('frame pointer is read only\n');
    expect(refusal(env, () => checkAlu(env, insn`r1 = r5`))).toBe('R5 !read_ok\n');
  });
});

describe('scalars', () => {
  it('stay linked at a constant distance, once', () => {
    set({ 1: scalarReg(uRange64(0, 100)).withId(9) });
    checkAlu(env, insn`r2 = r1`);
    checkAlu(env, insn`r2 += 5`);
    expect([env.regs[2]!.id, env.regs[2]!.delta]).toEqual([ADD_CONST64 + 9, 5]);
    checkAlu(env, insn`r2 += 5`);
    expect([env.regs[2]!.id, env.regs[2]!.delta]).toEqual([0, 0]);
    checkAlu(env, insn`r3 = r1`);
    checkAlu(env, insn`w3 -= 4`);
    expect([env.regs[3]!.id, env.regs[3]!.delta]).toEqual([ADD_CONST32 + 9, -4]);
    checkAlu(env, insn`r1 *= 2`);
    expect(env.regs[1]!.id).toBe(0);
  });

  it('explore a mask of a sign on two paths', () => {
    set({ 1: scalarReg(sRange64(-1, 0)) });
    checkAlu(env, insn`r1 &= 8`);
    expect(constNum(env.regs[1]!.val)).toBe(8);
    expect(pushed().insnIdx).toBe(env.insnIdx);
    expect(constNum(pushed().state.cur.regs[1]!.val)).toBe(0);
  });

  it.each([
    [insn`r1 /= 0`, 'div by zero\n'],
    [insn`r1 <<= 64`, 'invalid shift 64\n'],
    [insn`w1 >>= 32`, 'invalid shift 32\n'],
    [insn`r1 s>>= -1`, 'invalid shift -1\n'],
  ])('%j is refused', (tested, message) => {
    set({ 1: unknown });
    expect(refusal(env, () => checkAlu(env, tested))).toBe(message);
  });
});

describe('pointers', () => {
  it.each<[string, Record<number, RegState>, Insn, string]>([
    ['+ far constant', { 1: ctx }, insn`r1 += ${1 << 29}`, 'math between ctx pointer and 536870912 is not allowed\n'],
    [
      '+ unbounded',
      { 1: ctx, 2: unknown },
      insn`r1 += r2`,
      'math between ctx pointer and register with unbounded min value is not allowed\n',
    ],
    [
      '+ far minimum',
      { 1: ctx, 2: scalarReg(sRange64(-(2 ** 40), 0)) },
      insn`r1 += r2`,
      'value -1099511627776 makes ctx pointer be out of bounds\n',
    ],
    ['32 bits', { 1: ctx }, insn`w1 += 1`, 'R1 32-bit pointer arithmetic prohibited\n'],
    [
      'or NULL',
      { 1: ctx.withType(RegType.PTR_TO_MAP_VALUE | Flag.PTR_MAYBE_NULL) },
      insn`r1 += 1`,
      'R1 pointer arithmetic on map_value_or_null prohibited, null-check it first\n',
    ],
    ['of sockets', { 1: ctx.withType(RegType.PTR_TO_SOCKET) }, insn`r1 += 1`, 'R1 pointer arithmetic on sock prohibited\n'],
    ['frame - 8', {}, insn`r10 -= 8`, 'frame pointer is read only\n'],
    ['stack - 8', { 1: pointerReg(RegType.PTR_TO_STACK) }, insn`r1 -= 8`, 'R1 subtraction from stack pointer prohibited\n'],
    ['scalar - pointer', { 1: scalarReg(uRange64(0, 9)), 2: ctx }, insn`r1 -= r2`, 'R1 tried to subtract pointer from scalar\n'],
    ['& mask', { 1: ctx }, insn`r1 &= 8`, 'R1 bitwise operator &= on pointer prohibited\n'],
    ['<< 1', { 1: ctx }, insn`r1 <<= 1`, 'R1 pointer arithmetic with <<= operator prohibited\n'],
    ['+ pointer', { 1: ctx, 2: ctx }, insn`r1 += r2`, 'R1 pointer += pointer prohibited\n'],
  ])('%s', (_name, regs, tested, message) => {
    set(regs);
    expect(
      refusal(env, () => checkAlu(env, tested))
        .split(/^mark_precise: .*\n/m)
        .at(-1),
    ).toBe(message);
  });

  it('minus pointers are unknown numbers', () => {
    set({ 1: ctx, 2: ctx });
    checkAlu(env, insn`r1 -= r2`);
    expect(env.regs[1]!.type).toBe(RegType.SCALAR_VALUE);
  });

  it('into packets keep id and range by constants and get new ones by variables', () => {
    set({ 1: packet.with({ num: 14, id: 3 }), 2: scalarReg(uRange64(0, 60)) });
    checkAlu(env, insn`r1 += 4`);
    expect([env.regs[1]!.id, env.regs[1]!.range, constNum(env.regs[1]!.val)]).toEqual([3, 14, 4]);
    checkAlu(env, insn`r1 += r2`);
    expect([env.regs[1]!.id, env.regs[1]!.range, umin(env.regs[1]!.val), umax(env.regs[1]!.val)]).toEqual([1, 0, 4, 64]);
    checkAlu(env, insn`r2 += r1`);
    expect(env.regs[2]!.type).toBe(RegType.PTR_TO_PACKET);
  });
});

describe('conditional jumps', () => {
  it('follow the decided way only', () => {
    set({ 1: scalarReg(constNumber(3)) });
    expect(checkCondJmp(env, insn`if r1 == 3 goto pc+5`)).toBe(6);
    expect(checkCondJmp(env, insn`if r1 > 3 goto pc+5`)).toBe(1);
    expect(env.exploration.pending).toHaveLength(0);
  });

  it('fall through and keep the jump for later', () => {
    set({ 1: unknown });
    expect(checkCondJmp(env, insn`if r1 > 10 goto pc+5`)).toBe(1);
    expect(umax(env.regs[1]!.val)).toBe(10);
    expect(pushed().insnIdx).toBe(6);
    expect(umin(pushed().state.cur.regs[1]!.val)).toBe(11);
  });

  it('teach about linked registers and slots', () => {
    set({ 1: scalarReg(uRange64(0, 1000)).withId(2) });
    checkAlu(env, insn`r2 = r1`);
    checkAlu(env, insn`r2 += 5`);
    checkAlu(env, insn`r3 = r1`);
    env.frame.growStack(8);
    env.frame.setSlot(0, new StackSlot(allKinds(SlotType.SPILL), env.regs[1]!));
    checkCondJmp(env, insn`if r1 > 10 goto pc+5`);
    expect([umin(env.regs[2]!.val), umax(env.regs[2]!.val), umax(env.regs[3]!.val)]).toEqual([5, 15, 10]);
    expect(umax(env.frame.stack[0]!.reg.val)).toBe(10);
    const jumped = pushed().state.cur;
    expect([umin(jumped.regs[2]!.val), umax(jumped.regs[2]!.val), umin(jumped.stack[0]!.reg.val)]).toEqual([16, 1005, 11]);
    expect(env.cur.jmpHistory!.linkedRegs).toHaveLength(4);
  });

  it('unlink what does not fit the history', () => {
    const linked = scalarReg(uRange64(0, 9)).withId(4);
    set({ 0: linked, 1: linked, 2: linked, 3: linked, 4: linked, 5: linked, 6: linked });
    checkCondJmp(env, insn`if r0 == 3 goto pc+5`);
    expect(env.regs.slice(0, 7).map((r) => r.id)).toEqual([4, 4, 4, 4, 4, 0, 0]);
  });

  it('settle whether pointers are NULL, for all that share the id', () => {
    const maybe = makeReg(RegType.PTR_TO_MEM | Flag.PTR_MAYBE_NULL, constNumber(0), { id: 6 });
    set({ 1: maybe, 2: maybe, 3: maybe.withId(7) });
    checkCondJmp(env, insn`if r1 != 0 goto pc+5`);
    expect(env.regs.slice(1, 4).map((r) => r.type)).toEqual([RegType.SCALAR_VALUE, RegType.SCALAR_VALUE, maybe.type]);
    expect(isConst(env.regs[2]!.val)).toBe(true);
    const jumped = pushed().state.cur.regs;
    expect([jumped[1]!.type, jumped[2]!.type, jumped[1]!.id]).toEqual([RegType.PTR_TO_MEM, RegType.PTR_TO_MEM, 6]);
  });

  it('void the reference of what is NULL', () => {
    const cls = env.cls('ref');
    env.cur.held = env.cur.held.push({ cls, id: 6, insn: 0, parentId: 0, object: null, forbids: 0 });
    set({ 1: makeReg(RegType.PTR_TO_SOCKET | Flag.PTR_MAYBE_NULL, constNumber(0), { id: 6 }) });
    checkCondJmp(env, insn`if r1 == 0 goto pc+5`);
    expect(env.cur.held.refCount).toBe(1);
    expect(pushed().state.held.refCount).toBe(0);
  });

  it('know that valid pointers are not NULL', () => {
    set({ 1: pointerReg(RegType.PTR_TO_SOCKET) });
    expect(checkCondJmp(env, insn`if r1 == 0 goto pc+5`)).toBe(1);
    expect(checkCondJmp(env, insn`if r1 != 0 goto pc+5`)).toBe(6);
    set({ 2: ctx });
    checkCondJmp(env, insn`if r2 == 0 goto pc+5`);
    expect(env.exploration.pending).toHaveLength(1);
  });

  it.each<[string, Insn, 'fall' | 'jump', number, number]>([
    ['pkt > end', insn`if r1 > r2 goto pc+5`, 'fall', 8, BEYOND_PKT_END],
    ['pkt < end', insn`if r1 < r2 goto pc+5`, 'jump', 9, AT_PKT_END],
    ['pkt >= end', insn`if r1 >= r2 goto pc+5`, 'fall', 9, AT_PKT_END],
    ['pkt <= end', insn`if r1 <= r2 goto pc+5`, 'jump', 8, BEYOND_PKT_END],
    ['end > pkt', insn`if r2 > r1 goto pc+5`, 'jump', 9, AT_PKT_END],
    ['end < pkt', insn`if r2 < r1 goto pc+5`, 'fall', 8, BEYOND_PKT_END],
    ['end >= pkt', insn`if r2 >= r1 goto pc+5`, 'jump', 8, BEYOND_PKT_END],
    ['end <= pkt', insn`if r2 <= r1 goto pc+5`, 'fall', 9, AT_PKT_END],
  ])('%s gives packet pointers a range', (_name, tested, way, range, mark) => {
    set({ 0: packet, 1: packet.withVal(constNumber(8)), 2: packetEnd });
    checkCondJmp(env, tested);
    const jumped = pushed().state.cur.regs;
    const [below, above] = way === 'fall' ? [env.regs, jumped] : [jumped, env.regs];
    expect([below[0]!.range, below[1]!.range, above[0]!.range, above[1]!.range]).toEqual([range, range, 0, mark]);
  });

  it('decide by the marks of earlier comparisons with the packet end', () => {
    set({ 1: packet.with({ num: BEYOND_PKT_END }), 2: packetEnd });
    expect(checkCondJmp(env, insn`if r1 > r2 goto pc+5`)).toBe(6);
    expect(checkCondJmp(env, insn`if r1 <= r2 goto pc+5`)).toBe(1);
    expect(checkCondJmp(env, insn`if r2 < r1 goto pc+5`)).toBe(6);
  });

  it('are written with the state they leave', () => {
    set({ 1: unknown });
    checkCondJmp(env, insn`if r1 < 10 goto pc+5`);
    expect(scalarAttributes(env.regs[1]!.val).join(',')).toBe('umin=10');
    expect([smin(env.regs[1]!.val) < 0, smax(env.regs[1]!.val) > 0]).toEqual([true, true]);
    expect(env.log.toString()).toContain('R1=scalar(umin=10)');
  });
});

describe('without the right to leak pointers', () => {
  beforeEach(() => {
    env = testEnv({ unprivileged: true });
  });

  it.each<[string, Record<number, RegState>, (e: VerifierEnv) => void, string]>([
    ['32-bit copies', { 1: ctx }, (e) => checkAlu(e, insn`w2 = w1`), 'R1 partial copy of pointer\n'],
    ['sign-extended copies', { 1: ctx }, (e) => checkAlu(e, insn`r2 = (s8)r1`), 'R1 sign-extension part of pointer\n'],
    ['negation', { 1: ctx }, (e) => checkAlu(e, insn`r1 = -r1`), 'R1 pointer arithmetic prohibited\n'],
    ['differences', { 1: ctx, 2: ctx }, (e) => checkAlu(e, insn`r1 -= r2`), 'R1 pointer -= pointer prohibited\n'],
    ['comparisons', { 1: ctx, 2: unknown }, (e) => void checkCondJmp(e, insn`if r2 == r1 goto pc+5`), 'R1 pointer comparison prohibited\n'],
    ['comparisons with numbers', { 1: ctx }, (e) => void checkCondJmp(e, insn`if r1 > 7 goto pc+5`), 'R1 pointer comparison prohibited\n'],
    [
      'signs that vary',
      { 1: pointerReg(RegType.PTR_TO_STACK), 2: scalarReg(sRange64(-4, 4)) },
      (e) => checkAlu(e, insn`r1 += r2`),
      'R2 has unknown scalar with mixed signed bounds, pointer arithmetic with it prohibited for !root\n',
    ],
    [
      'unguarded kinds',
      { 1: packet, 2: scalarReg(uRange64(0, 4)) },
      (e) => checkAlu(e, insn`r1 += r2`),
      'R1 has pointer with unsupported alu operation, pointer arithmetic with it prohibited for !root\n',
    ],
    [
      'leaving the stack',
      { 1: pointerReg(RegType.PTR_TO_STACK) },
      (e) => checkAlu(e, insn`r1 += 8`),
      'R1 stack pointer arithmetic goes out of range, prohibited for !root; off=8\n',
    ],
  ])('%s are refused', (_name, regs, action, message) => {
    set(regs);
    expect(refusal(env, () => action(env))).toBe(message);
  });

  it('decided jumps are explored the other way too, as speculation', () => {
    set({ 1: scalarReg(constNumber(3)) });
    expect(checkCondJmp(env, insn`if r1 == 3 goto pc+5`)).toBe(6);
    expect([pushed().insnIdx, pushed().state.speculative]).toEqual([1, true]);
    expect(isConst(pushed().state.cur.regs[1]!.val)).toBe(false);
  });
});
