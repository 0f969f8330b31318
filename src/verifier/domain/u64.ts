// SPDX-License-Identifier: GPL-2.0-only
/**
 * 64-bit arithmetic on pairs of signed 32-bit halves.
 *
 * Every function is pure and returns one half or a boolean, so that nothing is allocated. The low half of a sum, a difference
 * or a negation is the 32-bit one (`(aLo + bLo) | 0`), hence only the high halves have functions.
 */

/** 2^32 as a double. */
export const TWO32 = 4294967296;
/** Sign bit of a half, the low half of no value and the high half of S64_MIN. */
export const SIGN = 0x80000000 | 0;

/** High half of `a + b` modulo 2^64. */
export function addHi(aHi: number, aLo: number, bHi: number, bLo: number): number {
  const lo = (aLo + bLo) | 0;
  return (aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0)) | 0;
}

/** High half of `a - b` modulo 2^64. */
export function subHi(aHi: number, aLo: number, bHi: number, bLo: number): number {
  return (aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0)) | 0;
}

/** `a < b` unsigned, 64 bits. */
export function ult(aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi >>> 0 < bHi >>> 0;
}

/** `a <= b` unsigned, 64 bits. */
export function ule(aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return aHi === bHi ? aLo >>> 0 <= bLo >>> 0 : aHi >>> 0 < bHi >>> 0;
}

/** `a < b` signed, 64 bits. */
export function slt(aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi < bHi;
}

/** `a <= b` signed, 64 bits. */
export function sle(aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return aHi === bHi ? aLo >>> 0 <= bLo >>> 0 : aHi < bHi;
}

/** High half of `value << n`, 0 <= n < 64. */
export function shlHi(hi: number, lo: number, n: number): number {
  if (n === 0) return hi;
  return n < 32 ? (hi << n) | (lo >>> (32 - n)) : lo << (n - 32);
}

/** Low half of `value << n`, 0 <= n < 64. */
export function shlLo(lo: number, n: number): number {
  return n < 32 ? lo << n : 0;
}

/** High half of the logical `value >> n`, 0 <= n < 64. */
export function shrHi(hi: number, n: number): number {
  return n < 32 ? (hi >>> n) | 0 : 0;
}

/** Low half of the logical `value >> n`, 0 <= n < 64. */
export function shrLo(hi: number, lo: number, n: number): number {
  if (n === 0) return lo;
  return n < 32 ? (lo >>> n) | (hi << (32 - n)) : (hi >>> (n - 32)) | 0;
}

/** High half of the arithmetic `value >> n`, 0 <= n < 64. */
export function sarHi(hi: number, n: number): number {
  return hi >> (n < 32 ? n : 31);
}

/** Low half of the arithmetic `value >> n`, 0 <= n < 64. */
export function sarLo(hi: number, lo: number, n: number): number {
  if (n === 0) return lo;
  return n < 32 ? (lo >>> n) | (hi << (32 - n)) : hi >> (n - 32);
}

/** High half of the low 64 bits of `a * b`. The low half is `Math.imul(aLo, bLo)`. */
export function mulHi(aHi: number, aLo: number, bHi: number, bLo: number): number {
  const a0 = aLo & 0xffff;
  const a1 = aLo >>> 16;
  const b0 = bLo & 0xffff;
  const b1 = bLo >>> 16;
  const low = a0 * b0;
  const mid = a1 * b0 + (low >>> 16);
  const cross = a0 * b1 + (mid & 0xffff);
  return (Math.imul(a1, b1) + (mid >>> 16) + (cross >>> 16) + Math.imul(aHi, bLo) + Math.imul(aLo, bHi)) | 0;
}

/** All ones from bit 0 up to the highest one of `x`; 0 for 0. */
export function smear32(x: number): number {
  return x === 0 ? 0 : (-1 >>> Math.clz32(x)) | 0;
}

/** High half of a safe integer in two's complement. */
export function hiOf(n: number): number {
  return Math.floor(n / TWO32) | 0;
}

/** The unsigned value as a double; exact below 2^53. */
export function toUnsigned(hi: number, lo: number): number {
  return (hi >>> 0) * TWO32 + (lo >>> 0);
}

/** The signed value as a double; exact within ±2^53. */
export function toSigned(hi: number, lo: number): number {
  return hi * TWO32 + (lo >>> 0);
}

/** The unsigned value. */
export function toBigU(hi: number, lo: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** The signed value. */
export function toBigS(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

/** High half of a big integer taken modulo 2^64. */
export function bigHi(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

/** Low half of a big integer taken modulo 2^64. */
export function bigLo(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** `a / b` unsigned, `b` not zero, as a pair packed for {@link bigHi}: exact doubles where they suffice, else big integers. */
export function udiv(aHi: number, aLo: number, bHi: number, bLo: number, out: { hi: number; lo: number }): void {
  if (aHi >>> 0 < 0x200000 && bHi >>> 0 < 0x200000) {
    const a = toUnsigned(aHi, aLo);
    const b = toUnsigned(bHi, bLo);
    const quotient = (a - (a % b)) / b;
    out.hi = hiOf(quotient);
    out.lo = quotient | 0;
    return;
  }
  const quotient = toBigU(aHi, aLo) / toBigU(bHi, bLo);
  out.hi = bigHi(quotient);
  out.lo = bigLo(quotient);
}

/** `0x` and the lower-case hexadecimal digits of the unsigned value (`%#llx` of the kernel, which writes `0x0` for zero). */
export function hex64(hi: number, lo: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, '0')}`;
}

/** `0x` and the lower-case hexadecimal digits of an unsigned 32-bit value (`%#x`). */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
