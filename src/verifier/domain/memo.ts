// SPDX-License-Identifier: GPL-2.0-only
import type { Scalar } from './scalar';

const SIZE = 1 << 11;
/** A memo begins with so many slots, and has all once it was asked to keep half as many results: most programs ask little of it. */
const FIRST_SIZE = 1 << 6;

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
  private tags!: Int32Array;
  private left!: (Scalar | null)[];
  private right!: (Scalar | null)[];
  private results!: (T | null)[];
  private size!: number;
  private slot = 0;
  private puts = 0;

  constructor() {
    this.begin(FIRST_SIZE);
  }

  private begin(size: number): void {
    this.size = size;
    this.tags = new Int32Array(size).fill(-1);
    this.left = new Array<Scalar | null>(size).fill(null);
    this.right = new Array<Scalar | null>(size).fill(null);
    this.results = new Array<T | null>(size).fill(null);
  }

  /** The remembered result, or null; {@link put} then takes the new one. `tag` names the operation, 0 or more; `hash` is of all three. */
  get(tag: number, a: Scalar, b: Scalar, hash: number): T | null {
    const slot = (hash ^ (hash >>> 14)) & (this.size - 1);
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
    if (this.size < SIZE && ++this.puts * 2 > FIRST_SIZE) this.begin(SIZE);
    return result;
  }
}
