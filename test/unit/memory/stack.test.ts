// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { RegType } from '../../../src/kernel/types';
import { constNum, isConst, isNull } from '../../../src/verifier/domain';
import type { VerifierEnv } from '../../../src/verifier/env';
import { checkLoad, checkStackRangeInitialized, checkStoreImm, checkStoreReg } from '../../../src/verifier/memory';
import { scrubSpecial, spillInto } from '../../../src/verifier/memory/stack/slots';
import { pointerReg, UNKNOWN_SCALAR } from '../../../src/verifier/state/reg';
import { allKinds, EMPTY_SLOT, SLOT_TYPE_CHARS, SlotType, StackSlot, setKind } from '../../../src/verifier/state/stack';
import { insn } from '../../support/asm';
import { at, between, type Bytes, memoryEnv, refusal, scalar, stackPtr } from './fixture';

/** Byte types of a slot as the log writes them, the lowest address last. */
function kinds(slot: StackSlot): string {
  return Array.from({ length: 8 }, (_, i) => SLOT_TYPE_CHARS[slot.kind(i)]).join('');
}
const slot = (env: VerifierEnv, spi: number): StackSlot => env.frame.stack[spi]!;
const store = (env: VerifierEnv, off: number, reg: number, size: Bytes = 8): void =>
  checkStoreReg(env, at(env, insn`*(u${size * 8} *)(r10 +${off}) = r${reg}`));
const storeImm = (env: VerifierEnv, off: number, imm: number, size: Bytes = 8): void =>
  checkStoreImm(env, at(env, insn`*(u${size * 8} *)(r10 +${off}) = ${imm}`));
const load = (env: VerifierEnv, dst: number, off: number, size: Bytes = 8): void =>
  checkLoad(env, at(env, insn`r${dst} = *(u${size * 8} *)(r10 +${off})`));

describe('slots', () => {
  it('a spill of n bytes takes the n lowest addresses and turns other spill bytes into data', () => {
    const full = spillInto(EMPTY_SLOT, UNKNOWN_SCALAR, 8);
    expect(kinds(full)).toBe('rrrrrrrr');
    expect(kinds(spillInto(full, UNKNOWN_SCALAR, 4))).toBe('mmmmrrrr');
    expect(kinds(spillInto(EMPTY_SLOT, UNKNOWN_SCALAR, 2))).toBe('??????rr');
    const mixed = new StackSlot(setKind(allKinds(SlotType.ZERO), 0, SlotType.POISON), UNKNOWN_SCALAR);
    expect(kinds(spillInto(mixed, UNKNOWN_SCALAR, 4))).toBe('p000rrrr');
  });

  it('a write scrubs spills and objects but not plain bytes', () => {
    expect(kinds(scrubSpecial(spillInto(EMPTY_SLOT, UNKNOWN_SCALAR, 4)))).toBe('????mmmm');
    expect(kinds(scrubSpecial(new StackSlot(allKinds(SlotType.ITER), UNKNOWN_SCALAR)))).toBe('mmmmmmmm');
    expect(kinds(scrubSpecial(new StackSlot(allKinds(SlotType.ZERO), UNKNOWN_SCALAR)))).toBe('00000000');
  });
});

