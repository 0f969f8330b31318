// SPDX-License-Identifier: GPL-2.0-only
/** Sizes of blocks, px at 100 %. */
export const BLOCK = {
  width: 336,
  wideC: 280,
  narrow: 246,
  header: 24,
  row: 17,
  below: 5,
  footer: 24,
  gapDown: 26,
  gapLabel: 28,
  gapBeside: 44,
} as const;
