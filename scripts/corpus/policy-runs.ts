// SPDX-License-Identifier: GPL-2.0-only
/** Whether what the run under one policy says of another policy's run is so: both are made and compared. */
import { CompareRecorder } from '../../src/analysis/compare-recorder';
import { sameKfuncs } from '../../src/analysis/compare-rules';
import { calleesOf } from '../../src/graph/hazards';
import type { KernelProfile } from '../../src/kernel/profile';
import type { Program } from '../../src/object/program';
import { onKernel } from '../../src/policy/on-kernel';
import { type PolicyRules, rulesOf } from '../../src/policy/rules';
import type { CallRule, Policy } from '../../src/policy/types';
import { WatchedRules } from '../../src/policy/watched';
import { verify, type VerifyResult } from '../../src/verifier/check';

/** A run with all that a comparison, a log or a diagnosis could show of it. */
interface Run {
  readonly result: VerifyResult;
  readonly recorder: CompareRecorder;
}

function run(prog: Program, kernel: KernelProfile, policy: Policy, logLevel: number, rules: PolicyRules | null): Run {
  const recorder = new CompareRecorder();
  return { recorder, result: verify(prog, kernel, policy, { logLevel, unprivileged: false, flags: 0, recorder, tick: null, rules }) };
}

/** What is compared of a result: all but the time. */
function facts({ result }: Run): unknown {
  const { verdict, errno, message, insn, reason, processedInsns, totalStates, peakStates, log, report } = result;
  // the log tells how long it took
  const lines = log.split('\n').filter((line) => !line.startsWith('verification time'));
  return { verdict, errno, message, insn, reason, processedInsns, totalStates, peakStates, lines, report };
}

/** The runs of a program under two policies: `one` by what the first says of the second, `told` the first in full, `made` the second. */
export interface Pair {
  readonly one: boolean;
  readonly told: unknown;
  readonly made: unknown;
  readonly sameStates: boolean;
}

/** The program must be the same under both policies, and both must have the same functions of the kernel for it. */
export function pairOf(prog: Program, kernel: KernelProfile, a: Policy, b: Policy, logLevel = 0): Pair {
  const [rulesA, rulesB] = [a, b].map((policy) => rulesOf(onKernel(policy, kernel.features)));
  const watched = new WatchedRules(rulesA!, rulesB!);
  const first = run(prog, kernel, a, logLevel, watched);
  const second = run(prog, kernel, b, logLevel, null);
  return { one: !watched.differs, told: facts(first), made: facts(second), sameStates: first.recorder.sameAs(second.recorder) };
}

/** Whether a program meets the kernel's functions as they are, whichever of the policies it is under. */
export function isComparable(prog: Program, kernel: KernelProfile, a: Policy, b: Policy): boolean {
  return sameKfuncs(a, b, calleesOf(prog, kernel));
}

/** What a rule can say of a function, one thing at a time. Classes are those that every policy has. */
const CHANGES: readonly Omit<CallRule, 'name'>[] = [
  { callable: true },
  { sleeps: 'no' },
  { sleeps: 'sleep' },
  { sleeps: 'fault' },
  { enters: 'rcu' },
  { leaves: 'preempt' },
  { acquires: 'ref' },
  { callback: { holds: 'rcu' } },
  { callback: { sleepable: true } },
  { callback: { keepsLocks: true } },
];

/** A policy with one rule more for each function that a program calls, one of these in turn; and its classes in other words. */
export function neighboursOf(policy: Policy, prog: Program, kernel: KernelProfile): Policy[] {
  const rules = (name: string): { kfuncs: CallRule[]; helpers: CallRule[] }[] =>
    CHANGES.flatMap((change) => [
      { kfuncs: [...policy.kfuncs, { name, ...change }], helpers: [...policy.helpers] },
      { kfuncs: [...policy.kfuncs], helpers: [...policy.helpers, { name, ...change }] },
    ]);
  const byRule = [...calleesOf(prog, kernel)].flatMap((name) => rules(name).map((changed) => ({ ...policy, ...changed })));
  const byClass = policy.classes.flatMap((cls) =>
    [
      { ...cls, describe: `${cls.describe} indeed` },
      { ...cls, forbids: cls.forbids ^ 2 },
      { ...cls, exitRank: 99 - cls.exitRank },
    ].map((changed) => ({ ...policy, classes: policy.classes.map((c) => (c === cls ? changed : c)) })),
  );
  const options = { ...policy, iteratorElements: !policy.iteratorElements, compareElementParent: !policy.compareElementParent };
  return [...byRule, ...byClass, options];
}
