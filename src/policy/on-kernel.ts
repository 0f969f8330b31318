// SPDX-License-Identifier: GPL-2.0-only
import type { Features } from '../kernel/features';
import { Op, type ContextClass, type Policy } from './types';

const made = new WeakMap<Policy, Policy>();

/** Words of 6.12 for a program that ends inside (`do_check`). */
const MISSING: Readonly<Record<string, string>> = {
  lock: 'bpf_spin_unlock is missing',
  rcu: 'bpf_rcu_read_unlock is missing',
  preempt: '%d bpf_preempt_enable%s missing',
};

/** A class as 6.12 has it: no global function is called with preemption off (`check_func_call`), whatever it does. */
function asBefore(cls: ContextClass): ContextClass {
  const missing = MISSING[cls.name];
  const words = missing === undefined ? cls.words : { ...cls.words, missing };
  if (cls.name !== 'preempt') return { ...cls, words };
  const globalCalls = 'global function calls are not allowed with preemption disabled,\nuse static function instead';
  return { ...cls, forbids: cls.forbids | Op.GLOBAL_CALL, words: { ...words, globalCalls } };
}

/** A policy as a kernel has it: what its classes forbid there, and their words. */
export function onKernel(policy: Policy, features: Features): Policy {
  if (features['global.sleepTracked']) return policy;
  let own = made.get(policy);
  if (own === undefined) made.set(policy, (own = { ...policy, classes: policy.classes.map(asBefore) }));
  return own;
}
