// SPDX-License-Identifier: GPL-2.0-only
/** Results of operations on values with pairs of bounds, remembered: paths of one program repeat them on the same (shared) values. */
import { PairMemo } from '../memo';
import type { Scalar } from '../scalar';
import { variantTag } from './rules';

/** Of operations that give one value. Tags: 256 and more, apart from those of arithmetic and jumps. */
const values = new PairMemo<Scalar>();
export const TAG = { SYNC: 256, ADD_OFFSET: 257, SUB_OFFSET: 258, ADD: 259, LOW: 260, COERCE: 264 } as const;

/** `make` of two values, remembered under a tag and the rules of the kernel at hand. It asks for nothing else. */
export function remembered(operation: number, a: Scalar, b: Scalar, make: (a: Scalar, b: Scalar, operation: number) => Scalar): Scalar {
  const tag = operation | variantTag;
  return values.get(tag, a, b) ?? values.put(tag, a, b, make(a, b, operation));
}
