// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { disassemble, type InsnNames, operationText } from '../../../src/isa/disasm';
import type { Insn } from '../../../src/isa/insn';
import { decode } from '../../../src/isa/operation';
import { raw } from '../../support/asm';

const names: InsnNames = {
  helper: (id) => (id === 1 ? 'bpf_map_lookup_elem' : undefined),
  kfunc: (insn) => (insn.imm === 71532 ? 'bpf_rbtree_first' : undefined),
  immediate: () => 'map[counts]',
};
const text = (i: Insn, next?: Insn): string => disassemble(i, next, names);

describe('disassemble', () => {
  it.each<[string, Insn]>([
    ['(0f) r1 += r2', raw(0x0f, 1, 2)],
    ['(04) w1 += 5', raw(0x04, 1, 0, 0, 5)],
    ['(c7) r1 s>>= 32', raw(0xc7, 1, 0, 0, 32)],
    ['(3f) r1 s/= r2', raw(0x3f, 1, 2, 1)],
    ['(94) w3 s%= 7', raw(0x94, 3, 0, 1, 7)],
    ['(bf) r1 = (s8)r2', raw(0xbf, 1, 2, 8)],
    ['(bc) w1 = (s16)w2', raw(0xbc, 1, 2, 16)],
    ['(87) r1 = -r1', raw(0x87, 1)],
    ['(84) w1 = -w1', raw(0x84, 1)],
    ['(dc) r1 = be16 r1', raw(0xdc, 1, 0, 0, 16)],
    ['(d4) r1 = le32 r1', raw(0xd4, 1, 0, 0, 32)],
    ['(d7) r1 = bswap64 r1', raw(0xd7, 1, 0, 0, 64)],
    ['(bf) r2 = addr_space_cast(r2, 0, 1)', raw(0xbf, 2, 2, 1, 1)],
    ['(bf) r0 = &(void __percpu *)(r0)', raw(0xbf, 0, 0, -1)],
  ])('writes arithmetic: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it.each<[string, Insn]>([
    ['(79) r2 = *(u64 *)(r1 +16)', raw(0x79, 2, 1, 16)],
    ['(91) r2 = *(s8 *)(r1 -1)', raw(0x91, 2, 1, -1)],
    ['(62) *(u32 *)(r10 -24) = 5', raw(0x62, 10, 0, -24, 5)],
    ['(6b) *(u16 *)(r10 -2) = r3', raw(0x6b, 10, 3, -2)],
    ['(c3) lock *(u32 *)(r1 +0) |= r2', raw(0xc3, 1, 2, 0, 0x40)],
    ['(db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)', raw(0xdb, 1, 2, 0, 0x01)],
    ['(c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)', raw(0xc3, 1, 2, 0, 0xf1)],
    ['(db) r2 = atomic64_xchg((u64 *)(r1 +8), r2)', raw(0xdb, 1, 2, 8, 0xe1)],
    ['(d3) r0 = load_acquire((u8 *)(r1 +0))', raw(0xd3, 0, 1, 0, 0x100)],
    ['(cb) store_release((u16 *)(r1 +0), r2)', raw(0xcb, 1, 2, 0, 0x110)],
    ['(30) r0 = *(u8 *)skb[23]', raw(0x30, 0, 0, 0, 23)],
    ['(48) r0 = *(u16 *)skb[r7 + 4]', raw(0x48, 0, 7, 0, 4)],
    ['BUG_ldx_99', raw(0x99, 1, 1)],
    ['BUG_c3', raw(0xc3, 1, 1, 0, 0x70)],
  ])('writes memory access: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it.each<[string, Insn]>([
    ['(05) goto pc+3', raw(0x05, 0, 0, 3)],
    ['(06) gotol pc-7', raw(0x06, 0, 0, 0, -7)],
    ['(0d) gotox r1', raw(0x0d, 1)],
    ['(e5) may_goto pc+1', raw(0xe5, 0, 0, 1)],
    ['(15) if r1 == 0xffffffff goto pc+2', raw(0x15, 1, 0, 2, -1)],
    ['(ce) if w1 s< w2 goto pc-4', raw(0xce, 1, 2, -4)],
    ['(45) if r1 & 0x8 goto pc+0', raw(0x45, 1, 0, 0, 8)],
    ['(95) exit', raw(0x95)],
    ['(85) call pc+12', raw(0x85, 0, 1, 0, 12)],
    ['(85) call bpf_map_lookup_elem#1', raw(0x85, 0, 0, 0, 1)],
    ['(85) call unknown#9999', raw(0x85, 0, 0, 0, 9999)],
    ['(85) call bpf_rbtree_first#71532', raw(0x85, 0, 2, 0, 71532)],
    ['(85) call <error>#5', raw(0x85, 0, 2, 0, 5)],
  ])('writes jumps and calls: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it('writes 64-bit constants in full and names what is an address in the kernel', () => {
    expect(text(raw(0x18, 1, 0, 0, 1), raw(0, 0, 0, 0, 2))).toBe('(18) r1 = 0x200000001');
    expect(text(raw(0x18, 1, 0, 0, -1), raw(0, 0, 0, 0, -1))).toBe('(18) r1 = 0xffffffffffffffff');
    expect(text(raw(0x18, 1, 1, 0, 3), raw(0))).toBe('(18) r1 = map[counts]');
    expect(text(raw(0x18, 2, 4, 0, 24), raw(0))).toBe('(18) r2 = 0x18');
  });
});

