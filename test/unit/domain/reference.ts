// SPDX-License-Identifier: GPL-2.0-only
/** A slow model of the scalar domain in big integers, from the definitions; compared with the real one operation by operation. */
import { Scalar, constBig } from '../../../src/verifier/domain';

export const U64 = (1n << 64n) - 1n;
export const U32 = (1n << 32n) - 1n;
export const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
export const s64 = (x: bigint): bigint => BigInt.asIntN(64, x);
export const u32 = (x: bigint): bigint => BigInt.asUintN(32, x);
export const s32 = (x: bigint): bigint => BigInt.asIntN(32, x);

export interface Tnum {
  v: bigint;
  m: bigint;
}
export interface Arc {
  base: bigint;
  size: bigint;
}
export interface Reg {
  t: Tnum;
  r64: Arc;
  r32: Arc;
}

const fls = (x: bigint): number => (x === 0n ? 0 : x.toString(2).length);
const min = (...xs: bigint[]): bigint => xs.reduce((a, b) => (b < a ? b : a));
const max = (...xs: bigint[]): bigint => xs.reduce((a, b) => (b > a ? b : a));

export const tnum = {
  konst: (v: bigint): Tnum => ({ v: u64(v), m: 0n }),
  unknown: (): Tnum => ({ v: 0n, m: U64 }),
  range(lo: bigint, hi: bigint): Tnum {
    const bits = fls(lo ^ hi);
    if (bits > 63) return tnum.unknown();
    const delta = (1n << BigInt(bits)) - 1n;
    return { v: lo & ~delta, m: delta };
  },
  add(a: Tnum, b: Tnum): Tnum {
    const sv = u64(a.v + b.v);
    const chi = u64(a.m + b.m + sv) ^ sv;
    const mu = chi | a.m | b.m;
    return { v: sv & ~mu, m: mu };
  },
  sub(a: Tnum, b: Tnum): Tnum {
    const dv = u64(a.v - b.v);
    const mu = (u64(dv + a.m) ^ u64(dv - b.m)) | a.m | b.m;
    return { v: dv & ~mu, m: mu };
  },
  and(a: Tnum, b: Tnum): Tnum {
    const v = a.v & b.v;
    return { v, m: (a.v | a.m) & (b.v | b.m) & ~v };
  },
  or(a: Tnum, b: Tnum): Tnum {
    const v = a.v | b.v;
    return { v, m: (a.m | b.m) & ~v };
  },
  xor(a: Tnum, b: Tnum): Tnum {
    const m = a.m | b.m;
    return { v: (a.v ^ b.v) & ~m, m };
  },
  union(a: Tnum, b: Tnum): Tnum {
    const m = (a.v ^ b.v) | a.m | b.m;
    return { v: a.v & b.v & ~m, m };
  },
  intersect(a: Tnum, b: Tnum): Tnum {
    const m = a.m & b.m;
    return { v: (a.v | b.v) & ~m, m };
  },
  mul(a: Tnum, b: Tnum): Tnum {
    let acc = tnum.konst(0n);
    for (let bit = 0n; bit < 64n; bit++) {
      const shifted = { v: u64(b.v << bit), m: u64(b.m << bit) };
      if ((a.v >> bit) & 1n) acc = tnum.add(acc, shifted);
      else if ((a.m >> bit) & 1n) acc = tnum.union(acc, tnum.add(acc, shifted));
    }
    return acc;
  },
  shl: (a: Tnum, n: bigint): Tnum => ({ v: u64(a.v << n), m: u64(a.m << n) }),
  shr: (a: Tnum, n: bigint): Tnum => ({ v: a.v >> n, m: a.m >> n }),
  sar: (a: Tnum, n: bigint): Tnum => ({ v: u64(s64(a.v) >> n), m: u64(s64(a.m) >> n) }),
  sar32: (a: Tnum, n: bigint): Tnum => ({ v: u32(s32(a.v) >> n), m: u32(s32(a.m) >> n) }),
  cast(a: Tnum, bytes: number): Tnum {
    const mask = (1n << BigInt(bytes * 8)) - 1n;
    return { v: a.v & mask, m: a.m & mask };
  },
  withLow: (a: Tnum, low: Tnum): Tnum => ({
    v: (a.v & ~U32) | (low.v & U32),
    m: (a.m & ~U32) | (low.m & U32),
  }),
  overlap: (a: Tnum, b: Tnum): boolean => ((a.v ^ b.v) & ~a.m & ~b.m) === 0n,
  within: (a: Tnum, b: Tnum): boolean => (b.m & ~a.m) === 0n && a.v === (b.v & ~a.m),
  /** By definition: walk up from `z` to the next member; only for small masks. */
  stepSlow(t: Tnum, z: bigint): bigint {
    const bits: bigint[] = [];
    for (let bit = 0n; bit < 64n; bit++) if ((t.m >> bit) & 1n) bits.push(1n << bit);
    const members: bigint[] = [];
    for (let pick = 0; pick < 1 << bits.length; pick++) {
      members.push(bits.reduce((sum, bit, index) => ((pick >> index) & 1 ? sum | bit : sum), t.v));
    }
    return members.find((member) => member > z) ?? t.v | t.m;
  },
  step(t: Tnum, z: bigint): bigint {
    const top = t.v | t.m;
    if (z >= top) return top;
    if (z < t.v) return t.v;
    const d = z - t.v;
    const carry = (1n << BigInt(fls(d & ~t.m))) - 1n;
    const filled = u64(d | carry | u64(~t.m));
    return t.v | (u64(filled + 1n) & t.m);
  },
  has: (t: Tnum, x: bigint): boolean => (x & ~t.m) === t.v,
};

