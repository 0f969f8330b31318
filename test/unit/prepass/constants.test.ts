// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Class, Mode, Size } from '../../../src/isa/opcode';
import { asm, insn, raw } from '../../support/asm';
import { type Prepassed, arrayMap, prepass, program } from './programs';

const RDONLY_PROG = 128;

/** Constants before a jump or call, as `register=value`. */
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
    const insns = asm`
r1 = 5
r1 += 7
r2 = r1
r2 -= 20
r0 = 0
exit
`;
    expect(constants(prepass(program(insns)), 5)).toBe('r0=0 r1=12'); // r2 is -8
    insns[3] = insn`w2 -= 20`;
    expect(constants(prepass(program(insns)), 5)).toBe('r0=0 r1=12 r2=4294967288'); // cut to 32 bits it fits
    const low = asm`r1 = -1; w1 += 0; r0 = 0; exit`;
    expect(constants(prepass(program(low)), 3)).toBe('r0=0 r1=4294967295');
  });
  it('keeps what both sides of a join agree on', () => {
    const insns = asm`
r2 = *(u32 *)(r1 +0)
r3 = 1
r4 = 1
if r2 == 0 goto pc+1
r4 = 2
r0 = 0
exit
`;
    expect(constants(prepass(program(insns)), 6)).toBe('r0=0 r3=1');
  });
  it('knows maps, subprograms and read-only data', () => {
    const data = arrayMap({ flags: RDONLY_PROG, frozen: true, data: Uint8Array.of(1, 2, 3, 4, 0x80, 0, 0, 0), valueSize: 8 });
    const insns = asm`
r1 = map ${data.fd} ll
r2 = func pc+6 ll
r3 = map_value ${data.fd}+4 ll
r4 = *(u16 *)(r3 -4)
${raw(Class.LDX | Mode.MEMSX | Size.B, 5, 3, 0, 0)}
exit
r0 = 0
exit
`;
    const p = prepass(program(asm`r0 = 0; ${insns}`, { maps: [data] }));
    expect(p.refused).toBe('');
    expect(constants(p, 9)).toBe('r0=0 r1=map0 r2=sub1 r4=513'); // r5 is -128
  });
  it('does not trust data that may change', () => {
    const data = arrayMap({ data: Uint8Array.of(7, 0, 0, 0), valueSize: 4 });
    const p = prepass(program(asm`r3 = map_value ${data.fd}+0 ll; r4 = *(u32 *)(r3 +0); r0 = 0; exit`, { maps: [data] }));
    expect(constants(p, 4)).toBe('r0=0');
  });
  it('forgets R0 to R5 over a call', () => {
    expect(constants(prepass(program(asm`r1 = 1; r6 = 1; call #5; exit`)), 3)).toBe('r6=1');
  });
});

describe('branches that are decided before execution', () => {
  const rewritten = (insns: Parameters<typeof program>[0], idx: number): unknown => prepass(program(insns)).env.insns[idx];

  it('become plain jumps', () => {
    expect(rewritten(asm`r1 = 5; if r1 == 5 goto pc+1; r1 = 0; r0 = 0; exit`, 1)).toEqual(insn`goto pc+1`);
    expect(rewritten(asm`r1 = 5; if r1 != 5 goto pc+1; r1 = 0; r0 = 0; exit`, 1)).toEqual(insn`goto pc+0`);
  });
  it('compare immediates sign-extended, and as 32 bits where the jump does', () => {
    const big = asm`r1 = 0xffffffff ll`;
    expect(rewritten(asm`${big}; if r1 == -1 goto pc+1; r1 = 0; r0 = 0; exit`, 2)).toEqual(insn`goto pc+0`);
    expect(rewritten(asm`${big}; if w1 == -1 goto pc+1; r1 = 0; r0 = 0; exit`, 2)).toEqual(insn`goto pc+1`);
    expect(rewritten(asm`${big}; if w1 s< 0 goto pc+1; r1 = 0; r0 = 0; exit`, 2)).toEqual(insn`goto pc+1`);
  });
});

describe('direct access to map values', () => {
  it('checks the map type and the offset', () => {
    const hash = arrayMap({ type: 1 });
    const at = (map: ReturnType<typeof arrayMap>, off: number): string =>
      prepass(program(asm`r1 = map_value ${map.fd}+${off} ll; r0 = 0; exit`, { maps: [map] })).refused;
    expect(at(hash, 0)).toBe('no direct value access support for this map type');
    expect(at(arrayMap(), 15)).toBe('');
    expect(at(arrayMap(), 16)).toBe('invalid access to map value pointer, value_size=16 off=16');
    expect(at(arrayMap({ maxEntries: 2 }), 0)).toBe('invalid access to map value pointer, value_size=16 off=0');
  });
});
