// SPDX-License-Identifier: GPL-2.0-only
/**
 * 64-bit circular ranges: `base, base + 1, … base + size` modulo 2^64; and how they exchange knowledge with the 32-bit ones.
 * Facts: `include/linux/cnum.h`, `kernel/bpf/cnum_defs.h`, `kernel/bpf/cnum.c`.
 */
import { intersect32, isEmpty32, setArc32 } from './cnum32';
import type { Arc64Fields, Draft } from './draft';
import { addHi, SIGN, subHi, ule, ult } from './u64';

/** Sets base and size. */
export function setArc64(d: Draft, bHi: number, bLo: number, sHi: number, sLo: number): void {
  d.bHi = bHi;
  d.bLo = bLo;
  d.sHi = sHi;
  d.sLo = sLo;
}

/** The whole circle. */
export function setUnbounded64(d: Draft): void {
  setArc64(d, 0, 0, -1, -1);
}

/** `[min, max]` unsigned; min > max wraps around (`cnum64_from_urange`). */
export function setURange64(d: Draft, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  setArc64(d, minHi, minLo, subHi(maxHi, maxLo, minHi, minLo), (maxLo - minLo) | 0);
}

/** `[min, max]` signed (`cnum64_from_srange`): the full circle has base 0. */
export function setSRange64(d: Draft, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  const sHi = subHi(maxHi, maxLo, minHi, minLo);
  const sLo = (maxLo - minLo) | 0;
  if ((sHi & sLo) === -1) setUnbounded64(d);
  else setArc64(d, minHi, minLo, sHi, sLo);
}

/** True for the special pair that holds no value. */
export function isEmpty64(r: Arc64Fields): boolean {
  return (r.bHi & r.bLo & r.sHi & r.sLo) === -1;
}

/** True if the arc passes from U64_MAX to 0. */
export function wraps64(r: Arc64Fields): boolean {
  const endLo = (r.bLo + r.sLo) | 0;
  const endHi = (r.bHi + r.sHi + (endLo >>> 0 < r.bLo >>> 0 ? 1 : 0)) | 0;
  return ult(endHi, endLo, r.bHi, r.bLo);
}

/** True if the arc passes from S64_MAX to S64_MIN. The empty pair counts as not passing. */
export function wrapsSigned64(r: Arc64Fields): boolean {
  const endLo = (r.bLo + r.sLo) | 0;
  const endHi = (r.bHi + r.sHi + (endLo >>> 0 < r.bLo >>> 0 ? 1 : 0)) | 0;
  if (endHi === r.bHi ? endLo >>> 0 >= r.bLo >>> 0 : endHi > r.bHi) return false;
  return !isEmpty64(r);
}

/** High half of the last value of the arc. The low half is `(bLo + sLo) | 0`. */
export function endHi64(r: Arc64Fields): number {
  return addHi(r.bHi, r.bLo, r.sHi, r.sLo);
}

/** Two halves that a function hands back through its caller's object. */
export interface Pair {
  hi: number;
  lo: number;
}

/** Smallest unsigned value. */
export function umin64(r: Arc64Fields, out: Pair): void {
  const wraps = wraps64(r);
  out.hi = wraps ? 0 : r.bHi;
  out.lo = wraps ? 0 : r.bLo;
}

/** Largest unsigned value. */
export function umax64(r: Arc64Fields, out: Pair): void {
  const wraps = wraps64(r);
  out.hi = wraps ? -1 : endHi64(r);
  out.lo = wraps ? -1 : (r.bLo + r.sLo) | 0;
}

/** Smallest signed value. */
export function smin64(r: Arc64Fields, out: Pair): void {
  if (wrapsSigned64(r)) {
    out.hi = SIGN;
    out.lo = 0;
  } else if (isEmpty64(r)) {
    out.hi = -1;
    out.lo = -2;
  } else {
    out.hi = r.bHi;
    out.lo = r.bLo;
  }
}

/** Largest signed value. */
export function smax64(r: Arc64Fields, out: Pair): void {
  if (wrapsSigned64(r)) {
    out.hi = 0x7fffffff;
    out.lo = -1;
  } else if (isEmpty64(r)) {
    out.hi = -1;
    out.lo = -1;
  } else {
    out.hi = endHi64(r);
    out.lo = (r.bLo + r.sLo) | 0;
  }
}

/** As `intersect32`, for 64 bits (`cnum64_intersect`). */
export function intersect64(d: Draft, bHi: number, bLo: number, sHi: number, sLo: number): void {
  if (isEmpty64(d)) return;
  if ((bHi & bLo & sHi & sLo) === -1) {
    setArc64(d, -1, -1, -1, -1);
    return;
  }
  let aBHi = d.bHi;
  let aBLo = d.bLo;
  let aSHi = d.sHi;
  let aSLo = d.sLo;
  if (ult(bHi, bLo, aBHi, aBLo)) {
    aBHi = bHi;
    aBLo = bLo;
    aSHi = sHi;
    aSLo = sLo;
    bHi = d.bHi;
    bLo = d.bLo;
    sHi = d.sHi;
    sLo = d.sLo;
  }
  const startLo = (bLo - aBLo) | 0;
  const startHi = subHi(bHi, bLo, aBHi, aBLo);
  const endLo = (startLo + sLo) | 0;
  const endHi = addHi(startHi, startLo, sHi, sLo);
  const startInA = ule(startHi, startLo, aSHi, aSLo);
  if (ult(endHi, endLo, startHi, startLo)) {
    if (!startInA) {
      if (ult(aSHi, aSLo, endHi, endLo)) setArc64(d, aBHi, aBLo, aSHi, aSLo);
      else setArc64(d, aBHi, aBLo, endHi, endLo);
    } else if (ule(aSHi, aSLo, sHi, sLo)) {
      setArc64(d, aBHi, aBLo, aSHi, aSLo);
    } else {
      setArc64(d, bHi, bLo, sHi, sLo);
    }
  } else if (startInA) {
    const restLo = (aSLo - startLo) | 0;
    const restHi = subHi(aSHi, aSLo, startHi, startLo);
    if (ult(restHi, restLo, sHi, sLo)) setArc64(d, bHi, bLo, restHi, restLo);
    else setArc64(d, bHi, bLo, sHi, sLo);
  } else {
    setArc64(d, -1, -1, -1, -1);
  }
}

