// SPDX-License-Identifier: GPL-2.0-only
/** Construction of scalars from numbers, and questions about them. Numbers are exact within ±2^53; the `Big` variants always. */
import { pairsOf, samePairs } from './pairs/bounds';
import { pairsViolation, pairsViolationText, pairsWithin } from './pairs/query';
import { forgetOfPairs, rangeOfPairs } from './pairs/resize';
import { pairRules } from './pairs/rules';
import { contains32, isEmpty32 as arcIsEmpty32, setSRange32, setUnbounded32, setURange32, smax32, smin32, umax32, umin32 } from './cnum32';
import {
  contains64,
  isEmpty64 as arcIsEmpty64,
  type Pair,
  setSRange64,
  setUnbounded64,
  setURange64,
  smax64,
  smin64,
  umax64,
  umin64,
} from './cnum64';
import { constScalar, Draft, freeze, load, sameFields, UNKNOWN } from './draft';
import type { Scalar } from './scalar';
import { syncDraft } from './sync';
import { tnumContains } from './tnum';
import { bigHi, bigLo, hex32, hex64, hiOf, toBigS, toBigU, toSigned, toUnsigned } from './u64';

const work = new Draft();
const out: Pair = { hi: 0, lo: 0 };

/** The constant `n`, any safe integer. */
export function constNumber(n: number): Scalar {
  const lo = n | 0;
  return constScalar(lo === n ? lo >> 31 : hiOf(n), lo);
}

/** The constant `value` modulo 2^64. */
export function constBigInt(value: bigint): Scalar {
  return constScalar(bigHi(value), bigLo(value));
}

/** The same value with the 64-bit arc set to the signed `[min, max]`; nothing else changes. */
export function withS64Range(s: Scalar, min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(s, 's64', BigInt(min), BigInt(max), false);
  load(work, s);
  setSRange64(work, hiOf(min), min | 0, hiOf(max), max | 0);
  return freeze(work, s);
}

/** The same value with the 64-bit arc set to the unsigned `[min, max]`; nothing else changes. */
export function withU64Range(s: Scalar, min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(s, 'u64', BigInt(min), BigInt(max), false);
  load(work, s);
  setURange64(work, hiOf(min), min | 0, hiOf(max), max | 0);
  return freeze(work, s);
}

/** The same value with the 32-bit arc set to the signed `[min, max]`; nothing else changes. */
export function withS32Range(s: Scalar, min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(s, 's32', BigInt(min), BigInt(max), false);
  load(work, s);
  setSRange32(work, min, max);
  return freeze(work, s);
}

/** The same value with the 32-bit arc set to the unsigned `[min, max]`; nothing else changes. */
export function withU32Range(s: Scalar, min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(s, 'u32', BigInt(min), BigInt(max), false);
  load(work, s);
  setURange32(work, min, max);
  return freeze(work, s);
}

/** An otherwise unknown value within the signed `[min, max]`, synced. */
export function sRange64(min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(UNKNOWN, 's64', BigInt(min), BigInt(max), true);
  load(work, UNKNOWN);
  setSRange64(work, hiOf(min), min | 0, hiOf(max), max | 0);
  syncDraft(work);
  return freeze(work);
}

/** An otherwise unknown value within the unsigned `[min, max]`, synced. */
export function uRange64(min: number, max: number): Scalar {
  if (pairRules !== null) return rangeOfPairs(UNKNOWN, 'u64', BigInt(min), BigInt(max), true);
  load(work, UNKNOWN);
  setURange64(work, hiOf(min), min | 0, hiOf(max), max | 0);
  syncDraft(work);
  return freeze(work);
}

/** As {@link sRange64}, for bounds beyond ±2^53. */
export function fromSRange(min: bigint, max: bigint): Scalar {
  if (pairRules !== null) return rangeOfPairs(UNKNOWN, 's64', min, max, true);
  load(work, UNKNOWN);
  setSRange64(work, bigHi(min), bigLo(min), bigHi(max), bigLo(max));
  syncDraft(work);
  return freeze(work);
}

/** As {@link uRange64}, for bounds beyond 2^53. */
export function fromURange(min: bigint, max: bigint): Scalar {
  if (pairRules !== null) return rangeOfPairs(UNKNOWN, 'u64', min, max, true);
  load(work, UNKNOWN);
  setURange64(work, bigHi(min), bigLo(min), bigHi(max), bigLo(max));
  syncDraft(work);
  return freeze(work);
}

