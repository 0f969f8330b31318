// SPDX-License-Identifier: GPL-2.0-only
/**
 * Arithmetic on scalars. Facts: `kernel/bpf/verifier.c: adjust_scalar_min_max_vals` and the functions that it calls.
 * Scalar ids, deltas and precision are the caller's; {@link AluResult} says what it has to do with them.
 */
import { Alu, aluOp, Class, classOf, usesReg } from '../../isa/opcode';
import { add32, negate32, setArc32, setSRange32, setUnbounded32, setURange32, smax32, smin32, umax32, umin32 } from './cnum32';
import {
  add64,
  intersectSRange64,
  negate64,
  type Pair,
  setSRange64,
  setUnbounded64,
  setURange64,
  smax64,
  smin64,
  umax64,
  umin64,
} from './cnum64';
import { constScalar, Draft, freeze, isOneValue, load, setConst, setTnumSubreg, UNKNOWN, ZERO } from './draft';
import { mul32, mul64, sdiv32, sdiv64, smod32, smod64, udiv32, udiv64, umod32, umod64 } from './muldiv';
import { PairMemo } from './memo';
import { addOfPairs, aluOfPairs, moveOfPairs, withLowOfPairs } from './pairs/alu';
import { forgetOfPairs } from './pairs/resize';
import { pairRules } from './pairs/rules';
import { s32max, s32min, smax, smin } from './query';
import type { AluResult } from './results';
import type { Scalar } from './scalar';
import { coerceDraft, zeroExtendDraft } from './resize';
import { narrow32FromTnum, narrowFromTnum, syncDraft } from './sync';
import { setTnum, tnumAdd, tnumAnd, tnumBswap, tnumMul, tnumOr, tnumSar, tnumShl, tnumShr, tnumSub, tnumXor } from './tnum';
import { addHi, SIGN, shlHi, shlLo, shrHi, shrLo, sarHi, sarLo, subHi, ult } from './u64';

const memo = new PairMemo<AluResult>();
const work = new Draft();
const other = new Draft();
const a: Pair = { hi: 0, lo: 0 };
const b: Pair = { hi: 0, lo: 0 };

/** True if the operand is one constant at the width of the operation, in bits and in both arcs. */
function isConstOperand(src: Scalar, is64: boolean): boolean {
  // A signed or unsigned interval of one value is an arc of size 0.
  return is64 ? (src.mHi | src.mLo | src.sHi | src.sLo) === 0 : (src.mLo | src.s32) === 0;
}

function isComputable(op: number, src: Scalar, is64: boolean): boolean {
  switch (op) {
    case Alu.ADD:
    case Alu.SUB:
    case Alu.NEG:
    case Alu.AND:
    case Alu.XOR:
    case Alu.OR:
    case Alu.MUL:
    case Alu.END:
      return true;
    case Alu.DIV:
    case Alu.MOD:
      return isConstOperand(src, is64);
    case Alu.LSH:
    case Alu.RSH:
    case Alu.ARSH:
      if (!isConstOperand(src, is64)) return false;
      umax64(src, a);
      return a.hi === 0 && a.lo >>> 0 < (is64 ? 64 : 32);
    default:
      return false;
  }
}

/**
 * `dst op src` for two scalars, zero-extended after a 32-bit operation and synced.
 *
 * @param code the instruction's code byte (class, operation and source bit; the latter only matters for END)
 * @param is64 class ALU64; false for ALU
 * @param off the instruction's offset: 1 selects signed division and remainder
 * @param src the other operand; for NEG and END pass `dst`
 * @param imm the instruction's immediate, used by END only: 16, 32 or 64
 */
export function alu(code: number, is64: boolean, off: number, dst: Scalar, src: Scalar, imm = 0): AluResult {
  if (aluOp(code) === Alu.END && pairRules === null) return byteSwap(code, dst, imm);
  if (isOneValue(dst) && isOneValue(src)) {
    const result = computeConst(aluOp(code), is64, dst, src);
    if (result !== null) return result;
  }
  if (pairRules !== null) return aluOfPairs(aluOp(code), is64, dst, src);
  const tag = aluOp(code) | (is64 ? 1 : 0) | (off === 1 ? 2 : 0);
  return memo.get(tag, dst, src) ?? memo.put(tag, dst, src, compute(aluOp(code), is64, off, dst, src));
}

