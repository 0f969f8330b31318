// SPDX-License-Identifier: GPL-2.0-only
/** Scalars as the kernel's log writes them. Facts: `kernel/bpf/log.c: print_scalar_ranges, tnum_strn, verbose_snum, verbose_unum`. */
import { type Pair, smax64, smin64, umax64, umin64 } from './cnum64';
import type { Scalar } from './scalar';
import { s32max, s32min, u32max, u32min } from './query';
import { bigHi, bigLo, hex64, SIGN } from './u64';

/** Signed numbers are decimal in the range of 16 bits, else hexadecimal. */
function isSmallSigned(hi: number, lo: number): boolean {
  return hi === lo >> 31 && lo >= -32768 && lo <= 32767;
}

/** Unsigned numbers are decimal up to 0xffff, else hexadecimal. */
function isSmallUnsigned(hi: number, lo: number): boolean {
  return hi === 0 && lo >>> 0 <= 0xffff;
}

/** A signed 64-bit number: decimal in -32768…32767, else hexadecimal in two's complement. */
export function signedText(hi: number, lo: number): string {
  return isSmallSigned(hi, lo) ? String(lo) : hex64(hi, lo);
}

/** An unsigned 64-bit number: decimal up to 65535, else hexadecimal. */
export function unsignedText(hi: number, lo: number): string {
  return isSmallUnsigned(hi, lo) ? String(lo) : hex64(hi, lo);
}

/** {@link signedText} of a safe integer. */
export function signedNumberText(n: number): string {
  return signedText(Math.floor(n / 4294967296) | 0, n | 0);
}

/** {@link unsignedText} of a non-negative safe integer. */
export function unsignedNumberText(n: number): string {
  return unsignedText(Math.floor(n / 4294967296) | 0, n | 0);
}

/** The value of a constant scalar. */
export function scalarNumberText(s: Scalar): string {
  return signedText(s.vHi, s.vLo);
}

/** `(0x0; 0xff)`: the bits that are set, and those that are not known. */
export function tnumPair(s: Scalar): string {
  return `(${hex64(s.vHi, s.vLo)}; ${hex64(s.mHi, s.mLo)})`;
}

/** `(0x0; 0xff)`, or a number if all bits are known. */
export function tnumString(s: Scalar): string {
  if ((s.mHi | s.mLo) !== 0) return tnumPair(s);
  return isSmallUnsigned(s.vHi, s.vLo) ? String(s.vLo) : signedText(s.vHi, s.vLo);
}

interface Bound {
  readonly name: string;
  readonly signed: boolean;
  readonly hi: number;
  readonly lo: number;
  /** At the extreme of its type, or printed as part of a chain already. */
  omit: boolean;
}

const out: Pair = { hi: 0, lo: 0 };

function bounds(s: Scalar): Bound[] {
  const list: Bound[] = [];
  const add = (name: string, signed: boolean, hi: number, lo: number, omit: boolean): void => {
    list.push({ name, signed, hi, lo, omit });
  };
  // Signed 32-bit values are sign-extended only if they are written in decimal.
  const add32 = (name: string, value: number, extreme: number): void => {
    add(name, true, value < 0 && value >= -32768 ? -1 : 0, value, value === extreme);
  };
  const { pairs } = s;
  if (pairs !== null) {
    const add64 = (name: string, signed: boolean, value: bigint, extreme: bigint): void => {
      add(name, signed, bigHi(value), bigLo(value), value === extreme);
    };
    add64('smin', true, pairs.smin, -(2n ** 63n));
    add64('smax', true, pairs.smax, 2n ** 63n - 1n);
    add64('umin', false, pairs.umin, 0n);
    add64('umax', false, pairs.umax, 2n ** 64n - 1n);
  } else {
    smin64(s, out);
    add('smin', true, out.hi, out.lo, out.hi === SIGN && out.lo === 0);
    smax64(s, out);
    add('smax', true, out.hi, out.lo, out.hi === 0x7fffffff && out.lo === -1);
    umin64(s, out);
    add('umin', false, out.hi, out.lo, (out.hi | out.lo) === 0);
    umax64(s, out);
    add('umax', false, out.hi, out.lo, (out.hi & out.lo) === -1);
  }
  add32('smin32', s32min(s), SIGN);
  add32('smax32', s32max(s), 0x7fffffff);
  const min = u32min(s);
  add('umin32', false, 0, min | 0, min === 0);
  const max = u32max(s);
  add('umax32', false, 0, max | 0, max === 0xffffffff);
  return list;
}

/**
 * The bounds of a value that is not constant and its `var_off=(…)`, to be joined by commas.
 * Extremes are left out; minima (or maxima) with one value and sign are chained: `smin=umin=1`.
 */
export function scalarAttributes(s: Scalar): string[] {
  const parts: string[] = [];
  const list = bounds(s);
  list.forEach((first, index) => {
    if (first.omit) return;
    const negative = first.signed && first.hi < 0;
    let text = `${first.name}=`;
    for (let at = index + 2; at < list.length; at += 2) {
      const other = list[at]!;
      if (other.omit || other.lo !== first.lo || other.hi !== first.hi) continue;
      if ((other.signed && other.hi < 0) !== negative) continue;
      other.omit = true;
      text += `${other.name}=`;
    }
    parts.push(text + (first.signed ? signedText(first.hi, first.lo) : unsignedText(first.hi, first.lo)));
  });
  if ((s.mHi & s.mLo) !== -1) parts.push(`var_off=${tnumString(s)}`);
  return parts;
}
