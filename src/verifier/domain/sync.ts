// SPDX-License-Identifier: GPL-2.0-only
/**
 * The three views of a value (bits, 64-bit arc, 32-bit arc) tell each other what they know.
 * Facts: `kernel/bpf/verifier.c: reg_bounds_sync` and the functions that it calls.
 */
import { intersect32, isEmpty32, umax32, umin32 } from './cnum32';
import { intersect64, isEmpty64, narrow32From64, narrow64From32, type Pair, umax64, umin64 } from './cnum64';
import { Draft, freeze, isOneValue, load, setConst } from './draft';
import type { Scalar } from './scalar';
import { syncOfPairs } from './pairs/resize';
import { pairRules } from './pairs/rules';
import { tnumStep } from './tnum';
import { SIGN, smear32, ult } from './u64';

const low: Pair = { hi: 0, lo: 0 };
const high: Pair = { hi: 0, lo: 0 };
const next: Pair = { hi: 0, lo: 0 };
const afterNext: Pair = { hi: 0, lo: 0 };

/**
 * The 32-bit arc shrinks to what the low tnum half allows (`__update_reg32_bounds`).
 * The arc of a tnum starts at its value, with the sign bit set if that is unknown (so that it is the signed interval), and is as
 * long as its mask.
 */
export function narrow32FromTnum(d: Draft): void {
  if (d.mLo === -1) intersect32(d, 0, -1);
  else intersect32(d, d.vLo | (d.mLo & SIGN), d.mLo);
}

/**
 * The 64-bit arc shrinks to what the tnum allows; if only one member of the tnum lies within the unsigned bounds, the value is known
 * (`__update_reg64_bounds`).
 */
function narrow64FromTnum(d: Draft): void {
  if ((d.mHi & d.mLo) === -1) intersect64(d, 0, 0, -1, -1);
  else intersect64(d, d.vHi | (d.mHi & SIGN), d.vLo, d.mHi, d.mLo);

  umin64(d, low);
  umax64(d, high);
  if ((d.mHi & d.mLo) === -1) {
    // The largest number has no successor to compare with.
    if (low.lo === high.lo && low.hi === high.hi && (low.hi & low.lo) !== -1) setConst(d, low.hi, low.lo);
    return;
  }
  tnumStep(d, low.hi, low.lo, next);
  const lowIsMember = (low.hi & ~d.mHi) === d.vHi && (low.lo & ~d.mLo) === d.vLo;
  const nextIsAbove = ult(high.hi, high.lo, next.hi, next.lo);
  if (lowIsMember) {
    if (nextIsAbove) setConst(d, low.hi, low.lo);
    return;
  }
  if (next.hi === (d.vHi | d.mHi) && next.lo === (d.vLo | d.mLo)) {
    setConst(d, next.hi, next.lo);
    return;
  }
  if (nextIsAbove) return;
  tnumStep(d, next.hi, next.lo, afterNext);
  if (ult(high.hi, high.lo, afterNext.hi, afterNext.lo)) setConst(d, next.hi, next.lo);
}

/** Both arcs shrink to what the tnum allows (`__update_reg_bounds`). */
export function narrowFromTnum(d: Draft): void {
  narrow32FromTnum(d);
  narrow64FromTnum(d);
}

/** The tnum learns the leading bits that the unsigned bounds share, for 64 bits and for the low half (`__reg_bound_offset`). */
function narrowTnum(d: Draft): void {
  umin64(d, low);
  umax64(d, high);
  const differsHi = low.hi ^ high.hi;
  const openHi = smear32(differsHi);
  const openLo = differsHi === 0 ? smear32(low.lo ^ high.lo) : -1;
  const mHi = d.mHi & openHi;
  d.vHi = (d.vHi | (low.hi & ~openHi)) & ~mHi;
  d.mHi = mHi;
  let mLo = d.mLo & openLo;
  let vLo = (d.vLo | (low.lo & ~openLo)) & ~mLo;

  const min = umin32(d);
  const open32 = smear32(min ^ umax32(d));
  mLo &= open32;
  vLo = (vLo | (min & ~open32)) & ~mLo;
  d.vLo = vLo;
  d.mLo = mLo;
}

/** True if the three views are the same constant already. */
function isSyncedConst(d: Draft): boolean {
  return (d.mHi | d.mLo | d.sHi | d.sLo | d.s32) === 0 && d.bLo === d.vLo && d.bHi === d.vHi && d.b32 === d.vLo;
}

/**
 * {@link sync} in place. The steps of the kernel are bits → arcs, twice arc ↔ arc, bounds → bits, bits → arcs; a repetition is left out
 * when nothing changed since the step was done before, for each of them changes nothing the second time.
 */
export function syncDraft(d: Draft): void {
  if (isSyncedConst(d) || isEmpty32(d) || isEmpty64(d)) return;
  narrowFromTnum(d);
  const { vHi, vLo, mHi, mLo, bHi, bLo, sHi, sLo, b32, s32 } = d;
  narrow32From64(d);
  narrow64From32(d);
  const moved = !(d.sLo === sLo && d.bLo === bLo && d.s32 === s32 && d.b32 === b32 && d.sHi === sHi && d.bHi === bHi);
  if (moved) {
    narrow32From64(d);
    narrow64From32(d);
  }
  narrowTnum(d);
  if (moved || d.mLo !== mLo || d.vLo !== vLo || d.mHi !== mHi || d.vHi !== vHi) narrowFromTnum(d);
}

const work = new Draft();

/** Makes tnum and arcs as narrow as they make each other (`reg_bounds_sync`). A value with an empty arc stays as it is. */
export function sync(s: Scalar): Scalar {
  if (pairRules !== null) return syncOfPairs(s);
  if (isOneValue(s)) return s;
  load(work, s);
  syncDraft(work);
  return freeze(work, s);
}

/** Only the 32-bit arc learns from the tnum: what packet pointers that keep their identity get (`__update_reg32_bounds`). */
export function syncLow32(s: Scalar): Scalar {
  if (pairRules !== null) return syncOfPairs(s);
  if (isOneValue(s)) return s;
  load(work, s);
  narrow32FromTnum(work);
  return freeze(work, s);
}
