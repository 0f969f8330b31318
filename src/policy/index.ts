// SPDX-License-Identifier: GPL-2.0-only
import { ACQUIRE_LOCK } from './acquire-lock';
import { CONTEXT_CLASSES } from './descriptors';
import { FORBID_FAULT, FORBID_FAULT_SOUND, FORBID_SLEEP } from './forbid';
import { LINUX_7_3 } from './mainline';
import type { KfuncAnnotation, Policy } from './types';

/** All regimes, the default first. */
export const POLICIES: readonly Policy[] = [LINUX_7_3, FORBID_SLEEP, FORBID_FAULT, FORBID_FAULT_SOUND, ACQUIRE_LOCK, CONTEXT_CLASSES];

/** The regime that applies when nobody asks for another. */
export const DEFAULT_POLICY: Policy = LINUX_7_3;

/** A regime by its id. Throws RangeError that lists the known ids. */
export function getPolicy(id: string): Policy {
  const policy = POLICIES.find((p) => p.id === id);
  if (!policy) throw new RangeError(`unknown policy '${id}'; known: ${POLICIES.map((p) => p.id).join(', ')}`);
  return policy;
}

/** The policy with further annotations, e.g. those of an overlay file. What is said twice of a kfunc counts together, the later over the earlier. */
export function withAnnotations(policy: Policy, annotations: readonly KfuncAnnotation[]): Policy {
  if (annotations.length === 0) return policy;
  const byName = new Map(policy.annotations.map((a) => [a.name, a]));
  for (const a of annotations) {
    const known = byName.get(a.name);
    byName.set(a.name, known === undefined ? a : { ...known, ...a, set: (known.set & ~a.clear) | a.set, clear: (known.clear & ~a.set) | a.clear });
  }
  return { ...policy, annotations: [...byName.values()] };
}
