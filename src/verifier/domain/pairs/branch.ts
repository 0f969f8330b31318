// SPDX-License-Identifier: GPL-2.0-only
/**
 * Conditional jumps on values with pairs of bounds. Facts: `kernel/bpf/verifier.c` of Linux 6.12: `is_scalar_branch_taken, regs_refine_cond_op,
 * reg_set_min_max`; of 6.1: `is_branch32_taken, is_branch64_taken, reg_set_min_max, reg_combine_min_max`.
 */
import { Jmp } from '../../../isa/opcode';
import { flipJump, NOT_JSET, reverseJump } from '../jump-op';
import { PairMemo } from '../memo';
import { type BranchDecision, NOT_TAKEN, TAKEN } from '../results';
import type { Scalar } from '../scalar';
import {
  Bounds,
  close,
  low32,
  maxBig,
  minBig,
  open,
  signed,
  syncBounds,
  type Tnum,
  tnumBoth,
  tnumLow,
  tnumWithLow,
  U64_MAX,
  unsigned,
  zeroExtend,
} from './bounds';
import { lowFromNarrow } from './resize';
import { pairRules, variantTag } from './rules';

/** One width of a value: what a comparison looks at. */
interface View {
  readonly tnum: Tnum;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
}

function view(b: Bounds, is32: boolean): View {
  if (!is32) return b;
  return { tnum: tnumLow(b.tnum), umin: BigInt(b.u32min), umax: BigInt(b.u32max), smin: BigInt(b.s32min), smax: BigInt(b.s32max) };
}

function overlap(a: Tnum, b: Tnum): boolean {
  return ((a.value ^ b.value) & (U64_MAX ^ a.mask) & (U64_MAX ^ b.mask)) === 0n;
}

function apart(a: View, b: View): boolean {
  return a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin;
}

/** `a > b` or `a >= b`: yes, no, or null. */
function order(aMin: bigint, aMax: bigint, bMin: bigint, bMax: bigint, strict: boolean): boolean | null {
  if (strict ? aMin > bMax : aMin >= bMax) return true;
  return (strict ? aMax <= bMin : aMax < bMin) ? false : null;
}

/** Whether `a op b` holds: yes, no, or null. */
function holds(op: number, a: View, b: View, also: boolean): boolean | null {
  switch (op) {
    case Jmp.JEQ:
    case Jmp.JNE: {
      if (a.tnum.mask === 0n && b.tnum.mask === 0n) return (a.tnum.value === b.tnum.value) === (op === Jmp.JEQ);
      return also ? op === Jmp.JNE : null;
    }
    case Jmp.JSET: {
      if (b.tnum.mask !== 0n) [a, b] = [b, a];
      if (b.tnum.mask !== 0n) return null;
      if ((a.tnum.value & b.tnum.value) !== 0n) return true;
      return ((a.tnum.value | a.tnum.mask) & b.tnum.value) === 0n ? false : null;
    }
    case Jmp.JGT:
      return order(a.umin, a.umax, b.umin, b.umax, true);
    case Jmp.JGE:
      return order(a.umin, a.umax, b.umin, b.umax, false);
    case Jmp.JLT:
      return order(b.umin, b.umax, a.umin, a.umax, true);
    case Jmp.JLE:
      return order(b.umin, b.umax, a.umin, a.umax, false);
    case Jmp.JSGT:
      return order(a.smin, a.smax, b.smin, b.smax, true);
    case Jmp.JSGE:
      return order(a.smin, a.smax, b.smin, b.smax, false);
    case Jmp.JSLT:
      return order(b.smin, b.smax, a.smin, a.smax, true);
    case Jmp.JSLE:
      return order(b.smin, b.smax, a.smin, a.smax, false);
    default:
      return null;
  }
}

const LESS: ReadonlyMap<number, number> = new Map<number, number>([
  [Jmp.JGE, Jmp.JLE],
  [Jmp.JGT, Jmp.JLT],
  [Jmp.JSGE, Jmp.JSLE],
  [Jmp.JSGT, Jmp.JSLT],
]);

const memo = new PairMemo<BranchDecision>();

/** As `decideBranch` of the domain, for kernels with pairs of bounds. */
export function decideOfPairs(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): BranchDecision {
  const tag = op | (is32 ? 1 : 0) | (sameReg ? 2 : 0) | variantTag;
  return memo.get(tag, dst, src) ?? memo.put(tag, dst, src, decision(op, is32, dst, src, sameReg));
}

function decision(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): BranchDecision {
  return pairRules?.halves === false ? decideByConst(op, is32, dst, src) : decideBoth(op, is32, dst, src, sameReg);
}

