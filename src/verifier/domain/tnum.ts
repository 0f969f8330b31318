// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tristate numbers: which bits of a value are known. `value & mask == 0`; a mask bit says "unknown".
 * The operations change the tnum of a draft in place. Facts: `kernel/bpf/tnum.c`.
 */
import { Draft, type TnumFields } from './draft';
import { addHi, mulHi, sarHi, sarLo, shlHi, shlLo, shrHi, shrLo, smear32, subHi, ule, ult } from './u64';

/** Sets all four halves. */
export function setTnum(d: Draft, vHi: number, vLo: number, mHi: number, mLo: number): void {
  d.vHi = vHi;
  d.vLo = vLo;
  d.mHi = mHi;
  d.mLo = mLo;
}

/** Nothing known. */
export function setTnumUnknown(d: Draft): void {
  setTnum(d, 0, 0, -1, -1);
}

/** The bits that all of `min`…`max` (unsigned) share, from the top: `tnum_range`. */
export function setTnumRange(d: Draft, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  const differsHi = minHi ^ maxHi;
  const maskHi = smear32(differsHi);
  const maskLo = differsHi === 0 ? smear32(minLo ^ maxLo) : -1;
  setTnum(d, minHi & ~maskHi, minLo & ~maskLo, maskHi, maskLo);
}

/** `a + b`: `tnum_add`. A carry out of unknown bits makes the bits that it may reach unknown. */
export function tnumAdd(d: Draft, b: TnumFields): void {
  const maskSumLo = (d.mLo + b.mLo) | 0;
  const maskSumHi = addHi(d.mHi, d.mLo, b.mHi, b.mLo);
  const sumLo = (d.vLo + b.vLo) | 0;
  const sumHi = addHi(d.vHi, d.vLo, b.vHi, b.vLo);
  const allLo = (maskSumLo + sumLo) | 0;
  const allHi = addHi(maskSumHi, maskSumLo, sumHi, sumLo);
  const maskLo = (allLo ^ sumLo) | d.mLo | b.mLo;
  const maskHi = (allHi ^ sumHi) | d.mHi | b.mHi;
  setTnum(d, sumHi & ~maskHi, sumLo & ~maskLo, maskHi, maskLo);
}

/** `a - b`: `tnum_sub`. */
export function tnumSub(d: Draft, b: TnumFields): void {
  const diffLo = (d.vLo - b.vLo) | 0;
  const diffHi = subHi(d.vHi, d.vLo, b.vHi, b.vLo);
  const mostLo = (diffLo + d.mLo) | 0;
  const mostHi = addHi(diffHi, diffLo, d.mHi, d.mLo);
  const leastLo = (diffLo - b.mLo) | 0;
  const leastHi = subHi(diffHi, diffLo, b.mHi, b.mLo);
  const maskLo = (mostLo ^ leastLo) | d.mLo | b.mLo;
  const maskHi = (mostHi ^ leastHi) | d.mHi | b.mHi;
  setTnum(d, diffHi & ~maskHi, diffLo & ~maskLo, maskHi, maskLo);
}

/** `a & b`: `tnum_and`. */
export function tnumAnd(d: Draft, b: TnumFields): void {
  const vHi = d.vHi & b.vHi;
  const vLo = d.vLo & b.vLo;
  const mHi = (d.vHi | d.mHi) & (b.vHi | b.mHi) & ~vHi;
  const mLo = (d.vLo | d.mLo) & (b.vLo | b.mLo) & ~vLo;
  setTnum(d, vHi, vLo, mHi, mLo);
}

/** `a | b`: `tnum_or`. */
export function tnumOr(d: Draft, b: TnumFields): void {
  const vHi = d.vHi | b.vHi;
  const vLo = d.vLo | b.vLo;
  setTnum(d, vHi, vLo, (d.mHi | b.mHi) & ~vHi, (d.mLo | b.mLo) & ~vLo);
}

/** `a ^ b`: `tnum_xor`. */
export function tnumXor(d: Draft, b: TnumFields): void {
  const mHi = d.mHi | b.mHi;
  const mLo = d.mLo | b.mLo;
  setTnum(d, (d.vHi ^ b.vHi) & ~mHi, (d.vLo ^ b.vLo) & ~mLo, mHi, mLo);
}

const accumulator = new Draft();
const addend = new Draft();

/** `a * b`: `tnum_mul`, long multiplication over the bits of `a`; an unknown bit joins the sums with and without the addend. */
export function tnumMul(d: Draft, b: TnumFields): void {
  if ((d.mHi | d.mLo | b.mHi | b.mLo) === 0) {
    d.vHi = mulHi(d.vHi, d.vLo, b.vHi, b.vLo);
    d.vLo = Math.imul(d.vLo, b.vLo);
    return;
  }
  let aVHi = d.vHi;
  let aVLo = d.vLo;
  let aMHi = d.mHi;
  let aMLo = d.mLo;
  const acc = accumulator;
  setTnum(addend, b.vHi, b.vLo, b.mHi, b.mLo);
  setTnum(acc, 0, 0, 0, 0);
  while ((aVHi | aVLo | aMHi | aMLo) !== 0) {
    if ((aVLo & 1) !== 0) {
      tnumAdd(acc, addend);
    } else if ((aMLo & 1) !== 0) {
      const vHi = acc.vHi;
      const vLo = acc.vLo;
      const mHi = acc.mHi;
      const mLo = acc.mLo;
      tnumAdd(acc, addend);
      tnumUnion(acc, vHi, vLo, mHi, mLo);
    }
    aVLo = shrLo(aVHi, aVLo, 1);
    aVHi = aVHi >>> 1;
    aMLo = shrLo(aMHi, aMLo, 1);
    aMHi = aMHi >>> 1;
    addend.vHi = shlHi(addend.vHi, addend.vLo, 1);
    addend.vLo = addend.vLo << 1;
    addend.mHi = shlHi(addend.mHi, addend.mLo, 1);
    addend.mLo = addend.mLo << 1;
  }
  setTnum(d, acc.vHi, acc.vLo, acc.mHi, acc.mLo);
}