describe('stores and loads at constant offsets', () => {
  it('a filled register is the spilled one, linked by a new id', () => {
    const env = memoryEnv();
    env.regs[1] = between(0, 100);
    store(env, -8, 1);
    expect(env.regs[1]!.id).toBe(1);
    load(env, 2, -8);
    expect(env.regs[2]).toBe(slot(env, 0).reg);
    expect(env.regs[2]!.id).toBe(1);
    expect(env.subprogs[0]!.stackDepth).toBe(8);
  });

  it('a narrowing spill keeps the state but not the link', () => {
    const env = memoryEnv();
    env.regs[1] = UNKNOWN_SCALAR;
    store(env, -8, 1, 4);
    expect(env.regs[1]!.id).toBe(0);
    expect(slot(env, 0).reg.id).toBe(0);
    expect(kinds(slot(env, 0))).toBe('????rrrr');
  });

  it('an immediate is spilled as a constant, whatever its width', () => {
    const env = memoryEnv();
    storeImm(env, -16, -1);
    expect(kinds(slot(env, 1))).toBe('rrrrrrrr');
    expect(constNum(slot(env, 1).reg.val)).toBe(-1);
    load(env, 0, -16, 4);
    expect(constNum(env.regs[0]!.val)).toBe(0xffffffff);
  });

  it('zero bytes off the slot boundary are remembered and read back as zero', () => {
    const env = memoryEnv();
    env.regs[1] = scalar(0);
    store(env, -4, 1, 4);
    expect(kinds(slot(env, 0))).toBe('0000????');
    load(env, 2, -4, 4);
    expect(isNull(env.regs[2]!.val)).toBe(true);
  });

  it('mixed zero bytes and zero spills read as zero', () => {
    const env = memoryEnv();
    storeImm(env, -8, 0, 4);
    env.regs[1] = scalar(0);
    store(env, -4, 1, 4);
    expect(kinds(slot(env, 0))).toBe('0000mmmm');
    storeImm(env, -16, 0);
    env.regs[1] = scalar(0);
    store(env, -16, 1, 4);
    expect(kinds(slot(env, 1))).toBe('mmmmrrrr');
    load(env, 2, -8, 8);
    expect(isConst(env.regs[2]!.val)).toBe(false);
  });

  it.each([
    [{}, -8, 4 as Bytes, 'invalid size of register spill'],
    [{ unprivileged: true }, -8, 4 as Bytes, 'invalid size of register spill'],
    [{}, -520, 8 as Bytes, 'invalid write to stack R10 off=-520 size=8'],
    [{}, 0, 8 as Bytes, 'invalid write to stack R10 off=0 size=8'],
    [{}, -4, 8 as Bytes, 'misaligned stack access off 0+-4 size 8'],
  ])('refuses storing a pointer %o at %i', (setup, off, size, message) => {
    const env = memoryEnv(setup);
    env.regs[1] = pointerReg(RegType.PTR_TO_CTX);
    expect(refusal(env, () => store(env, off, 1, size))).toBe(message);
  });

  it('refuses a partial fill of a pointer', () => {
    const env = memoryEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_CTX);
    store(env, -8, 1);
    expect(refusal(env, () => load(env, 2, -8, 4))).toBe('invalid size of register fill');
  });

  it('unprivileged programs may neither read unwritten bytes nor cut spilled pointers', () => {
    const env = memoryEnv({ unprivileged: true });
    env.regs[1] = pointerReg(RegType.PTR_TO_CTX);
    store(env, -8, 1);
    expect(refusal(env, () => storeImm(env, -8, 0, 4))).toBe('attempt to corrupt spilled pointer on stack');
    expect(refusal(env, () => load(env, 2, -16))).toBe('invalid read from stack R10 off=-16 size=8');
    storeImm(env, -32, 0);
    expect(refusal(env, () => load(env, 2, -24))).toBe('invalid read from stack off -24+0 size 8');
  });

  it('privileged programs read anything within 512 bytes but poison', () => {
    const env = memoryEnv();
    load(env, 2, -512);
    expect(env.regs[2]!.type).toBe(RegType.SCALAR_VALUE);
    expect(env.frame.allocatedStack).toBe(512);
    env.frame.setSlot(0, new StackSlot(allKinds(SlotType.POISON), UNKNOWN_SCALAR));
    expect(refusal(env, () => load(env, 2, -4, 2))).toBe('reading from stack off -4+0 size 2, slot poisoned by dead code elimination');
  });
});

describe('variable offsets', () => {
  it('a store makes every byte in reach data, but zero over zero stays', () => {
    const env = memoryEnv();
    storeImm(env, -8, 7);
    storeImm(env, -16, 0);
    env.regs[2] = stackPtr(-16, -8);
    checkStoreImm(env, at(env, insn`*(u8 *)(r2 +0) = 0`));
    expect(kinds(slot(env, 0))).toBe('mmmmmmmm');
    expect(kinds(slot(env, 1))).toBe('rrrrrrrr');
    checkStoreImm(env, at(env, insn`*(u8 *)(r2 +0) = 1`));
    expect(kinds(slot(env, 1))).toBe('mmmmmmmm');
  });

  it('a load needs the whole range and gives an unknown value', () => {
    const env = memoryEnv();
    env.regs[2] = stackPtr(-16, -8);
    checkLoad(env, at(env, insn`r3 = *(u8 *)(r2 +0)`));
    expect(env.regs[3]!.type).toBe(RegType.SCALAR_VALUE);
    env.regs[2] = stackPtr(-600, -8);
    expect(refusal(env, () => checkLoad(env, at(env, insn`r3 = *(u8 *)(r2 +0)`)))).toMatch(
      /^invalid variable-offset read from stack R2 var_off=.* off=0 size=1$/,
    );
  });
});

describe('memory handed to calls', () => {
  it('forgets what the call overwrites', () => {
    const env = memoryEnv();
    storeImm(env, -8, 7);
    checkStackRangeInitialized(env, stackPtr(-8, -8), 1, 0, 4, false, 'write', null);
    expect(kinds(slot(env, 0))).toBe('mmmmmmmm');
  });

  it('leaves bytes that the call fills in itself to the call', () => {
    const env = memoryEnv({ unprivileged: true });
    const meta = { argRawMem: { regno: 2, size: 0 } };
    checkStackRangeInitialized(env, stackPtr(-16, -16), 2, 0, 16, false, 'write', meta);
    expect(meta.argRawMem.size).toBe(16);
    expect(refusal(env, () => checkStackRangeInitialized(env, stackPtr(-16, -16), 3, 0, 16, false, 'read', meta))).toBe(
      'invalid read from stack R3 off -16+0 size 16',
    );
  });

  it('only global subprograms may be given dead bytes', () => {
    const env = memoryEnv();
    storeImm(env, -8, 0);
    env.frame.setSlot(0, new StackSlot(allKinds(SlotType.POISON), UNKNOWN_SCALAR));
    const check = (size: number): void => checkStackRangeInitialized(env, stackPtr(-8, -8), 1, 0, size, false, 'read', null);
    check(-8);
    expect(refusal(env, () => check(8))).toBe('reading from stack R1 off -8+0 size 8, slot poisoned by dead code elimination');
  });
});
