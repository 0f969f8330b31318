// SPDX-License-Identifier: GPL-2.0-only
/** When does what a known state holds cover what another one holds (`kernel/bpf/states.c: refsafe`). */
import type { Token } from '../../policy/types';
import type { VerifierEnv } from '../env';
import type { Held } from '../state/held';
import { SlotType } from '../state/stack';
import type { VerifierState } from '../state/state';
import type { IdMap } from './idmap';

/** Whether an id is that of an iterator on the stack. */
function isIterator(state: VerifierState, id: number): boolean {
  return state.frames.some((f) => f.stack.some((s) => s.top === SlotType.ITER && s.reg.id === id));
}

function heldSafe(env: VerifierEnv, old: Held, oldState: VerifierState, cur: Held, ids: IdMap): boolean {
  const same = env.kernel.features['pruning.refIds'] ? ids.check(old.id, cur.id) : old.id === cur.id && old.insn === cur.insn;
  if (!same || old.cls !== cur.cls || old.forbids !== cur.forbids || old.object !== cur.object) return false;
  if (old.cls.token === 'object') return true;
  if (old.parentId !== 0 && !env.rules.compareElementParent && isIterator(oldState, old.parentId)) return true;
  return ids.check(old.parentId, cur.parentId);
}

/** Number of entries of the same class that forbid the same. */
function countLike(entries: readonly Held[], like: Held): number {
  let n = 0;
  for (const e of entries) if (e.cls === like.cls && e.forbids === like.forbids) n++;
  return n;
}

/** Newest entry with that token. */
function newest(entries: readonly Held[], token: Token): Held | null {
  for (let i = entries.length - 1; i >= 0; i--) if (entries[i]!.cls.token === token) return entries[i]!;
  return null;
}

/** The newest entries with that token correspond. */
function newestSafe(a: readonly Held[], b: readonly Held[], token: Token, ids: IdMap): boolean {
  const old = newest(a, token);
  const cur = newest(b, token);
  return ids.check(old?.id ?? 0, cur?.id ?? 0) && old?.object === cur?.object;
}

/** Both hold the same: counted classes by number, the others entry by entry (`refsafe`). */
export function allHeldSafe(env: VerifierEnv, old: VerifierState, cur: VerifierState, ids: IdMap): boolean {
  const a = old.held.entries;
  const b = cur.held.entries;
  if (a.length !== b.length) return false;
  if (a.length === 0) return true;
  for (const e of a) if (e.cls.compare === 'count' && countLike(a, e) !== countLike(b, e)) return false;
  if (!newestSafe(a, b, 'stack-slot', ids) || !newestSafe(a, b, 'object', ids)) return false;
  let at = 0;
  for (const entry of a) {
    if (entry.cls.compare === 'count') continue;
    while (at < b.length && b[at]!.cls.compare === 'count') at++;
    if (at === b.length || !heldSafe(env, entry, old, b[at]!, ids)) return false;
    at++;
  }
  return true;
}