/** `∩ [min, max]` unsigned. */
export function intersectURange64(d: Draft, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  intersect64(d, minHi, minLo, subHi(maxHi, maxLo, minHi, minLo), (maxLo - minLo) | 0);
}

/** `∩ [min, max]` signed. */
export function intersectSRange64(d: Draft, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  const sHi = subHi(maxHi, maxLo, minHi, minLo);
  const sLo = (maxLo - minLo) | 0;
  if ((sHi & sLo) === -1) intersect64(d, 0, 0, -1, -1);
  else intersect64(d, minHi, minLo, sHi, sLo);
}

/** A full circle starts at 0 or at S64_MAX only. */
function setNormalized64(d: Draft, bHi: number, bLo: number, sHi: number, sLo: number): void {
  if ((sHi & sLo) === -1 && !(bHi === 0x7fffffff && bLo === -1)) setUnbounded64(d);
  else setArc64(d, bHi, bLo, sHi, sLo);
}

/** All sums (`cnum64_add`). */
export function add64(d: Draft, b: Arc64Fields): void {
  if (isEmpty64(d) || isEmpty64(b)) {
    setArc64(d, -1, -1, -1, -1);
    return;
  }
  const sLo = (d.sLo + b.sLo) | 0;
  const sHi = addHi(d.sHi, d.sLo, b.sHi, b.sLo);
  if (ult(sHi, sLo, b.sHi, b.sLo)) setUnbounded64(d);
  else setNormalized64(d, addHi(d.bHi, d.bLo, b.bHi, b.bLo), (d.bLo + b.bLo) | 0, sHi, sLo);
}

/** All negated values (`cnum64_negate`). */
export function negate64(d: Draft): void {
  if (isEmpty64(d)) return;
  const endLo = (d.bLo + d.sLo) | 0;
  setNormalized64(d, subHi(0, 0, endHi64(d), endLo), -endLo | 0, d.sHi, d.sLo);
}

/** True if every value of `inner` lies in `outer` (`cnum64_is_subset`). */
export function contains64(outer: Arc64Fields, inner: Arc64Fields): boolean {
  if (isEmpty64(inner)) return true;
  if (isEmpty64(outer)) return false;
  const startLo = (inner.bLo - outer.bLo) | 0;
  const startHi = subHi(inner.bHi, inner.bLo, outer.bHi, outer.bLo);
  const endLo = (startLo + inner.sLo) | 0;
  const endHi = addHi(startHi, startLo, inner.sHi, inner.sLo);
  if (ult(endHi, endLo, startHi, startLo) && (outer.sHi & outer.sLo) !== -1) return false;
  return ule(endHi, endLo, outer.sHi, outer.sLo);
}

/** The 32-bit arc keeps the low halves that occur in the 64-bit arc (`cnum32_from_cnum64`, intersected). */
export function narrow32From64(d: Draft): void {
  if (isEmpty64(d)) setArc32(d, -1, -1);
  else if (d.sHi !== 0 || d.sLo === -1) intersect32(d, 0, -1);
  else intersect32(d, d.bLo, d.sLo);
}

/**
 * Trims both ends of the 64-bit arc to values whose low half lies in the 32-bit arc (`cnum64_cnum32_intersect`).
 *
 * Seen from the 64-bit base, the allowed low halves are `[from, to]` in every 2^32 block, or `[0, to]` and `[from, 2^32)` if that
 * wraps; in the latter case the front needs no trimming.
 */
export function narrow64From32(d: Draft): void {
  if (isEmpty64(d)) return;
  if (isEmpty32(d)) {
    setArc64(d, -1, -1, -1, -1);
    return;
  }
  if (d.s32 === -1) return;
  const from = (d.b32 - d.bLo) >>> 0;
  const to = (from + d.s32) >>> 0;
  const last = d.sLo >>> 0;
  if (to < from) {
    if (last > to && last < from) d.sLo = to | 0;
    return;
  }
  if (d.sHi === 0 && last < from) {
    setArc64(d, -1, -1, -1, -1);
    return;
  }
  const baseLo = (d.bLo + from) | 0;
  const baseHi = addHi(d.bHi, d.bLo, 0, from | 0);
  const restLo = (d.sLo - from) | 0;
  const restHi = subHi(d.sHi, d.sLo, 0, from | 0);
  const excess = last < from || last >= to ? (last - to) | 0 : 0;
  if (restHi === 0 && restLo >>> 0 < excess >>> 0) setArc64(d, -1, -1, -1, -1);
  else setArc64(d, baseHi, baseLo, subHi(restHi, restLo, 0, excess), (restLo - excess) | 0);
}
