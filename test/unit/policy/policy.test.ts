// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { HELPER_BEHAVIOUR, KFUNC_BEHAVIOUR } from '../../../src/kernel/behaviour';
import { DEFAULT_POLICY, getPolicy, POLICIES } from '../../../src/policy';
import { Op } from '../../../src/policy/types';

describe('policies', () => {
  it('of markers have the table that mainline is made from', () => {
    const { id: _id, title: _title, description: _text, ...rules } = getPolicy('context-classes');
    expect(DEFAULT_POLICY).toMatchObject(rules);
  });

  it('are found by id', () => {
    expect(POLICIES.map((p) => p.id)).toEqual([
      'linux-7.3',
      'forbid-sleep',
      'forbid-fault',
      'forbid-fault-sound',
      'acquire-lock',
      'context-classes',
    ]);
    expect(getPolicy('linux-7.3')).toBe(DEFAULT_POLICY);
    expect(() => getPolicy('x')).toThrow(
      "unknown policy 'x'; known: linux-7.3, forbid-sleep, forbid-fault, forbid-fault-sound, acquire-lock, context-classes",
    );
  });

  it.each(POLICIES.map((p) => [p.id, p] as const))('%s is consistent', (_, policy) => {
    const names = policy.classes.map((c) => c.name);
    expect(new Set(names).size).toBe(names.length);
    for (const a of policy.annotations) if (a.acquires !== undefined) expect(names).toContain(a.acquires);
    for (const tag of [...HELPER_BEHAVIOUR.values(), ...KFUNC_BEHAVIOUR.values()]) {
      const cls = /^(?:enter|leave):(.*)$/.exec(tag)?.[1];
      if (cls !== undefined) expect(names).toContain(cls);
    }
    for (const c of policy.classes) {
      // What forbids sleeping forbids faulting, and can say why.
      if ((c.forbids & Op.SLEEP) !== 0) {
        expect(c.forbids & Op.FAULT).toBe(Op.FAULT);
        expect(c.describe).not.toBe('');
      }
      expect(c.forbids & Op.EXIT).toBe(Op.EXIT);
      expect(c.compare).toBe(c.token === 'none' ? 'count' : 'ordered');
    }
  });

  it('explain in the order of non_sleepable_context_description', () => {
    const words = [...getPolicy('forbid-fault').classes].sort((a, b) => a.describeRank - b.describeRank).map((c) => c.describe);
    expect([...new Set(words.filter((w) => w !== ''))]).toEqual([
      'rcu_read_lock region',
      'non-preemptible region',
      'IRQ-disabled region',
      'lock region',
      'nofault region',
    ]);
  });

  it('check exits in the order of check_resource_leak', () => {
    const regions = [...DEFAULT_POLICY.classes].sort((a, b) => a.exitRank - b.exitRank).map((c) => c.exitRegion);
    expect([...new Set(regions)]).toEqual([
      'bpf_spin_lock-ed region',
      '',
      'bpf_local_irq_save-ed region',
      'bpf_rcu_read_lock-ed region',
      'bpf_preempt_disable-ed region',
    ]);
  });

  it('differ between the versions of the series in their words only', () => {
    const sleep = getPolicy('forbid-sleep');
    const fault = getPolicy('forbid-fault');
    expect(sleep.classes.at(-1)?.describe).toBe('nosleep region');
    expect(fault.classes.at(-1)?.describe).toBe('nofault region');
    expect(sleep.classes.at(-1)?.forbids).toBe(fault.classes.at(-1)?.forbids);
  });
});
