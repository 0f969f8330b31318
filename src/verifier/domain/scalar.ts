// SPDX-License-Identifier: GPL-2.0-only
/**
 * The bounds as kernels before circular ranges keep them: four pairs that only learn from each other when a value is synced. 64-bit values as
 * bigint, signed or unsigned as their name says; those of the low half as numbers.
 */
export interface Pairs {
  readonly smin: bigint;
  readonly smax: bigint;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly s32min: number;
  readonly s32max: number;
  readonly u32min: number;
  readonly u32max: number;
}

/** Bounds of a value, with a hash of them. */
export interface KeptPairs extends Pairs {
  readonly hash: number;
}

/** Serial numbers begin anew after so many; they need not differ. A small integer everywhere. */
const SERIALS = (1 << 30) - 1;
let last = 0;

/**
 * What the verifier knows of one 64-bit quantity: a tnum, a 64-bit and a 32-bit circular range.
 *
 * All 64-bit values are kept as two signed 32-bit halves (`hi`, `lo`, as `| 0` leaves them), for speed (docs/representation.md).
 * Values are immutable and shared by reference; an operation that changes nothing should return its operand.
 *
 * ```
 *  tnum (value, mask)            circular range (base, size), modulo 2^64 or 2^32
 *  bit known 1: value 1 mask 0          base            base+size
 *  bit known 0: value 0 mask 0     ······●━━━━━━━━━━━━━━━●······      size 0: a constant
 *  unknown:     value 0 mask 1     ━━━●·············●━━━━━━━━━━      may wrap
 * ```
 * EMPTY is {base = U_MAX, size = U_MAX}; UNBOUNDED is {base = 0, size = U_MAX}.
 * Facts: `include/linux/tnum.h`, `include/linux/cnum.h`.
 */
export class Scalar {
  /** The register that has this value and nothing else, made when it is first asked for (`state/reg.ts: scalarReg`): `r1 = 5` makes nothing then. */
  plain: object | null = null;
  /** Which of all scalars made it is, for hashes of identity. */
  readonly serial = (last = (last + 1) & SERIALS);

  constructor(
    /** tnum value, upper and lower half. */
    readonly vHi: number,
    readonly vLo: number,
    /** tnum mask, upper and lower half; `value & mask == 0`. */
    readonly mHi: number,
    readonly mLo: number,
    /** 64-bit arc: base. */
    readonly bHi: number,
    readonly bLo: number,
    /** 64-bit arc: size (number of further values, unsigned). */
    readonly sHi: number,
    readonly sLo: number,
    /** 32-bit arc of the low half: base and size. */
    readonly b32: number,
    readonly s32: number,
    /** For kernels without circular ranges: the bounds, unless both arcs say them exactly (constants, unknown). The arcs are the widest then. */
    readonly pairs: KeptPairs | null = null,
  ) {}
}
