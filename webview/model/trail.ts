// SPDX-License-Identifier: GPL-2.0-only
/** Back and forward through what was selected. Values: each step makes a new one. */
export interface Trail {
  readonly list: readonly number[];
  readonly at: number;
}

export const NO_TRAIL: Trail = { list: [], at: -1 };

export const canBack = (trail: Trail): boolean => trail.at > 0;
export const canForward = (trail: Trail): boolean => trail.at < trail.list.length - 1;

/** Something new was selected: what lay ahead is gone. */
export function pushed(trail: Trail, insn: number): Trail {
  if (trail.list[trail.at] === insn) return trail;
  return { list: [...trail.list.slice(0, trail.at + 1), insn], at: trail.at + 1 };
}

/** One step; null at the end. */
export function stepped(trail: Trail, by: 1 | -1): { readonly trail: Trail; readonly insn: number } | null {
  const insn = trail.list[trail.at + by];
  return insn === undefined ? null : { trail: { ...trail, at: trail.at + by }, insn };
}
