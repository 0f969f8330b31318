// SPDX-License-Identifier: GPL-2.0-only
/** Which rule of the verifier makes a program load on one kernel and not on another: found by verifying with that rule alone exchanged. */
import { type Feature, FEATURES, type Features } from '../kernel/features';
import type { KernelProfile } from '../kernel/profile';
import type { RuleDifference } from '../protocol/compare';
import type { ProgramResult } from '../protocol/model';

/** A rejection that took more processed instructions is not verified again and again. */
const MOST_PROCESSED = 20_000;
/** Instructions processed by all tries together. */
const MOST_IN_ALL = 500_000;

/** A rule that decides. */
export interface Deciding {
  readonly feature: Feature;
  /** What kernels with it do, or did before, and the kernel function. */
  readonly sentence: string;
  /** Whether it is the rejecting kernel that has it. */
  readonly rejects: boolean;
}

/** The rules that a verification asks for at all: exchanging another one changes nothing of it. */
function askedFeatures(here: Features, verifyWith: (features: Features) => unknown): ReadonlySet<string> {
  const asked = new Set<string>();
  const told = new Proxy(here, {
    get: (of, name: Feature) => {
      asked.add(name);
      return of[name];
    },
  });
  verifyWith(told);
  return asked;
}

/**
 * The one rule without which the verdict would be the other; null if there is none, or it would take too long to find. `here` are the rules of the
 * kernel that rejects, `there` those of the one that accepts.
 */
export function decidingFeature(
  rejected: ProgramResult,
  here: Features,
  there: Features,
  verifyWith: (features: Features) => Pick<ProgramResult, 'verdict' | 'processedInsns'>,
): Deciding | null {
  if (rejected.processedInsns > MOST_PROCESSED) return null;
  const asked = askedFeatures(here, verifyWith);
  const differing = (Object.keys(FEATURES) as Feature[]).filter((feature) => here[feature] !== there[feature] && asked.has(feature));
  let spent = 0;
  for (const feature of differing) {
    const { verdict, processedInsns } = verifyWith({ ...here, [feature]: there[feature] });
    if (verdict === 'accept') return { feature, sentence: FEATURES[feature], rejects: here[feature] };
    spent += Math.max(1, processedInsns);
    if (spent > MOST_IN_ALL) return null;
  }
  return null;
}

/** A {@link decidingFeature} in words: what the kernel does that rejects. */
export function decidingWords({ sentence, rejects }: Deciding, here: KernelProfile, series: string): string {
  return rejects ? `${series} has this rule: ${sentence}` : `${series} (${here.version}) is without this rule: ${sentence}`;
}

/** One program on one kernel. */
export interface OnKernel {
  readonly result: ProgramResult;
  readonly kernel: KernelProfile;
  /** Verifies it by other rules. */
  readonly verifyWith: (features: Features) => Pick<ProgramResult, 'verdict' | 'processedInsns'>;
}

/** The rule that decides between two kernels, as what a comparison says of it; none if one rejects and the other does not know, or no single one does. */
export function kernelRules(a: OnKernel, b: OnKernel): RuleDifference[] {
  if (a.kernel.version === b.kernel.version) return [];
  const [rejects, accepts] = a.result.verdict === 'reject' ? [a, b] : [b, a];
  if (rejects.result.verdict !== 'reject' || accepts.result.verdict !== 'accept') return [];
  const deciding = decidingFeature(rejects.result, rejects.kernel.features, accepts.kernel.features, rejects.verifyWith);
  if (deciding === null) return [];
  const { feature, sentence } = deciding;
  const words = sentence.replace(/\.$/, '');
  const says = ({ kernel }: OnKernel): string => (kernel.features[feature] ? words : '');
  const owner = (a.kernel.features[feature] ? a : b).kernel.version;
  return [{ id: `feature ${feature}`, kind: 'feature', name: feature, a: says(a), b: says(b), text: `of Linux ${owner} only: ${words}` }];
}
