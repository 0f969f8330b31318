// SPDX-License-Identifier: GPL-2.0-only
/** Truncation and extension of values with pairs of bounds. Facts: `kernel/bpf/verifier.c` of Linux 6.12: `coerce_reg_to_size, coerce_reg_to_size_sx, coerce_subreg_to_size_sx`. */
import { isOneValue } from '../draft';
import type { Scalar } from '../scalar';
import {
  type Bounds,
  close,
  low32,
  open,
  S32_MAX,
  S32_MIN,
  signed,
  syncBounds,
  tnumLow,
  tnumRange,
  U32_MAX,
  U64_MAX,
  unsigned,
  zeroExtend,
} from './bounds';
import { remembered, TAG } from './remembered';
import { pairRules } from './rules';

/** Keeps the low `bytes` (1, 2, 4) bytes, zero-extended. */
export function coerceOfPairs(s: Scalar, bytes: number): Scalar {
  return remembered(TAG.COERCE + bytes, s, s, coerced);
}

function coerced(s: Scalar, _: Scalar, operation: number): Scalar {
  const bytes = operation - TAG.COERCE;
  const d = open(s);
  const mask = (1n << BigInt(bytes * 8)) - 1n;
  d.tnum = { value: d.tnum.value & mask, mask: d.tnum.mask & mask };
  if ((d.umin & (U64_MAX ^ mask)) === (d.umax & (U64_MAX ^ mask))) {
    d.umin &= mask;
    d.umax &= mask;
  } else {
    d.umin = 0n;
    d.umax = mask;
  }
  d.smin = d.umin;
  d.smax = d.umax;
  if (pairRules?.halves === false) {
    if (bytes < 4) lowFromNarrow(d);
    return close(d, s);
  }
  if (bytes < 4) d.forget32();
  syncBounds(d);
  return close(d, s);
}

/** The bounds of the low half from 64-bit ones that fit into it, synced (`__reg_combine_64_into_32`, before 6.8). */
export function lowFromNarrow(d: Bounds): void {
  d.forget32();
  if (d.smin >= BigInt(S32_MIN) && d.smax <= BigInt(S32_MAX) && d.smin <= BigInt(S32_MAX) && d.smax >= BigInt(S32_MIN)) {
    d.s32min = Number(d.smin);
    d.s32max = Number(d.smax);
  }
  if (d.umin <= BigInt(U32_MAX) && d.umax <= BigInt(U32_MAX)) {
    d.u32min = Number(d.umin);
    d.u32max = Number(d.umax);
  }
  syncBounds(d);
}

const extend = (value: bigint, bits: number): bigint => BigInt.asIntN(bits, value);

/** Keeps the low `bytes` (1, 2, 4) bytes, sign-extended; not synced. */
export function coerceSxOfPairs(s: Scalar, bytes: number): Scalar {
  const bits = bytes * 8;
  const d = open(s);
  if (d.isConst) {
    d.setConst(unsigned(extend(d.tnum.value, bits)));
    return close(d, s);
  }
  if (d.smin >> BigInt(bits) === d.smax >> BigInt(bits)) {
    const first = extend(d.smin, bits);
    const second = extend(d.smax, bits);
    if (first < 0n === second < 0n) {
      const [least, most] = first < second ? [first, second] : [second, first];
      d.smin = least;
      d.smax = most;
      d.umin = unsigned(least);
      d.umax = unsigned(most);
      d.s32min = low32(least);
      d.s32max = low32(most);
      d.u32min = d.s32min >>> 0;
      d.u32max = d.s32max >>> 0;
      d.tnum = tnumRange(d.umin, d.umax);
      return close(d, s);
    }
  }
  const half = 2 ** (bits - 1);
  d.forget();
  d.smin = BigInt(-half);
  d.smax = BigInt(half - 1);
  d.s32min = -half;
  d.s32max = half - 1;
  d.tnum = { value: 0n, mask: U64_MAX };
  return close(d, s);
}

/** Sign extension of the low `bits` (8, 16) within the low half, then zero-extended and synced. */
export function movsx32OfPairs(s: Scalar, bits: number): Scalar {
  const d = open(s);
  if (d.isConst) {
    const value = extend(d.tnum.value, bits);
    d.tnum = { value: unsigned(value), mask: 0n };
    d.setLowBounds(low32(value));
  } else {
    const first = (d.s32min << (32 - bits)) >> (32 - bits);
    const second = (d.s32max << (32 - bits)) >> (32 - bits);
    if (d.s32min >> bits === d.s32max >> bits && first < 0 === second < 0) {
      d.s32min = Math.min(first, second);
      d.s32max = Math.max(first, second);
      d.u32min = d.s32min >>> 0;
      d.u32max = d.s32max >>> 0;
      d.tnum = tnumLow(tnumRange(unsigned(BigInt(d.s32min)), unsigned(BigInt(d.s32max))));
    } else {
      d.s32min = -(2 ** (bits - 1));
      d.s32max = 2 ** (bits - 1) - 1;
      d.u32min = 0;
      d.u32max = U32_MAX;
      d.tnum = { value: 0n, mask: BigInt(U32_MAX) };
    }
  }
  zeroExtend(d);
  syncBounds(d);
  return close(d, s);
}

/** 32-bit move: zero-extended and synced. */
export function mov32OfPairs(s: Scalar): Scalar {
  return remembered(TAG.LOW, s, s, lowAlone);
}

function lowAlone(s: Scalar): Scalar {
  const d = open(s);
  zeroExtend(d);
  syncBounds(d);
  return close(d, s);
}

/** Signed bounds `[least, most]` added on both widths, synced. */
export function clampOfPairs(s: Scalar, least: number, most: number): Scalar {
  const d = open(s);
  d.s32min = Math.max(d.s32min, least);
  d.s32max = Math.min(d.s32max, most);
  d.smin = d.smin > BigInt(least) ? d.smin : BigInt(least);
  d.smax = d.smax < BigInt(most) ? d.smax : BigInt(most);
  syncBounds(d);
  return close(d, s);
}

/** What a range that is set by hand changes. */
export type RangeOf = 's64' | 'u64' | 's32' | 'u32';

/** One pair set to `[min, max]`; synced if asked for. */
export function rangeOfPairs(s: Scalar, which: RangeOf, min: bigint, max: bigint, synced: boolean): Scalar {
  const d = open(s);
  switch (which) {
    case 's64':
      d.smin = signed(min);
      d.smax = signed(max);
      break;
    case 'u64':
      d.umin = unsigned(min);
      d.umax = unsigned(max);
      break;
    case 's32':
      d.s32min = low32(min);
      d.s32max = low32(max);
      break;
    case 'u32':
      d.u32min = low32(min) >>> 0;
      d.u32max = low32(max) >>> 0;
  }
  if (synced) syncBounds(d);
  return close(d, s);
}

/** Synced. */
export function syncOfPairs(s: Scalar): Scalar {
  return isOneValue(s) ? s : remembered(TAG.SYNC, s, s, synced);
}

function synced(s: Scalar): Scalar {
  const d = open(s);
  syncBounds(d);
  return close(d, s);
}

/** The tnum alone, or the tnum and the 64-bit bounds. */
export function forgetOfPairs(s: Scalar, onlyLow: boolean): Scalar {
  const d = open(s);
  if (onlyLow) d.forget32();
  else d.forget();
  return close(d, s);
}
