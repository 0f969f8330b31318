// SPDX-License-Identifier: GPL-2.0-only
/**
 * Products as kernels before 6.18 bound them: only of factors that fit into half their width and are not negative.
 * Facts: `kernel/bpf/verifier.c: scalar{,32}_min_max_mul`, `kernel/bpf/tnum.c: tnum_mul` of 6.12.
 */
import { setUnbounded32, setURange32, smin32, umax32, umin32 } from './cnum32';
import { type Pair, setUnbounded64, setURange64, smin64, umax64, umin64 } from './cnum64';
import { Draft, freeze, load, type TnumFields } from './draft';
import { zeroExtendDraft } from './resize';
import type { Scalar } from './scalar';
import { syncDraft } from './sync';
import { setTnum, tnumAdd } from './tnum';
import { mulHi, shlHi, shrLo } from './u64';

const U16_MAX = 0xffff;

const work = new Draft();
const unknown = new Draft();
const shifted = new Draft();
const pair: Pair = { hi: 0, lo: 0 };

/** `dst * src`, zero-extended for ALU32, synced. */
export function mulOfHalves(dst: Scalar, src: Scalar, is64: boolean): Scalar {
  load(work, dst);
  multiplyTnum(work, src);
  multiply32(work, src);
  multiply64(work, src);
  if (!is64) zeroExtendDraft(work);
  syncDraft(work);
  return freeze(work, dst);
}

function multiply32(d: Draft, src: Scalar): void {
  const high = umax32(d);
  const other = umax32(src);
  if (smin32(src) < 0 || smin32(d) < 0 || high > U16_MAX || other > U16_MAX) setUnbounded32(d);
  else setURange32(d, umin32(d) * umin32(src), high * other);
}

/** The unsigned bounds of a value below 2^32, null for one that may be negative or larger. */
function half(s: Scalar | Draft): { readonly min: number; readonly max: number } | null {
  smin64(s, pair);
  if (pair.hi < 0) return null;
  umax64(s, pair);
  if (pair.hi !== 0) return null;
  const max = pair.lo >>> 0;
  umin64(s, pair);
  return { min: pair.lo >>> 0, max };
}

function multiply64(d: Draft, src: Scalar): void {
  const a = half(d);
  const b = half(src);
  if (a === null || b === null) setUnbounded64(d);
  else setURange64(d, mulHi(0, a.min, 0, b.min), Math.imul(a.min, b.min), mulHi(0, a.max, 0, b.max), Math.imul(a.max, b.max));
}

/** The product of the known bits, and for each bit of `a` that may be set what of `b` may be. */
function multiplyTnum(d: Draft, b: TnumFields): void {
  const vHi = mulHi(d.vHi, d.vLo, b.vHi, b.vLo);
  const vLo = Math.imul(d.vLo, b.vLo);
  setTnum(unknown, 0, 0, 0, 0);
  let { vHi: bVHi, vLo: bVLo, mHi: bMHi, mLo: bMLo } = b;
  let { vHi: aVHi, vLo: aVLo, mHi: aMHi, mLo: aMLo } = d;
  while ((aVHi | aVLo | aMHi | aMLo) !== 0) {
    if ((aVLo & 1) !== 0) setTnum(shifted, 0, 0, bMHi, bMLo);
    else if ((aMLo & 1) !== 0) setTnum(shifted, 0, 0, bVHi | bMHi, bVLo | bMLo);
    else setTnum(shifted, 0, 0, 0, 0);
    if ((shifted.mHi | shifted.mLo) !== 0) tnumAdd(unknown, shifted);
    aVLo = shrLo(aVHi, aVLo, 1);
    aVHi >>>= 1;
    aMLo = shrLo(aMHi, aMLo, 1);
    aMHi >>>= 1;
    bVHi = shlHi(bVHi, bVLo, 1);
    bVLo <<= 1;
    bMHi = shlHi(bMHi, bMLo, 1);
    bMLo <<= 1;
  }
  setTnum(d, vHi, vLo, 0, 0);
  tnumAdd(d, unknown);
}
