// SPDX-License-Identifier: GPL-2.0-only
/** Policies as each of the kernels has them. */
import { describe, expect, it } from 'vitest';
import { kernelUnder, resolvePolicy } from '../../../src/analysis/policy';
import { KERNELS, VERIFIED_KERNEL } from '../../../src/kernel/releases';
import { POLICIES } from '../../../src/policy';
import { rulesOf } from '../../../src/policy/rules';
import { kernelOf } from '../../support/kernel';

/** Contexts by kernel: bpf_rcu_read_lock came with 6.2, bpf_preempt_disable with 6.10, bpf_local_irq_save with 6.14, bpf_res_spin_lock with 6.15. */
const CONTEXTS: Readonly<Record<string, readonly string[]>> = {
  '6.1': ['ref', 'lock'],
  '6.12': ['ref', 'rcu', 'preempt', 'lock'],
  '6.18': ['ref', 'rcu', 'preempt', 'irq', 'lock', 'res_lock', 'res_lock_irq'],
  '7.3': ['ref', 'rcu', 'preempt', 'irq', 'lock', 'res_lock', 'res_lock_irq'],
};

describe.each(KERNELS.map((k) => [k.series, k] as const))('policies on Linux %s', (series, release) => {
  const kernel = kernelOf(release.version);
  const on = (policy: string) => resolvePolicy({ policy }, [], () => kernel.profile);

  it('mainline is that of the kernel, whichever is named', () => {
    for (const { policy } of KERNELS) {
      const { id, title, classes } = on(policy).policy;
      expect([id, title]).toEqual([release.policy, release.title]);
      expect(classes.map((c) => c.name)).toEqual(CONTEXTS[series]);
    }
  });

  it.each(POLICIES.filter((p) => p.id !== VERIFIED_KERNEL.policy).map((p) => [p.id] as const))('%s works on top of it', (id) => {
    const resolved = on(id);
    expect(resolved.policy.id).toBe(id);
    // compiling looks up every class that a rule names
    expect(() => rulesOf(resolved.policy)).not.toThrow();
    const { profile } = kernelUnder(kernel, resolved);
    expect(profile.version).toBe(release.version);
    for (const { name } of resolved.policy.annotations)
      expect([profile.btf, ...profile.modules].some((b) => b.findByNameKind(name, 12) > 0)).toBe(true);
  });
});