/** Both arcs forgotten, the tnum kept (`__mark_reg_unbounded`). */
export function unbounded(s: Scalar): Scalar {
  if (pairRules !== null) return forgetOfPairs(s, false);
  load(work, s);
  setUnbounded64(work);
  setUnbounded32(work);
  return freeze(work, s);
}

/** True if the tnum knows all 64 bits (`tnum_is_const`). */
export function isConst(s: Scalar): boolean {
  return (s.mHi | s.mLo) === 0;
}

/** True if the tnum knows the low 32 bits (`tnum_subreg_is_const`). */
export function isConst32(s: Scalar): boolean {
  return s.mLo === 0;
}

/** True if the tnum is the constant 0. */
export function isNull(s: Scalar): boolean {
  return (s.vHi | s.vLo | s.mHi | s.mLo) === 0;
}

/** True if the tnum is the constant `n`, a safe integer (`tnum_equals_const`). */
export function constEquals(s: Scalar, n: number): boolean {
  return (s.mHi | s.mLo) === 0 && s.vLo === (n | 0) && s.vHi === hiOf(n);
}

/** Signed value of a constant; meaningless unless {@link isConst}. */
export function constNum(s: Scalar): number {
  return toSigned(s.vHi, s.vLo);
}

/** Signed value of a constant; meaningless unless {@link isConst}. */
export function constBig(s: Scalar): bigint {
  return toBigS(s.vHi, s.vLo);
}

/** Signed low half of the tnum value: the constant if {@link isConst32}. */
export function constLow32(s: Scalar): number {
  return s.vLo;
}

/** Smallest signed 64-bit value. */
export function smin(s: Scalar): number {
  if (s.pairs !== null) return Number(s.pairs.smin);
  smin64(s, out);
  return toSigned(out.hi, out.lo);
}

/** Largest signed 64-bit value. */
export function smax(s: Scalar): number {
  if (s.pairs !== null) return Number(s.pairs.smax);
  smax64(s, out);
  return toSigned(out.hi, out.lo);
}

/** Smallest unsigned 64-bit value. */
export function umin(s: Scalar): number {
  if (s.pairs !== null) return Number(s.pairs.umin);
  umin64(s, out);
  return toUnsigned(out.hi, out.lo);
}

/** Largest unsigned 64-bit value. */
export function umax(s: Scalar): number {
  if (s.pairs !== null) return Number(s.pairs.umax);
  umax64(s, out);
  return toUnsigned(out.hi, out.lo);
}

/** Smallest signed 64-bit value, exact. */
export function sminBig(s: Scalar): bigint {
  if (s.pairs !== null) return s.pairs.smin;
  smin64(s, out);
  return toBigS(out.hi, out.lo);
}

/** Largest signed 64-bit value, exact. */
export function smaxBig(s: Scalar): bigint {
  if (s.pairs !== null) return s.pairs.smax;
  smax64(s, out);
  return toBigS(out.hi, out.lo);
}

/** Smallest unsigned 64-bit value, exact. */
export function uminBig(s: Scalar): bigint {
  if (s.pairs !== null) return s.pairs.umin;
  umin64(s, out);
  return toBigU(out.hi, out.lo);
}

/** Largest unsigned 64-bit value, exact. */
export function umaxBig(s: Scalar): bigint {
  if (s.pairs !== null) return s.pairs.umax;
  umax64(s, out);
  return toBigU(out.hi, out.lo);
}

/** Smallest signed value of the low half. */
export function s32min(s: Scalar): number {
  if (s.pairs !== null) return s.pairs.s32min;
  return smin32(s);
}

/** Largest signed value of the low half. */
export function s32max(s: Scalar): number {
  if (s.pairs !== null) return s.pairs.s32max;
  return smax32(s);
}

/** Smallest unsigned value of the low half. */
export function u32min(s: Scalar): number {
  if (s.pairs !== null) return s.pairs.u32min;
  return umin32(s);
}

/** Largest unsigned value of the low half. */
export function u32max(s: Scalar): number {
  if (s.pairs !== null) return s.pairs.u32max;
  return umax32(s);
}

/** Unsigned tnum value. */
export function tnumValueBig(s: Scalar): bigint {
  return toBigU(s.vHi, s.vLo);
}

