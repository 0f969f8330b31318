// SPDX-License-Identifier: GPL-2.0-only
/**
 * Conditional jumps on two scalars: which way they go, and what each way teaches.
 * Facts: `kernel/bpf/verifier.c: is_scalar_branch_taken, simulate_both_branches_taken, regs_refine_cond_op`.
 */
import { Jmp } from '../../isa/opcode';
import { intersect32, intersectSRange32, intersectURange32, isEmpty32, setUnbounded32, smax32, smin32, umax32, umin32 } from './cnum32';
import {
  intersect64,
  intersectSRange64,
  intersectURange64,
  isEmpty64,
  type Pair,
  setUnbounded64,
  smax64,
  smin64,
  umax64,
  umin64,
} from './cnum64';
import { Draft, freeze, load } from './draft';
import { PairMemo } from './memo';
import { decideOfPairs } from './pairs/branch';
import { pairRules } from './pairs/rules';
import { flipJump, NOT_JSET, reverseJump } from './jump-op';
import { type BranchDecision, NOT_TAKEN, TAKEN } from './results';
import type { Scalar } from './scalar';
import { syncDraft } from './sync';
import { tnumIntersect, tnumOverlap } from './tnum';
import { addHi, SIGN, sle, slt, subHi, ule, ult } from './u64';

const memo = new PairMemo<BranchDecision>();

const min1: Pair = { hi: 0, lo: 0 };
const max1: Pair = { hi: 0, lo: 0 };
const min2: Pair = { hi: 0, lo: 0 };
const max2: Pair = { hi: 0, lo: 0 };

/** What the quick tests say: known, unknown for good, or worth a simulation of both ways. */
const enum Quick {
  NO,
  YES,
  OPEN,
  SIMULATE,
}

function quick(answer: boolean): Quick {
  return answer ? Quick.YES : Quick.NO;
}

/**
 * Decides a comparison of two scalars, or says what both ways teach.
 *
 * @param op operation bits of the code ({@link Jmp})
 * @param is32 class JMP32: only the low halves are compared
 * @param sameReg both operands are the same register
 */
export function decideBranch(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): BranchDecision {
  if (pairRules !== null) return decideOfPairs(op, is32, dst, src, sameReg);
  if (sameReg) return decision(op, is32, dst, src, true);
  const tag = op | (is32 ? 1 : 0);
  return memo.get(tag, dst, src) ?? memo.put(tag, dst, src, decision(op, is32, dst, src, false));
}

function decision(op: number, is32: boolean, dst: Scalar, src: Scalar, sameReg: boolean): BranchDecision {
  const answer = sameReg ? decideSame(op, is32, dst) : is32 ? decide32(op, dst, src) : decide64(op, dst, src);
  if (answer === Quick.YES) return TAKEN;
  if (answer === Quick.NO) return NOT_TAKEN;
  if (answer === Quick.OPEN) return { taken: -1, trueDst: dst, trueSrc: src, falseDst: dst, falseSrc: src };
  return simulate(op, is32, dst, src);
}

function decideSame(op: number, is32: boolean, s: Scalar): Quick {
  switch (op) {
    case Jmp.JGE:
    case Jmp.JLE:
    case Jmp.JSGE:
    case Jmp.JSLE:
    case Jmp.JEQ:
      return Quick.YES;
    case Jmp.JGT:
    case Jmp.JLT:
    case Jmp.JSGT:
    case Jmp.JSLT:
    case Jmp.JNE:
      return Quick.NO;
    default:
  }
  if (is32) {
    if (s.mLo === 0) return quick(s.vLo !== 0);
    return smin32(s) <= 0 && smax32(s) >= 0 ? Quick.OPEN : Quick.YES;
  }
  if ((s.mHi | s.mLo) === 0) return quick((s.vHi | s.vLo) !== 0);
  smin64(s, min1);
  smax64(s, max1);
  return sle(min1.hi, min1.lo, 0, 0) && max1.hi >= 0 ? Quick.OPEN : Quick.YES;
}

