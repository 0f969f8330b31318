// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sets of half stack slots (4 bytes each) of one frame: 128 bits in four words of an `Int32Array`.
 * Half slot 0 is fp-4…fp-1, half slot 1 fp-8…fp-5, and so on up to 127, fp-512 (`spis_t`).
 */

/** Words of one set. */
export const WORDS = 4;
/** Half slots of one frame. */
export const HALF_SLOTS = 128;

/** Adds half slots `lo` to `hi` (inclusive) to the set at word `at`. */
export function addRange(set: Int32Array, at: number, lo: number, hi: number): void {
  for (let s = lo; s <= hi && s < HALF_SLOTS; s++) set[at + (s >> 5)]! |= 1 << (s & 31);
}

/** Adds all half slots. */
export function addAll(set: Int32Array, at: number): void {
  set.fill(-1, at, at + WORDS);
}

export function hasHalfSlot(set: Int32Array, at: number, halfSlot: number): boolean {
  return (set[at + (halfSlot >> 5)]! & (1 << (halfSlot & 31))) !== 0;
}

export function isEmpty(set: Int32Array, at: number): boolean {
  return (set[at]! | set[at + 1]! | set[at + 2]! | set[at + 3]!) === 0;
}