function decideBoth(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): BranchDecision {
  const a = open(dst);
  const b = sameReg ? a : open(src);
  const x = view(a, is32);
  const y = view(b, is32);
  const disjoint = !overlap(x.tnum, y.tnum) || apart(x, y) || (!is32 && apart(view(a, true), view(b, true)));
  const answer = holds(op, x, y, disjoint);
  if (answer !== null) return answer ? TAKEN : NOT_TAKEN;
  const [falseDst, falseSrc] = way(reverseJump(op), is32, dst, src, sameReg);
  const [trueDst, trueSrc] = way(op, is32, dst, src, sameReg);
  return { taken: -1, trueDst, trueSrc, falseDst, falseSrc };
}

/** Both operands where `dst op src` holds. */
function way(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): [Scalar, Scalar] {
  const a = open(dst);
  const b = sameReg ? a : open(src);
  const flipped = LESS.get(op);
  if (flipped === undefined) refine(a, b, op, is32);
  else refine(b, a, flipped, is32);
  syncBounds(a);
  if (!sameReg) syncBounds(b);
  return [close(a, dst), close(b, src)];
}

function isPowerOfTwo(x: bigint): boolean {
  return x !== 0n && (x & (x - 1n)) === 0n;
}

/** Narrows both to what `x op y` allows (`regs_refine_cond_op`). */
function refine(x: Bounds, y: Bounds, op: number, is32: boolean): void {
  switch (op) {
    case Jmp.JEQ:
      if (is32) equal32(x, y);
      else equal64(x, y);
      return;
    case Jmp.JNE:
    case Jmp.JSET:
    case NOT_JSET: {
      const isKnown = (b: Bounds): boolean => (is32 ? b.isConst32 : b.isConst);
      const [value, constant] = isKnown(y) ? [x, y] : [y, x];
      if (isKnown(constant)) refineByConst(value, is32 ? constant.tnum.value & 0xffffffffn : constant.tnum.value, op, is32);
      return;
    }
    case Jmp.JLE:
    case Jmp.JLT: {
      const step = op === Jmp.JLT ? 1 : 0;
      if (is32) {
        x.u32max = Math.min(x.u32max, (y.u32max - step) >>> 0);
        y.u32min = Math.max((x.u32min + step) >>> 0, y.u32min);
      } else {
        x.umax = minBig(x.umax, unsigned(y.umax - BigInt(step)));
        y.umin = maxBig(unsigned(x.umin + BigInt(step)), y.umin);
      }
      return;
    }
    case Jmp.JSLE:
    case Jmp.JSLT: {
      const step = op === Jmp.JSLT ? 1 : 0;
      if (is32) {
        x.s32max = Math.min(x.s32max, (y.s32max - step) | 0);
        y.s32min = Math.max((x.s32min + step) | 0, y.s32min);
      } else {
        x.smax = minBig(x.smax, signed(y.smax - BigInt(step)));
        y.smin = maxBig(signed(x.smin + BigInt(step)), y.smin);
      }
      return;
    }
    default:
  }
}

function equal32(x: Bounds, y: Bounds): void {
  x.u32min = y.u32min = Math.max(x.u32min, y.u32min);
  x.u32max = y.u32max = Math.min(x.u32max, y.u32max);
  x.s32min = y.s32min = Math.max(x.s32min, y.s32min);
  x.s32max = y.s32max = Math.min(x.s32max, y.s32max);
  const low = tnumBoth(tnumLow(x.tnum), tnumLow(y.tnum));
  x.tnum = tnumWithLow(x.tnum, low);
  y.tnum = tnumWithLow(y.tnum, low);
}

function equal64(x: Bounds, y: Bounds): void {
  x.umin = y.umin = maxBig(x.umin, y.umin);
  x.umax = y.umax = minBig(x.umax, y.umax);
  x.smin = y.smin = maxBig(x.smin, y.smin);
  x.smax = y.smax = minBig(x.smax, y.smax);
  x.tnum = y.tnum = tnumBoth(x.tnum, y.tnum);
}

/** `x != constant`, a tested bit that is set, or bits that are not. `value` unsigned, of the width of the comparison. */
function refineByConst(x: Bounds, value: bigint, op: number, is32: boolean): void {
  if (op === Jmp.JNE) {
    if (is32) excludeLow(x, low32(value));
    else excludeWhole(x, value);
    return;
  }
  if (op === Jmp.JSET) {
    if (isPowerOfTwo(value)) x.tnum = { value: x.tnum.value | value, mask: x.tnum.mask & (U64_MAX ^ value) };
    return;
  }
  x.forget();
  x.tnum = { value: x.tnum.value & (U64_MAX ^ value), mask: x.tnum.mask & (U64_MAX ^ value) };
}

function excludeLow(x: Bounds, value: number): void {
  if (x.u32min === value >>> 0) x.u32min = (x.u32min + 1) >>> 0;
  if (x.u32max === value >>> 0) x.u32max = (x.u32max - 1) >>> 0;
  if (x.s32min === value) x.s32min = (x.s32min + 1) | 0;
  if (x.s32max === value) x.s32max = (x.s32max - 1) | 0;
}

