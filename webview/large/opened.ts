// SPDX-License-Identifier: GPL-2.0-only
/** Which functions are open below their strips, and what of each is unfolded. Plain data. */

export interface Opened {
  readonly fn: string;
  /** The piece that is unfolded, null where none is. */
  readonly group: number | null;
  /** Which copy of it is shown, if it repeats; the first is 0. */
  readonly copy: number;
}

/** Functions that are open at once, at most. */
const MOST = 2;

/** Opens a function: instead of the open ones, or beside one of them. */
export function opened(list: readonly Opened[], fn: string, also: boolean): readonly Opened[] {
  if (list.some((o) => o.fn === fn)) return list;
  const own = { fn, group: null, copy: 0 };
  return also ? [...list.slice(-(MOST - 1)), own] : [own];
}

export const closed = (list: readonly Opened[], fn: string): readonly Opened[] => list.filter((o) => o.fn !== fn);

/** Unfolds a piece, at a copy; the same one again folds. */
export function unfolded(list: readonly Opened[], fn: string, group: number, copy: number): readonly Opened[] {
  return list.map((o) => (o.fn !== fn ? o : o.group === group ? { ...o, group: null, copy: 0 } : { ...o, group, copy }));
}

/** Another copy of what is unfolded, no further than the first and the last of `copies`. */
export function copied(list: readonly Opened[], fn: string, copy: number, copies: number): readonly Opened[] {
  return list.map((o) => (o.fn === fn ? { ...o, copy: Math.min(copies - 1, Math.max(0, copy)) } : o));
}
