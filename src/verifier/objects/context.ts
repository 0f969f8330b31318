// SPDX-License-Identifier: GPL-2.0-only
/**
 * Regions of execution context as entries of the held table. Classes, their words and rules are data of the policy;
 * nothing here knows what a class stands for.
 */
import type { ContextEffect } from '../../policy/rules';
import type { ContextClass } from '../../policy/types';
import { type Failure, why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { Held } from '../state/held';
import type { VerifierState } from '../state/state';
import { leaveGranting, leaveSection } from './rcu-protection';

/** Stands in {@link Held.object} of what is held because a callback runs: it ends with the callback and by nothing else. */
const CALLBACK: object = Object.freeze({});

/** Refuses to enter what is held already and does not nest. */
export function checkNesting(env: VerifierEnv, cls: ContextClass, funcName = ''): void {
  if (cls.nesting === 'counter' || !env.cur.held.entries.some((e) => e.cls === cls)) return;
  const text = cls.words.nested ?? `${cls.title} is already held and does not nest`;
  env.reject(Errno.EINVAL, `${text.replace('%s', funcName)}\n`, undefined, {
    kind: 'enter-again',
    cls,
  });
}

/** Refuses to leave something before what was entered after it in the same order. `errno` is the kernel's for the class's token. */
export function checkOrder(env: VerifierEnv, held: Held, errno: Errno, report?: () => Failure): void {
  const { order } = held.cls;
  if (order === null) return;
  const newest = env.cur.held.newest((e) => e.cls.order === order);
  if (newest === undefined || newest === held) return;
  const text = held.cls.words.outOfOrder ?? `cannot leave ${held.cls.title} out of order, expected id=%d acquired at insn_idx=%d`;
  env.reject(errno, `${text.replace('%d', String(newest.id)).replace('%d', String(newest.insn))}\n`, report, {
    kind: 'leave-order',
    held: newest,
  });
}

/** Enters a region of a class without token: one more is held. */
export function enterContext(env: VerifierEnv, cls: ContextClass, insnIdx: number, funcName = ''): void {
  checkNesting(env, cls, funcName);
  env.cur.held = env.cur.held.push({ cls, id: 0, insn: insnIdx, parentId: 0, object: null, forbids: cls.forbids });
}

/** Leaves a region of a class without token: the newest of the class goes, or the class's complaint that there is none. */
export function leaveContext(env: VerifierEnv, cls: ContextClass, funcName: string): void {
  const held = env.cur.held.newest((e) => e.cls === cls && e.object !== CALLBACK);
  if (held === undefined) {
    const text = cls.unmatched === '' ? `unmatched leaving of ${cls.title} (kernel function %s)` : cls.unmatched;
    env.reject(Errno.EINVAL, `${text.replace('%s', funcName).trimEnd()}\n`, () => why.notEntered(env.insnIdx, funcName, cls), {
      kind: 'not-entered',
      callee: funcName,
      cls,
    });
  }
  checkOrder(env, held, Errno.EINVAL);
  env.cur.held = env.cur.held.remove(held);
  leaveSection(env, held);
}

/** Does what a call does to contexts without token; those with one change while their argument is checked. */
export function applyEffect(env: VerifierEnv, effect: ContextEffect | null, funcName: string, insnIdx: number): void {
  if (effect === null || effect.cls.token !== 'none') return;
  if (effect.enter) enterContext(env, effect.cls, insnIdx, funcName);
  else leaveContext(env, effect.cls, funcName);
}

/** A callback that `callsite` calls begins in `state`: what the policy says is held meanwhile is. */
export function enterCallback(state: VerifierState, cls: ContextClass | null, callsite: number): void {
  if (cls === null) return;
  state.held = state.held.push({ cls, id: 0, insn: callsite, parentId: 0, object: CALLBACK, forbids: cls.forbids });
}

/** A callback of `callsite` returns: what was held for it is not any more. */
export function leaveCallback(env: VerifierEnv, callsite: number): void {
  const held = env.cur.held.newest((e) => e.object === CALLBACK && e.insn === callsite);
  if (held === undefined) return;
  env.cur.held = env.cur.held.remove(held);
  leaveGranting(env, held);
}

/** Newest held lock of any class (`active_lock_id`, `active_lock_ptr`). */
export function activeLock(env: VerifierEnv): Held | undefined {
  return env.cur.held.newest((e) => e.cls.token === 'object');
}

/** Newest entry that a stack slot stands for (`active_irq_id`). */
export function activeSlotContext(env: VerifierEnv): Held | undefined {
  return env.cur.held.newest((e) => e.cls.token === 'stack-slot');
}
