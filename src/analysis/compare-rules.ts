// SPDX-License-Identifier: GPL-2.0-only
/** How two policies differ, rule by rule, and which of that can matter to a program. */
import { kfFlagNames } from '../kernel/flags';
import { opNamesOf } from '../policy/ops';
import { DEFAULT_ACQUIRE_CLASS, Op, type CallRule, type ContextClass, type KfuncAnnotation, type Policy } from '../policy/types';
import type { RuleDifference } from '../protocol/compare';
import { faultText } from '../protocol/words';
import { sameData } from './same-program';

type AnyRule = CallRule & Partial<KfuncAnnotation>;

/** Rules of one kind by function name; what is said several times counts together. */
function byName(rules: readonly AnyRule[]): Map<string, AnyRule> {
  const out = new Map<string, AnyRule>();
  for (const rule of rules) out.set(rule.name, { ...out.get(rule.name), ...rule });
  return out;
}

/** A class by name, with what it forbids beside leaving the program: `nofault, which forbids sleep`. */
function classPhrase(policy: Policy, name: string): string {
  const forbids = opNamesOf((policy.classes.find((c) => c.name === name)?.forbids ?? 0) & ~Op.LEAVE);
  return forbids.length === 0 ? name : `${name}, which forbids ${forbids.join(' and ')}`;
}

/** What a rule says, in few words: `acquires nofault, which forbids sleep`, `enters rcu`. */
function ruleText(policy: Policy, rule: AnyRule | undefined): string {
  if (rule === undefined) return '';
  const parts: string[] = [];
  if (rule.proto !== undefined) parts.push('is added');
  const set = kfFlagNames(rule.set ?? 0);
  const clear = kfFlagNames(rule.clear ?? 0);
  if (rule.acquires !== undefined) parts.push(`acquires ${classPhrase(policy, rule.acquires)}`);
  else if (set.length > 0) parts.push(set.join(' | '));
  if (clear.length > 0) parts.push(`not ${clear.join(', ')}`);
  if (rule.enters !== undefined) parts.push(`enters ${classPhrase(policy, rule.enters)}`);
  if (rule.leaves !== undefined) parts.push(`leaves ${rule.leaves}`);
  if (rule.callable === true) parts.push('may be called under a lock');
  if (rule.sleeps !== undefined)
    parts.push(rule.sleeps === 'no' ? 'does not sleep' : rule.sleeps === 'sleep' ? 'sleeps without faulting' : faultText('yes'));
  if (rule.callback?.holds !== undefined) parts.push(`while its callback runs holds ${classPhrase(policy, rule.callback.holds)}`);
  if (rule.callback?.sleepable !== undefined)
    parts.push(rule.callback.sleepable ? 'runs its callback in a task' : 'runs its callback in an interrupt');
  if (rule.callback?.keepsLocks === true) parts.push('runs its callback under the lock');
  if (rule.behaviour !== undefined) parts.push(`behaves as ${rule.behaviour}`);
  return parts.join(', ');
}

function classText(cls: ContextClass | undefined): string {
  if (cls === undefined) return '';
  const parts = [`forbids ${opNamesOf(cls.forbids).join(', ') || 'nothing'}`];
  if (cls.grantsRcu) parts.push('grants RCU');
  if (cls.nesting === 'once') parts.push('does not nest');
  if (cls.order !== null) parts.push('last in, first out');
  return parts.join(', ');
}

/** Fields of a class that change what the verifier does or says. */
function classKey(cls: ContextClass | undefined): string {
  if (cls === undefined) return '';
  const { letter: _letter, colour: _colour, report: _report, words, ...rest } = cls;
  const sorted = (o: object): unknown[] => Object.entries(o).sort(([x], [y]) => (x < y ? -1 : 1));
  return JSON.stringify([sorted(rest), sorted(words)]);
}

