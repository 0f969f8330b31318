// SPDX-License-Identifier: GPL-2.0-only
/**
 * Arithmetic on values with pairs of bounds. Facts: `kernel/bpf/verifier.c` of Linux 6.12 and 6.1: `adjust_scalar_min_max_vals` and the functions
 * that it calls; `kernel/bpf/tnum.c`.
 */
import { Alu } from '../../../isa/opcode';
import { PairMemo } from '../memo';
import type { AluResult } from '../results';
import { UNKNOWN, ZERO } from '../draft';
import type { Scalar } from '../scalar';
import {
  type Bounds,
  close,
  low32,
  maxBig,
  minBig,
  narrow,
  narrowLow,
  open,
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  signed,
  syncBounds,
  type Tnum,
  tnumLow,
  tnumWithLow,
  U32_MAX,
  U64_MAX,
  ulow32,
  unsigned,
  zeroExtend,
} from './bounds';
import { remembered, TAG } from './remembered';
import { pairRules, variantTag } from './rules';

const U16_MAX = 0xffff;

function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const masks = unsigned(a.mask + b.mask);
  const values = unsigned(a.value + b.value);
  const mask = (unsigned(masks + values) ^ values) | a.mask | b.mask;
  return { value: values & (U64_MAX ^ mask), mask };
}

function tnumSub(a: Tnum, b: Tnum): Tnum {
  const value = unsigned(a.value - b.value);
  const mask = (unsigned(value + a.mask) ^ unsigned(value - b.mask)) | a.mask | b.mask;
  return { value: value & (U64_MAX ^ mask), mask };
}

function tnumMul(a: Tnum, b: Tnum): Tnum {
  let sum: Tnum = { value: 0n, mask: 0n };
  const product = unsigned(a.value * b.value);
  for (let left = a, right = b; (left.value | left.mask) !== 0n;) {
    if ((left.value & 1n) !== 0n) sum = tnumAdd(sum, { value: 0n, mask: right.mask });
    else if ((left.mask & 1n) !== 0n) sum = tnumAdd(sum, { value: 0n, mask: right.value | right.mask });
    left = { value: left.value >> 1n, mask: left.mask >> 1n };
    right = { value: unsigned(right.value << 1n), mask: unsigned(right.mask << 1n) };
  }
  return tnumAdd({ value: product, mask: 0n }, sum);
}

function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const value = a.value & b.value;
  return { value, mask: (a.value | a.mask) & (b.value | b.mask) & (U64_MAX ^ value) };
}

function tnumOr(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return { value, mask: (a.mask | b.mask) & (U64_MAX ^ value) };
}

function tnumXor(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return { value: (a.value ^ b.value) & (U64_MAX ^ mask), mask };
}

const isS64 = (x: bigint): boolean => x >= S64_MIN && x <= S64_MAX;
const isS32 = (x: number): boolean => x >= S32_MIN && x <= S32_MAX;

/** 64-bit bounds of a sum: each pair is unknown if one of its ends overflows (`scalar_min_max_add`). */
export function add64(d: Bounds, s: Bounds): void {
  const smin = d.smin + s.smin;
  const smax = d.smax + s.smax;
  const fits = isS64(smin) && isS64(smax);
  d.smin = fits ? smin : S64_MIN;
  d.smax = fits ? smax : S64_MAX;
  const umin = d.umin + s.umin;
  const umax = d.umax + s.umax;
  const small = umax <= U64_MAX && umin <= U64_MAX;
  d.umin = small ? umin : 0n;
  d.umax = small ? umax : U64_MAX;
}

function add32(d: Bounds, s: Bounds): void {
  const smin = d.s32min + s.s32min;
  const smax = d.s32max + s.s32max;
  const fits = isS32(smin) && isS32(smax);
  d.s32min = fits ? smin : S32_MIN;
  d.s32max = fits ? smax : S32_MAX;
  const umin = d.u32min + s.u32min;
  const umax = d.u32max + s.u32max;
  const small = umin <= U32_MAX && umax <= U32_MAX;
  d.u32min = small ? umin : 0;
  d.u32max = small ? umax : U32_MAX;
}

