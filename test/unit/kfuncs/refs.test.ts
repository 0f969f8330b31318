// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Flag, RegType } from '../../../src/kernel/types';
import { acquireReference, convertAllocRcuProtected, invalidateNonOwningRefs, releaseReference } from '../../../src/verifier/objects/refs';
import { NOT_INIT, pointerReg } from '../../../src/verifier/state/reg';
import { allKinds, EMPTY_SLOT, SlotType, StackSlot } from '../../../src/verifier/state/stack';
import { pushFrame, refusal, testEnv } from './fixture';
import { DynptrType } from '../../../src/verifier/objects/dynptr-slots';
import { invalidateRcuProtectedRefs } from '../../../src/verifier/objects/rcu-protection';
import { referenceById, regIsReferenced } from '../../../src/verifier/objects/lookup';

const OBJECT = RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED;
const spill = (reg: StackSlot['reg']): StackSlot => new StackSlot(allKinds(SlotType.SPILL), reg);

describe('references', () => {
  it('take ids in order and are found by them', () => {
    const env = testEnv();
    expect(acquireReference(env, 3, 0)).toBe(1);
    expect(acquireReference(env, 4, 1)).toBe(2);
    expect(referenceById(env, 2)).toMatchObject({ insn: 4, parentId: 1 });
    expect(regIsReferenced(env, pointerReg(OBJECT, { id: 2 }))).toBe(true);
    expect(regIsReferenced(env, pointerReg(OBJECT))).toBe(false);
  });

  it('make registers, spills and derived values of all frames scalars when released', () => {
    const env = testEnv();
    const id = acquireReference(env, 0, 0);
    env.regs[6] = pointerReg(OBJECT, { id });
    env.frame.stack = [spill(pointerReg(OBJECT, { id }))];
    pushFrame(env).regs[7] = pointerReg(RegType.PTR_TO_MEM, { id: 9, parentId: id });
    env.regs[8] = pointerReg(RegType.PTR_TO_MEM, { parentId: 9 });
    releaseReference(env, id);
    expect(env.cur.held.entries).toEqual([]);
    const [outer, inner] = env.cur.frames;
    expect([outer!.regs[6]!.type, outer!.stack[0]!.reg.type, inner!.regs[7]!.type, inner!.regs[8]!.type]).toEqual([1, 1, 1, 1]);
    expect(outer!.regs[10]!.type).toBe(RegType.PTR_TO_STACK);
  });

  it('leave nothing readable for a loader that must not leak pointers', () => {
    const env = testEnv({ unprivileged: true });
    env.regs[6] = pointerReg(OBJECT, { id: acquireReference(env, 0, 0) });
    releaseReference(env, 1);
    expect(env.regs[6]).toBe(NOT_INIT);
  });

  it('end dynptrs and their slices, both halves', () => {
    const env = testEnv();
    const half = (first: boolean): StackSlot =>
      new StackSlot(
        allKinds(SlotType.DYNPTR),
        pointerReg(RegType.CONST_PTR_TO_DYNPTR, { id: 7, parentId: 3, num: DynptrType.SKB, num2: first ? 1 : 0 }),
      );
    env.frame.stack = [half(false), half(true)];
    env.regs[1] = pointerReg(RegType.PTR_TO_MEM, { parentId: 7 });
    releaseReference(env, 3);
    expect(env.frame.stack).toEqual([EMPTY_SLOT, EMPTY_SLOT]);
    expect(env.regs[1]!.type).toBe(RegType.SCALAR_VALUE);
  });

  it('are not left without their parent', () => {
    const env = testEnv();
    const parent = acquireReference(env, 5, 0);
    acquireReference(env, 8, parent);
    expect(refusal(env, () => releaseReference(env, parent))).toBe('Leaking reference id=2 alloc_insn=8. Release it first.\n');
  });

  it('turn into RCU protection for per-CPU objects that are handed over', () => {
    const env = testEnv();
    const id = acquireReference(env, 0, 0);
    env.regs[1] = pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC | Flag.MEM_PERCPU, { id });
    convertAllocRcuProtected(env, id);
    expect(env.regs[1]).toMatchObject({ id: 0, type: RegType.PTR_TO_BTF_ID | Flag.MEM_PERCPU | Flag.MEM_RCU });
  });
});

describe('borrowed pointers', () => {
  it('end with the lock', () => {
    const env = testEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC | Flag.NON_OWN_REF);
    env.regs[2] = pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC);
    invalidateNonOwningRefs(env);
    expect([env.regs[1]!.type, env.regs[2]!.type]).toEqual([RegType.SCALAR_VALUE, RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC]);
  });

  it('become untrusted with the end of RCU protection, iterators too', () => {
    const env = testEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_RCU | Flag.PTR_MAYBE_NULL, { id: 4 });
    env.frame.stack = [new StackSlot(allKinds(SlotType.ITER), pointerReg(RegType.PTR_TO_STACK | Flag.MEM_RCU, { id: 2 }))];
    invalidateRcuProtectedRefs(env);
    expect(env.regs[1]!.type).toBe(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED);
    expect(env.frame.stack[0]!.reg.type).toBe(RegType.PTR_TO_STACK | Flag.PTR_UNTRUSTED);
  });
});
