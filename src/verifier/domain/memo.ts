// SPDX-License-Identifier: GPL-2.0-only
import type { Scalar } from './scalar';

const SIZE = 1 << 11;
/** A memo begins with so many slots, and has all once it was asked to keep half as many results: most programs ask little of it. */
const FIRST_SIZE = 1 << 6;

/** One result, with what it is of: beside each other, so that a look-up reads one place of memory. */
interface Remembered<T> {
  tag: number;
  left: Scalar;
  right: Scalar;
  result: T;
}

/**
 * Recent results of a pure operation on two scalars. Paths of one program repeat the same operations on the same (shared) values;
 * keys are compared by identity.
 */
export class PairMemo<T> {
  private recent = new Array<Remembered<T> | null>(FIRST_SIZE).fill(null);
  private slot = 0;
  private puts = 0;

  /** The remembered result, or null; {@link put} then takes the new one. `tag` names the operation, 0 or more. */
  get(tag: number, a: Scalar, b: Scalar): T | null {
    const hash = Math.imul(a.serial, 0x9e3779b1) ^ Math.imul(b.serial + Math.imul(tag, 0x632be5ab), 0x85ebca6b);
    const slot = (hash ^ (hash >>> 15)) & (this.recent.length - 1);
    const known = this.recent[slot]!;
    if (known !== null && known.left === a && known.right === b && known.tag === tag) return known.result;
    this.slot = slot;
    return null;
  }

  /** Remembers the result of what {@link get} was asked for last. */
  put(tag: number, a: Scalar, b: Scalar, result: T): T {
    const known = this.recent[this.slot]!;
    if (known === null) {
      this.recent[this.slot] = { tag, left: a, right: b, result };
    } else {
      known.tag = tag;
      known.left = a;
      known.right = b;
      known.result = result;
    }
    if (this.recent.length === FIRST_SIZE && ++this.puts > FIRST_SIZE / 2) this.recent = new Array<Remembered<T> | null>(SIZE).fill(null);
    return result;
  }
}