/** The frequent operations on two constants; null for the others. */
function computeConst(op: number, is64: boolean, dst: Scalar, src: Scalar): AluResult | null {
  let hi: number;
  let lo: number;
  switch (op) {
    case Alu.ADD:
      lo = (dst.vLo + src.vLo) | 0;
      hi = addHi(dst.vHi, dst.vLo, src.vHi, src.vLo);
      break;
    case Alu.SUB:
      lo = (dst.vLo - src.vLo) | 0;
      hi = subHi(dst.vHi, dst.vLo, src.vHi, src.vLo);
      break;
    case Alu.AND:
      lo = dst.vLo & src.vLo;
      hi = dst.vHi & src.vHi;
      break;
    case Alu.OR:
      lo = dst.vLo | src.vLo;
      hi = dst.vHi | src.vHi;
      break;
    case Alu.XOR:
      lo = dst.vLo ^ src.vLo;
      hi = dst.vHi ^ src.vHi;
      break;
    default:
      return null;
  }
  return { value: constScalar(is64 ? hi : 0, lo), unknown: false, keepsId: op === Alu.ADD || op === Alu.SUB };
}

function compute(op: number, is64: boolean, off: number, dst: Scalar, src: Scalar): AluResult {
  if (!isComputable(op, src, is64)) return { value: UNKNOWN, unknown: true, keepsId: false };

  load(work, dst);
  let keepsId = true;
  switch (op) {
    case Alu.ADD:
      add32(work, src.b32, src.s32);
      add64(work, src);
      tnumAdd(work, src);
      break;
    case Alu.SUB:
      subtract(work, src);
      break;
    case Alu.NEG:
      setConst(work, 0, 0);
      subtract(work, dst);
      keepsId = false;
      break;
    case Alu.MUL:
      tnumMul(work, src);
      mul32(work, src);
      mul64(work, src);
      break;
    case Alu.DIV:
      divide(work, is64, off, src);
      break;
    case Alu.MOD:
      modulo(work, is64, off, src);
      break;
    case Alu.AND:
      tnumAnd(work, src);
      keepsId = bitwise(work, src, op);
      break;
    case Alu.OR:
      tnumOr(work, src);
      keepsId = bitwise(work, src, op);
      break;
    case Alu.XOR:
      tnumXor(work, src);
      keepsId = bitwise(work, src, op);
      break;
    case Alu.LSH:
      if (is64) shiftLeft64(work, src);
      else shiftLeft32(work, src);
      break;
    case Alu.RSH:
      if (is64) shiftRight64(work, src);
      else shiftRight32(work, src);
      break;
    default:
      if (is64) shiftArithmetic64(work, src);
      else shiftArithmetic32(work, src);
  }
  if (!is64) zeroExtendDraft(work);
  syncDraft(work);
  return { value: freeze(work, dst), unknown: false, keepsId };
}

/** `0 - value`, zero-extended for ALU32, synced. */
export function negScalar(s: Scalar, is64: boolean): Scalar {
  return alu(Alu.NEG, is64, 0, s, s).value;
}

function subtract(d: Draft, src: Scalar): void {
  load(other, src);
  negate32(other);
  negate64(other);
  add32(d, other.b32, other.s32);
  add64(d, other);
  tnumSub(d, src);
}

function divide(d: Draft, is64: boolean, off: number, src: Scalar): void {
  if (is64) {
    umin64(src, a);
    if ((a.hi | a.lo) === 0) setConst(d, 0, 0);
    else if (off === 1) sdiv64(d, src);
    else udiv64(d, src);
  } else if (umin32(src) === 0) {
    setConst(d, 0, 0);
  } else if (off === 1) {
    sdiv32(d, src);
  } else {
    udiv32(d, src);
  }
}

function modulo(d: Draft, is64: boolean, off: number, src: Scalar): void {
  if (is64) {
    umin64(src, a);
    if ((a.hi | a.lo) === 0) return;
    if (off === 1) smod64(d, src);
    else umod64(d, src);
  } else if (umin32(src) !== 0) {
    if (off === 1) smod32(d, src);
    else umod32(d, src);
  }
}

/**
 * Arcs of AND, OR, XOR; the tnum holds the result already. The bounds come from the tnum, improved for AND by the smaller maximum
 * and for OR by the larger minimum of the operands. Returns false if the 64-bit result is a constant because both are.
 */
