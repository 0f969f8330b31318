// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Alu, Atomic, Class, Mode, Size } from '../../../src/isa/opcode';
import { NONE, TrackTable, UNVISITED } from '../../../src/verifier/prepass/arg-track';
import { def32, defUse } from '../../../src/verifier/prepass/def-use';
import { FuncState } from '../../../src/verifier/state/frame';
import { VerifierState } from '../../../src/verifier/state/state';
import { aliveSlots } from '../../../src/verifier/prepass/stack-liveness';
import { hasHalfSlot, WORDS } from '../../../src/verifier/prepass/spis';
import { asm, insn, raw } from '../../support/asm';
import { type Prepassed, prepass, program } from './programs';

type Frames = readonly [callsite: number, subprog: number][];

function aliveIn({ env }: Prepassed, insnIdx: number, frameno: number, frames: Frames): number[] {
  const state = new VerifierState(frames.map(([callsite, subprog], i) => new FuncState(callsite, i, subprog)));
  state.insnIdx = insnIdx;
  const words = new Int32Array(WORDS);
  aliveSlots(env, state, frameno, words);
  return Array.from({ length: 128 }, (_, h) => h)
    .filter((h) => hasHalfSlot(words, 0, h))
    .map((h) => -(h + 1) * 4);
}

/**
 * Half slots of frame `frameno` that are alive before `insnIdx`, as ranges of byte offsets of their low ends. Without a log, which tells of every
 * instruction and round, they must be the same.
 */
function alive(p: Prepassed, insnIdx: number, frameno = 0, frames: Frames = [[-1, 0]]): number[] {
  const told = aliveIn(p, insnIdx, frameno, frames);
  expect(aliveIn(prepass(p.env.prog, { level: 0 }), insnIdx, frameno, frames)).toEqual(told);
  return told;
}

const liveRegs = (p: Prepassed): string[] =>
  Array.from(p.env.aux.liveRegsBefore, (live) =>
    Array.from({ length: 11 }, (_, r) => r)
      .filter((r) => (live & (1 << r)) !== 0)
      .join(''),
  );

describe('live registers', () => {
  it('go backwards through joins', () => {
    const p = prepass(
      program(asm`
r6 = r1
if r2 == 0 goto pc+2
r0 = r6
exit
r0 = r3
exit
`),
    );
    expect(liveRegs(p)).toEqual(['123', '236', '6', '0', '3', '0']);
  });
  it('take the arguments of a call from its prototype', () => {
    const p = prepass(program(asm`call #5; exit`)); // ktime_get_ns has none
    expect(liveRegs(p)[0]).toBe('');
    expect(liveRegs(prepass(program(asm`call pc+1; exit; r0 = 0; exit`)))[0]).toBe('12345');
  });
  it('notice 32-bit definitions whose upper half is read', () => {
    const p = prepass(program(asm`w1 = 1; w2 = w1; r0 = r2; exit`));
    expect(p.log.split('\n').filter((line) => line.endsWith('; zext'))).toHaveLength(1);
    expect(p.log).toContain('      1: .1........ (bc) w2 = w1                           ; zext\n');
  });
});

describe('definitions and uses', () => {
  const wide = (...regs: number[]): number => regs.reduce((m, r) => m | (1 << r) | (1 << (r + 16)), 0);
  it('of atomics', () => {
    const at = (imm: number, size: number): ReturnType<typeof defUse> => defUse(raw(Class.STX | Mode.ATOMIC | size, 1, 2, 0, imm), -1);
    expect(at(Atomic.CMPXCHG, Size.DW)).toEqual({ use: wide(0, 1, 2), def: wide(0) });
    expect(at(Atomic.CMPXCHG, Size.W)).toEqual({ use: wide(1) | 1 | (1 << 2), def: wide(0) });
    expect(at(Atomic.ADD, Size.DW)).toEqual({ use: wide(1, 2), def: 0 });
    expect(at(Atomic.ADD | Atomic.FETCH, Size.DW)).toEqual({ use: wide(1, 2), def: wide(2) });
    expect(at(Atomic.LOAD_ACQ, Size.W)).toEqual({ use: wide(2), def: wide(1) });
  });
  it('say which registers get only their low half', () => {
    expect(def32(insn`r3 = *(u32 *)(r1 +0)`, true)).toBe(3);
    expect(def32(insn`r3 = *(u64 *)(r1 +0)`, true)).toBe(-1);
    expect(def32(insn`w4 += 1`, true)).toBe(4);
    expect(def32(raw(Class.ALU64 | Alu.MOV | 8, 5, 5, 1, 1), true)).toBe(5);
    expect(def32(raw(Class.ALU64 | Alu.MOV | 8, 5, 5, 1, 1 << 16), true)).toBe(-1);
  });
});

