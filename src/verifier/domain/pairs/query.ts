// SPDX-License-Identifier: GPL-2.0-only
/** Questions about values with pairs of bounds. Facts: `kernel/bpf/verifier.c` of Linux 6.12: `range_within, reg_bounds_sanity_check`. */
import type { Pairs, Scalar } from '../scalar';
import { hex32, hex64, toBigU, bigHi, bigLo } from '../u64';
import { low32, signed, unsigned } from './bounds';

/** Whether `cur`'s bounds lie within `old`'s, each pair for itself. */
export function pairsWithin(old: Pairs, cur: Pairs): boolean {
  return (
    old.umin <= cur.umin &&
    old.umax >= cur.umax &&
    old.smin <= cur.smin &&
    old.smax >= cur.smax &&
    old.u32min <= cur.u32min &&
    old.u32max >= cur.u32max &&
    old.s32min <= cur.s32min &&
    old.s32max >= cur.s32max
  );
}

/** How the views contradict each other, or null. */
export function pairsViolation(s: Scalar): string | null {
  const p = s.pairs;
  if (p === null) return null;
  if (p.umin > p.umax || p.smin > p.smax || p.u32min > p.u32max || p.s32min > p.s32max) return 'range bounds violation';
  const value = toBigU(s.vHi, s.vLo);
  if ((s.mHi | s.mLo) === 0 && (p.umin !== value || p.umax !== value || p.smin !== signed(value) || p.smax !== signed(value))) {
    return 'const tnum out of sync with range bounds';
  }
  const low = low32(value);
  if (s.mLo === 0 && (p.u32min !== low >>> 0 || p.u32max !== low >>> 0 || p.s32min !== low || p.s32max !== low)) {
    return 'const subreg tnum out of sync with range bounds';
  }
  return null;
}

function hex(x: bigint): string {
  const bits = unsigned(x);
  return hex64(bigHi(bits), bigLo(bits));
}

/** The log line (with newline) of a violation. */
export function pairsViolationText(s: Scalar, p: Pairs, violation: string, context: string): string {
  return (
    `REG INVARIANTS VIOLATION (${context}): ${violation} u64=[${hex(p.umin)}, ${hex(p.umax)}] s64=[${hex(p.smin)}, ${hex(p.smax)}] ` +
    `u32=[${hex32(p.u32min)}, ${hex32(p.u32max)}] s32=[${hex32(p.s32min)}, ${hex32(p.s32max)}] ` +
    `var_off=(${hex64(s.vHi, s.vLo)}, ${hex64(s.mHi, s.mLo)})\n`
  );
}
