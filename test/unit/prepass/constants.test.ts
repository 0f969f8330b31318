// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Alu, Class, Jmp, Mode, Size } from '../../../src/isa/opcode';
import type { Prepassed } from './programs';
import {
  aluImm,
  arrayMap,
  exit,
  goto,
  helper,
  jumpIf,
  ldFunc,
  ldImm64,
  ldMap,
  ldMapValue,
  load,
  movImm,
  movReg,
  prepass,
  program,
  raw,
} from './programs';

const RDONLY_PROG = 128;

/** Constants before instruction `idx` as `register=value`. */
function constants(p: Prepassed, idx: number): string {
  const known = p.env.constants;
  const parts: string[] = [];
  for (let r = 0; r < 10; r++) {
    const value = known.value(idx, r);
    if ((known.scalars(idx) & (1 << r)) !== 0) parts.push(`r${r}=${value >>> 0}`);
    if ((known.maps(idx) & (1 << r)) !== 0) parts.push(`r${r}=map${value}`);
    if ((known.subprogs(idx) & (1 << r)) !== 0) parts.push(`r${r}=sub${value}`);
  }
  return parts.join(' ');
}

describe('constants before execution', () => {
  it('follows moves and sums, and drops what does not fit 32 bits', () => {
    const insns = [movImm(1, 5), aluImm(Alu.ADD, 1, 7), movReg(2, 1), aluImm(Alu.SUB, 2, 20), movImm(0, 0), exit()];
    expect(constants(prepass(program(insns)), 4)).toBe('r1=12'); // r2 is -8
    insns[3] = aluImm(Alu.SUB, 2, 20, Class.ALU);
    expect(constants(prepass(program(insns)), 4)).toBe('r1=12 r2=4294967288'); // cut to 32 bits it fits
    const low = [movImm(1, -1), aluImm(Alu.ADD, 1, 0, Class.ALU), movImm(0, 0), exit()];
    expect(constants(prepass(program(low)), 2)).toBe('r1=4294967295');
  });
  it('keeps what both sides of a join agree on', () => {
    const insns = [load(2, 1, 0, Size.W), movImm(3, 1), movImm(4, 1), jumpIf(Jmp.JEQ, 2, 0, 1), movImm(4, 2), movImm(0, 0), exit()];
    expect(constants(prepass(program(insns)), 5)).toBe('r3=1');
  });
  it('knows maps, subprograms and read-only data', () => {
    const data = arrayMap({ flags: RDONLY_PROG, frozen: true, data: Uint8Array.of(1, 2, 3, 4, 0x80, 0, 0, 0), valueSize: 8 });
    const insns = [
      ldMap(1, data),
      ldFunc(2, 6),
      ldMapValue(3, data, 4),
      load(4, 3, -4, Size.H),
      raw(Class.LDX | Mode.MEMSX | Size.B, 5, 3, 0, 0),
      exit(),
      movImm(0, 0),
      exit(),
    ];
    const p = prepass(program([movImm(0, 0), ...insns], { maps: [data] }));
    expect(p.refused).toBe('');
    expect(constants(p, 9)).toBe('r0=0 r1=map0 r2=sub1 r4=513'); // r5 is -128
  });
  it('does not trust data that may change', () => {
    const data = arrayMap({ data: Uint8Array.of(7, 0, 0, 0), valueSize: 4 });
    const p = prepass(program([ldMapValue(3, data, 0), load(4, 3, 0, Size.W), movImm(0, 0), exit()], { maps: [data] }));
    expect(constants(p, 3)).toBe('');
  });
  it('forgets R0 to R5 over a call', () => {
    expect(constants(prepass(program([movImm(1, 1), movImm(6, 1), helper(5), exit()])), 3)).toBe('r6=1');
  });
});

describe('branches that are decided before execution', () => {
  const rewritten = (insns: Parameters<typeof program>[0], idx: number): unknown => prepass(program(insns)).env.insns[idx];

  it('become plain jumps', () => {
    expect(rewritten([movImm(1, 5), jumpIf(Jmp.JEQ, 1, 5, 1), movImm(1, 0), movImm(0, 0), exit()], 1)).toEqual(goto(1));
    expect(rewritten([movImm(1, 5), jumpIf(Jmp.JNE, 1, 5, 1), movImm(1, 0), movImm(0, 0), exit()], 1)).toEqual(goto(0));
  });
  it('compare immediates sign-extended, and as 32 bits where the jump does', () => {
    const big = ldImm64(1, -1);
    expect(rewritten([big, jumpIf(Jmp.JEQ, 1, -1, 1), movImm(1, 0), movImm(0, 0), exit()], 2)).toEqual(goto(0));
    expect(rewritten([big, jumpIf(Jmp.JEQ, 1, -1, 1, Class.JMP32), movImm(1, 0), movImm(0, 0), exit()], 2)).toEqual(goto(1));
    expect(rewritten([big, jumpIf(Jmp.JSLT, 1, 0, 1, Class.JMP32), movImm(1, 0), movImm(0, 0), exit()], 2)).toEqual(goto(1));
  });
});

describe('direct access to map values', () => {
  it('checks the map type and the offset', () => {
    const hash = arrayMap({ type: 1 });
    const at = (map: ReturnType<typeof arrayMap>, off: number): string =>
      prepass(program([ldMapValue(1, map, off), movImm(0, 0), exit()], { maps: [map] })).refused;
    expect(at(hash, 0)).toBe('no direct value access support for this map type');
    expect(at(arrayMap(), 15)).toBe('');
    expect(at(arrayMap(), 16)).toBe('invalid access to map value pointer, value_size=16 off=16');
    expect(at(arrayMap({ maxEntries: 2 }), 0)).toBe('invalid access to map value pointer, value_size=16 off=0');
  });
});