describe('the spelling for people', () => {
  const places = {
    jump: (distance: number): string => String(11 + distance),
    call: (distance: number): string => `helper_at_${11 + distance}`,
  };
  it.each<[string, string, Insn]>([
    ['if r7 == 0x0 goto pc+25', 'if r7 == 0x0 goto 36', raw(0x15, 7, 0, 25)],
    ['goto pc-3', 'goto 8', raw(0x05, 0, 0, -3)],
    ['gotol pc-7', 'gotol 4', raw(0x06, 0, 0, 0, -7)],
    ['may_goto pc+1', 'may_goto 12', raw(0xe5, 0, 0, 1)],
    ['call bpf_map_lookup_elem#1', 'call bpf_map_lookup_elem', raw(0x85, 0, 0, 0, 1)],
    ['call pc+4', 'call helper_at_15', raw(0x85, 0, 1, 0, 4)],
    ['r1 += r2', 'r1 += r2', raw(0x0f, 1, 2)],
  ])('%s becomes %s', (log, shown, i) => {
    expect(operationText(i, undefined, names)).toBe(log);
    expect(operationText(i, undefined, { ...names, places })).toBe(shown);
  });
});

describe('decoding', () => {
  it.each<[string, string, string, Insn]>([
    ['alu64', 'alu', 'add', raw(0x0f, 1, 2)],
    ['alu', 'alu', 'smod', raw(0x94, 3, 0, 1, 7)],
    ['alu64', 'alu', 'movsx', raw(0xbf, 1, 2, 8)],
    ['alu64', 'alu', 'mov', raw(0xb7, 1, 0, 0, 8)],
    ['alu', 'alu', 'be', raw(0xdc, 1, 0, 0, 16)],
    ['alu64', 'alu', 'bswap', raw(0xd7, 1, 0, 0, 64)],
    ['alu64', 'alu', 'addr_space_cast', raw(0xbf, 2, 2, 1, 1)],
    ['alu64', 'alu', 'mov_percpu', raw(0xbf, 0, 0, -1)],
    ['ldx', 'load', 'ldxsx', raw(0x91, 2, 1, -1)],
    ['ldx', 'unknown', 'unknown', raw(0x99, 1, 1)],
    ['st', 'store', 'st', raw(0x62, 10, 0, -24, 5)],
    ['st', 'nospec', 'nospec', raw(0xc2)],
    ['stx', 'atomic', 'fetch_add', raw(0xdb, 1, 2, 0, 0x01)],
    ['stx', 'atomic', 'load_acquire', raw(0xd3, 0, 1, 0, 0x100)],
    ['stx', 'unknown', 'unknown', raw(0xc3, 1, 1, 0, 0x70)],
    ['ld', 'constant', 'ld_imm64', raw(0x18, 1)],
    ['ld', 'packet', 'ld_ind', raw(0x48, 0, 7, 0, 4)],
    ['jmp', 'goto', 'ja', raw(0x05, 0, 0, 3)],
    ['jmp32', 'goto', 'gotol', raw(0x06, 0, 0, 0, -7)],
    ['jmp', 'goto', 'gotox', raw(0x0d, 1)],
    ['jmp', 'may_goto', 'may_goto', raw(0xe5, 0, 0, 1)],
    ['jmp32', 'branch', 'jslt', raw(0xce, 1, 2, -4)],
    ['jmp', 'call', 'call', raw(0x85, 0, 0, 0, 1)],
    ['jmp', 'exit', 'exit', raw(0x95)],
  ])('%s %s %s', (cls, kind, name, i) => {
    expect(decode(i)).toEqual({ class: cls, kind, name });
  });
});
