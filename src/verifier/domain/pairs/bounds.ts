// SPDX-License-Identifier: GPL-2.0-only
/**
 * Values with four pairs of bounds and a tnum, as kernels before circular ranges know them. Facts: `kernel/bpf/verifier.c` of Linux 6.12 and 6.1:
 * `__update_reg_bounds, __reg_deduce_bounds, __reg_bound_offset, reg_bounds_sync`.
 */
import { constScalar, UNKNOWN } from '../draft';
import { Scalar, type Pairs } from '../scalar';
import { bigHi, bigLo, toBigS, toBigU } from '../u64';
import { smax32, smin32, umax32, umin32 } from '../cnum32';
import { type Pair, smax64, smin64, umax64, umin64 } from '../cnum64';
import { pairRules } from './rules';

export const U64_MAX = 2n ** 64n - 1n;
export const S64_MAX = 2n ** 63n - 1n;
export const S64_MIN = -(2n ** 63n);
export const U32_MAX = 0xffffffff;
export const S32_MAX = 0x7fffffff;
export const S32_MIN = -0x80000000;
const LOW = 0xffffffffn;
const HIGH = U64_MAX ^ LOW;

/** As a signed and as an unsigned 64-bit number. */
export const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
export const unsigned = (x: bigint): bigint => BigInt.asUintN(64, x);
/** Low half as a signed and as an unsigned number. */
export const low32 = (x: bigint): number => Number(BigInt.asIntN(32, x));
export const ulow32 = (x: bigint): number => Number(BigInt.asUintN(32, x));

export const maxBig = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const minBig = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A tnum: `value` and `mask`, unsigned, without common bits. */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

/** The smallest tnum that holds all of `[min, max]`, unsigned (`tnum_range`). */
export function tnumRange(min: bigint, max: bigint): Tnum {
  const differ = min ^ max;
  if (differ >> 63n !== 0n) return { value: 0n, mask: U64_MAX };
  let delta = 0n;
  if (differ !== 0n) {
    const high = ulow32(differ >> 32n);
    const bits = high === 0 ? 32 - Math.clz32(ulow32(differ)) : 64 - Math.clz32(high);
    delta = (1n << BigInt(bits)) - 1n;
  }
  return { value: min & (U64_MAX ^ delta), mask: delta };
}

/** What both allow; a bit on which they disagree counts as one (`tnum_intersect`). */
export function tnumBoth(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  return { value: (a.value | b.value) & (U64_MAX ^ mask), mask };
}

/** The low half of one and the high half of another (`tnum_with_subreg`). */
export function tnumWithLow(t: Tnum, low: Tnum): Tnum {
  return { value: (t.value & HIGH) | (low.value & LOW), mask: (t.mask & HIGH) | (low.mask & LOW) };
}

/** The low half alone (`tnum_subreg`). */
export function tnumLow(t: Tnum): Tnum {
  return { value: t.value & LOW, mask: t.mask & LOW };
}

/** A value to be changed in place, for the inside of one operation. */
export class Bounds implements Pairs {
  smin = S64_MIN;
  smax = S64_MAX;
  umin = 0n;
  umax = U64_MAX;
  s32min = S32_MIN;
  s32max = S32_MAX;
  u32min = 0;
  u32max = U32_MAX;
  tnum: Tnum = { value: 0n, mask: U64_MAX };

  /** Nothing but the tnum is known. */
  forget(): void {
    this.forget64();
    this.forget32();
  }
  forget64(): void {
    this.smin = S64_MIN;
    this.smax = S64_MAX;
    this.umin = 0n;
    this.umax = U64_MAX;
  }
  forget32(): void {
    this.s32min = S32_MIN;
    this.s32max = S32_MAX;
    this.u32min = 0;
    this.u32max = U32_MAX;
  }
  /** The constant `value`, unsigned, in all views (`___mark_reg_known`). */
  setConst(value: bigint): void {
    this.tnum = { value, mask: 0n };
    this.smin = this.smax = signed(value);
    this.umin = this.umax = value;
    this.setLowBounds(low32(value));
  }
  /** The low half is the constant `value`, signed; its tnum is the caller's. */
  setLowBounds(value: number): void {
    this.s32min = this.s32max = value;
    this.u32min = this.u32max = value >>> 0;
  }
  get isConst(): boolean {
    return this.tnum.mask === 0n;
  }
  get isConst32(): boolean {
    return (this.tnum.mask & LOW) === 0n;
  }
}