/** The smallest tnum that holds the values of both: `tnum_union`. */
export function tnumUnion(d: Draft, vHi: number, vLo: number, mHi: number, mLo: number): void {
  const maskHi = (d.vHi ^ vHi) | d.mHi | mHi;
  const maskLo = (d.vLo ^ vLo) | d.mLo | mLo;
  setTnum(d, d.vHi & vHi & ~maskHi, d.vLo & vLo & ~maskLo, maskHi, maskLo);
}

/** What both say: `tnum_intersect`. Where they contradict each other, the bit becomes a known 1. */
export function tnumIntersect(d: Draft, vHi: number, vLo: number, mHi: number, mLo: number): void {
  const maskHi = d.mHi & mHi;
  const maskLo = d.mLo & mLo;
  setTnum(d, (d.vHi | vHi) & ~maskHi, (d.vLo | vLo) & ~maskLo, maskHi, maskLo);
}

/** `a << n`, 0 <= n < 64: `tnum_lshift`. */
export function tnumShl(d: Draft, n: number): void {
  setTnum(d, shlHi(d.vHi, d.vLo, n), shlLo(d.vLo, n), shlHi(d.mHi, d.mLo, n), shlLo(d.mLo, n));
}

/** Logical `a >> n`, 0 <= n < 64: `tnum_rshift`. */
export function tnumShr(d: Draft, n: number): void {
  setTnum(d, shrHi(d.vHi, n), shrLo(d.vHi, d.vLo, n), shrHi(d.mHi, n), shrLo(d.mHi, d.mLo, n));
}

/** Arithmetic `a >> n`, 0 <= n < 64: `tnum_arshift` of 64 bits. */
export function tnumSar(d: Draft, n: number): void {
  setTnum(d, sarHi(d.vHi, n), sarLo(d.vHi, d.vLo, n), sarHi(d.mHi, n), sarLo(d.mHi, d.mLo, n));
}

/** Keeps the low `bytes` bytes (1, 2, 4 or 8): `tnum_cast`. */
export function tnumCast(d: Draft, bytes: number): void {
  if (bytes === 8) return;
  const mask = bytes === 4 ? -1 : (1 << (bytes * 8)) - 1;
  setTnum(d, 0, d.vLo & mask, 0, d.mLo & mask);
}

/** Value with its low four bytes reversed. */
function swap32(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

/** Swaps the low `bits` (16, 32, 64) bytewise and clears the others: `tnum_bswap16/32/64`. */
export function tnumBswap(d: Draft, bits: number): void {
  if (bits === 64) setTnum(d, swap32(d.vLo), swap32(d.vHi), swap32(d.mLo), swap32(d.mHi));
  else if (bits === 32) setTnum(d, 0, swap32(d.vLo), 0, swap32(d.mLo));
  else setTnum(d, 0, swap32(d.vLo) >>> 16, 0, swap32(d.mLo) >>> 16);
}

/** True if a common value is possible: `tnum_overlap`. */
export function tnumOverlap(a: TnumFields, b: TnumFields): boolean {
  return ((a.vHi ^ b.vHi) & ~a.mHi & ~b.mHi) === 0 && ((a.vLo ^ b.vLo) & ~a.mLo & ~b.mLo) === 0;
}

/** True if every value of `inner` is one of `outer`: `tnum_in`. */
export function tnumContains(outer: TnumFields, inner: TnumFields): boolean {
  return (
    (inner.mHi & ~outer.mHi) === 0 &&
    (inner.mLo & ~outer.mLo) === 0 &&
    outer.vHi === (inner.vHi & ~outer.mHi) &&
    outer.vLo === (inner.vLo & ~outer.mLo)
  );
}

/**
 * The smallest member of `t` above `z` (unsigned); the largest member if there is none: `tnum_step`.
 *
 * Members are `value + s` with `s` a submask of the mask. Incrementing within the mask: with ones in all places outside it
 * the carry runs through the gaps; the places below the highest gap that `z` occupies are filled too.
 */
export function tnumStep(t: TnumFields, zHi: number, zLo: number, out: { hi: number; lo: number }): void {
  const { vHi, vLo, mHi, mLo } = t;
  const maxHi = vHi | mHi;
  const maxLo = vLo | mLo;
  if (ule(maxHi, maxLo, zHi, zLo)) {
    out.hi = maxHi;
    out.lo = maxLo;
    return;
  }
  if (ult(zHi, zLo, vHi, vLo)) {
    out.hi = vHi;
    out.lo = vLo;
    return;
  }
  const dLo = (zLo - vLo) | 0;
  const dHi = subHi(zHi, zLo, vHi, vLo);
  const gapHi = dHi & ~mHi;
  const fillHi = smear32(gapHi);
  const fillLo = gapHi === 0 ? smear32(dLo & ~mLo) : -1;
  const filledHi = dHi | fillHi | ~mHi;
  const filledLo = dLo | fillLo | ~mLo;
  out.lo = vLo | (((filledLo + 1) | 0) & mLo);
  out.hi = vHi | (addHi(filledHi, filledLo, 0, 1) & mHi);
}