/** 64-bit bounds of a difference (`scalar_min_max_sub`). */
export function sub64(d: Bounds, s: Bounds): void {
  const smin = d.smin - s.smax;
  const smax = d.smax - s.smin;
  const fits = isS64(smin) && isS64(smax);
  d.smin = fits ? smin : S64_MIN;
  d.smax = fits ? smax : S64_MAX;
  if (d.umin < s.umax) {
    d.umin = 0n;
    d.umax = U64_MAX;
  } else {
    d.umin -= s.umax;
    d.umax -= s.umin;
  }
}

function sub32(d: Bounds, s: Bounds): void {
  const smin = d.s32min - s.s32max;
  const smax = d.s32max - s.s32min;
  const fits = isS32(smin) && isS32(smax);
  d.s32min = fits ? smin : S32_MIN;
  d.s32max = fits ? smax : S32_MAX;
  if (d.u32min < s.u32max) {
    d.u32min = 0;
    d.u32max = U32_MAX;
  } else {
    d.u32min -= s.u32max;
    d.u32max -= s.u32min;
  }
}

/** `dst + src`, not synced. */
export function sum(d: Bounds, s: Bounds): void {
  add32(d, s);
  add64(d, s);
  d.tnum = tnumAdd(d.tnum, s.tnum);
}

function multiply(d: Bounds, s: Bounds): void {
  d.tnum = tnumMul(d.tnum, s.tnum);
  if (s.s32min < 0 || d.s32min < 0 || s.u32max > U16_MAX || d.u32max > U16_MAX) {
    d.forget32();
  } else {
    d.u32min *= s.u32min;
    d.u32max *= s.u32max;
    signsFrom32(d, d.u32max <= S32_MAX);
  }
  if (s.smin < 0n || d.smin < 0n || s.umax > 0xffffffffn || d.umax > 0xffffffffn) {
    d.forget64();
  } else {
    d.umin *= s.umin;
    d.umax *= s.umax;
    signsFrom64(d, d.umax <= S64_MAX);
  }
}

function signsFrom32(d: Bounds, same: boolean): void {
  d.s32min = same ? d.u32min | 0 : S32_MIN;
  d.s32max = same ? d.u32max | 0 : S32_MAX;
}

function signsFrom64(d: Bounds, same: boolean): void {
  d.smin = same ? signed(d.umin) : S64_MIN;
  d.smax = same ? signed(d.umax) : S64_MAX;
}

/** AND, OR and XOR; returns whether the result keeps the id. `wasSigned` says which operands could be negative before. */
function bitwise(d: Bounds, s: Bounds, op: number): boolean {
  const bothConst = d.isConst && s.isConst;
  const bothConst32 = d.isConst32 && s.isConst32;
  // before 6.12 the signed bounds follow the unsigned ones only if no operand may be negative
  const bySign = pairRules?.halves === false;
  const positive32 = d.s32min >= 0 && s.s32min >= 0;
  const positive = d.smin >= 0n && s.smin >= 0n;
  d.tnum = op === Alu.AND ? tnumAnd(d.tnum, s.tnum) : op === Alu.OR ? tnumOr(d.tnum, s.tnum) : tnumXor(d.tnum, s.tnum);
  const { value, mask } = d.tnum;
  if (bothConst32) {
    d.setLowBounds(low32(value));
  } else {
    if (op === Alu.AND) {
      d.u32min = ulow32(value);
      d.u32max = Math.min(d.u32max, s.u32max);
    } else {
      d.u32min = op === Alu.OR ? Math.max(d.u32min, s.u32min) : ulow32(value);
      d.u32max = ulow32(value | mask);
    }
    signsFrom32(d, bySign ? positive32 : (d.u32min | 0) <= (d.u32max | 0));
  }
  if (bothConst) {
    d.setConst(value);
    return false;
  }
  if (op === Alu.AND) {
    d.umin = value;
    d.umax = minBig(d.umax, s.umax);
  } else {
    d.umin = op === Alu.OR ? maxBig(d.umin, s.umin) : value;
    d.umax = value | mask;
  }
  signsFrom64(d, bySign ? positive : signed(d.umin) <= signed(d.umax));
  narrow(d);
  return true;
}