/** True if the low halves cannot be equal, by their arcs. */
function apart32(a: Scalar, b: Scalar): boolean {
  return umin32(a) > umax32(b) || umax32(a) < umin32(b) || smin32(a) > smax32(b) || smax32(a) < smin32(b);
}

/** True if the values cannot be equal, by their 64-bit arcs. */
function apart64(a: Scalar, b: Scalar): boolean {
  umin64(a, min1);
  umax64(a, max1);
  umin64(b, min2);
  umax64(b, max2);
  if (ult(max2.hi, max2.lo, min1.hi, min1.lo) || ult(max1.hi, max1.lo, min2.hi, min2.lo)) return true;
  smin64(a, min1);
  smax64(a, max1);
  smin64(b, min2);
  smax64(b, max2);
  return slt(max2.hi, max2.lo, min1.hi, min1.lo) || slt(max1.hi, max1.lo, min2.hi, min2.lo);
}

function decide32(op: number, a: Scalar, b: Scalar): Quick {
  switch (op) {
    case Jmp.JEQ:
    case Jmp.JNE: {
      if ((a.mLo | b.mLo) === 0) return quick((a.vLo === b.vLo) === (op === Jmp.JEQ));
      const disjoint = ((a.vLo ^ b.vLo) & ~a.mLo & ~b.mLo) !== 0 || apart32(a, b);
      return disjoint ? quick(op === Jmp.JNE) : Quick.SIMULATE;
    }
    case Jmp.JSET: {
      if (b.mLo !== 0) [a, b] = [b, a];
      if (b.mLo !== 0) return Quick.OPEN;
      if ((a.vLo & b.vLo) !== 0) return Quick.YES;
      return ((a.vLo | a.mLo) & b.vLo) === 0 ? Quick.NO : Quick.SIMULATE;
    }
    case Jmp.JGT:
      return umin32(a) > umax32(b) ? Quick.YES : umax32(a) <= umin32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JSGT:
      return smin32(a) > smax32(b) ? Quick.YES : smax32(a) <= smin32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JLT:
      return umax32(a) < umin32(b) ? Quick.YES : umin32(a) >= umax32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JSLT:
      return smax32(a) < smin32(b) ? Quick.YES : smin32(a) >= smax32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JGE:
      return umin32(a) >= umax32(b) ? Quick.YES : umax32(a) < umin32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JSGE:
      return smin32(a) >= smax32(b) ? Quick.YES : smax32(a) < smin32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JLE:
      return umax32(a) <= umin32(b) ? Quick.YES : umin32(a) > umax32(b) ? Quick.NO : Quick.SIMULATE;
    case Jmp.JSLE:
      return smax32(a) <= smin32(b) ? Quick.YES : smin32(a) > smax32(b) ? Quick.NO : Quick.SIMULATE;
    default:
      return Quick.SIMULATE;
  }
}

function decide64(op: number, a: Scalar, b: Scalar): Quick {
  switch (op) {
    case Jmp.JEQ:
    case Jmp.JNE: {
      if ((a.mHi | a.mLo | b.mHi | b.mLo) === 0) {
        return quick((a.vHi === b.vHi && a.vLo === b.vLo) === (op === Jmp.JEQ));
      }
      const disjoint = !tnumOverlap(a, b) || apart64(a, b) || apart32(a, b);
      return disjoint ? quick(op === Jmp.JNE) : Quick.SIMULATE;
    }
    case Jmp.JSET: {
      if ((b.mHi | b.mLo) !== 0) [a, b] = [b, a];
      if ((b.mHi | b.mLo) !== 0) return Quick.OPEN;
      if (((a.vHi & b.vHi) | (a.vLo & b.vLo)) !== 0) return Quick.YES;
      const possible = ((a.vHi | a.mHi) & b.vHi) | ((a.vLo | a.mLo) & b.vLo);
      return possible === 0 ? Quick.NO : Quick.SIMULATE;
    }
    case Jmp.JGT:
      return order(a, b, false, true);
    case Jmp.JSGT:
      return order(a, b, true, true);
    case Jmp.JGE:
      return order(a, b, false, false);
    case Jmp.JSGE:
      return order(a, b, true, false);
    case Jmp.JLT:
      return order(b, a, false, true);
    case Jmp.JSLT:
      return order(b, a, true, true);
    case Jmp.JLE:
      return order(b, a, false, false);
    case Jmp.JSLE:
      return order(b, a, true, false);
    default:
      return Quick.SIMULATE;
  }
}