/** Circular ranges of one width. */
export function arcs(bits: number) {
  const width = BigInt(bits);
  const MAX = (1n << width) - 1n;
  const SMAX = MAX >> 1n;
  const SMIN = SMAX + 1n;
  const u = (x: bigint): bigint => BigInt.asUintN(bits, x);
  const s = (x: bigint): bigint => BigInt.asIntN(bits, x);
  const EMPTY = (): Arc => ({ base: MAX, size: MAX });
  const FULL = (): Arc => ({ base: 0n, size: MAX });
  const isEmpty = (a: Arc): boolean => a.base === MAX && a.size === MAX;
  const wraps = (a: Arc): boolean => a.size > MAX - a.base;
  const has = (a: Arc, x: bigint): boolean => !isEmpty(a) && u(x - a.base) <= a.size;
  const signedWraps = (a: Arc): boolean => has(a, SMAX) && has(a, SMIN);
  const fromU = (lo: bigint, hi: bigint): Arc => ({ base: u(lo), size: u(hi - lo) });
  const fromS = (lo: bigint, hi: bigint): Arc => {
    const size = u(hi - lo);
    return { base: size === MAX ? 0n : u(lo), size };
  };
  const umin = (a: Arc): bigint => (wraps(a) ? 0n : a.base);
  const umax = (a: Arc): bigint => (wraps(a) ? MAX : a.base + a.size);
  const smin = (a: Arc): bigint => (signedWraps(a) ? s(SMIN) : min(s(a.base), s(a.base + a.size)));
  const smax = (a: Arc): bigint => (signedWraps(a) ? SMAX : max(s(a.base), s(a.base + a.size)));
  const intersect = (a: Arc, b: Arc): Arc => {
    if (isEmpty(a) || isEmpty(b)) return EMPTY();
    if (a.base > b.base) [a, b] = [b, a];
    const start = b.base - a.base;
    if (b.size > MAX - start) {
      if (start <= a.size) return a.size <= b.size ? a : b;
      return { base: a.base, size: min(a.size, u(start + b.size)) };
    }
    return a.size >= start ? { base: b.base, size: min(a.size - start, b.size) } : EMPTY();
  };
  const normal = (a: Arc): Arc => (a.size === MAX && a.base !== 0n && a.base !== SMAX ? { base: 0n, size: MAX } : a);
  const add = (a: Arc, b: Arc): Arc => {
    if (isEmpty(a) || isEmpty(b)) return EMPTY();
    return a.size > MAX - b.size ? FULL() : normal({ base: u(a.base + b.base), size: a.size + b.size });
  };
  const negate = (a: Arc): Arc => (isEmpty(a) ? EMPTY() : normal({ base: u(-(a.base + a.size)), size: a.size }));
  const subset = (outer: Arc, inner: Arc): boolean => {
    if (isEmpty(inner)) return true;
    if (isEmpty(outer)) return false;
    const base = u(inner.base - outer.base);
    if (inner.size > MAX - base && outer.size < MAX) return false;
    return u(base + inner.size) <= outer.size;
  };
  const fromTnum = (t: Tnum): Arc => {
    const v = t.v & MAX;
    const m = t.m & MAX;
    return (m | v) & SMIN ? fromS(v | (m & SMIN), v | (m & SMAX)) : fromU(v, v | m);
  };
  return {
    MAX,
    SMIN: s(SMIN),
    SMAX,
    EMPTY,
    FULL,
    isEmpty,
    wraps,
    has,
    fromU,
    fromS,
    umin,
    umax,
    smin,
    smax,
    intersect,
    add,
    negate,
    subset,
    fromTnum,
    u,
    s,
  };
}

