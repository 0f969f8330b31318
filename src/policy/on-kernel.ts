// SPDX-License-Identifier: GPL-2.0-only
import type { Features } from '../kernel/features';
import { Op, type ContextClass, type Policy } from './types';

const made = new WeakMap<Policy, Policy>();

/** Before calls were looked at for what they do, no global function was called with preemption off (`check_func_call` of 6.12). */
function withoutGlobalCalls(cls: ContextClass): ContextClass {
  if (cls.name !== 'preempt') return cls;
  const globalCalls = 'global function calls are not allowed with preemption disabled,\nuse static function instead';
  return { ...cls, forbids: cls.forbids | Op.GLOBAL_CALL, words: { ...cls.words, globalCalls } };
}

/** A policy as a kernel has it: what its classes forbid there. */
export function onKernel(policy: Policy, features: Features): Policy {
  if (features['global.sleepTracked']) return policy;
  let own = made.get(policy);
  if (own === undefined) made.set(policy, (own = { ...policy, classes: policy.classes.map(withoutGlobalCalls) }));
  return own;
}
