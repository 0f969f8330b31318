// SPDX-License-Identifier: GPL-2.0-only
import { Scalar } from './scalar';

/**
 * A mutable {@link Scalar} for the inside of one operation: load, change in place, {@link freeze}.
 * Drafts live in module constants of the operations that use them and never escape this folder.
 */
export class Draft {
  vHi = 0;
  vLo = 0;
  mHi = 0;
  mLo = 0;
  bHi = 0;
  bLo = 0;
  sHi = 0;
  sLo = 0;
  b32 = 0;
  s32 = 0;
}

/** Fields of a tnum, of either representation. */
export interface TnumFields {
  readonly vHi: number;
  readonly vLo: number;
  readonly mHi: number;
  readonly mLo: number;
}

/** Fields of a 64-bit circular range. */
export interface Arc64Fields {
  readonly bHi: number;
  readonly bLo: number;
  readonly sHi: number;
  readonly sLo: number;
}

/** Fields of a 32-bit circular range. */
export interface Arc32Fields {
  readonly b32: number;
  readonly s32: number;
}

/** Copies a scalar into a draft. */
export function load(draft: Draft, from: Scalar | Draft): void {
  draft.vHi = from.vHi;
  draft.vLo = from.vLo;
  draft.mHi = from.mHi;
  draft.mLo = from.mLo;
  draft.bHi = from.bHi;
  draft.bLo = from.bLo;
  draft.sHi = from.sHi;
  draft.sLo = from.sLo;
  draft.b32 = from.b32;
  draft.s32 = from.s32;
}

/** True if all ten fields agree: the byte comparison that the kernel makes on registers. */
export function sameFields(a: Scalar | Draft, b: Scalar | Draft): boolean {
  return (
    a.vLo === b.vLo &&
    a.mLo === b.mLo &&
    a.bLo === b.bLo &&
    a.sLo === b.sLo &&
    a.b32 === b.b32 &&
    a.s32 === b.s32 &&
    a.vHi === b.vHi &&
    a.mHi === b.mHi &&
    a.bHi === b.bHi &&
    a.sHi === b.sHi
  );
}

/** Makes the draft the constant `hi:lo` in all three views (`kernel/bpf/verifier.c: ___mark_reg_known`). */
export function setConst(draft: Draft, hi: number, lo: number): void {
  draft.vHi = draft.bHi = hi;
  draft.vLo = draft.bLo = draft.b32 = lo;
  draft.mHi = draft.mLo = draft.sHi = draft.sLo = draft.s32 = 0;
}

/** True if tnum and both arcs are the same constant. */
export function isOneValue(s: Scalar): boolean {
  return (s.mHi | s.mLo | s.sHi | s.sLo | s.s32) === 0 && s.bLo === s.vLo && s.bHi === s.vHi && s.b32 === s.vLo;
}

/** Nothing known at all. */
export const UNKNOWN = new Scalar(0, 0, -1, -1, 0, 0, -1, -1, 0, -1);

const SMALL_MIN = -512;
const SMALL_MAX = 4096;
/** Those that somebody asked for: all of them would be half a megabyte of each start. */
const small = new Array<Scalar | undefined>(SMALL_MAX - SMALL_MIN + 1);

function smallScalar(value: number): Scalar {
  return (small[value - SMALL_MIN] ??= new Scalar(value >> 31, value, 0, 0, value >> 31, value, 0, 0, value, 0));
}

/** The constant with the given halves; small ones are shared. */
export function constScalar(hi: number, lo: number): Scalar {
  if (lo >= SMALL_MIN && lo <= SMALL_MAX && hi === lo >> 31) return smallScalar(lo);
  return intern(hi, lo, 0, 0, hi, lo, 0, 0, lo, 0);
}

/** The constant 0. */
export const ZERO = constScalar(0, 0);

/** Values made recently, one per slot: equal values are often made again, and identity makes later comparisons cheap. */
const RECENT = 1 << 12;
const recent: Scalar[] = new Array<Scalar>(RECENT).fill(UNKNOWN);

function intern(
  vHi: number,
  vLo: number,
  mHi: number,
  mLo: number,
  bHi: number,
  bLo: number,
  sHi: number,
  sLo: number,
  b32: number,
  s32: number,
): Scalar {
  let hash = Math.imul(vLo ^ (mLo << 7) ^ (mLo >>> 25), 0x9e3779b1) ^ Math.imul(bLo + s32, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ sLo ^ b32, 0xc2b2ae35) ^ (vHi + mHi * 3 + bHi * 5 + sHi * 7);
  const slot = (hash ^ (hash >>> 13)) & (RECENT - 1);
  const found = recent[slot]!;
  if (
    found.vLo === vLo &&
    found.mLo === mLo &&
    found.bLo === bLo &&
    found.sLo === sLo &&
    found.b32 === b32 &&
    found.s32 === s32 &&
    found.vHi === vHi &&
    found.mHi === mHi &&
    found.bHi === bHi &&
    found.sHi === sHi
  ) {
    return found;
  }
  return (recent[slot] = new Scalar(vHi, vLo, mHi, mLo, bHi, bLo, sHi, sLo, b32, s32));
}

/** The immutable value of a draft: `original` itself if it is equal, else a shared or a new one. */
export function freeze(draft: Draft, original: Scalar = UNKNOWN): Scalar {
  if (sameFields(draft, original)) return original;
  const { vHi, vLo, mHi, mLo, bHi, bLo, sHi, sLo, b32, s32 } = draft;
  if (
    (mHi | mLo | sHi | sLo | s32) === 0 &&
    vLo >= SMALL_MIN &&
    vLo <= SMALL_MAX &&
    vHi === vLo >> 31 &&
    bHi === vHi &&
    bLo === vLo &&
    b32 === vLo
  ) {
    return smallScalar(vLo);
  }
  return intern(vHi, vLo, mHi, mLo, bHi, bLo, sHi, sLo, b32, s32);
}

/** Replaces the low half of the tnum. */
export function setTnumSubreg(draft: Draft, value: number, mask: number): void {
  draft.vLo = value;
  draft.mLo = mask;
}