function phrase(name: string, a: string, b: string, policyA: string, policyB: string): string {
  if (a === '') return `${name} ${b} (only ${policyB})`;
  if (b === '') return `${name} ${a} (only ${policyA})`;
  return `${name} ${b} (${policyB}) instead of ${a} (${policyA})`;
}

/** Everything that two policies say differently. */
export function ruleDifferences(a: Policy, b: Policy): RuleDifference[] {
  const out: RuleDifference[] = [];
  const add = (kind: RuleDifference['kind'], name: string, textA: string, textB: string): void => {
    const subject = kind === 'class' ? `class ${name}` : name;
    out.push({ id: `${kind} ${name}`, kind, name, a: textA, b: textB, text: phrase(subject, textA, textB, a.id, b.id) });
  };
  const functions = (kind: 'kfunc' | 'helper', rulesA: readonly AnyRule[], rulesB: readonly AnyRule[]): void => {
    const mapA = byName(rulesA);
    const mapB = byName(rulesB);
    for (const name of new Set([...mapA.keys(), ...mapB.keys()])) {
      const textA = ruleText(a, mapA.get(name));
      const textB = ruleText(b, mapB.get(name));
      if (textA !== textB) add(kind, name, textA, textB);
    }
  };
  functions('kfunc', [...a.kfuncs, ...a.annotations], [...b.kfuncs, ...b.annotations]);
  functions('helper', a.helpers, b.helpers);
  const classesA = new Map(a.classes.map((c) => [c.name, c]));
  const classesB = new Map(b.classes.map((c) => [c.name, c]));
  for (const name of new Set([...classesA.keys(), ...classesB.keys()])) {
    if (classKey(classesA.get(name)) !== classKey(classesB.get(name))) {
      const textA = classText(classesA.get(name));
      const textB = classText(classesB.get(name));
      add('class', name, textA, textA === textB ? `${textB}, in other words` : textB);
    }
  }
  for (const option of ['iteratorElements', 'compareElementParent'] as const) {
    if (a[option] !== b[option]) add('option', option, String(a[option]), String(b[option]));
  }
  return out;
}

/** What a policy makes of a kernel's function before anything is verified: flags, prototype, behaviour. */
function annotated(policy: Policy, name: string): unknown {
  return policy.annotations.filter((a) => a.name === name);
}

/**
 * Whether two policies change none of these functions, or change them in the same way: then the kernel is the same under both for whoever
 * calls them.
 */
export function sameKfuncs(a: Policy, b: Policy, callees: ReadonlySet<string>): boolean {
  return [...callees].every((name) => sameData(annotated(a, name), annotated(b, name)));
}

/** Classes that a policy can bring into play for a program that calls these functions. */
function classesOf(policy: Policy, callees: ReadonlySet<string>): Set<string> {
  const used = new Set<string>([DEFAULT_ACQUIRE_CLASS]);
  for (const rule of [...policy.kfuncs, ...policy.helpers, ...policy.annotations]) {
    if (!callees.has(rule.name)) continue;
    for (const name of [rule.enters, rule.leaves, rule.acquires, rule.callback?.holds]) if (name !== undefined) used.add(name);
  }
  for (const cls of policy.classes) if (used.has(cls.name) && cls.slotClass !== null) used.add(cls.slotClass);
  return used;
}

/**
 * Those differences that can change anything for a program that calls these functions. Without any, both policies are the same for it:
 * the verifier asks a policy only for rules of callees, for classes that those name, and for the options of iterator elements.
 */
export function relevantDifferences(
  rules: readonly RuleDifference[],
  a: Policy,
  b: Policy,
  callees: ReadonlySet<string>,
): RuleDifference[] {
  const used = new Set([...classesOf(a, callees), ...classesOf(b, callees)]);
  const hasIterator = [...callees].some((name) => /^bpf_iter_\w+_(new|next|destroy)$/.test(name));
  return rules.filter((r) => (r.kind === 'class' ? used.has(r.name) : r.kind === 'option' ? hasIterator : callees.has(r.name)));
}
