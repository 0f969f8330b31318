// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { ArgType, Flag, RegType } from '../../../src/kernel/types';
import { type DynptrDesc, newRefObj } from '../../../src/verifier/call-meta';
import type { VerifierEnv } from '../../../src/verifier/env';
import { processDynptr, releaseDynptr } from '../../../src/verifier/objects/dynptr';
import { pointerReg } from '../../../src/verifier/state/reg';
import { SlotType } from '../../../src/verifier/state/stack';
import { fp, refusal, testEnv } from './fixture';
import { destroyIfDynptrStackSlot, DynptrType } from '../../../src/verifier/objects/dynptr-slots';

const SITE = { insn: 0, callee: 'bpf_dynptr_test' };
const NONE: DynptrDesc = { type: 0, id: 0, parentId: 0 };
const make = (env: VerifierEnv, off: number, flag: number, refObj = newRefObj(), source: DynptrDesc = { ...NONE }): void =>
  processDynptr(env, fp(env, off), -1, SITE, ArgType.PTR_TO_DYNPTR | Flag.MEM_UNINIT | flag, refObj, source);
const use = (env: VerifierEnv, off: number, argType: number = ArgType.PTR_TO_DYNPTR): DynptrDesc => {
  const desc = { ...NONE };
  processDynptr(env, fp(env, off), -1, SITE, argType, newRefObj(), desc);
  return desc;
};

describe('dynptrs', () => {
  it('take two slots and an id; those with a resource hang on a reference', () => {
    const env = testEnv();
    make(env, -16, Flag.DYNPTR_TYPE_LOCAL);
    expect(env.frame.stack.map((s) => s.top)).toEqual([SlotType.DYNPTR, SlotType.DYNPTR]);
    expect(use(env, -16)).toEqual({ type: DynptrType.LOCAL, id: 1, parentId: 0 });
    make(env, -32, Flag.DYNPTR_TYPE_RINGBUF, { id: 9, parentId: 0, cnt: 1 });
    expect(use(env, -32)).toEqual({ type: DynptrType.RINGBUF, id: 3, parentId: 2 });
    expect(env.cur.held.entries.map((e) => [e.id, e.parentId])).toEqual([[2, 9]]);
  });

  it('may be overwritten unless they are the last to own their resource', () => {
    const env = testEnv();
    make(env, -16, Flag.DYNPTR_TYPE_SKB);
    env.regs[3] = pointerReg(RegType.PTR_TO_MEM, { parentId: 1 });
    destroyIfDynptrStackSlot(env, env.frame, 0);
    expect(env.regs[3]!.type).toBe(RegType.SCALAR_VALUE);
    expect(refusal(env, () => use(env, -16))).toBe('Expected an initialized dynptr as R1\n');

    make(env, -16, Flag.DYNPTR_TYPE_FILE);
    expect(refusal(env, () => destroyIfDynptrStackSlot(env, env.frame, 1))).toBe('cannot overwrite referenced dynptr\n');
    make(env, -32, Flag.DYNPTR_TYPE_FILE, newRefObj(), use(env, -16));
    destroyIfDynptrStackSlot(env, env.frame, 1);
    expect(use(env, -32).type).toBe(DynptrType.FILE);
  });

  it('go with all their clones when the resource is given back', () => {
    const env = testEnv();
    make(env, -16, Flag.DYNPTR_TYPE_FILE);
    make(env, -32, Flag.DYNPTR_TYPE_FILE, newRefObj(), use(env, -16));
    releaseDynptr(env, fp(env, -32));
    expect(env.cur.held.entries).toEqual([]);
    expect(refusal(env, () => use(env, -16))).toBe('Expected an initialized dynptr as R1\n');
  });

  it('are asked for by type and place', () => {
    const env = testEnv();
    make(env, -16, Flag.DYNPTR_TYPE_LOCAL);
    expect(refusal(env, () => use(env, -16, ArgType.PTR_TO_DYNPTR | Flag.DYNPTR_TYPE_RINGBUF | Flag.OBJ_RELEASE))).toBe(
      'Expected a dynptr of type ringbuf as R1\n',
    );
    expect(refusal(env, () => use(env, -8))).toBe('cannot pass in dynptr at an offset=-8\nExpected an initialized dynptr as R1\n');
    const constant = pointerReg(RegType.CONST_PTR_TO_DYNPTR, { id: 5, num: DynptrType.LOCAL, num2: 1 });
    expect(refusal(env, () => processDynptr(env, constant, -1, SITE, ArgType.PTR_TO_DYNPTR | Flag.OBJ_RELEASE, null, null))).toBe(
      'CONST_PTR_TO_DYNPTR cannot be released\n',
    );
  });
});