const at: Pair = { hi: 0, lo: 0 };

/** The bounds of any scalar, in pairs. */
export function pairsOf(s: Scalar): Pairs {
  if (s.pairs !== null) return s.pairs;
  smin64(s, at);
  const smin = toBigS(at.hi, at.lo);
  smax64(s, at);
  const smax = toBigS(at.hi, at.lo);
  umin64(s, at);
  const umin = toBigU(at.hi, at.lo);
  umax64(s, at);
  const umax = toBigU(at.hi, at.lo);
  return { smin, smax, umin, umax, s32min: smin32(s), s32max: smax32(s), u32min: umin32(s), u32max: umax32(s) };
}

/** A copy to be changed. */
export function open(s: Scalar): Bounds {
  const b = new Bounds();
  const { smin, smax, umin, umax, s32min, s32max, u32min, u32max } = pairsOf(s);
  b.smin = smin;
  b.smax = smax;
  b.umin = umin;
  b.umax = umax;
  b.s32min = s32min;
  b.s32max = s32max;
  b.u32min = u32min;
  b.u32max = u32max;
  b.tnum = { value: toBigU(s.vHi, s.vLo), mask: toBigU(s.mHi, s.mLo) };
  return b;
}

/** Whether two have the same bounds. */
export function samePairs(a: Pairs, b: Pairs): boolean {
  return (
    a.smin === b.smin &&
    a.smax === b.smax &&
    a.umin === b.umin &&
    a.umax === b.umax &&
    a.s32min === b.s32min &&
    a.s32max === b.s32max &&
    a.u32min === b.u32min &&
    a.u32max === b.u32max
  );
}

const WIDEST = new Bounds();

/** The immutable value: `original` itself if nothing changed, a shared one for constants and the unknown. */
export function close(b: Bounds, original: Scalar): Scalar {
  const { value, mask } = b.tnum;
  if (mask === 0n && b.umin === value && b.umax === value && b.smin === signed(value) && b.smax === b.smin) {
    const low = low32(value);
    if (b.s32min === low && b.s32max === low && b.u32min === low >>> 0 && b.u32max === low >>> 0)
      return constScalar(bigHi(value), bigLo(value));
  }
  if (mask === U64_MAX && samePairs(b, WIDEST)) return UNKNOWN;
  const vHi = bigHi(value);
  const vLo = bigLo(value);
  const mHi = bigHi(mask);
  const mLo = bigLo(mask);
  if (original.vLo === vLo && original.vHi === vHi && original.mLo === mLo && original.mHi === mHi && samePairs(b, pairsOf(original)))
    return original;
  return intern(vHi, vLo, mHi, mLo, b);
}

/** Values made recently, one per slot: equal values are often made again, and identity makes later comparisons cheap. */
const RECENT = 1 << 12;
const recent: Scalar[] = new Array<Scalar>(RECENT).fill(UNKNOWN);

function intern(vHi: number, vLo: number, mHi: number, mLo: number, b: Bounds): Scalar {
  const { smin, smax, umin, umax, s32min, s32max, u32min, u32max } = b;
  let hash = Math.imul(vLo ^ (mLo << 7) ^ (mLo >>> 25), 0x9e3779b1) ^ Math.imul(s32max + (u32min << 5), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ u32max ^ (s32min << 3), 0xc2b2ae35) ^ (vHi + mHi * 3 + bigLo(umax) * 5 + bigHi(smax) * 7);
  const slot = (hash ^ (hash >>> 13)) & (RECENT - 1);
  const found = recent[slot]!;
  if (
    found.pairs?.hash === hash &&
    found.vLo === vLo &&
    found.mLo === mLo &&
    found.vHi === vHi &&
    found.mHi === mHi &&
    samePairs(found.pairs, b)
  )
    return found;
  const pairs = { smin, smax, umin, umax, s32min, s32max, u32min, u32max, hash };
  return (recent[slot] = new Scalar(vHi, vLo, mHi, mLo, 0, 0, -1, -1, 0, -1, pairs));
}

/** The bounds of the low half shrink to what the tnum allows (`__update_reg32_bounds`). */
export function narrowLow(b: Bounds): void {
  const value = low32(b.tnum.value);
  const mask = low32(b.tnum.mask);
  b.s32min = Math.max(b.s32min, value | (mask & S32_MIN));
  b.s32max = Math.min(b.s32max, value | (mask & S32_MAX));
  b.u32min = Math.max(b.u32min, value >>> 0);
  b.u32max = Math.min(b.u32max, (value | mask) >>> 0);
}

