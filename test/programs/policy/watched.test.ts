// SPDX-License-Identifier: GPL-2.0-only
/** A run that says it is also the run under another policy is that run, instruction by instruction. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isComparable, neighboursOf, type Pair, pairOf } from '../../../scripts/corpus/policy-runs';
import { loadObject } from '../../../src/object/load';
import type { Program } from '../../../src/object/program';
import { POLICIES, DEFAULT_POLICY } from '../../../src/policy';
import type { Policy } from '../../../src/policy/types';
import { onKernel } from '../../../src/policy/on-kernel';
import { rulesOf } from '../../../src/policy/rules';
import { WatchedRules } from '../../../src/policy/watched';
import { breathe } from '../../support/breathe';
import { kernelOf } from '../../support/kernel';
import { FOLDER } from '../../support/policy-programs';

const kernel = kernelOf();

/** Each policy with the one before it, and with the default. `scripts/check-policies.ts` tries all pairs, on corpora. */
const PAIRS = POLICIES.flatMap((b, i) =>
  i === 0
    ? []
    : i === 1
      ? [[POLICIES[0]!, b]]
      : [
          [POLICIES[i - 1]!, b],
          [DEFAULT_POLICY, b],
        ],
) as [Policy, Policy][];

function programsOf(file: string): readonly Program[] {
  return loadObject(readFileSync(path.join(FOLDER, file)), file, kernel.object).programs;
}

function expectSame({ one, told, made, sameStates }: Pair, what: string): void {
  if (!one) return;
  expect(told, what).toEqual(made);
  expect(sameStates, what).toBe(true);
}

const programs = ['table_h.bpf.o', 'messages.bpf.o'].flatMap((file) => programsOf(file).map((prog) => [file, prog.name, prog] as const));

describe('one run for two policies', () => {
  it.each(programs)('%s %s, between built-in policies', (_, name, prog) => {
    for (const [a, b] of PAIRS)
      if (isComparable(prog, kernel.profile, a, b)) expectSame(pairOf(prog, kernel.profile, a, b), `${name}: ${a.id}, ${b.id}`);
  });

  it('and policies that differ in one rule, class or option each', async () => {
    const found = { one: 0, two: 0, alike: 0 };
    for (const [i, [, name, prog]] of programs.entries()) {
      if (i % 6 !== 0 && name !== 'copy_in_find_vma') continue;
      await breathe();
      for (const other of neighboursOf(DEFAULT_POLICY, prog, kernel.profile)) {
        const pair = pairOf(prog, kernel.profile, DEFAULT_POLICY, other);
        expectSame(pair, `${name}: ${JSON.stringify([other.kfuncs.at(-1), other.helpers.at(-1)])}`);
        if (pair.one) found.one++;
        else if (pair.sameStates) found.alike++;
        else found.two++;
      }
    }
    // it says so often enough to be of use, and where rules matter it does not
    expect(found.one).toBeGreaterThan(found.two + found.alike);
    expect(found.two).toBeGreaterThan(20);
  });
});

describe('rules that are watched', () => {
  const own = rulesOf(onKernel(DEFAULT_POLICY, kernel.profile.features));
  const withRule = (rule: (typeof DEFAULT_POLICY.helpers)[number]): WatchedRules =>
    new WatchedRules(own, rulesOf({ ...DEFAULT_POLICY, helpers: [...DEFAULT_POLICY.helpers, rule] }));

  it('answer as their policy does, and tell only of what was asked', () => {
    const rules = withRule({ name: 'bpf_ktime_get_ns', callable: true });
    expect(rules.helper('bpf_ktime_get_ns').sleeps).toBe(null);
    expect(rules.helper('bpf_get_smp_processor_id').callable).toBe(false);
    expect(rules.differs).toBe(false);
    expect(rules.helper('bpf_ktime_get_ns').callable).toBe(false);
    expect(rules.differs).toBe(true);
  });

  it('tell of classes by what they are', () => {
    const other = (change: object): WatchedRules =>
      new WatchedRules(own, rulesOf({ ...DEFAULT_POLICY, classes: DEFAULT_POLICY.classes.map((c) => ({ ...c, ...change })) }));
    const drawn = other({ letter: '?' });
    expect(drawn.cls('rcu')).toBe(own.cls('rcu'));
    expect(drawn.differs).toBe(false);
    const named = other({ title: 'something else' });
    expect(named.cls('rcu')).toBe(own.cls('rcu'));
    expect(named.differs).toBe(true);
  });

  it('can be watched for several policies at once', () => {
    const inner = withRule({ name: 'bpf_ktime_get_ns', callable: true });
    const outer = new WatchedRules(inner, own);
    expect(outer.helper('bpf_ktime_get_ns').callable).toBe(false);
    expect([inner.differs, outer.differs]).toEqual([true, false]);
  });
});