export const c64 = arcs(64);
export const c32 = arcs(32);

export function narrow32(r64: Arc): Arc {
  if (c64.isEmpty(r64)) return c32.EMPTY();
  return r64.size >= U32 ? c32.FULL() : { base: u32(r64.base), size: r64.size };
}

export function narrow64(a: Arc, b: Arc): Arc {
  if (c64.isEmpty(a) || c32.isEmpty(b)) return c64.EMPTY();
  const base = u32(b.base - a.base);
  const end = u32(base + b.size);
  const last = u32(a.size);
  if (b.size > U32 - base) {
    return last > end && last < base ? { base: a.base, size: a.size - (last - end) } : a;
  }
  if (a.size < base) return c64.EMPTY();
  const size = a.size - base;
  let excess = 0n;
  if (last < base) excess = last + ((1n << 32n) - end);
  else if (last >= end) excess = last - end;
  return size < excess ? c64.EMPTY() : { base: u64(a.base + base), size: size - excess };
}

export const known = (x: bigint): Reg => ({
  t: tnum.konst(x),
  r64: { base: u64(x), size: 0n },
  r32: { base: u32(x), size: 0n },
});

export const unknown = (): Reg => ({ t: tnum.unknown(), r64: c64.FULL(), r32: c32.FULL() });

function updateBounds32(r: Reg): void {
  r.r32 = c32.intersect(r.r32, c32.fromTnum(r.t));
}

export function updateBounds(r: Reg): void {
  updateBounds32(r);
  r.r64 = c64.intersect(r.r64, c64.fromTnum(r.t));
  const lo = c64.umin(r.r64);
  const hi = c64.umax(r.r64);
  const next = tnum.step(r.t, lo);
  const inside = tnum.has(r.t, lo);
  if (inside && next > hi) Object.assign(r, known(lo));
  else if (!inside && next === (r.t.v | r.t.m)) Object.assign(r, known(next));
  else if (!inside && next <= hi && tnum.step(r.t, next) > hi) Object.assign(r, known(next));
}

export const isEmptyReg = (r: Reg): boolean => c32.isEmpty(r.r32) || c64.isEmpty(r.r64);

export function sync(input: Reg): Reg {
  const r = { ...input };
  if (isEmptyReg(r)) return r;
  updateBounds(r);
  for (let round = 0; round < 2; round++) {
    r.r32 = c32.intersect(r.r32, narrow32(r.r64));
    r.r64 = narrow64(r.r64, r.r32);
  }
  const t64 = tnum.intersect(r.t, tnum.range(c64.umin(r.r64), c64.umax(r.r64)));
  const t32 = tnum.intersect(tnum.cast(t64, 4), tnum.range(c32.umin(r.r32), c32.umax(r.r32)));
  r.t = tnum.withLow(t64, t32);
  updateBounds(r);
  return r;
}

const isC = (t: Tnum): boolean => t.m === 0n;
const isC32 = (t: Tnum): boolean => (t.m & U32) === 0n;

function mulArc(c: typeof c64, a: Arc, b: Arc): Arc {
  let lo = c.umin(a) * c.umin(b);
  let hi = c.umax(a) * c.umax(b);
  if (hi > c.MAX) [lo, hi] = [0n, c.MAX];
  const products = [c.smin(a), c.smax(a)].flatMap((x) => [x * c.smin(b), x * c.smax(b)]);
  let least = min(...products);
  let most = max(...products);
  if (least < c.SMIN || most > c.SMAX) [least, most] = [c.SMIN, c.SMAX];
  return c.intersect(c.fromU(lo, hi), c.fromS(least, most));
}

