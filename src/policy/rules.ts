// SPDX-License-Identifier: GPL-2.0-only
/** What the verifier asks a policy: effects of calls by the callee's name, classes by name. Made once for each policy. */
import { mayFaultToo } from '../kernel/faulting';
import { Op, type CallbackRule, type CallRule, type ContextClass, type Policy } from './types';

/** A call that enters or leaves a context. */
export interface ContextEffect {
  readonly enter: boolean;
  readonly cls: ContextClass;
}

/** Rules of one function, with its classes looked up. */
export interface FunctionRule {
  readonly effect: ContextEffect | null;
  readonly acquires: ContextClass | null;
  readonly callable: boolean;
  readonly sleeps: 'no' | 'sleep' | 'fault' | null;
  /** Class that is held while a callback runs, and what else holds there. */
  readonly holds: ContextClass | null;
  readonly callback: CallbackRule | null;
}

/** Of a function that a policy does not speak of. */
export const NO_RULE: FunctionRule = { effect: null, acquires: null, callable: false, sleeps: null, holds: null, callback: null };

/** All that a verification may ask of a policy: what is not asked here cannot change it (`watched.ts` counts on that). */
export interface PolicyRules {
  readonly iteratorElements: boolean;
  readonly compareElementParent: boolean;
  /** What protects by RCU is called that in reports; '' where nothing does. */
  readonly rcuRegion: string;
  /** Class by name; throws for an unknown one, which is our bug. */
  cls(name: string): ContextClass;
  /** Whether there is a class of that name. */
  has(name: string): boolean;
  kfunc(name: string): FunctionRule;
  helper(name: string): FunctionRule;
  /** Texts of exit rules ({@link ContextClass.exitRegion}) of classes of this policy, each once, in the order in which they are checked. */
  inExitOrder(regions: readonly string[]): readonly string[];
  /** A number for the family of functions that a class belongs to, another for each; from 0. */
  familyNumber(cls: ContextClass): number;
  /** The family of a number. */
  familyOf(number: number): string;
}

/** Rules of one name, later ones over earlier ones. */
function merged(rules: readonly CallRule[]): Map<string, CallRule> {
  const out = new Map<string, CallRule>();
  for (const rule of rules) {
    const known = out.get(rule.name);
    const callback =
      known?.callback !== undefined && rule.callback !== undefined ? { callback: { ...known.callback, ...rule.callback } } : {};
    out.set(rule.name, { ...known, ...rule, ...callback });
  }
  return out;
}

function compile(policy: Policy): PolicyRules {
  const classes = new Map(policy.classes.map((c) => [c.name, c]));
  const cls = (name: string): ContextClass => {
    const c = classes.get(name);
    if (c === undefined) throw new Error(`policy ${policy.id} has no class ${name}`);
    return c;
  };
  const functionRule = (rule: CallRule): FunctionRule => {
    const entered = rule.enters === undefined ? null : { enter: true, cls: cls(rule.enters) };
    const left = rule.leaves === undefined ? null : { enter: false, cls: cls(rule.leaves) };
    return {
      effect: entered ?? left,
      acquires: rule.acquires === undefined ? null : cls(rule.acquires),
      callable: rule.callable ?? false,
      sleeps: rule.sleeps ?? null,
      holds: rule.callback?.holds === undefined ? null : cls(rule.callback.holds),
      callback: rule.callback ?? null,
    };
  };
  const table = (rules: readonly CallRule[]): ReadonlyMap<string, FunctionRule> =>
    new Map([...merged(rules)].map(([name, rule]) => [name, functionRule(rule)]));
  const kfuncs = table([...policy.kfuncs, ...policy.annotations]);
  const helpers = table(policy.helpers);
  const exits = [...new Set([...policy.classes].sort((a, b) => a.exitRank - b.exitRank).map((c) => c.exitRegion))];
  return {
    iteratorElements: policy.iteratorElements,
    compareElementParent: policy.compareElementParent,
    rcuRegion: policy.classes.find((c) => c.grantsRcu && c.report !== undefined)?.report?.region ?? '',
    cls,
    has: (name) => classes.has(name),
    kfunc: (name) => kfuncs.get(name) ?? NO_RULE,
    helper: (name) => helpers.get(name) ?? NO_RULE,
    inExitOrder: (regions) => exits.filter((region) => regions.includes(region)),
    familyNumber: ({ family }) => policy.classes.findIndex((c) => c.family === family),
    familyOf: (number) => policy.classes[number]?.family ?? '',
  };
}

const known = new WeakMap<Policy, PolicyRules>();

/** The rules of a policy, compiled once. */
export function rulesOf(policy: Policy): PolicyRules {
  let rules = known.get(policy);
  if (rules === undefined) known.set(policy, (rules = compile(policy)));
  return rules;
}

/** What a call of a function that `mightSleep` does: {@link Op} bits. The policy may know better than the kernel. */
export function sleepDemand(rule: FunctionRule, name: string, mightSleep: boolean): number {
  const faults = Op.SLEEP | Op.FAULT;
  const { sleeps } = rule;
  if (sleeps !== null) return sleeps === 'no' ? 0 : sleeps === 'sleep' ? Op.SLEEP : faults;
  if (!mightSleep) return 0;
  return mayFaultToo(name) ? faults : Op.SLEEP;
}
