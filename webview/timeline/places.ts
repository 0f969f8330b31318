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
