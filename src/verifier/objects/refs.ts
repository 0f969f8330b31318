// SPDX-License-Identifier: GPL-2.0-only
/** References to acquired objects: entries of the held table whose token is a pointer. */
import { Flag } from '../../kernel/types';
import { DEFAULT_ACQUIRE_CLASS } from '../../policy/types';
import { argPlace, regPlace, slotPlace } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { isNonOwningRef } from '../state/reg-kinds';
import { invalidReg, mapAllRegs } from '../regs';
import type { FuncState } from '../state/frame';
import type { RegState } from '../state/reg';
import { EMPTY_SLOT, SlotType } from '../state/stack';
import { checkNesting, checkOrder } from './context';
import { referenceById } from './lookup';
import { leaveGranting } from './rcu-protection';

/**
 * Takes a reference of a class and returns its new id (`acquire_reference`).
 * @param parentId object that it hangs on, 0 for none
 */
export function acquireReference(env: VerifierEnv, insnIdx: number, parentId: number, cls: string = DEFAULT_ACQUIRE_CLASS): number {
  const c = env.cls(cls);
  checkNesting(env, c);
  const id = env.nextId();
  env.cur.held = env.cur.held.push({ cls: c, id, insn: insnIdx, parentId, object: null, forbids: c.forbids });
  return id;
}

/** Drops the reference and leaves registers as they are; false if it is not held (`release_reference_nomark`). */
export function releaseReferenceNomark(env: VerifierEnv, id: number): boolean {
  const held = referenceById(env, id);
  if (held === undefined) return false;
  env.cur.held = env.cur.held.remove(held);
  return true;
}

/**
 * Releases an object and everything derived from it: its reference if it has one, registers, spills and dynptrs that are it or
 * hang on it, and what hangs on those. A reference that would be left without its parent is an error (`release_reference`).
 */
export function releaseReference(env: VerifierEnv, id: number): void {
  const held = referenceById(env, id);
  if (held !== undefined) {
    checkOrder(env, held, Errno.EINVAL);
    env.cur.held = env.cur.held.remove(held);
    leaveGranting(env, held);
  }
  const gone = id === 0 ? [] : [id];
  const derived = (childId: number): void => {
    if (childId !== 0 && !gone.includes(childId)) gone.push(childId);
  };
  for (let at = gone.pop(); at !== undefined; at = gone.pop()) {
    for (const e of env.cur.held.entries) {
      if (e.cls.token === 'pointer' && e.parentId === at) {
        env.reject(Errno.EINVAL, `Leaking reference id=${e.id} alloc_insn=${e.insn}. Release it first.\n`, undefined, {
          kind: 'leak',
          way: 0,
          held: e,
        });
      }
    }
    for (const frame of env.cur.frames) invalidateInFrame(env, frame, at, derived);
  }
}

function invalidateInFrame(env: VerifierEnv, frame: FuncState, id: number, derived: (childId: number) => void): void {
  const hit = (reg: RegState): boolean => {
    if (reg.parentId === id) derived(reg.id);
    else if (reg.id !== id) return false;
    return true;
  };
  frame.regs.forEach((reg, i) => {
    if (!hit(reg)) return;
    env.diag?.scrub(regPlace(frame, i), 'released');
    frame.regs[i] = invalidReg(env);
  });
  for (let spi = 0; spi < frame.stack.length; spi++) {
    const slot = frame.stack[spi]!;
    if (slot.top === SlotType.SPILL) {
      if (!hit(slot.reg)) continue;
      env.diag?.scrub(slotPlace(frame, spi), 'released');
      frame.setSlot(spi, slot.withReg(invalidReg(env)));
    } else if (slot.top === SlotType.DYNPTR && hit(slot.reg)) {
      const first = slot.reg.dynptrFirstSlot ? spi : spi + 1;
      env.diag?.scrub(slotPlace(frame, first - 1), 'released');
      env.diag?.scrub(slotPlace(frame, first), 'released');
      frame.setSlot(first, EMPTY_SLOT);
      frame.setSlot(first - 1, EMPTY_SLOT);
      frame.slotMarks?.writeSlots(first, 2);
    }
  }
  frame.stackArgs.forEach((reg, i) => {
    if (reg.type === 0 || !hit(reg)) return;
    env.diag?.scrub(argPlace(frame, i), 'released');
    frame.stackArgs[i] = invalidReg(env);
  });
}

/** Non-owning references end with the lock that protected them (`invalidate_non_owning_refs`). */
export function invalidateNonOwningRefs(env: VerifierEnv): void {
  const invalidate = (reg: RegState): RegState => (isNonOwningRef(reg.type) ? invalidReg(env) : reg);
  env.diag?.changeAll(invalidate, 'protection-ended');
  mapAllRegs(env.cur, invalidate);
}

/** An owned per-CPU object was handed over while RCU protects it: the pointers stay, protected by RCU (`ref_convert_alloc_rcu_protected`). */
export function convertAllocRcuProtected(env: VerifierEnv, id: number): void {
  if (!releaseReferenceNomark(env, id)) env.reject(Errno.EINVAL, '', undefined, { kind: 'not-owned', arg: 1, callee: '' });
  const convert = (reg: RegState): RegState => {
    if (reg.id !== id || (reg.type & Flag.MEM_ALLOC) === 0 || (reg.type & Flag.MEM_PERCPU) === 0) return reg;
    return reg.with({ id: 0, type: (reg.type & ~Flag.MEM_ALLOC) | Flag.MEM_RCU });
  };
  env.diag?.changeAll(convert, 'write');
  mapAllRegs(env.cur, convert);
}