function divArc(c: typeof c64, a: Arc, b: Arc, signed: boolean): Arc {
  if (!signed) return c.fromU(c.umin(a) / c.umin(b), c.umax(a) / c.umin(b));
  const divisor = c.smin(b);
  const lo = c.smin(a);
  const hi = c.smax(a);
  if (lo === c.SMIN && divisor === -1n) return hi === lo ? c.fromS(lo, lo) : c.fromS(c.SMIN, c.SMAX);
  return c.fromS(min(lo / divisor, hi / divisor), max(lo / divisor, hi / divisor));
}

/** Null if the dividend is unchanged. */
function modArc(c: typeof c64, a: Arc, b: Arc, signed: boolean): Arc | null {
  if (!signed) {
    const bound = c.umin(b) - 1n;
    return c.umax(a) <= bound ? null : c.fromU(0n, min(c.umax(a), bound));
  }
  const divisor = c.smin(b);
  const bound = (divisor < 0n ? -divisor : divisor) - 1n;
  const lo = c.smin(a);
  const hi = c.smax(a);
  if (lo >= -bound && hi <= bound) return null;
  if (lo >= 0n) return c.fromS(0n, min(hi, bound));
  if (hi <= 0n) return c.fromS(max(lo, -bound), 0n);
  return c.fromS(-bound, bound);
}

export type Op = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'and' | 'or' | 'xor' | 'lsh' | 'rsh' | 'arsh' | 'neg';

/** Null: not computable, the result is unknown. */
export function alu(op: Op, is64: boolean, signed: boolean, dst: Reg, src: Reg): Reg | null {
  const r: Reg = { ...dst };
  const isConst = is64 ? isC(src.t) && src.r64.size === 0n : isC32(src.t) && src.r32.size === 0n;
  if (op === 'div' || op === 'mod') {
    if (!isConst) return null;
    const c = is64 ? c64 : (c32 as typeof c64);
    const key = is64 ? 'r64' : 'r32';
    if (c.umin(src[key]) === 0n) {
      if (op === 'div') Object.assign(r, known(0n));
    } else {
      const arc = op === 'div' ? divArc(c, r[key], src[key], signed) : modArc(c, r[key], src[key], signed);
      if (arc !== null) Object.assign(r, unknown(), { [key]: arc });
    }
  } else if (op === 'lsh' || op === 'rsh' || op === 'arsh') {
    if (!isConst || c64.umax(src.r64) >= (is64 ? 64n : 32n)) return null;
    shift(op, is64, r, is64 ? c64.umin(src.r64) : c32.umin(src.r32));
  } else if (op === 'neg') {
    r.r32 = c32.negate(dst.r32);
    r.r64 = c64.negate(dst.r64);
    r.t = tnum.sub(tnum.konst(0n), dst.t);
  } else {
    simple(op, r, src);
  }
  if (!is64) {
    r.t = tnum.cast(r.t, 4);
    r.r64 = c64.fromU(c32.umin(r.r32), c32.umax(r.r32));
  }
  return sync(r);
}

function simple(op: Op, r: Reg, src: Reg): void {
  if (op === 'add') {
    r.r32 = c32.add(r.r32, src.r32);
    r.r64 = c64.add(r.r64, src.r64);
    r.t = tnum.add(r.t, src.t);
    return;
  }
  if (op === 'sub') {
    r.r32 = c32.add(r.r32, c32.negate(src.r32));
    r.r64 = c64.add(r.r64, c64.negate(src.r64));
    r.t = tnum.sub(r.t, src.t);
    return;
  }
  if (op === 'mul') {
    r.t = tnum.mul(r.t, src.t);
    r.r32 = mulArc(c32 as typeof c64, r.r32, src.r32);
    r.r64 = mulArc(c64, r.r64, src.r64);
    return;
  }
  const bitop = op === 'and' ? tnum.and : op === 'or' ? tnum.or : tnum.xor;
  r.t = bitop(r.t, src.t);
  const low = tnum.cast(r.t, 4);
  if (isC32(src.t) && isC32(r.t)) r.r32 = { base: low.v, size: 0n };
  else if (op === 'and') r.r32 = c32.fromU(low.v, min(c32.umax(r.r32), c32.umax(src.r32)));
  else if (op === 'or') r.r32 = c32.fromU(max(c32.umin(r.r32), c32.umin(src.r32)), low.v | low.m);
  else r.r32 = c32.fromU(low.v, low.v | low.m);
  if (isC(src.t) && isC(r.t)) {
    Object.assign(r, known(r.t.v));
  } else if (op === 'and') {
    r.r64 = c64.fromU(r.t.v, min(c64.umax(r.r64), c64.umax(src.r64)));
    updateBounds(r);
  } else if (op === 'or') {
    r.r64 = c64.fromU(max(c64.umin(r.r64), c64.umin(src.r64)), r.t.v | r.t.m);
    updateBounds(r);
  } else {
    r.r64 = c64.fromU(r.t.v, r.t.v | r.t.m);
  }
}

