// SPDX-License-Identifier: GPL-2.0-only
import { ACQUIRE_LOCK } from './acquire-lock';
import { CONTEXT_CLASSES } from './context-classes';
import { FORBID_FAULT, FORBID_FAULT_SOUND, FORBID_SLEEP } from './forbid';
import { LINUX_7_3 } from './mainline';
import { type CallRule, classesNamedBy, type ContextClass, type KfuncAnnotation, type Policy } from './types';

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
    byName.set(
      a.name,
      known === undefined ? a : { ...known, ...a, set: (known.set & ~a.clear) | a.set, clear: (known.clear & ~a.set) | a.clear },
    );
  }
  return { ...policy, annotations: [...byName.values()] };
}

/** The classes that rules over a policy may name: its own, and those that a built-in policy would lend. */
export function classesFor(own: Iterable<ContextClass>): Map<string, ContextClass> {
  const classes = new Map([...own].map((c) => [c.name, c]));
  for (const other of POLICIES) for (const c of other.classes) if (!classes.has(c.name)) classes.set(c.name, c);
  return classes;
}

/**
 * The policy with each class that one of the rules names and that it lacks, lent by the first built-in policy that has it. With the class
 * comes what makes it work: that an iterator's element hangs on its iterator, which is then always compared. That says nothing of what was
 * there before, since without annotations nothing acquires an element.
 */
export function withClassesOf(policy: Policy, rules: readonly CallRule[]): Policy {
  const own = new Set(policy.classes.map((c) => c.name));
  const lent = new Map<string, ContextClass>();
  let elements = policy.iteratorElements;
  for (const name of rules.flatMap(classesNamedBy)) {
    const lender = own.has(name) || lent.has(name) ? undefined : POLICIES.find((p) => p.classes.some((c) => c.name === name));
    if (lender === undefined) continue;
    lent.set(
      name,
      lender.classes.find((c) => c.name === name)!,
    );
    elements ||= lender.iteratorElements;
  }
  if (lent.size === 0) return policy;
  const classes = [...policy.classes, ...lent.values()];
  return elements === policy.iteratorElements
    ? { ...policy, classes }
    : { ...policy, classes, iteratorElements: true, compareElementParent: true };
}

/** Policies that a later version of the same proposal took the place of: older → newer. */
const REPLACED: ReadonlyMap<string, string> = new Map([[FORBID_SLEEP.id, FORBID_FAULT.id]]);

/** Of several policies, by id, the one to offer first: not one whose later version is there too. */
export function foremost(ids: readonly string[]): string | undefined {
  return ids.find((id) => !ids.includes(REPLACED.get(id) ?? '')) ?? ids[0];
}

/** Whether a policy describes a function, which then exists under it whatever the kernel has. */
export function describes(policy: Policy, name: string): boolean {
  return policy.annotations.some((a) => a.name === name && a.proto !== undefined);
}
