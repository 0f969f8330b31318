// SPDX-License-Identifier: GPL-2.0-only
/** References by their id. */
import type { VerifierEnv } from '../env';
import type { Held } from '../state/held';
import type { RegState } from '../state/reg';

/** The reference with that id, undefined if it is not held or is no reference to an object. */
export function referenceById(env: VerifierEnv, id: number): Held | undefined {
  if (id === 0) return undefined;
  for (const e of env.cur.held.entries) if (e.id === id && e.cls.token === 'pointer') return e;
  return undefined;
}

/** Whether a reference with that id is held (`find_reference_state`). */
export function findReference(env: VerifierEnv, id: number): boolean {
  return referenceById(env, id) !== undefined;
}

/** Whether a register stands for a held reference (`reg_is_referenced`). */
export function regIsReferenced(env: VerifierEnv, reg: RegState): boolean {
  return referenceById(env, reg.id) !== undefined;
}