function narrowWhole(b: Bounds): void {
  const { value, mask } = b.tnum;
  b.smin = maxBig(b.smin, signed(value | (mask & (1n << 63n))));
  b.smax = minBig(b.smax, signed(value | (mask & S64_MAX)));
  b.umin = maxBig(b.umin, value);
  b.umax = minBig(b.umax, value | mask);
}

/** All bounds shrink to what the tnum allows (`__update_reg_bounds`). */
export function narrow(b: Bounds): void {
  narrowLow(b);
  narrowWhole(b);
}

/** The low half from the 64-bit bounds, where these agree in the high one (first part of `__reg32_deduce_bounds`). */
function lowFromWhole(b: Bounds): void {
  const within = (min: bigint, max: bigint): void => {
    b.s32min = Math.max(b.s32min, low32(min));
    b.s32max = Math.min(b.s32max, low32(max));
  };
  const withinU = (min: bigint, max: bigint): void => {
    b.u32min = Math.max(b.u32min, ulow32(min));
    b.u32max = Math.min(b.u32max, ulow32(max));
  };
  if (b.umin >> 32n === b.umax >> 32n) {
    withinU(b.umin, b.umax);
    if (low32(b.umin) <= low32(b.umax)) within(b.umin, b.umax);
  }
  if (b.smin >> 32n === b.smax >> 32n) {
    if (ulow32(b.smin) <= ulow32(b.smax)) withinU(b.smin, b.smax);
    if (low32(b.smin) <= low32(b.smax)) within(b.smin, b.smax);
  }
  // a range across one step of the high half is a signed one of the low half
  const steps = (min: bigint, max: bigint): boolean =>
    (ulow32(min >> 32n) + 1) >>> 0 === ulow32(max >> 32n) && low32(min) < 0 && low32(max) >= 0;
  if (steps(b.umin, b.umax)) within(b.umin, b.umax);
  if (steps(b.smin, b.smax)) within(b.smin, b.smax);
}

function deduceLow(b: Bounds): void {
  lowFromWhole(b);
  if ((b.u32min | 0) <= (b.u32max | 0)) {
    b.s32min = Math.max(b.s32min, b.u32min | 0);
    b.s32max = Math.min(b.s32max, b.u32max | 0);
  }
  if (b.s32min >>> 0 <= b.s32max >>> 0) {
    b.u32min = Math.max(b.s32min >>> 0, b.u32min);
    b.u32max = Math.min(b.s32max >>> 0, b.u32max);
  } else if (pairRules?.sign32 === false) {
    return;
  } else if (b.u32max < b.s32min >>> 0) {
    b.s32min = b.u32min | 0;
    b.u32max = Math.min(b.u32max, b.s32max >>> 0);
  } else if (b.s32max >>> 0 < b.u32min) {
    b.s32max = b.u32max | 0;
    b.u32min = Math.max(b.u32min, b.s32min >>> 0);
  }
}

function deduceWhole(b: Bounds): void {
  if (signed(b.umin) <= signed(b.umax)) {
    b.smin = maxBig(b.smin, signed(b.umin));
    b.smax = minBig(b.smax, signed(b.umax));
  }
  const smin = unsigned(b.smin);
  const smax = unsigned(b.smax);
  if (smin <= smax) {
    b.umin = maxBig(smin, b.umin);
    b.umax = minBig(smax, b.umax);
  } else if (b.umax < smin) {
    b.smin = signed(b.umin);
    b.umax = minBig(b.umax, smax);
  } else if (smax < b.umin) {
    b.smax = signed(b.umax);
    b.umin = maxBig(b.umin, smin);
  }
}

/** The 64-bit bounds from those of the low half (`__reg_deduce_mixed_bounds`). */
function wholeFromLow(b: Bounds): void {
  const from = (least: number, most: number): void => {
    const lowest = BigInt(least);
    const highest = BigInt(most);
    b.umin = maxBig(b.umin, (b.umin & HIGH) | lowest);
    b.umax = minBig(b.umax, (b.umax & HIGH) | highest);
    b.smin = maxBig(b.smin, signed((unsigned(b.smin) & HIGH) | lowest));
    b.smax = minBig(b.smax, signed((unsigned(b.smax) & HIGH) | highest));
  };
  from(b.u32min, b.u32max);
  if (b.s32min >>> 0 <= b.s32max >>> 0) from(b.s32min >>> 0, b.s32max >>> 0);
  if (b.s32min >= 0 && b.smin >= BigInt(S32_MIN) && b.smax <= BigInt(S32_MAX)) {
    b.smin = b.umin = BigInt(b.s32min);
    b.smax = BigInt(b.s32max);
    b.umax = b.smax;
    b.tnum = tnumBoth(b.tnum, tnumRange(unsigned(b.smin), unsigned(b.smax)));
  }
}