function lsh32(r: Arc, n: bigint): Arc {
  if (n > 31n || c32.umax(r) > 1n << (31n - n)) return c32.FULL();
  return c32.fromU(u32(c32.umin(r) << n), u32(c32.umax(r) << n));
}

function shift(op: 'lsh' | 'rsh' | 'arsh', is64: boolean, r: Reg, n: bigint): void {
  if (!is64) {
    const low = tnum.cast(r.t, 4);
    if (op === 'lsh') {
      r.r32 = lsh32(r.r32, n);
      r.t = tnum.cast(tnum.shl(low, n), 4);
    } else if (op === 'rsh') {
      r.t = tnum.shr(low, n);
      r.r32 = c32.fromU(c32.umin(r.r32) >> n, c32.umax(r.r32) >> n);
    } else {
      r.r32 = c32.fromS(c32.smin(r.r32) >> n, c32.smax(r.r32) >> n);
      r.t = tnum.sar32(low, n);
    }
    r.r64 = c64.FULL();
    updateBounds32(r);
    return;
  }
  if (op === 'lsh') {
    const signedArc = n === 32n ? c64.fromS(c32.smin(r.r32) << 32n, c32.smax(r.r32) << 32n) : c64.FULL();
    const tooBig = c64.umax(r.r64) > 1n << (63n - n);
    const plain = tooBig ? c64.FULL() : c64.fromU(c64.umin(r.r64) << n, c64.umax(r.r64) << n);
    r.r64 = c64.intersect(plain, signedArc);
    r.r32 = lsh32(r.r32, n);
    r.t = tnum.shl(r.t, n);
  } else if (op === 'rsh') {
    r.t = tnum.shr(r.t, n);
    r.r64 = c64.fromU(c64.umin(r.r64) >> n, c64.umax(r.r64) >> n);
    r.r32 = c32.FULL();
  } else {
    r.r64 = c64.fromS(c64.smin(r.r64) >> n, c64.smax(r.r64) >> n);
    r.t = tnum.sar(r.t, n);
    r.r32 = c32.FULL();
  }
  updateBounds(r);
}

/** The machine's answer on one pair of values. */
export function concreteAlu(op: Op, is64: boolean, signed: boolean, x: bigint, y: bigint): bigint {
  const bits = is64 ? 64 : 32;
  const u = (z: bigint): bigint => BigInt.asUintN(bits, z);
  const s = (z: bigint): bigint => BigInt.asIntN(bits, z);
  const n = u(y) & BigInt(bits - 1);
  switch (op) {
    case 'add':
      return u(x + y);
    case 'sub':
      return u(x - y);
    case 'mul':
      return u(x * y);
    case 'neg':
      return u(-x);
    case 'and':
      return u(x & y);
    case 'or':
      return u(x | y);
    case 'xor':
      return u(x ^ y);
    case 'lsh':
      return u(u(x) << n);
    case 'rsh':
      return u(x) >> n;
    case 'arsh':
      return u(s(x) >> n);
    case 'div':
      return u(y) === 0n ? 0n : signed ? u(s(x) / s(y)) : u(x) / u(y);
    case 'mod':
      return u(y) === 0n ? u(x) : signed ? u(s(x) % s(y)) : u(x) % u(y);
  }
}

export type Jump = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sgt' | 'sge' | 'slt' | 'sle' | 'set';