describe('stack liveness', () => {
  it('ends at the last read and starts at the write', () => {
    const p = prepass(program(asm`*(u64 *)(r10 -8) = 1; r1 = *(u64 *)(r10 -8); r0 = 0; exit`));
    expect([0, 1, 2].map((i) => alive(p, i))).toEqual([[], [-4, -8], []]);
  });
  it('sees halves', () => {
    const p = prepass(program(asm`*(u64 *)(r10 -8) = 1; r1 = *(u32 *)(r10 -8); r0 = 0; exit`));
    expect(alive(p, 1)).toEqual([-8]);
    expect(p.log).toContain('use: fp0-8h');
    const partial = prepass(program(asm`*(u16 *)(r10 -8) = 1; r1 = *(u32 *)(r10 -8); r0 = 0; exit`));
    expect(alive(partial, 0)).toEqual([-8]); // two bytes written do not hide four read
  });
  it('follows pointers and gives up on offsets it does not know', () => {
    const known = asm`r2 = r10; r2 += -16; r3 = *(u64 *)(r2 +0); r0 = 0; exit`;
    expect(alive(prepass(program(known)), 0)).toEqual([-12, -16]);
    const unknown = asm`r2 = r10; r2 += r3; r4 = *(u64 *)(r2 -8); r0 = 0; exit`;
    expect(alive(prepass(program(unknown)), 0)).toHaveLength(128);
  });
  it('does not count as written what only the first round of a loop writes', () => {
    const insns = asm`
r2 = r10
r2 += -8
r6 = 0
*(u64 *)(r2 +0) = 1
r2 = r10
r2 += -16
r6 += 1
if r6 != 10 goto pc-5
r3 = *(u64 *)(r10 -8)
r0 = 0
exit
`;
    expect(alive(prepass(program(insns)), 3)).toEqual([-4, -8]);
  });
  it('restores pointers that were spilled', () => {
    const insns = asm`
r2 = r10
r2 += -32
*(u64 *)(r10 -8) = r2
r3 = *(u64 *)(r10 -8)
r4 = *(u64 *)(r3 +0)
r0 = 0
exit
`;
    expect(alive(prepass(program(insns)), 4)).toEqual([-28, -32]);
  });
  it('carries what a callee reads to the call', () => {
    const main = asm`
*(u64 *)(r10 -8) = 0
r1 = r10
r1 += -8
call pc+2
r0 = 0
exit
`;
    const p = prepass(program(asm`${main}; r0 = *(u64 *)(r1 +0); exit`));
    expect(alive(p, 3)).toEqual([-4, -8]);
    expect(alive(p, 4)).toEqual([]);
    const inCallee: [number, number][] = [
      [-1, 0],
      [3, 1],
    ];
    expect(alive(p, 6, 0, inCallee)).toEqual([-4, -8]);
    expect(alive(p, 7, 0, inCallee)).toEqual([]);
    expect(p.log).toContain('subprog#1: analyzing (depth 1)...\n');
    expect(p.log).toContain('stack use/def subprog#1 (d1,cs3):\n');
  });
  it('keeps the stack of a caller that is read after the return', () => {
    const p = prepass(
      program(asm`
*(u64 *)(r10 -8) = 0
call pc+3
r1 = *(u64 *)(r10 -8)
r0 = 0
exit
r0 = 0
exit
`),
    );
    expect(
      alive(p, 5, 0, [
        [-1, 0],
        [1, 1],
      ]),
    ).toEqual([-4, -8]);
  });
});

describe('tracks', () => {
  const t = new TrackTable();
  it('join to several offsets, then to none, then to no one frame', () => {
    const a = t.exact(0, -8);
    const b = t.join(a, t.exact(0, -16));
    expect(t.text(b)).toBe('fp0-16|fp0-8');
    const many = [-24, -32, -40].reduce((x, off) => t.join(x, t.exact(0, off)), b);
    expect(t.text(many)).toBe('fp0 ?');
    expect(t.text(t.join(many, t.exact(1, 0)))).toBe('IMP3');
  });
  it('keep a place alive against an unrelated value', () => {
    expect(t.text(t.join(t.exact(1, -8), NONE))).toBe('fp1-8|fp1+0');
    expect(t.join(UNVISITED, NONE)).toBe(NONE);
  });
  it('lose the offset that leaves 16 bits', () => {
    expect(t.text(t.add(t.exact(0, -8), -8))).toBe('fp0-16');
    expect(t.text(t.add(t.exact(0, -8), 70000))).toBe('fp0 ?');
  });
});
