// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../btf/types';
import type { Features } from '../kernel/features';
import type { KernelProfile } from '../kernel/profile';
import { KERNELS, releaseOf, VERIFIED_KERNEL } from '../kernel/releases';
import { classesNamedBy, DEFAULT_ACQUIRE_CLASS, Op, type CallRule, type ContextClass, type KfuncAnnotation, type Policy } from './types';

/** By what of a kernel's features counts here. */
const made = new WeakMap<Policy, Map<string, Policy>>();

/** Words of 6.12 for a program that ends inside (`do_check`). */
const MISSING: Readonly<Record<string, string>> = {
  lock: 'bpf_spin_unlock is missing',
  rcu: 'bpf_rcu_read_unlock is missing',
  preempt: '%d bpf_preempt_enable%s missing',
};

/** RCU read sections that do not nest. */
function withoutNesting(cls: ContextClass): ContextClass {
  return cls.name === 'rcu'
    ? { ...cls, nesting: 'once', words: { ...cls.words, nested: 'nested rcu read lock (kernel function %s)' } }
    : cls;
}

/** Sections that protect only what they hold off themselves, not as RCU does. */
function withoutProtection(cls: ContextClass): ContextClass {
  return cls.name === 'preempt' || cls.name === 'irq' ? { ...cls, grantsRcu: false } : cls;
}

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
  const [nests, tracked, protects] = [features['rcu.nests'], features['global.sleepTracked'], features['rcu.preemptGrants']];
  if (nests && tracked && protects) return policy;
  let variants = made.get(policy);
  if (variants === undefined) made.set(policy, (variants = new Map()));
  const key = `${nests} ${tracked} ${protects}`;
  let own = variants.get(key);
  if (own === undefined) {
    let classes = nests ? policy.classes : policy.classes.map(withoutNesting);
    if (!protects) classes = classes.map(withoutProtection);
    variants.set(key, (own = { ...policy, classes: tracked ? classes : classes.map(asBefore) }));
  }
  return own;
}

function hasFunction(profile: KernelProfile, name: string): boolean {
  return [profile.btf, ...profile.modules].some((btf) => btf.findByNameKind(name, Kind.FUNC) > 0);
}

const mainlines = new WeakSet<Policy>();
const onProfile = new WeakMap<KernelProfile, Map<Policy, Policy>>();

/** What of a policy a kernel can have: rules of functions that are there, and classes that something still takes or enters. */
function withoutAbsent(policy: Policy, profile: KernelProfile): Policy {
  const helpers = new Set(Array.from({ length: profile.helperCount }, (_, id) => profile.helperName(id)));
  const has = ({
    name,
    proto,
    needs,
  }: KfuncAnnotation | (CallRule & { readonly proto?: undefined; readonly needs?: undefined })): boolean =>
    needs === undefined ? proto !== undefined || hasFunction(profile, name) : hasFunction(profile, needs);
  const kept = {
    kfuncs: policy.kfuncs.filter(has),
    helpers: policy.helpers.filter((rule) => helpers.has(rule.name)),
    annotations: policy.annotations.filter(has),
  };
  const named = (rules: Pick<Policy, 'kfuncs' | 'helpers' | 'annotations'>): Set<string> =>
    new Set([...rules.kfuncs, ...rules.helpers, ...rules.annotations].flatMap(classesNamedBy));
  const [before, now] = [named(policy), named(kept)];
  const classes = policy.classes.filter(({ name }) => name === DEFAULT_ACQUIRE_CLASS || now.has(name) || !before.has(name));
  return { ...policy, ...kept, classes };
}

/**
 * A built-in policy on a kernel. Mainline's is that kernel's own: its name, and the contexts that exist there (an RCU read section is there since
 * `bpf_rcu_read_lock` is). Of a proposal stays what changes functions that the kernel has.
 */
export function policyOn(policy: Policy, profile: KernelProfile): Policy {
  if (profile.version === VERIFIED_KERNEL.version) return policy;
  let all = onProfile.get(profile);
  if (all === undefined) onProfile.set(profile, (all = new Map()));
  let own = all.get(policy);
  if (own === undefined) {
    const { policy: id, title } = releaseOf(profile.version);
    own = withoutAbsent(policy, profile);
    if (policy.id === VERIFIED_KERNEL.policy)
      own = { ...own, id, title, description: `The rules of ${title}: what its contexts forbid, in its words.` };
    if (policy.id === VERIFIED_KERNEL.policy) mainlines.add(own);
    all.set(policy, own);
  }
  return own;
}

/** Whether an id is that of a known kernel's mainline policy: whichever is named, the kernel that programs are verified as has its own. */
export function isMainlineId(id: string): boolean {
  return KERNELS.some((kernel) => kernel.policy === id);
}

/** Whether a policy is mainline's, as any kernel has it. */
export function isMainline(policy: Policy): boolean {
  return policy.id === VERIFIED_KERNEL.policy || mainlines.has(policy);
}