/** `a > b` (strict) or `a >= b`, by the bounds of the 64-bit arcs. */
function order(a: Scalar, b: Scalar, signed: boolean, strict: boolean): Quick {
  if (signed) {
    smin64(a, min1);
    smax64(a, max1);
    smin64(b, min2);
    smax64(b, max2);
    if (strict) {
      if (slt(max2.hi, max2.lo, min1.hi, min1.lo)) return Quick.YES;
      return sle(max1.hi, max1.lo, min2.hi, min2.lo) ? Quick.NO : Quick.SIMULATE;
    }
    if (sle(max2.hi, max2.lo, min1.hi, min1.lo)) return Quick.YES;
    return slt(max1.hi, max1.lo, min2.hi, min2.lo) ? Quick.NO : Quick.SIMULATE;
  }
  umin64(a, min1);
  umax64(a, max1);
  umin64(b, min2);
  umax64(b, max2);
  if (strict) {
    if (ult(max2.hi, max2.lo, min1.hi, min1.lo)) return Quick.YES;
    return ule(max1.hi, max1.lo, min2.hi, min2.lo) ? Quick.NO : Quick.SIMULATE;
  }
  if (ule(max2.hi, max2.lo, min1.hi, min1.lo)) return Quick.YES;
  return ult(max1.hi, max1.lo, min2.hi, min2.lo) ? Quick.NO : Quick.SIMULATE;
}

const dstDraft = new Draft();
const srcDraft = new Draft();

function isImpossible(d: Draft): boolean {
  return isEmpty32(d) || isEmpty64(d);
}

/** Refines copies of both operands for each way; a way in which one of them becomes impossible is dead. */
function simulate(op: number, is32: boolean, dst: Scalar, src: Scalar): BranchDecision {
  load(dstDraft, dst);
  load(srcDraft, src);
  refine(dstDraft, srcDraft, reverseJump(op), is32);
  syncDraft(dstDraft);
  syncDraft(srcDraft);
  if (isImpossible(dstDraft) || isImpossible(srcDraft)) return TAKEN;
  const falseDst = freeze(dstDraft, dst);
  const falseSrc = freeze(srcDraft, src);

  load(dstDraft, dst);
  load(srcDraft, src);
  refine(dstDraft, srcDraft, op, is32);
  syncDraft(dstDraft);
  syncDraft(srcDraft);
  if (isImpossible(dstDraft) || isImpossible(srcDraft)) return NOT_TAKEN;
  return { taken: -1, trueDst: freeze(dstDraft, dst), trueSrc: freeze(srcDraft, src), falseDst, falseSrc };
}

function isConstAt(d: Draft, is32: boolean): boolean {
  return is32 ? d.mLo === 0 : (d.mHi | d.mLo) === 0;
}

/** Narrows both operands to what `x op y` allows; not synced (`regs_refine_cond_op`). */
function refine(x: Draft, y: Draft, op: number, is32: boolean): void {
  switch (op) {
    case Jmp.JGE:
    case Jmp.JGT:
    case Jmp.JSGE:
    case Jmp.JSGT: {
      const swap = x;
      x = y;
      y = swap;
      op = flipJump(op);
      break;
    }
    case Jmp.JNE:
    case Jmp.JSET:
    case NOT_JSET:
      // The constant goes right.
      if (!isConstAt(y, is32)) {
        const swap = x;
        x = y;
        y = swap;
      }
      if (!isConstAt(y, is32)) return;
      break;
    default:
  }
  if (is32) refine32(x, y, op);
  else refine64(x, y, op);
}

function isPowerOfTwo(x: number): boolean {
  return x !== 0 && (x & (x - 1)) === 0;
}

