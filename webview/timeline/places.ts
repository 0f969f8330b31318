// SPDX-License-Identifier: GPL-2.0-only
/**
 * Places of steps from 0 to 1: what matters stands apart, quiet runs between are compressed to the logarithm of their length;
 * with `every` each instruction takes the same room.
 */
export function placesOf(length: number, steps: readonly number[], every: boolean): Float64Array {
  const at = new Float64Array(length);
  if (length <= 1) return at;
  const key = new Set(steps);
  let x = 0;
  let quiet = 0;
  for (let i = 1; i < length; i++) {
    if (every) x++;
    else if (key.has(i)) {
      x += 2;
      quiet = 0;
    } else {
      quiet++;
      x += Math.log2(1 + quiet) - Math.log2(quiet) || 1;
    }
    at[i] = x;
  }
  for (let i = 0; i < length; i++) at[i]! /= x;
  return at;
}

/** Room of a disc, px. */
const DISC = 20;

/**
 * Where discs stand, px, in their order and so that none covers another: what has no place stands behind the one before it.
 * @param from left end of the drawing
 * @param to right end; discs move to the left of where they belong rather than over it
 */
export function apart(wanted: readonly (number | null)[], from: number, to: number): number[] {
  const out: number[] = [];
  let last = from - DISC;
  for (const x of wanted) {
    last = Math.max(last + DISC, x ?? last + DISC);
    out.push(last);
  }
  let limit = Math.max(to, from + DISC * (out.length - 1));
  for (let i = out.length - 1; i >= 0; i--) {
    out[i] = Math.min(out[i]!, limit);
    limit = out[i]! - DISC;
  }
  return out;
}
