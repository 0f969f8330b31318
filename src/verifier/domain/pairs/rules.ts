// SPDX-License-Identifier: GPL-2.0-only
/** Which way of bounding values the kernel at hand has. One verification runs at a time, and says so when it begins. */

/** How kernels with pairs of bounds differ. */
export interface PairRules {
  /** The 64-bit bounds and those of the low half learn from each other, and any two values can be compared (since 6.8). */
  readonly halves: boolean;
  /** A signed and an unsigned range of the low half bound each other where one crosses the other's wrap. */
  readonly sign32: boolean;
}

/** Rules of the kernel at hand, null for one with circular ranges. */
export let pairRules: PairRules | null = null;

/** Tells results of operations by one set of rules from those by another: bits of a tag of {@link PairMemo} above those of an operation. */
export let variantTag = 0;

/** The verification that begins bounds values so. */
export function chooseRules(rules: PairRules | null): void {
  pairRules = rules;
  variantTag = rules === null ? 0 : ((rules.halves ? 2 : 0) | (rules.sign32 ? 1 : 0)) << 10;
}