function bitwise(d: Draft, src: Scalar, op: number): boolean {
  if ((src.mLo | d.mLo) === 0) {
    setArc32(d, d.vLo, 0);
  } else if (op === Alu.AND) {
    setURange32(d, d.vLo, Math.min(umax32(d), umax32(src)));
  } else if (op === Alu.OR) {
    setURange32(d, Math.max(umin32(d), umin32(src)), d.vLo | d.mLo);
  } else {
    setURange32(d, d.vLo, d.vLo | d.mLo);
  }

  if ((src.mHi | src.mLo | d.mHi | d.mLo) === 0) {
    setConst(d, d.vHi, d.vLo);
    return false;
  }
  if (op === Alu.AND) {
    umax64(d, a);
    umax64(src, b);
    const least = ult(a.hi, a.lo, b.hi, b.lo) ? a : b;
    setURange64(d, d.vHi, d.vLo, least.hi, least.lo);
    narrowFromTnum(d);
  } else if (op === Alu.OR) {
    umin64(d, a);
    umin64(src, b);
    const most = ult(a.hi, a.lo, b.hi, b.lo) ? b : a;
    setURange64(d, most.hi, most.lo, d.vHi | d.mHi, d.vLo | d.mLo);
    narrowFromTnum(d);
  } else {
    setURange64(d, d.vHi, d.vLo, d.vHi | d.mHi, d.vLo | d.mLo);
  }
  return true;
}

/** 32-bit arc of a left shift: unknown if a one may be shifted out. `n` may be up to 63. */
function shiftArcLeft32(d: Draft, nMin: number, nMax: number): void {
  const max = umax32(d);
  if (nMax > 31 || max > 2 ** (31 - nMax)) setUnbounded32(d);
  else setURange32(d, umin32(d) << nMin, max << nMax);
}

function shiftLeft32(d: Draft, src: Scalar): void {
  const n = umin32(src);
  shiftArcLeft32(d, n, umax32(src));
  setTnum(d, 0, d.vLo << n, 0, d.mLo << n);
  setUnbounded64(d);
  narrow32FromTnum(d);
}

function shiftLeft64(d: Draft, src: Scalar): void {
  umin64(src, a);
  const n = a.lo;
  const sign32Min = smin32(d);
  const sign32Max = smax32(d);
  umin64(d, a);
  umax64(d, b);
  // A one may be shifted out if the maximum is above 2^(63 - n).
  const limitHi = shlHi(0, 1, 63 - n);
  const limitLo = shlLo(1, 63 - n);
  if (ult(limitHi, limitLo, b.hi, b.lo)) setUnbounded64(d);
  else setURange64(d, shlHi(a.hi, a.lo, n), shlLo(a.lo, n), shlHi(b.hi, b.lo, n), shlLo(b.lo, n));
  // The low half keeps its sign when it becomes the high one: the first step of a sign extension.
  if (n === 32) intersectSRange64(d, sign32Min, 0, sign32Max, 0);
  else intersectSRange64(d, SIGN, 0, 0x7fffffff, -1);
  shiftArcLeft32(d, n, n);
  tnumShl(d, n);
  narrowFromTnum(d);
}

function shiftRight32(d: Draft, src: Scalar): void {
  const n = umin32(src);
  setTnum(d, 0, (d.vLo >>> n) | 0, 0, (d.mLo >>> n) | 0);
  setURange32(d, umin32(d) >>> umax32(src), umax32(d) >>> n);
  setUnbounded64(d);
  narrow32FromTnum(d);
}

function shiftRight64(d: Draft, src: Scalar): void {
  umin64(src, a);
  const n = a.lo;
  tnumShr(d, n);
  umin64(d, a);
  umax64(d, b);
  setURange64(d, shrHi(a.hi, n), shrLo(a.hi, a.lo, n), shrHi(b.hi, n), shrLo(b.hi, b.lo, n));
  setUnbounded32(d);
  narrowFromTnum(d);
}

function shiftArithmetic32(d: Draft, src: Scalar): void {
  const n = umin32(src);
  setSRange32(d, smin32(d) >> n, smax32(d) >> n);
  setTnum(d, 0, d.vLo >> n, 0, d.mLo >> n);
  setUnbounded64(d);
  narrow32FromTnum(d);
}

