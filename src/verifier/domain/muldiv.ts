// SPDX-License-Identifier: GPL-2.0-only
/**
 * Arcs of products, quotients and remainders. Division and remainder are only computed for a constant divisor that is not zero.
 * Facts: `kernel/bpf/verifier.c: scalar{,32}_min_max_{mul,udiv,sdiv,umod,smod}`.
 */
import { intersectSRange32, setSRange32, setUnbounded32, setURange32, smax32, smin32, umax32, umin32 } from './cnum32';
import { intersectSRange64, type Pair, setSRange64, setUnbounded64, setURange64, smax64, smin64, umax64, umin64 } from './cnum64';
import type { Draft } from './draft';
import type { Scalar } from './scalar';
import { setTnumUnknown } from './tnum';
import { bigHi, bigLo, hiOf, SIGN, toBigS, toBigU, toSigned, toUnsigned, udiv, ule } from './u64';

const S32_MIN = -2147483648;
const S32_MAX = 2147483647;
const U32_MAX = 4294967295;
const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;

const umin: Pair = { hi: 0, lo: 0 };
const umax: Pair = { hi: 0, lo: 0 };
const smin: Pair = { hi: 0, lo: 0 };
const smax: Pair = { hi: 0, lo: 0 };
const other: Pair = { hi: 0, lo: 0 };

/** Sets the 32-bit arc to that of `dst * src`. */
export function mul32(d: Draft, src: Scalar): void {
  const dSmin = smin32(d);
  const dSmax = smax32(d);
  let lo = umin32(d) * umin32(src);
  let hi = umax32(d) * umax32(src);
  if (hi > U32_MAX) {
    lo = 0;
    hi = U32_MAX;
  }
  const sSmin = smin32(src);
  const sSmax = smax32(src);
  const p0 = dSmin * sSmin;
  const p1 = dSmin * sSmax;
  const p2 = dSmax * sSmin;
  const p3 = dSmax * sSmax;
  let least = Math.min(p0, p1, p2, p3);
  let most = Math.max(p0, p1, p2, p3);
  if (least < S32_MIN || most > S32_MAX) {
    least = S32_MIN;
    most = S32_MAX;
  }
  setURange32(d, lo, hi);
  intersectSRange32(d, least, most);
}

/** Sets the 64-bit arc to that of `dst * src`. */
export function mul64(d: Draft, src: Scalar): void {
  umin64(d, umin);
  umax64(d, umax);
  smin64(d, smin);
  smax64(d, smax);
  const dUmin = toUnsigned(umin.hi, umin.lo);
  const dUmax = toUnsigned(umax.hi, umax.lo);
  const dSmin = toSigned(smin.hi, smin.lo);
  const dSmax = toSigned(smax.hi, smax.lo);
  umin64(src, other);
  const sUmin = toUnsigned(other.hi, other.lo);
  umax64(src, other);
  const sUmax = toUnsigned(other.hi, other.lo);
  smin64(src, other);
  const sSmin = toSigned(other.hi, other.lo);
  smax64(src, other);
  const sSmax = toSigned(other.hi, other.lo);

  const hi = dUmax * sUmax;
  const p0 = dSmin * sSmin;
  const p1 = dSmin * sSmax;
  const p2 = dSmax * sSmin;
  const p3 = dSmax * sSmax;
  const least = Math.min(p0, p1, p2, p3);
  const most = Math.max(p0, p1, p2, p3);
  // Doubles decide alone where they are exact, and far beyond the limits; big integers in between.
  const exactU = hi < 2 ** 53;
  const exactS = least > -(2 ** 53) && most < 2 ** 53;
  const beyondU = hi > 2 ** 65;
  const beyondS = least < -(2 ** 64) || most > 2 ** 64;
  if ((!exactU && !beyondU) || (!exactS && !beyondS)) {
    mul64Big(d, src);
    return;
  }
  if (exactU) {
    const lo = dUmin * sUmin;
    setURange64(d, hiOf(lo), lo | 0, hiOf(hi), hi | 0);
  } else {
    setUnbounded64(d);
  }
  if (exactS) intersectSRange64(d, hiOf(least), least | 0, hiOf(most), most | 0);
  else intersectSRange64(d, SIGN, 0, 0x7fffffff, -1);
}

function mul64Big(d: Draft, src: Scalar): void {
  const [dUmin, dUmax, dSmin, dSmax] = boundsBig(d);
  const [sUmin, sUmax, sSmin, sSmax] = boundsBig(src);
  let lo = dUmin * sUmin;
  let hi = dUmax * sUmax;
  if (hi > U64_MAX) {
    lo = 0n;
    hi = U64_MAX;
  }
  const products = [dSmin * sSmin, dSmin * sSmax, dSmax * sSmin, dSmax * sSmax];
  let least = products.reduce((a, b) => (b < a ? b : a));
  let most = products.reduce((a, b) => (b > a ? b : a));
  if (least < S64_MIN || most > S64_MAX) {
    least = S64_MIN;
    most = S64_MAX;
  }
  setURange64(d, bigHi(lo), bigLo(lo), bigHi(hi), bigLo(hi));
  intersectSRange64(d, bigHi(least), bigLo(least), bigHi(most), bigLo(most));
}

