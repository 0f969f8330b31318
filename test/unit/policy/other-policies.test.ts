// SPDX-License-Identifier: GPL-2.0-only
/** What a program's result says of other policies, so that they can be offered. */
import { describe, expect, it } from 'vitest';
import { describes, foremost, POLICIES } from '../../../src/policy';
import path from 'node:path';
import { analysed } from '../../support/policy-programs';
import { ROOT } from '../../support/verify';

const EXAMPLES = path.join(ROOT, 'examples');
const VMA = ['forbid-sleep', 'forbid-fault', 'forbid-fault-sound', 'acquire-lock'];

describe('the result of a program', () => {
  const of = (file: string, policy: string, program: string) =>
    analysed(file, policy, '7.3', EXAMPLES).result!.programs.find((p) => p.program === program)!;

  it('names a call to a function that only other policies have', () => {
    const p = of('vma_walk', 'linux-7.3', 'copy_heads');
    expect(p).toMatchObject({ verdict: 'reject', absent: 'bpf_iter_task_vma_release' });
    expect(POLICIES.filter((x) => describes(x, p.absent!)).map((x) => x.id)).toEqual(VMA);
    expect(of('vma_walk', 'forbid-fault', 'nested_walk')).toMatchObject({ verdict: 'reject', absent: null });
  });

  it('names the policies under which it can fare otherwise', () => {
    expect(of('first_look', 'linux-7.3', 'copy_while_held').otherPolicies).toEqual(VMA);
    expect(of('contexts', 'linux-7.3', 'rcu_copy').otherPolicies).toEqual([]);
    expect(of('first_look', 'forbid-fault', 'copy_while_held').otherPolicies).toContain('linux-7.3');
  });

  it('is what the first example promises', () => {
    const verdicts = (policy: string) =>
      Object.fromEntries(analysed('first_look', policy, '7.3', EXAMPLES).result!.programs.map((p) => [p.program, p.verdict]));
    expect(verdicts('linux-7.3')).toEqual({ copy_while_held: 'accept', release_then_copy: 'accept' });
    for (const policy of VMA) expect(verdicts(policy), policy).toEqual({ copy_while_held: 'reject', release_then_copy: 'accept' });
  });
});

describe('the policy to offer first', () => {
  it.each([
    [VMA, 'forbid-fault'],
    [['forbid-sleep'], 'forbid-sleep'],
    [[], undefined],
    [['mine.bpf-policy.json'], 'mine.bpf-policy.json'],
  ])('of %j: %s', (ids, first) => expect(foremost(ids)).toBe(first));
});
