// SPDX-License-Identifier: GPL-2.0-only

/** Questions that are asked of a graph, in their order in the bar and on the number keys, with their names. */
export const LENS_NAMES = {
  contexts: 'Contexts',
  sleep: 'May sleep?',
  follow: 'Follow',
  would: 'Would sleep',
  path: 'Path',
  heat: 'Heat',
} as const;

export type LensId = keyof typeof LENS_NAMES;

export const LENSES = Object.keys(LENS_NAMES) as readonly LensId[];
