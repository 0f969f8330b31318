// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an iterator holds for its current element: the reference that hangs on the iterator, found by its parent in the held table.
 * Only a policy with `iteratorElements` makes such references; without them every function here finds nothing.
 */
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { Held } from '../state/held';
import { releaseReference } from './refs';

/** The element's reference, undefined if the iterator holds none. */
export function elementOf(env: VerifierEnv, iterId: number): Held | undefined {
  const child = env.cur.held.childOf(iterId);
  return child !== undefined && env.rules.iteratorElements ? child : undefined;
}

/** Releases the element that an iterator holds, if it holds one: its pointers become unusable. */
export function releaseElement(env: VerifierEnv, iterId: number): void {
  const held = elementOf(env, iterId);
  if (held !== undefined) releaseReference(env, held.id);
}

/** As {@link releaseElement}, on the program's demand: there must be one. */
export function releaseElementOrReject(env: VerifierEnv, iterId: number): void {
  if (elementOf(env, iterId) === undefined)
    env.reject(Errno.EINVAL, 'no acquired reference to release\n', undefined, {
      kind: 'not-owned',
      arg: 1,
      callee: '',
    });
  releaseElement(env, iterId);
}
