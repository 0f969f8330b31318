// SPDX-License-Identifier: GPL-2.0-only
/**
 * Regions of execution context as entries of the held table. Classes, their words and rules are data of the policy;
 * nothing here knows what a class stands for.
 */
import type { ContextClass } from '../../policy/types';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { Held } from '../state/held';
import { leaveGranting } from './refs';

/** What a behaviour tag `enter:CLASS` or `leave:CLASS` says. */
export interface ContextEffect {
  readonly enter: boolean;
  readonly cls: ContextClass;
}

/** Reads a behaviour tag; null if it is none of a context. A class that the policy lacks is our bug. */
export function contextEffect(env: VerifierEnv, behaviour: string | null): ContextEffect | null {
  if (behaviour === null) return null;
  const colon = behaviour.indexOf(':');
  const verb = behaviour.slice(0, Math.max(colon, 0));
  return verb === 'enter' || verb === 'leave' ? { enter: verb === 'enter', cls: env.cls(behaviour.slice(colon + 1)) } : null;
}

/** Enters a region of a class without token: one more is held. */
export function enterContext(env: VerifierEnv, cls: ContextClass, insnIdx: number): void {
  env.cur.held = env.cur.held.push({ cls, id: 0, insn: insnIdx, parentId: 0, object: null, forbids: cls.forbids });
}

/** Leaves a region of a class without token: the newest of the class goes, or the class's complaint that there is none. */
export function leaveContext(env: VerifierEnv, cls: ContextClass, funcName: string): void {
  const held = env.cur.held.newest((e) => e.cls === cls);
  if (held === undefined) {
    const text = cls.unmatched === '' ? `unmatched leaving of ${cls.title} (kernel function %s)` : cls.unmatched;
    env.reject(Errno.EINVAL, `${text.replace('%s', funcName).trimEnd()}\n`);
  }
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
