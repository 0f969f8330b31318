// SPDX-License-Identifier: GPL-2.0-only
/** Public face of the scalar domain: what the verifier knows of one 64-bit quantity, and how instructions change that. */
export { Scalar } from './scalar';
export { constScalar, UNKNOWN, ZERO } from './draft';
export { sync, syncLow32 } from './sync';
export { addDelta, addOffsets, alu, maskForkWidth, negScalar, subOffsets, unboundedR32, withLow32Const } from './alu';
export { clampS32, coerceToSize, coerceToSizeSx, mov32, movsx } from './resize';
export { decideBranch } from './branch';
export { flipJump } from './jump-op';
export type { AluResult, BranchDecision } from './results';
export {
  scalarAttributes,
  scalarNumberText,
  signedNumberText,
  signedText,
  tnumPair,
  tnumString,
  unsignedNumberText,
  unsignedText,
} from './print';
export { tnumRange, type Tnum } from './pairs/bounds';
export { chooseRules } from './pairs/rules';
export * from './query';