function refine32(x: Draft, y: Draft, op: number): void {
  switch (op) {
    case Jmp.JEQ: {
      intersect32(x, y.b32, y.s32);
      y.b32 = x.b32;
      y.s32 = x.s32;
      const mask = x.mLo & y.mLo;
      x.vLo = y.vLo = (x.vLo | y.vLo) & ~mask;
      x.mLo = y.mLo = mask;
      return;
    }
    case Jmp.JNE:
      intersect32(x, (y.vLo + 1) | 0, -2);
      return;
    case Jmp.JSET:
      if (!isPowerOfTwo(y.vLo)) return;
      x.vLo |= y.vLo;
      x.mLo &= ~y.vLo;
      return;
    case NOT_JSET:
      setUnbounded64(x);
      setUnbounded32(x);
      x.vLo &= ~y.vLo;
      x.mLo &= ~y.vLo;
      return;
    case Jmp.JLE:
      intersectURange32(x, 0, umax32(y));
      intersectURange32(y, umin32(x), 0xffffffff);
      return;
    case Jmp.JLT:
      intersectURange32(x, 0, umax32(y) - 1);
      intersectURange32(y, umin32(x) + 1, 0xffffffff);
      return;
    case Jmp.JSLE:
      intersectSRange32(x, SIGN, smax32(y));
      intersectSRange32(y, smin32(x), 0x7fffffff);
      return;
    case Jmp.JSLT:
      intersectSRange32(x, SIGN, smax32(y) - 1);
      intersectSRange32(y, smin32(x) + 1, 0x7fffffff);
      return;
    default:
  }
}

const bound: Pair = { hi: 0, lo: 0 };

function refine64(x: Draft, y: Draft, op: number): void {
  switch (op) {
    case Jmp.JEQ:
      intersect64(x, y.bHi, y.bLo, y.sHi, y.sLo);
      y.bHi = x.bHi;
      y.bLo = x.bLo;
      y.sHi = x.sHi;
      y.sLo = x.sLo;
      tnumIntersect(x, y.vHi, y.vLo, y.mHi, y.mLo);
      y.vHi = x.vHi;
      y.vLo = x.vLo;
      y.mHi = x.mHi;
      y.mLo = x.mLo;
      return;
    case Jmp.JNE:
      intersect64(x, addHi(y.vHi, y.vLo, 0, 1), (y.vLo + 1) | 0, -1, -2);
      return;
    case Jmp.JSET:
      if (y.vHi === 0 ? !isPowerOfTwo(y.vLo) : y.vLo !== 0 || !isPowerOfTwo(y.vHi)) return;
      x.vHi |= y.vHi;
      x.vLo |= y.vLo;
      x.mHi &= ~y.vHi;
      x.mLo &= ~y.vLo;
      return;
    case NOT_JSET:
      setUnbounded64(x);
      setUnbounded32(x);
      x.vHi &= ~y.vHi;
      x.vLo &= ~y.vLo;
      x.mHi &= ~y.vHi;
      x.mLo &= ~y.vLo;
      return;
    case Jmp.JLE:
      umax64(y, bound);
      intersectURange64(x, 0, 0, bound.hi, bound.lo);
      umin64(x, bound);
      intersectURange64(y, bound.hi, bound.lo, -1, -1);
      return;
    case Jmp.JLT:
      umax64(y, bound);
      intersectURange64(x, 0, 0, subHi(bound.hi, bound.lo, 0, 1), (bound.lo - 1) | 0);
      umin64(x, bound);
      intersectURange64(y, addHi(bound.hi, bound.lo, 0, 1), (bound.lo + 1) | 0, -1, -1);
      return;
    case Jmp.JSLE:
      smax64(y, bound);
      intersectSRange64(x, SIGN, 0, bound.hi, bound.lo);
      smin64(x, bound);
      intersectSRange64(y, bound.hi, bound.lo, 0x7fffffff, -1);
      return;
    case Jmp.JSLT:
      smax64(y, bound);
      intersectSRange64(x, SIGN, 0, subHi(bound.hi, bound.lo, 0, 1), (bound.lo - 1) | 0);
      smin64(x, bound);
      intersectSRange64(y, addHi(bound.hi, bound.lo, 0, 1), (bound.lo + 1) | 0, 0x7fffffff, -1);
      return;
    default:
  }
}