function boundsBig(r: Draft | Scalar): [umin: bigint, umax: bigint, smin: bigint, smax: bigint] {
  umin64(r, umin);
  umax64(r, umax);
  smin64(r, smin);
  smax64(r, smax);
  return [toBigU(umin.hi, umin.lo), toBigU(umax.hi, umax.lo), toBigS(smin.hi, smin.lo), toBigS(smax.hi, smax.lo)];
}

/** Only the 32-bit arc is known after a 32-bit operation. */
function forget64(d: Draft): void {
  setUnbounded64(d);
  setTnumUnknown(d);
}

/** Only the 64-bit arc is known after a 64-bit operation. */
function forget32(d: Draft): void {
  setUnbounded32(d);
  setTnumUnknown(d);
}

/** Unsigned 32-bit division by the constant `src`. */
export function udiv32(d: Draft, src: Scalar): void {
  const divisor = umin32(src);
  setURange32(d, Math.floor(umin32(d) / divisor), Math.floor(umax32(d) / divisor));
  forget64(d);
}

/** Unsigned 64-bit division by the constant `src`. */
export function udiv64(d: Draft, src: Scalar): void {
  umin64(src, other);
  umin64(d, umin);
  umax64(d, umax);
  udiv(umin.hi, umin.lo, other.hi, other.lo, umin);
  udiv(umax.hi, umax.lo, other.hi, other.lo, umax);
  setURange64(d, umin.hi, umin.lo, umax.hi, umax.lo);
  forget32(d);
}

/** Signed 32-bit division by the constant `src`; S32_MIN / -1 is S32_MIN. */
export function sdiv32(d: Draft, src: Scalar): void {
  const divisor = smin32(src);
  let least = smin32(d);
  let most = smax32(d);
  if (least === S32_MIN && divisor === -1) {
    if (most !== S32_MIN) most = S32_MAX;
  } else {
    const a = Math.trunc(least / divisor);
    const b = Math.trunc(most / divisor);
    least = Math.min(a, b);
    most = Math.max(a, b);
  }
  setSRange32(d, least, most);
  forget64(d);
}

/** Signed 64-bit division by the constant `src`; S64_MIN / -1 is S64_MIN. */
export function sdiv64(d: Draft, src: Scalar): void {
  smin64(src, other);
  const divisor = toBigS(other.hi, other.lo);
  smin64(d, smin);
  smax64(d, smax);
  let least = toBigS(smin.hi, smin.lo);
  let most = toBigS(smax.hi, smax.lo);
  if (least === S64_MIN && divisor === -1n) {
    if (most !== S64_MIN) most = S64_MAX;
  } else {
    const a = least / divisor;
    const b = most / divisor;
    least = a < b ? a : b;
    most = a < b ? b : a;
  }
  setSRange64(d, bigHi(least), bigLo(least), bigHi(most), bigLo(most));
  forget32(d);
}

/** Unsigned 32-bit remainder by the constant `src`; smaller dividends stay as they are. */
export function umod32(d: Draft, src: Scalar): void {
  const most = umin32(src) - 1;
  const dividend = umax32(d);
  if (dividend <= most) return;
  setURange32(d, 0, most);
  forget64(d);
}

/** Unsigned 64-bit remainder by the constant `src`; smaller dividends stay as they are. */
export function umod64(d: Draft, src: Scalar): void {
  umin64(src, other);
  const mostLo = (other.lo - 1) | 0;
  const mostHi = other.lo === 0 ? (other.hi - 1) | 0 : other.hi;
  umax64(d, umax);
  if (ule(umax.hi, umax.lo, mostHi, mostLo)) return;
  setURange64(d, 0, 0, mostHi, mostLo);
  forget32(d);
}

/** Signed 32-bit remainder by the constant `src`: below |src|, with the sign of the dividend. */
export function smod32(d: Draft, src: Scalar): void {
  const bound = Math.abs(smin32(src)) - 1;
  const least = smin32(d);
  const most = smax32(d);
  if (least >= -bound && most <= bound) return;
  if (least >= 0) setSRange32(d, 0, Math.min(most, bound));
  else if (most <= 0) setSRange32(d, Math.max(least, -bound), 0);
  else setSRange32(d, -bound, bound);
  forget64(d);
}

/** Signed 64-bit remainder by the constant `src`: below |src|, with the sign of the dividend. */
export function smod64(d: Draft, src: Scalar): void {
  smin64(src, other);
  const divisor = toBigS(other.hi, other.lo);
  const bound = (divisor < 0n ? -divisor : divisor) - 1n;
  smin64(d, smin);
  smax64(d, smax);
  let least = toBigS(smin.hi, smin.lo);
  let most = toBigS(smax.hi, smax.lo);
  if (least >= -bound && most <= bound) return;
  if (least >= 0n) {
    least = 0n;
    most = most < bound ? most : bound;
  } else if (most <= 0n) {
    least = least > -bound ? least : -bound;
    most = 0n;
  } else {
    least = -bound;
    most = bound;
  }
  setSRange64(d, bigHi(least), bigLo(least), bigHi(most), bigLo(most));
  forget32(d);
}