/** Unsigned tnum mask. */
export function tnumMaskBig(s: Scalar): bigint {
  return toBigU(s.mHi, s.mLo);
}

/** True if no bit is known. */
export function tnumIsUnknown(s: Scalar): boolean {
  return (s.mHi & s.mLo) === -1;
}

/** True if the value is a multiple of `size`, a power of two up to 2^31; size 0 is fine (`tnum_is_aligned`). */
export function tnumIsAligned(s: Scalar, size: number): boolean {
  return size === 0 || ((s.vLo | s.mLo) & (size - 1)) === 0;
}

/** True if every value that `cur`'s tnum allows is allowed by `old`'s (`tnum_in`). */
export function tnumIn(old: Scalar, cur: Scalar): boolean {
  return tnumContains(old, cur);
}

/** True if `cur`'s arcs lie within `old`'s (`kernel/bpf/states.c: range_within`). */
export function rangeWithin(old: Scalar, cur: Scalar): boolean {
  if (old.pairs !== null || cur.pairs !== null) return pairsWithin(pairsOf(old), pairsOf(cur));
  return contains64(old, cur) && contains32(old, cur);
}

/** True if the 64-bit arcs start at the same value. */
export function r64BaseEqual(a: Scalar, b: Scalar): boolean {
  return a.bLo === b.bLo && a.bHi === b.bHi;
}

/** True if all three views are identical, field by field. */
export function scalarEquals(a: Scalar, b: Scalar): boolean {
  return a === b || (sameFields(a, b) && (a.pairs === b.pairs || (a.pairs !== null && b.pairs !== null && samePairs(a.pairs, b.pairs))));
}

/** True if the 64-bit arc is the special empty one. */
export function isEmpty64(s: Scalar): boolean {
  return arcIsEmpty64(s);
}

/** True if the 32-bit arc is the special empty one. */
export function isEmpty32(s: Scalar): boolean {
  return arcIsEmpty32(s);
}

/** Number of significant bits of the unsigned maximum, 0…64 (`get_reg_width`). */
export function regWidth(s: Scalar): number {
  if (s.pairs !== null) return s.pairs.umax.toString(2).length - (s.pairs.umax === 0n ? 1 : 0);
  umax64(s, out);
  return out.hi !== 0 ? 64 - Math.clz32(out.hi) : 32 - Math.clz32(out.lo);
}

/** True if the unsigned value fits in `bits` bits. */
export function regBitsFit(s: Scalar, bits: number): boolean {
  return regWidth(s) <= bits;
}

/** How the three views of a value contradict each other, or null (`reg_bounds_sanity_check`). */
export function boundsViolation(s: Scalar): string | null {
  if (s.pairs !== null) return pairRules?.halves === false ? null : pairsViolation(s);
  if (arcIsEmpty32(s) || arcIsEmpty64(s)) return 'range bounds violation';
  if ((s.mHi | s.mLo) === 0 && ((s.sHi | s.sLo) !== 0 || s.bLo !== s.vLo || s.bHi !== s.vHi)) {
    return 'const tnum out of sync with range bounds';
  }
  if (s.mLo === 0 && (s.s32 !== 0 || s.b32 !== s.vLo)) return 'const subreg tnum out of sync with range bounds';
  return null;
}

/** {@link boundsViolation} and the value to go on with: the same, or after a violation one with unbounded arcs. */
export function boundsSanity(s: Scalar): { violation: string | null; fixed: Scalar } {
  const violation = boundsViolation(s);
  return { violation, fixed: violation === null ? s : unbounded(s) };
}

/** The log line (with newline) of a violation; `context` names the check, e.g. `alu`, `true_reg1`. */
export function boundsViolationText(s: Scalar, violation: string, context: string): string {
  if (s.pairs !== null) return pairsViolationText(s, s.pairs, violation, context);
  return (
    `verifier bug: REG INVARIANTS VIOLATION (${context}): ${violation} ` +
    `r64={.base=${hex64(s.bHi, s.bLo)}, .size=${hex64(s.sHi, s.sLo)}} ` +
    `r32={.base=${hex32(s.b32)}, .size=${hex32(s.s32)}} ` +
    `var_off=(${hex64(s.vHi, s.vLo)}, ${hex64(s.mHi, s.mLo)})\n`
  );
}