function shiftLow(d: Bounds, min: number, max: number): void {
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
  if (max > 31 || d.u32max > 2 ** (31 - max)) {
    d.u32min = 0;
    d.u32max = U32_MAX;
  } else {
    d.u32min = d.u32min * 2 ** min;
    d.u32max = d.u32max * 2 ** max;
  }
}

function shiftLeft(d: Bounds, s: Bounds, is64: boolean): void {
  if (!is64) {
    const low = tnumLow(d.tnum);
    shiftLow(d, s.u32min, s.u32max);
    const n = BigInt(s.u32min);
    d.tnum = tnumLow({ value: low.value << n, mask: low.mask << n });
    d.forget64();
    narrowLow(d);
    return;
  }
  const n = s.umin;
  // a shift by half the width is the first step of a sign extension
  const extends32 = n === 32n && s.umax === 32n;
  d.smax = extends32 ? BigInt(d.s32max) << 32n : S64_MAX;
  d.smin = extends32 ? BigInt(d.s32min) << 32n : S64_MIN;
  if (d.umax > 1n << (63n - s.umax)) {
    d.umin = 0n;
    d.umax = U64_MAX;
  } else {
    d.umin <<= n;
    d.umax <<= s.umax;
  }
  shiftLow(d, Number(n), Number(s.umax));
  d.tnum = { value: unsigned(d.tnum.value << n), mask: unsigned(d.tnum.mask << n) };
  narrow(d);
}

function shiftRight(d: Bounds, s: Bounds, is64: boolean): void {
  if (!is64) {
    const low = tnumLow(d.tnum);
    const n = BigInt(s.u32min);
    d.s32min = S32_MIN;
    d.s32max = S32_MAX;
    d.tnum = { value: low.value >> n, mask: low.mask >> n };
    d.u32min = d.u32min >>> s.u32max;
    d.u32max = d.u32max >>> s.u32min;
    d.forget64();
    narrowLow(d);
    return;
  }
  const n = s.umin;
  d.smin = S64_MIN;
  d.smax = S64_MAX;
  d.tnum = { value: d.tnum.value >> n, mask: d.tnum.mask >> n };
  d.umin >>= s.umax;
  d.umax >>= n;
  d.forget32();
  narrow(d);
}

function shiftArithmetic(d: Bounds, s: Bounds, is64: boolean): void {
  if (!is64) {
    const n = s.u32min;
    d.s32min >>= n;
    d.s32max >>= n;
    d.tnum = { value: BigInt((low32(d.tnum.value) >> n) >>> 0), mask: BigInt((low32(d.tnum.mask) >> n) >>> 0) };
    d.u32min = 0;
    d.u32max = U32_MAX;
    d.forget64();
    narrowLow(d);
    return;
  }
  const n = s.umin;
  d.smin >>= n;
  d.smax >>= n;
  d.tnum = { value: unsigned(signed(d.tnum.value) >> n), mask: unsigned(signed(d.tnum.mask) >> n) };
  d.umin = 0n;
  d.umax = U64_MAX;
  d.forget32();
  narrow(d);
}

