// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tables of what many values share, for messages: what is one value in memory becomes one row, and is named by its place. Nothing is compared, so
 * that packing costs the editor's thread little.
 */
import { isInteger } from './checks';

/** Rows of one table as they are met. */
export class Rows<T> {
  readonly list: T[] = [];
  private readonly known = new Map<unknown, number>();

  /** Place of a value; `make` makes its row where that is something else. */
  of<V>(value: V, make: (value: V) => T): number {
    let at = this.known.get(value);
    if (at === undefined) {
      at = this.list.push(make(value)) - 1;
      this.known.set(value, at);
    }
    return at;
  }

  /** Place of a value that is its own row. */
  at(value: T): number {
    return this.of(value, (own) => own);
  }

  /** −1 for an empty list. */
  ofList(value: T & readonly unknown[]): number {
    return value.length === 0 ? -1 : this.at(value);
  }
}

/** A row, undefined where the table has none of that place. */
export function row<T>(table: readonly T[], at: unknown): T | undefined {
  return isInteger(at) ? table[at] : undefined;
}
