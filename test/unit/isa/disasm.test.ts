// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { disassemble, type InsnNames, operationText } from '../../../src/isa/disasm';
import type { Insn } from '../../../src/isa/insn';
import { decode } from '../../../src/isa/operation';

const names: InsnNames = {
  helper: (id) => (id === 1 ? 'bpf_map_lookup_elem' : undefined),
  kfunc: (insn) => (insn.imm === 71532 ? 'bpf_rbtree_first' : undefined),
  immediate: () => 'map[counts]',
};
const insn = (code: number, dst = 0, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });
const text = (i: Insn, next?: Insn): string => disassemble(i, next, names);

describe('disassemble', () => {
  it.each<[string, Insn]>([
    ['(0f) r1 += r2', insn(0x0f, 1, 2)],
    ['(04) w1 += 5', insn(0x04, 1, 0, 0, 5)],
    ['(c7) r1 s>>= 32', insn(0xc7, 1, 0, 0, 32)],
    ['(3f) r1 s/= r2', insn(0x3f, 1, 2, 1)],
    ['(94) w3 s%= 7', insn(0x94, 3, 0, 1, 7)],
    ['(bf) r1 = (s8)r2', insn(0xbf, 1, 2, 8)],
    ['(bc) w1 = (s16)w2', insn(0xbc, 1, 2, 16)],
    ['(87) r1 = -r1', insn(0x87, 1)],
    ['(84) w1 = -w1', insn(0x84, 1)],
    ['(dc) r1 = be16 r1', insn(0xdc, 1, 0, 0, 16)],
    ['(d4) r1 = le32 r1', insn(0xd4, 1, 0, 0, 32)],
    ['(d7) r1 = bswap64 r1', insn(0xd7, 1, 0, 0, 64)],
    ['(bf) r2 = addr_space_cast(r2, 0, 1)', insn(0xbf, 2, 2, 1, 1)],
    ['(bf) r0 = &(void __percpu *)(r0)', insn(0xbf, 0, 0, -1)],
  ])('writes arithmetic: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it.each<[string, Insn]>([
    ['(79) r2 = *(u64 *)(r1 +16)', insn(0x79, 2, 1, 16)],
    ['(91) r2 = *(s8 *)(r1 -1)', insn(0x91, 2, 1, -1)],
    ['(62) *(u32 *)(r10 -24) = 5', insn(0x62, 10, 0, -24, 5)],
    ['(6b) *(u16 *)(r10 -2) = r3', insn(0x6b, 10, 3, -2)],
    ['(c3) lock *(u32 *)(r1 +0) |= r2', insn(0xc3, 1, 2, 0, 0x40)],
    ['(db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)', insn(0xdb, 1, 2, 0, 0x01)],
    ['(c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)', insn(0xc3, 1, 2, 0, 0xf1)],
    ['(db) r2 = atomic64_xchg((u64 *)(r1 +8), r2)', insn(0xdb, 1, 2, 8, 0xe1)],
    ['(d3) r0 = load_acquire((u8 *)(r1 +0))', insn(0xd3, 0, 1, 0, 0x100)],
    ['(cb) store_release((u16 *)(r1 +0), r2)', insn(0xcb, 1, 2, 0, 0x110)],
    ['(30) r0 = *(u8 *)skb[23]', insn(0x30, 0, 0, 0, 23)],
    ['(48) r0 = *(u16 *)skb[r7 + 4]', insn(0x48, 0, 7, 0, 4)],
    ['BUG_ldx_99', insn(0x99, 1, 1)],
    ['BUG_c3', insn(0xc3, 1, 1, 0, 0x70)],
  ])('writes memory access: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it.each<[string, Insn]>([
    ['(05) goto pc+3', insn(0x05, 0, 0, 3)],
    ['(06) gotol pc-7', insn(0x06, 0, 0, 0, -7)],
    ['(0d) gotox r1', insn(0x0d, 1)],
    ['(e5) may_goto pc+1', insn(0xe5, 0, 0, 1)],
    ['(15) if r1 == 0xffffffff goto pc+2', insn(0x15, 1, 0, 2, -1)],
    ['(ce) if w1 s< w2 goto pc-4', insn(0xce, 1, 2, -4)],
    ['(45) if r1 & 0x8 goto pc+0', insn(0x45, 1, 0, 0, 8)],
    ['(95) exit', insn(0x95)],
    ['(85) call pc+12', insn(0x85, 0, 1, 0, 12)],
    ['(85) call bpf_map_lookup_elem#1', insn(0x85, 0, 0, 0, 1)],
    ['(85) call unknown#9999', insn(0x85, 0, 0, 0, 9999)],
    ['(85) call bpf_rbtree_first#71532', insn(0x85, 0, 2, 0, 71532)],
    ['(85) call <error>#5', insn(0x85, 0, 2, 0, 5)],
  ])('writes jumps and calls: %s', (expected, i) => {
    expect(text(i)).toBe(expected);
  });

  it('writes 64-bit constants in full and names what is an address in the kernel', () => {
    expect(text(insn(0x18, 1, 0, 0, 1), insn(0, 0, 0, 0, 2))).toBe('(18) r1 = 0x200000001');
    expect(text(insn(0x18, 1, 0, 0, -1), insn(0, 0, 0, 0, -1))).toBe('(18) r1 = 0xffffffffffffffff');
    expect(text(insn(0x18, 1, 1, 0, 3), insn(0))).toBe('(18) r1 = map[counts]');
    expect(text(insn(0x18, 2, 4, 0, 24), insn(0))).toBe('(18) r2 = 0x18');
  });
});

