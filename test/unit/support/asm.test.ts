// SPDX-License-Identifier: GPL-2.0-only
/** The notation of test programs: what the disassembler writes of an instruction makes that instruction. */
import { describe, expect, it } from 'vitest';
import { operationText, type InsnNames } from '../../../src/isa/disasm';
import { asm, insn, raw } from '../../support/asm';

const NO_NAMES: InsnNames = { helper: () => 'h', kfunc: () => 'k', immediate: () => undefined };

describe('the spelling of the log', () => {
  it.each([
    'r1 += r2',
    'w1 += 5',
    'r1 s>>= 32',
    'r1 s/= r2',
    'w3 s%= 7',
    'r1 = (s8)r2',
    'w1 = (s16)w2',
    'r1 = -r1',
    'w1 = -w1',
    'r1 = be16 r1',
    'r1 = le32 r1',
    'r1 = bswap64 r1',
    'r2 = addr_space_cast(r2, 0, 1)',
    'r0 = &(void __percpu *)(r0)',
    'r1 = -7',
    'w1 = w2',
    'r2 = *(u64 *)(r1 +16)',
    'r2 = *(s8 *)(r1 -1)',
    '*(u32 *)(r10 -24) = 5',
    '*(u16 *)(r10 -2) = r3',
    'lock *(u32 *)(r1 +0) |= r2',
    'lock *(u64 *)(r1 +0) += r2',
    'r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)',
    'r2 = atomic_fetch_xor((u32 *)(r1 +4), r2)',
    'r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)',
    'r2 = atomic64_xchg((u64 *)(r1 +8), r2)',
    'r0 = load_acquire((u8 *)(r1 +0))',
    'store_release((u16 *)(r1 +0), r2)',
    'r0 = *(u8 *)skb[23]',
    'r0 = *(u16 *)skb[r7 + 4]',
    'goto pc+3',
    'gotol pc-7',
    'gotox r1',
    'may_goto pc+1',
    'if r1 == 0xffffffff goto pc+2',
    'if w1 s< w2 goto pc-4',
    'if r1 & 0x8 goto pc+0',
    'exit',
    'call pc+12',
    'call h#9999',
  ])('%s', (text) => {
    expect(operationText(insn`${text}`, undefined, NO_NAMES)).toBe(text);
  });

  it('of 64-bit constants', () => {
    const [low, high] = asm`r1 = 0x200000001 ll`;
    expect(operationText(low!, high, NO_NAMES)).toBe('r1 = 0x200000001');
    expect(asm`r1 = -1 ll`).toEqual([raw(0x18, 1, 0, 0, -1), raw(0, 0, 0, 0, -1)]);
  });
});

describe('what the log has no spelling for', () => {
  it('is calls of kfuncs, what stands for maps and functions, and any fields', () => {
    expect(asm`kfunc #71532`).toEqual([raw(0x85, 0, 2, 0, 71532)]);
    expect(asm`r1 = map 100 ll; r2 = map_value 100+8 ll; r3 = func pc+6 ll`).toEqual([
      raw(0x18, 1, 1, 0, 100),
      raw(0),
      raw(0x18, 2, 2, 0, 100),
      raw(0, 0, 0, 0, 8),
      raw(0x18, 3, 4, 0, 6),
      raw(0),
    ]);
    expect(asm`.insn 0x8e, 1, 2, -3, 4`).toEqual([raw(0x8e, 1, 2, -3, 4)]);
  });

  it('is labels: of jumps, calls and functions, over constants of two slots', () => {
    expect(asm`
      again: r1 = 5 ll
      if r1 == 0 goto again
      goto end
      r2 = func end ll
      call end
      end: exit`).toEqual(asm`r1 = 5 ll; if r1 == 0 goto pc-3; goto pc+3; r2 = func pc+2 ll; call pc+0; exit`);
  });

  it('is instructions and numbers that are put in', () => {
    expect(asm`r0 = ${3}; ${asm`r1 = 1; r2 = 2`}; *(u64 *)(r10 +${-8}) = r0; ${raw(0x95)}`).toEqual(
      asm`r0 = 3; r1 = 1; r2 = 2; *(u64 *)(r10 -8) = r0; exit`,
    );
  });
});

it.each(['r1 =', 'goto nowhere', 'r1 ?= 3', 'if r1 ~ 2 goto pc+1', 'r1 = map x ll'])('%s is no instruction', (text) => {
  expect(() => asm`${text}`).toThrow();
});