export function concreteJump(op: Jump, is32: boolean, x: bigint, y: bigint): boolean {
  const bits = is32 ? 32 : 64;
  const [ux, uy] = [BigInt.asUintN(bits, x), BigInt.asUintN(bits, y)];
  const [sx, sy] = [BigInt.asIntN(bits, x), BigInt.asIntN(bits, y)];
  switch (op) {
    case 'eq':
      return ux === uy;
    case 'ne':
      return ux !== uy;
    case 'gt':
      return ux > uy;
    case 'ge':
      return ux >= uy;
    case 'lt':
      return ux < uy;
    case 'le':
      return ux <= uy;
    case 'sgt':
      return sx > sy;
    case 'sge':
      return sx >= sy;
    case 'slt':
      return sx < sy;
    case 'sle':
      return sx <= sy;
    case 'set':
      return (ux & uy) !== 0n;
  }
}

const REVERSE: Record<Jump | 'nset', Jump | 'nset'> = {
  eq: 'ne',
  ne: 'eq',
  gt: 'le',
  le: 'gt',
  ge: 'lt',
  lt: 'ge',
  sgt: 'sle',
  sle: 'sgt',
  sge: 'slt',
  slt: 'sge',
  set: 'nset',
  nset: 'set',
};

function refine(op: Jump | 'nset', is32: boolean, x: Reg, y: Reg): void {
  const c = is32 ? (c32 as typeof c64) : c64;
  const key = is32 ? 'r32' : 'r64';
  const isConst = (r: Reg): boolean => (is32 ? isC32(r.t) : isC(r.t));
  const put = (r: Reg, t: Tnum): void => {
    r.t = is32 ? tnum.withLow(r.t, t) : t;
  };
  const part = (r: Reg): Tnum => (is32 ? tnum.cast(r.t, 4) : r.t);
  switch (op) {
    case 'gt':
      return refine('lt', is32, y, x);
    case 'ge':
      return refine('le', is32, y, x);
    case 'sgt':
      return refine('slt', is32, y, x);
    case 'sge':
      return refine('sle', is32, y, x);
    case 'eq': {
      x[key] = c.intersect(x[key], y[key]);
      y[key] = x[key];
      const t = tnum.intersect(part(x), part(y));
      put(x, t);
      put(y, t);
      return;
    }
    case 'lt':
    case 'le':
    case 'slt':
    case 'sle': {
      const one = op === 'lt' || op === 'slt' ? 1n : 0n;
      if (op === 'lt' || op === 'le') {
        x[key] = c.intersect(x[key], c.fromU(0n, c.u(c.umax(y[key]) - one)));
        y[key] = c.intersect(y[key], c.fromU(c.u(c.umin(x[key]) + one), c.MAX));
      } else {
        x[key] = c.intersect(x[key], c.fromS(c.SMIN, c.s(c.smax(y[key]) - one)));
        y[key] = c.intersect(y[key], c.fromS(c.s(c.smin(x[key]) + one), c.SMAX));
      }
      return;
    }
  }
  if (!isConst(y)) [x, y] = [y, x];
  if (!isConst(y)) return;
  const value = part(y).v;
  if (op === 'ne') {
    x[key] = c.intersect(x[key], { base: c.u(value + 1n), size: c.MAX - 1n });
  } else if (op === 'set') {
    if (value !== 0n && (value & (value - 1n)) === 0n) put(x, tnum.or(part(x), tnum.konst(value)));
  } else {
    x.r64 = c64.FULL();
    x.r32 = c32.FULL();
    put(x, tnum.and(part(x), tnum.konst(~value)));
  }
}