/** Whether the operands can be computed at all (`is_safe_to_compute_dst_reg_range`; before 6.8 the head of `adjust_scalar_min_max_vals`). */
function isComputable(op: number, s: Bounds, is64: boolean): boolean {
  const tnumConst = is64 ? s.isConst : s.isConst32;
  const single = is64 ? s.smin === s.smax && s.umin === s.umax : s.s32min === s.s32max && s.u32min === s.u32max;
  const shift = op === Alu.LSH || op === Alu.RSH || op === Alu.ARSH;
  if (pairRules?.halves === false) {
    const wrong = is64 ? s.smin > s.smax || s.umin > s.umax : s.s32min > s.s32max || s.u32min > s.u32max;
    if ((tnumConst && !single) || wrong) return false;
    if (!tnumConst && op !== Alu.ADD && op !== Alu.SUB && op !== Alu.AND) return false;
  }
  if (shift) return tnumConst && single && s.umax < (is64 ? 64n : 32n);
  return op === Alu.ADD || op === Alu.SUB || op === Alu.NEG || op === Alu.AND || op === Alu.XOR || op === Alu.OR || op === Alu.MUL;
}

const memo = new PairMemo<AluResult>();

/** As `alu` of the domain, for kernels with pairs of bounds: `op` is the operation's bits alone. */
export function aluOfPairs(op: number, is64: boolean, dst: Scalar, src: Scalar): AluResult {
  const tag = op | (is64 ? 1 : 0) | variantTag;
  return memo.get(tag, dst, src) ?? memo.put(tag, dst, src, compute(op, is64, dst, src));
}

function compute(op: number, is64: boolean, dst: Scalar, src: Scalar): AluResult {
  // a negation is zero minus the operand
  const d = open(op === Alu.NEG ? ZERO : dst);
  const s = open(src);
  if (!isComputable(op, s, is64)) return { value: UNKNOWN, unknown: true, keepsId: false };
  let keepsId = true;
  switch (op) {
    case Alu.ADD:
      sum(d, s);
      break;
    case Alu.SUB:
    case Alu.NEG:
      keepsId = op === Alu.SUB;
      sub32(d, s);
      sub64(d, s);
      d.tnum = tnumSub(d.tnum, s.tnum);
      break;
    case Alu.MUL:
      multiply(d, s);
      break;
    case Alu.LSH:
      shiftLeft(d, s, is64);
      break;
    case Alu.RSH:
      shiftRight(d, s, is64);
      break;
    case Alu.ARSH:
      shiftArithmetic(d, s, is64);
      break;
    default:
      keepsId = bitwise(d, s, op);
  }
  if (!is64) zeroExtend(d);
  syncBounds(d);
  return { value: close(d, dst), unknown: false, keepsId };
}

/** Offset of `pointer ± scalar`: the bounds of the low half are forgotten; not synced (`adjust_ptr_min_max_vals`). */
export function moveOfPairs(pointer: Scalar, offset: Scalar, subtract: boolean): Scalar {
  return remembered(subtract ? TAG.SUB_OFFSET : TAG.ADD_OFFSET, pointer, offset, moved);
}

function moved(pointer: Scalar, offset: Scalar, operation: number): Scalar {
  const subtract = operation === TAG.SUB_OFFSET;
  const d = open(pointer);
  const s = open(offset);
  d.forget32();
  if (subtract) sub64(d, s);
  else add64(d, s);
  d.tnum = subtract ? tnumSub(d.tnum, s.tnum) : tnumAdd(d.tnum, s.tnum);
  return close(d, pointer);
}

/** `known + addend`, as a linked register has it; not synced (`sync_linked_regs`). */
export function addOfPairs(known: Scalar, addend: Scalar): Scalar {
  return remembered(TAG.ADD, known, addend, added);
}

function added(known: Scalar, addend: Scalar): Scalar {
  const d = open(known);
  sum(d, open(addend));
  return close(d, known);
}

/** The low half is the constant `value` (`__mark_reg32_known`). */
export function withLowOfPairs(s: Scalar, value: number): Scalar {
  const d = open(s);
  d.tnum = tnumWithLow(d.tnum, { value: BigInt(value >>> 0), mask: 0n });
  d.setLowBounds(value | 0);
  return close(d, s);
}
