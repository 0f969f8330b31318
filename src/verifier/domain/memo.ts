// SPDX-License-Identifier: GPL-2.0-only
import type { Scalar } from './scalar';

const SIZE = 1 << 11;

/** A hash for {@link PairMemo} of values with arcs. */
export function hashOfArcs(tag: number, a: Scalar, b: Scalar): number {
  const hash = Math.imul(
    (a.bLo << 3) + a.vLo + (a.mLo << 5) + (a.sLo << 9) + a.s32 + (a.sHi << 13) + (a.mHi << 17) + (a.bHi << 21),
    0x9e3779b1,
  );
  return Math.imul(hash ^ (hash >>> 15) ^ (b.vLo + (b.sLo << 7) + (b.bLo << 11) + b.sHi + (tag << 20)), 0x85ebca6b);
}

/**
 * Recent results of a pure operation on two scalars. Paths of one program repeat the same operations on the same (shared) values;
 * keys are compared by identity.
 */
export class PairMemo<T> {
  private readonly tags = new Int32Array(SIZE).fill(-1);
  private readonly left: (Scalar | null)[] = new Array<Scalar | null>(SIZE).fill(null);
  private readonly right: (Scalar | null)[] = new Array<Scalar | null>(SIZE).fill(null);
  private readonly results: (T | null)[] = new Array<T | null>(SIZE).fill(null);
  private slot = 0;

  /** The remembered result, or null; {@link put} then takes the new one. `tag` names the operation, 0 or more; `hash` is of all three. */
  get(tag: number, a: Scalar, b: Scalar, hash: number): T | null {
    const slot = (hash ^ (hash >>> 14)) & (SIZE - 1);
    if (this.left[slot] === a && this.right[slot] === b && this.tags[slot] === tag) return this.results[slot]!;
    this.slot = slot;
    return null;
  }

  /** Remembers the result of what {@link get} was asked for last. */
  put(tag: number, a: Scalar, b: Scalar, result: T): T {
    const { slot } = this;
    this.tags[slot] = tag;
    this.left[slot] = a;
    this.right[slot] = b;
    this.results[slot] = result;
    return result;
  }
}
