// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { mayFaultToo, SLEEP_FACTS, sleepFact } from '../../../src/kernel/faulting';
import { Kf } from '../../../src/kernel/profile';
import { shippedKernel } from '../kernel/shipped';

const kernel = shippedKernel();

describe('what sleeping calls do', () => {
  it('is known of every helper that may sleep', () => {
    const sleeping = new Set(Object.values(KERNEL_TABLES.protos).filter((p) => p.flags?.includes('might_sleep') === true));
    expect(sleeping.size).toBeGreaterThanOrEqual(8);
    const names = KERNEL_TABLES.helpers.filter((name) => name !== undefined);
    const missing = names.filter((name, id) => kernel.anyHelperProto(id)?.mightSleep === true && sleepFact(name) === undefined);
    expect(missing).toEqual([]);
  });

  it('is known of every kfunc with KF_SLEEPABLE', () => {
    const missing: string[] = [];
    let count = 0;
    for (const btf of [kernel.btf, ...kernel.modules]) {
      for (const id of kernel.kfuncNames(btf).flatMap((name) => btf.idsByName(name, Kind.FUNC))) {
        const kfunc = kernel.kfunc(btf, id);
        if (kfunc === null || !kfunc.registered || (kfunc.flags & Kf.SLEEPABLE) === 0) continue;
        count++;
        if (sleepFact(kfunc.name) === undefined) missing.push(kfunc.name);
      }
    }
    expect(count).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });

  it('has a source for each fact, and one fact for each name', () => {
    expect(new Set(SLEEP_FACTS.map((f) => f.name)).size).toBe(SLEEP_FACTS.length);
    for (const f of SLEEP_FACTS) expect(f.source).toMatch(/^[a-z_]+\//);
  });

  it('tells faults from waiting, and takes what it does not know for the worst', () => {
    expect(mayFaultToo('bpf_copy_from_user')).toBe(true);
    expect(mayFaultToo('bpf_get_task_stack')).toBe(false);
    expect(mayFaultToo('bpf_iter_kmem_cache_next')).toBe(false);
    expect(mayFaultToo('bpf_of_another_kernel')).toBe(true);
  });
});
