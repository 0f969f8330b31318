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

export interface PolicyRules {
  /** Class by name; throws for an unknown one, which is our bug. */
  cls(name: string): ContextClass;
  kfunc(name: string): FunctionRule | null;
  helper(name: string): FunctionRule | null;
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
  return { cls, kfunc: (name) => kfuncs.get(name) ?? null, helper: (name) => helpers.get(name) ?? null };
}

const known = new WeakMap<Policy, PolicyRules>();

/** The rules of a policy, compiled once. */
export function rulesOf(policy: Policy): PolicyRules {
  let rules = known.get(policy);
  if (rules === undefined) known.set(policy, (rules = compile(policy)));
  return rules;
}

/** What a call of a function that `mightSleep` does: {@link Op} bits. The policy may know better than the kernel. */
export function sleepDemand(rule: FunctionRule | null, name: string, mightSleep: boolean): number {
  const faults = Op.SLEEP | Op.FAULT;
  if (rule !== null && rule.sleeps !== null) return rule.sleeps === 'no' ? 0 : rule.sleeps === 'sleep' ? Op.SLEEP : faults;
  if (!mightSleep) return 0;
  return mayFaultToo(name) ? faults : Op.SLEEP;
}