/** Signs only: signed and unsigned bounds learn from each other, the halves do not (`__reg64_deduce_bounds` before 6.8). */
function deduceSigns(b: Bounds): void {
  if (b.smin >= 0n || b.smax < 0n) {
    b.umin = maxBig(unsigned(b.smin), b.umin);
    b.umax = minBig(unsigned(b.smax), b.umax);
    b.smin = signed(b.umin);
    b.smax = signed(b.umax);
  } else if (signed(b.umax) >= 0n) {
    b.smin = signed(b.umin);
    b.umax = minBig(unsigned(b.smax), b.umax);
    b.smax = signed(b.umax);
  } else if (signed(b.umin) < 0n) {
    b.umin = maxBig(unsigned(b.smin), b.umin);
    b.smin = signed(b.umin);
    b.smax = signed(b.umax);
  }
}

function deduceSigns32(b: Bounds): void {
  if (b.s32min >= 0 || b.s32max < 0) {
    b.u32min = Math.max(b.s32min >>> 0, b.u32min);
    b.u32max = Math.min(b.s32max >>> 0, b.u32max);
    b.s32min = b.u32min | 0;
    b.s32max = b.u32max | 0;
  } else if ((b.u32max | 0) >= 0) {
    b.s32min = b.u32min | 0;
    b.u32max = Math.min(b.s32max >>> 0, b.u32max);
    b.s32max = b.u32max | 0;
  } else if ((b.u32min | 0) < 0) {
    b.u32min = Math.max(b.s32min >>> 0, b.u32min);
    b.s32min = b.u32min | 0;
    b.s32max = b.u32max | 0;
  }
}

/** The tnum learns from the unsigned bounds (`__reg_bound_offset`). */
function boundTnum(b: Bounds): void {
  const whole = tnumBoth(b.tnum, tnumRange(b.umin, b.umax));
  const low = tnumBoth(tnumLow(whole), tnumRange(BigInt(b.u32min), BigInt(b.u32max)));
  b.tnum = tnumWithLow(whole, low);
}

/** A constant in all views, or nothing known in any: there is nothing to be learned. */
function isSettled(b: Bounds): boolean {
  const { value, mask } = b.tnum;
  if (mask === U64_MAX) return samePairs(b, WIDEST);
  if (mask !== 0n || b.umin !== value || b.umax !== value || b.smin !== b.smax || b.smin !== signed(value)) return false;
  const low = low32(value);
  return b.s32min === low && b.s32max === low && b.u32min === low >>> 0 && b.u32max === low >>> 0;
}

/** All views learn from each other (`reg_bounds_sync`). */
export function syncBounds(b: Bounds): void {
  if (isSettled(b)) return;
  narrow(b);
  if (pairRules?.halves === false) {
    deduceSigns32(b);
    deduceSigns(b);
  } else {
    for (let round = 0; round < 3; round++) {
      const { smin, smax, umin, umax, s32min, s32max, u32min, u32max, tnum } = b;
      deduceLow(b);
      deduceWhole(b);
      wholeFromLow(b);
      // a round that taught nothing is followed by others that do not
      if (
        tnum.value === b.tnum.value &&
        tnum.mask === b.tnum.mask &&
        samePairs(b, { smin, smax, umin, umax, s32min, s32max, u32min, u32max })
      )
        break;
    }
  }
  boundTnum(b);
  narrow(b);
}

/** The upper half is zero: the 64-bit bounds are those of the low half (`zext_32_to_64`). */
export function zeroExtend(b: Bounds): void {
  b.tnum = tnumLow(b.tnum);
  b.umin = BigInt(b.u32min);
  b.umax = BigInt(b.u32max);
  const known = b.s32min >= 0 && b.s32max >= 0;
  b.smin = known ? BigInt(b.s32min) : 0n;
  b.smax = known ? BigInt(b.s32max) : LOW;
}