function excludeWhole(x: Bounds, value: bigint): void {
  if (x.umin === value) x.umin = unsigned(x.umin + 1n);
  if (x.umax === value) x.umax = unsigned(x.umax - 1n);
  if (x.smin === signed(value)) x.smin = signed(x.smin + 1n);
  if (x.smax === signed(value)) x.smax = signed(x.smax - 1n);
}

/** Before 6.8 a comparison is decided, and teaches something, only against a constant; two unknown values only by being equal. */
function decideByConst(op: number, is32: boolean, dst: Scalar, src: Scalar): BranchDecision {
  const a = open(dst);
  const b = open(src);
  const known = (s: Bounds): boolean => s.isConst || (is32 && s.isConst32);
  if (is32 ? b.isConst32 : b.isConst) {
    const answer = holdsForConst(op, view(a, is32), view(b, is32).tnum.value, is32);
    if (answer !== null) return answer ? TAKEN : NOT_TAKEN;
  }
  if (known(b)) {
    const [yes, no] = waysOfConst(op, is32, dst, b.tnum.value);
    return { taken: -1, trueDst: yes, trueSrc: src, falseDst: no, falseSrc: src };
  }
  if (known(a)) {
    const [yes, no] = waysOfConst(flipJump(op), is32, src, a.tnum.value);
    return { taken: -1, trueDst: dst, trueSrc: yes, falseDst: dst, falseSrc: no };
  }
  if (!is32 && (op === Jmp.JEQ || op === Jmp.JNE)) {
    equal64(a, b);
    syncBounds(a);
    syncBounds(b);
    const both = { dst: close(a, dst), src: close(b, src) };
    if (op === Jmp.JEQ) return { taken: -1, trueDst: both.dst, trueSrc: both.src, falseDst: dst, falseSrc: src };
    return { taken: -1, trueDst: dst, trueSrc: src, falseDst: both.dst, falseSrc: both.src };
  }
  return { taken: -1, trueDst: dst, trueSrc: src, falseDst: dst, falseSrc: src };
}

/** Whether `a op value` holds; only the tnum decides about equality. */
function holdsForConst(op: number, a: View, value: bigint, is32: boolean): boolean | null {
  const number = is32 ? BigInt.asIntN(32, value) : signed(value);
  const constant: View = { tnum: { value, mask: 0n }, umin: value, umax: value, smin: number, smax: number };
  return holds(op, a, constant, false);
}

/** The value where `x op constant` holds, and where it does not (`reg_set_min_max` of 6.1). */
function waysOfConst(op: number, is32: boolean, s: Scalar, constant: bigint): [Scalar, Scalar] {
  const yes = open(s);
  const no = open(s);
  const value = is32 ? constant & 0xffffffffn : constant;
  const equal = (b: Bounds): void => {
    if (is32) {
      b.tnum = tnumWithLow(b.tnum, { value, mask: 0n });
      b.setLowBounds(low32(value));
    } else {
      b.setConst(value);
    }
  };
  if (op === Jmp.JEQ) {
    equal(yes);
  } else if (op === Jmp.JNE) {
    equal(no);
  } else if (op === Jmp.JSET) {
    no.forget();
    no.tnum = { value: no.tnum.value & (U64_MAX ^ value), mask: no.tnum.mask & (U64_MAX ^ value) };
    if (isPowerOfTwo(value)) yes.tnum = { value: yes.tnum.value | value, mask: yes.tnum.mask & (U64_MAX ^ value) };
  } else {
    bound(yes, op, is32, value);
    bound(no, reverseJump(op), is32, value);
  }
  return [combine(yes, is32, s), combine(no, is32, s)];
}

/** `x op value`, for an order. */
function bound(x: Bounds, op: number, is32: boolean, value: bigint): void {
  const constant = open32(value, is32);
  const flipped = LESS.get(op);
  if (flipped === undefined) refine(x, constant, op, is32);
  else refine(constant, x, flipped, is32);
}

function open32(value: bigint, is32: boolean): Bounds {
  const b = new Bounds();
  b.setConst(is32 ? unsigned(BigInt.asIntN(32, value)) : value);
  return b;
}

/** What one width learned is carried to the other (`__reg_combine_32_into_64`, `__reg_combine_64_into_32`). */
function combine(b: Bounds, is32: boolean, original: Scalar): Scalar {
  if (!is32) {
    lowFromNarrow(b);
    return close(b, original);
  }
  if (b.tnum.value >> 32n === 0n && b.tnum.mask >> 32n === 0n) zeroExtend(b);
  else b.forget64();
  syncBounds(b);
  return close(b, original);
}
