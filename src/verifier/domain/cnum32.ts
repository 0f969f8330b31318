// SPDX-License-Identifier: GPL-2.0-only
/**
 * 32-bit circular ranges: `base, base + 1, … base + size` modulo 2^32, covering signed and unsigned intervals alike.
 * Both fields are kept as signed halves. Facts: `include/linux/cnum.h`, `kernel/bpf/cnum_defs.h`.
 */
import type { Arc32Fields, Draft } from './draft';
import { SIGN } from './u64';

/** Sets base and size. */
export function setArc32(d: Draft, base: number, size: number): void {
  d.b32 = base;
  d.s32 = size;
}

/** The whole circle. */
export function setUnbounded32(d: Draft): void {
  setArc32(d, 0, -1);
}

/** `[min, max]` unsigned; min > max wraps around (`cnum32_from_urange`). */
export function setURange32(d: Draft, min: number, max: number): void {
  setArc32(d, min | 0, (max - min) | 0);
}

/** `[min, max]` signed (`cnum32_from_srange`): the full circle has base 0. */
export function setSRange32(d: Draft, min: number, max: number): void {
  const size = (max - min) | 0;
  setArc32(d, size === -1 ? 0 : min | 0, size);
}

/** True for the special pair that holds no value. */
export function isEmpty32(r: Arc32Fields): boolean {
  return (r.b32 & r.s32) === -1;
}

/** True if the arc passes from U32_MAX to 0. */
function wraps32(r: Arc32Fields): boolean {
  return (r.b32 + r.s32) >>> 0 < r.b32 >>> 0;
}

/** Smallest unsigned value, 0…2^32-1. */
export function umin32(r: Arc32Fields): number {
  return wraps32(r) ? 0 : r.b32 >>> 0;
}

/** Largest unsigned value, 0…2^32-1. */
export function umax32(r: Arc32Fields): number {
  return wraps32(r) ? 0xffffffff : (r.b32 + r.s32) >>> 0;
}

/** True if the arc passes from S32_MAX to S32_MIN. The empty pair counts as not passing. */
function wrapsSigned32(r: Arc32Fields): boolean {
  return ((r.b32 + r.s32) | 0) < r.b32 && !isEmpty32(r);
}

/** Smallest signed value. */
export function smin32(r: Arc32Fields): number {
  if (wrapsSigned32(r)) return SIGN;
  const end = (r.b32 + r.s32) | 0;
  return end < r.b32 ? end : r.b32;
}

/** Largest signed value. */
export function smax32(r: Arc32Fields): number {
  if (wrapsSigned32(r)) return 0x7fffffff;
  const end = (r.b32 + r.s32) | 0;
  return end < r.b32 ? r.b32 : end;
}

/**
 * Keeps what lies in both arcs (`cnum32_intersect`). Two separate overlaps cannot be expressed: then the shorter operand stays
 * (of two equally long ones that with the smaller base).
 */
export function intersect32(d: Draft, base: number, size: number): void {
  if (isEmpty32(d)) return;
  if ((base & size) === -1) {
    setArc32(d, -1, -1);
    return;
  }
  let aBase = d.b32;
  let aSize = d.s32;
  let bBase = base;
  let bSize = size;
  if (aBase >>> 0 > bBase >>> 0) {
    aBase = base;
    aSize = size;
    bBase = d.b32;
    bSize = d.s32;
  }
  const start = (bBase - aBase) | 0;
  const end = (start + bSize) | 0;
  const bWraps = end >>> 0 < start >>> 0;
  const startInA = start >>> 0 <= aSize >>> 0;
  if (bWraps) {
    if (!startInA) setArc32(d, aBase, aSize >>> 0 < end >>> 0 ? aSize : end);
    else if (aSize >>> 0 <= bSize >>> 0) setArc32(d, aBase, aSize);
    else setArc32(d, bBase, bSize);
  } else if (startInA) {
    const rest = (aSize - start) | 0;
    setArc32(d, bBase, rest >>> 0 < bSize >>> 0 ? rest : bSize);
  } else {
    setArc32(d, -1, -1);
  }
}

/** `∩ [min, max]` unsigned. */
export function intersectURange32(d: Draft, min: number, max: number): void {
  intersect32(d, min | 0, (max - min) | 0);
}

/** `∩ [min, max]` signed. */
export function intersectSRange32(d: Draft, min: number, max: number): void {
  const size = (max - min) | 0;
  intersect32(d, size === -1 ? 0 : min | 0, size);
}

/** A full circle starts at 0 or at S32_MAX only. */
function setNormalized32(d: Draft, base: number, size: number): void {
  setArc32(d, size === -1 && base !== 0x7fffffff ? 0 : base, size);
}

/** All sums (`cnum32_add`). */
export function add32(d: Draft, base: number, size: number): void {
  if (isEmpty32(d) || (base & size) === -1) {
    setArc32(d, -1, -1);
    return;
  }
  const sum = (d.s32 + size) | 0;
  if (sum >>> 0 < size >>> 0) setUnbounded32(d);
  else setNormalized32(d, (d.b32 + base) | 0, sum);
}

/** All negated values (`cnum32_negate`). */
export function negate32(d: Draft): void {
  if (isEmpty32(d)) return;
  setNormalized32(d, -(d.b32 + d.s32) | 0, d.s32);
}

/** True if every value of `inner` lies in `outer` (`cnum32_is_subset`). */
export function contains32(outer: Arc32Fields, inner: Arc32Fields): boolean {
  if (isEmpty32(inner)) return true;
  if (isEmpty32(outer)) return false;
  const start = (inner.b32 - outer.b32) | 0;
  const end = (start + inner.s32) | 0;
  if (end >>> 0 < start >>> 0 && outer.s32 !== -1) return false;
  return end >>> 0 <= outer.s32 >>> 0;
}