function shiftArithmetic64(d: Draft, src: Scalar): void {
  umin64(src, a);
  const n = a.lo;
  smin64(d, a);
  smax64(d, b);
  setSRange64(d, sarHi(a.hi, n), sarLo(a.hi, a.lo, n), sarHi(b.hi, n), sarLo(b.hi, b.lo, n));
  tnumSar(d, n);
  setUnbounded32(d);
  narrowFromTnum(d);
}

/** BPF_END on a little-endian machine: ALU64 always swaps, ALU swaps for "to big endian" (source bit set), else only truncates. */
function byteSwap(code: number, dst: Scalar, bits: number): AluResult {
  const swaps = classOf(code) === Class.ALU64 || usesReg(code);
  load(work, dst);
  if (swaps) {
    tnumBswap(work, bits);
    setUnbounded64(work);
    setUnbounded32(work);
  }
  if (bits !== 64) coerceDraft(work, bits / 8);
  syncDraft(work);
  return { value: freeze(work, dst), unknown: false, keepsId: !swaps && bits === 64 };
}

/**
 * Whether `dst op constant` is explored as two paths, and at which width: AND and OR with a 64-bit constant of a `dst` that is known
 * to be -1 or 0 (a mask made by a sign shift). Returns 64, 32 or 0 (`maybe_fork_scalars`).
 */
export function maskForkWidth(code: number, dst: Scalar, src: Scalar): 0 | 32 | 64 {
  const op = aluOp(code);
  if ((op !== Alu.AND && op !== Alu.OR) || (src.mHi | src.mLo) !== 0) return 0;
  if (smin(dst) === -1 && smax(dst) === 0) return 64;
  return s32min(dst) === -1 && s32max(dst) === 0 ? 32 : 0;
}

/** The value with its low half (tnum and 32-bit arc) replaced by a constant; the 64-bit arc stays (`__mark_reg32_known`). */
export function withLow32Const(s: Scalar, value: number): Scalar {
  if (pairRules !== null) return withLowOfPairs(s, value);
  load(work, s);
  setTnumSubreg(work, value | 0, 0);
  setArc32(work, value | 0, 0);
  return freeze(work, s);
}

/**
 * Offset of `pointer + scalar`: 64-bit arcs and tnums added, the 32-bit arc forgotten, not synced (`adjust_ptr_min_max_vals`). Of two constants the
 * constant, which syncing makes of it anyway.
 */
export function addOffsets(pointer: Scalar, offset: Scalar): Scalar {
  if (pairRules !== null) return moveOfPairs(pointer, offset, false);
  if (isOneValue(pointer) && isOneValue(offset)) {
    return constScalar(addHi(pointer.vHi, pointer.vLo, offset.vHi, offset.vLo), (pointer.vLo + offset.vLo) | 0);
  }
  load(work, pointer);
  setUnbounded32(work);
  add64(work, offset);
  tnumAdd(work, offset);
  return freeze(work, pointer);
}

/** Offset of `pointer - scalar`, as {@link addOffsets}. */
export function subOffsets(pointer: Scalar, offset: Scalar): Scalar {
  if (pairRules !== null) return moveOfPairs(pointer, offset, true);
  load(work, pointer);
  setUnbounded32(work);
  load(other, offset);
  negate64(other);
  add64(work, other);
  tnumSub(work, offset);
  return freeze(work, pointer);
}

/** The 32-bit arc forgotten: what pointer arithmetic does first. */
export function unboundedR32(s: Scalar): Scalar {
  if (pairRules !== null) return forgetOfPairs(s, true);
  load(work, s);
  setUnbounded32(work);
  return freeze(work, s);
}

/**
 * A linked register at a constant distance from a known one: `known + delta` (delta a safe integer), zero-extended if the link is a
 * 32-bit one, synced (`sync_linked_regs`).
 */
export function addDelta(known: Scalar, delta: number, zeroExtend: boolean): Scalar {
  const addend = delta === 0 ? ZERO : constScalar(Math.floor(delta / 4294967296) | 0, delta | 0);
  if (pairRules !== null) return addOfPairs(known, addend);
  load(work, known);
  add32(work, addend.b32, 0);
  add64(work, addend);
  tnumAdd(work, addend);
  if (zeroExtend) zeroExtendDraft(work);
  syncDraft(work);
  return freeze(work, known);
}
