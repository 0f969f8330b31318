// SPDX-License-Identifier: GPL-2.0-only

/** Number of the lowest bit that is set in a mask that is not 0. */
export function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