describe('the spelling for people', () => {
  const places = {
    jump: (distance: number): string => String(11 + distance),
    call: (distance: number): string => `helper_at_${11 + distance}`,
  };
  it.each<[string, string, Insn]>([
    ['if r7 == 0x0 goto pc+25', 'if r7 == 0x0 goto 36', insn(0x15, 7, 0, 25)],
    ['goto pc-3', 'goto 8', insn(0x05, 0, 0, -3)],
    ['gotol pc-7', 'gotol 4', insn(0x06, 0, 0, 0, -7)],
    ['may_goto pc+1', 'may_goto 12', insn(0xe5, 0, 0, 1)],
    ['call bpf_map_lookup_elem#1', 'call bpf_map_lookup_elem', insn(0x85, 0, 0, 0, 1)],
    ['call pc+4', 'call helper_at_15', insn(0x85, 0, 1, 0, 4)],
    ['r1 += r2', 'r1 += r2', insn(0x0f, 1, 2)],
  ])('%s becomes %s', (log, shown, i) => {
    expect(operationText(i, undefined, names)).toBe(log);
    expect(operationText(i, undefined, { ...names, places })).toBe(shown);
  });
});

describe('decoding', () => {
  it.each<[string, string, string, Insn]>([
    ['alu64', 'alu', 'add', insn(0x0f, 1, 2)],
    ['alu', 'alu', 'smod', insn(0x94, 3, 0, 1, 7)],
    ['alu64', 'alu', 'movsx', insn(0xbf, 1, 2, 8)],
    ['alu64', 'alu', 'mov', insn(0xb7, 1, 0, 0, 8)],
    ['alu', 'alu', 'be', insn(0xdc, 1, 0, 0, 16)],
    ['alu64', 'alu', 'bswap', insn(0xd7, 1, 0, 0, 64)],
    ['alu64', 'alu', 'addr_space_cast', insn(0xbf, 2, 2, 1, 1)],
    ['alu64', 'alu', 'mov_percpu', insn(0xbf, 0, 0, -1)],
    ['ldx', 'load', 'ldxsx', insn(0x91, 2, 1, -1)],
    ['ldx', 'unknown', 'unknown', insn(0x99, 1, 1)],
    ['st', 'store', 'st', insn(0x62, 10, 0, -24, 5)],
    ['st', 'nospec', 'nospec', insn(0xc2)],
    ['stx', 'atomic', 'fetch_add', insn(0xdb, 1, 2, 0, 0x01)],
    ['stx', 'atomic', 'load_acquire', insn(0xd3, 0, 1, 0, 0x100)],
    ['stx', 'unknown', 'unknown', insn(0xc3, 1, 1, 0, 0x70)],
    ['ld', 'constant', 'ld_imm64', insn(0x18, 1)],
    ['ld', 'packet', 'ld_ind', insn(0x48, 0, 7, 0, 4)],
    ['jmp', 'goto', 'ja', insn(0x05, 0, 0, 3)],
    ['jmp32', 'goto', 'gotol', insn(0x06, 0, 0, 0, -7)],
    ['jmp', 'goto', 'gotox', insn(0x0d, 1)],
    ['jmp', 'may_goto', 'may_goto', insn(0xe5, 0, 0, 1)],
    ['jmp32', 'branch', 'jslt', insn(0xce, 1, 2, -4)],
    ['jmp', 'call', 'call', insn(0x85, 0, 0, 0, 1)],
    ['jmp', 'exit', 'exit', insn(0x95)],
  ])('%s %s %s', (cls, kind, name, i) => {
    expect(decode(i)).toEqual({ class: cls, kind, name });
  });
});
