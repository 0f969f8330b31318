// SPDX-License-Identifier: GPL-2.0-only
/**
 * Truncation, zero extension and sign extension.
 * Facts: `kernel/bpf/verifier.c: zext_32_to_64, coerce_reg_to_size, coerce_reg_to_size_sx, coerce_subreg_to_size_sx`.
 */
import { clampOfPairs, coerceOfPairs, coerceSxOfPairs, mov32OfPairs, movsx32OfPairs } from './pairs/resize';
import { pairRules } from './pairs/rules';
import { setArc32, setSRange32, setUnbounded32, smax32, smin32, umax32, umin32 } from './cnum32';
import { type Pair, setArc64, setSRange64, setURange64, smax64, smin64, umax64, umin64 } from './cnum64';
import { Draft, freeze, load } from './draft';
import type { Scalar } from './scalar';
import { syncDraft } from './sync';
import { setTnum, setTnumRange, setTnumUnknown, tnumCast } from './tnum';
import { hiOf, sarHi, sarLo, sle } from './u64';

const work = new Draft();
const min: Pair = { hi: 0, lo: 0 };
const max: Pair = { hi: 0, lo: 0 };

/** Upper half zero, 64-bit arc taken from the 32-bit one, in place, not synced (`zext_32_to_64`). */
export function zeroExtendDraft(d: Draft): void {
  d.vHi = 0;
  d.mHi = 0;
  setURange64(d, 0, umin32(d) | 0, 0, umax32(d) | 0);
}

/** Keeps the low `bytes` (1, 2, 4) bytes, zero-extended, in place, synced (`coerce_reg_to_size`). */
export function coerceDraft(d: Draft, bytes: number): void {
  tnumCast(d, bytes);
  const mask = bytes === 4 ? -1 : (1 << (bytes * 8)) - 1;
  umin64(d, min);
  umax64(d, max);
  if (min.hi === max.hi && (min.lo & ~mask) === (max.lo & ~mask)) setURange64(d, 0, min.lo & mask, 0, max.lo & mask);
  else setArc64(d, 0, 0, 0, mask);
  if (bytes < 4) setUnbounded32(d);
  syncDraft(d);
}

/** Keeps the low `bytes` (1, 2, 4; 8 changes nothing) bytes, zero-extended, synced: a load narrower than 64 bits. */
export function coerceToSize(s: Scalar, bytes: number): Scalar {
  if (bytes === 8) return s;
  if (pairRules !== null) return coerceOfPairs(s, bytes);
  load(work, s);
  coerceDraft(work, bytes);
  return freeze(work, s);
}

/** The low half sign-extended from `bits` (8, 16, 32). */
function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

/**
 * Keeps the low `bytes` (1, 2, 4) bytes, sign-extended to 64 bits; not synced. Constants are exact; if the signed bounds agree above the
 * kept bytes and keep one sign below, the bounds are; else the whole range of the type (`coerce_reg_to_size_sx`).
 */
export function coerceToSizeSx(s: Scalar, bytes: number): Scalar {
  if (pairRules !== null) return coerceSxOfPairs(s, bytes);
  const bits = bytes * 8;
  load(work, s);
  if ((s.mHi | s.mLo) === 0) {
    const lo = signExtend(s.vLo, bits);
    setTnum(work, lo >> 31, lo, 0, 0);
    setArc64(work, lo >> 31, lo, 0, 0);
    setArc32(work, lo, 0);
    return freeze(work, s);
  }
  smin64(s, min);
  smax64(s, max);
  if (sarHi(min.hi, bits) === sarHi(max.hi, bits) && sarLo(min.hi, min.lo, bits) === sarLo(max.hi, max.lo, bits)) {
    const first = signExtend(min.lo, bits);
    const second = signExtend(max.lo, bits);
    if (first < 0 === second < 0) {
      setSignedRange(work, Math.min(first, second), Math.max(first, second));
      return freeze(work, s);
    }
  }
  const half = 2 ** (bits - 1);
  setSRange64(work, -1, -half | 0, 0, half - 1);
  setSRange32(work, -half, half - 1);
  setTnumUnknown(work);
  return freeze(work, s);
}

/** Both arcs and the tnum from a signed 32-bit range. */
function setSignedRange(d: Draft, least: number, most: number): void {
  setSRange64(d, least >> 31, least, most >> 31, most);
  setSRange32(d, least, most);
  setTnumRange(d, least >> 31, least, most >> 31, most);
}

/** As {@link coerceToSizeSx} for the low half (1 or 2 bytes), in place; the 64-bit arc is left to the zero extension that follows. */
function coerceSubregSx(d: Draft, bytes: number): void {
  const bits = bytes * 8;
  if ((d.mHi | d.mLo) === 0) {
    const lo = signExtend(d.vLo, bits);
    setTnum(d, lo >> 31, lo, 0, 0);
    setArc32(d, lo, 0);
    return;
  }
  const least = smin32(d);
  const most = smax32(d);
  if (least >> bits === most >> bits) {
    const first = signExtend(least, bits);
    const second = signExtend(most, bits);
    if (first < 0 === second < 0) {
      const from = Math.min(first, second);
      const to = Math.max(first, second);
      setSRange32(d, from, to);
      setTnumRange(d, from >> 31, from, to >> 31, to);
      d.vHi = 0;
      d.mHi = 0;
      return;
    }
  }
  const half = 2 ** (bits - 1);
  setSRange32(d, -half, half - 1);
  setTnum(d, 0, 0, 0, -1);
}

/** 32-bit move: zero-extended and synced. */
export function mov32(s: Scalar): Scalar {
  if (pairRules !== null) return mov32OfPairs(s);
  load(work, s);
  zeroExtendDraft(work);
  syncDraft(work);
  return freeze(work, s);
}

/** Sign-extending move of the low `bits` (8, 16, 32) into 64 bits (not synced, as in the kernel) or, zero-extended and synced, 32 bits. */
export function movsx(s: Scalar, bits: number, is64: boolean): Scalar {
  if (is64) return coerceToSizeSx(s, bits / 8);
  if (pairRules !== null) return movsx32OfPairs(s, bits);
  load(work, s);
  coerceSubregSx(work, bits / 8);
  zeroExtendDraft(work);
  syncDraft(work);
  return freeze(work, s);
}

/** Signed 32-bit bounds `[least, most]` added to what is known, on both arcs, synced (`__mark_reg_s32_range`). */
export function clampS32(s: Scalar, least: number, most: number): Scalar {
  if (pairRules !== null) return clampOfPairs(s, least, most);
  load(work, s);
  setSRange32(work, Math.max(smin32(s), least), Math.min(smax32(s), most));
  smin64(s, min);
  smax64(s, max);
  const fromGiven = sle(min.hi, min.lo, hiOf(least), least | 0);
  const toGiven = sle(hiOf(most), most | 0, max.hi, max.lo);
  setSRange64(
    work,
    fromGiven ? hiOf(least) : min.hi,
    fromGiven ? least | 0 : min.lo,
    toGiven ? hiOf(most) : max.hi,
    toGiven ? most | 0 : max.lo,
  );
  syncDraft(work);
  return freeze(work, s);
}