function quick(op: Jump, is32: boolean, x: Reg, y: Reg): boolean | 'open' | 'simulate' {
  const c = is32 ? (c32 as typeof c64) : c64;
  const key = is32 ? 'r32' : 'r64';
  let t1 = is32 ? tnum.cast(x.t, 4) : x.t;
  let t2 = is32 ? tnum.cast(y.t, 4) : y.t;
  const apart = (k: 'r32' | 'r64', cc: typeof c64): boolean =>
    cc.umin(x[k]) > cc.umax(y[k]) || cc.umax(x[k]) < cc.umin(y[k]) || cc.smin(x[k]) > cc.smax(y[k]) || cc.smax(x[k]) < cc.smin(y[k]);
  if (op === 'eq' || op === 'ne') {
    if (isC(t1) && isC(t2)) return (t1.v === t2.v) === (op === 'eq');
    const differ = !tnum.overlap(t1, t2) || apart(key, c) || apart('r32', c32 as typeof c64);
    return differ ? op === 'ne' : 'simulate';
  }
  if (op === 'set') {
    if (!isC(t2)) [t1, t2] = [t2, t1];
    if (!isC(t2)) return 'open';
    if (t1.v & t2.v) return true;
    return (t1.v | t1.m) & t2.v ? 'simulate' : false;
  }
  const signed = op.startsWith('s');
  const [lo1, hi1] = signed ? [c.smin(x[key]), c.smax(x[key])] : [c.umin(x[key]), c.umax(x[key])];
  const [lo2, hi2] = signed ? [c.smin(y[key]), c.smax(y[key])] : [c.umin(y[key]), c.umax(y[key])];
  switch (signed ? op.slice(1) : op) {
    case 'gt':
      return lo1 > hi2 ? true : hi1 <= lo2 ? false : 'simulate';
    case 'ge':
      return lo1 >= hi2 ? true : hi1 < lo2 ? false : 'simulate';
    case 'lt':
      return hi1 < lo2 ? true : lo1 >= hi2 ? false : 'simulate';
    default:
      return hi1 <= lo2 ? true : lo1 > hi2 ? false : 'simulate';
  }
}

export function branch(op: Jump, is32: boolean, dst: Reg, src: Reg): { taken: -1 | 0 | 1; copies: [Reg, Reg, Reg, Reg] | null } {
  const answer = quick(op, is32, dst, src);
  if (answer === true) return { taken: 1, copies: null };
  if (answer === false) return { taken: 0, copies: null };
  if (answer === 'open') return { taken: -1, copies: [dst, src, dst, src] };
  let [fd, fs] = [{ ...dst }, { ...src }];
  refine(REVERSE[op], is32, fd, fs);
  [fd, fs] = [sync(fd), sync(fs)];
  if (isEmptyReg(fd) || isEmptyReg(fs)) return { taken: 1, copies: null };
  let [td, ts] = [{ ...dst }, { ...src }];
  refine(op, is32, td, ts);
  [td, ts] = [sync(td), sync(ts)];
  if (isEmptyReg(td) || isEmptyReg(ts)) return { taken: 0, copies: null };
  return { taken: -1, copies: [td, ts, fd, fs] };
}

const half = (x: bigint, high: boolean): number => Number(BigInt.asIntN(32, high ? x >> 32n : x));

export function toScalar(r: Reg): Scalar {
  return new Scalar(
    half(r.t.v, true),
    half(r.t.v, false),
    half(r.t.m, true),
    half(r.t.m, false),
    half(r.r64.base, true),
    half(r.r64.base, false),
    half(r.r64.size, true),
    half(r.r64.size, false),
    half(r.r32.base, false),
    half(r.r32.size, false),
  );
}

export function fromScalar(s: Scalar): Reg {
  const big = (hi: number, lo: number): bigint => u64(constBig(new Scalar(hi, lo, 0, 0, 0, 0, 0, 0, 0, 0)));
  return {
    t: { v: big(s.vHi, s.vLo), m: big(s.mHi, s.mLo) },
    r64: { base: big(s.bHi, s.bLo), size: big(s.sHi, s.sLo) },
    r32: { base: BigInt(s.b32 >>> 0), size: BigInt(s.s32 >>> 0) },
  };
}

export const holds = (r: Reg, x: bigint): boolean => tnum.has(r.t, x) && c64.has(r.r64, x) && c32.has(r.r32, u32(x));

/** A readable form for assertion messages. */
const sameArc = (a: Arc, b: Arc): boolean => a.base === b.base && a.size === b.size;

/** Whether two are equal, member by member. */
export function same(a: Reg | null, b: Reg | null): boolean {
  if (a === null || b === null) return a === b;
  return a.t.v === b.t.v && a.t.m === b.t.m && sameArc(a.r64, b.r64) && sameArc(a.r32, b.r32);
}

export function show(r: Reg | null): string {
  if (r === null) return 'unknown';
  const h = (x: bigint): string => x.toString(16);
  return `t=${h(r.t.v)}/${h(r.t.m)} r64=${h(r.r64.base)}+${h(r.r64.size)} r32=${h(r.r32.base)}+${h(r.r32.size)}`;
}
