// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares representations of 64-bit values on the operations that verification spends its time with.
 * Run with `npx tsx scripts/bench-domain.ts`; the figures stand in docs/representation.md.
 */
import { Alu, Class, Jmp } from '../src/isa/opcode';
import * as domain from '../src/verifier/domain';
import { Draft, freeze, load } from '../src/verifier/domain/draft';
import { tnumAdd } from '../src/verifier/domain/tnum';

const U64 = (1n << 64n) - 1n;
const U32 = (1n << 32n) - 1n;
const SIGN64 = 1n << 63n;
const SIGN32 = 1n << 31n;

/** One register as immutable object of big integers: tnum, 64-bit arc, 32-bit arc. */
interface Big {
  v: bigint;
  m: bigint;
  b: bigint;
  s: bigint;
  b32: bigint;
  s32: bigint;
}

function fls(x: bigint): bigint {
  const hi = Number(x >> 32n);
  return BigInt(hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(Number(x & U32)));
}

function addBig(a: Big, b: Big): Big {
  const sv = BigInt.asUintN(64, a.v + b.v);
  const mu = (BigInt.asUintN(64, a.m + b.m + sv) ^ sv) | a.m | b.m;
  return { v: sv & ~mu, m: mu, b: a.b, s: a.s, b32: a.b32, s32: a.s32 };
}

function meet(ab: bigint, as: bigint, bb: bigint, bs: bigint, max: bigint, bits: number): [bigint, bigint] {
  if (ab > bb) [ab, as, bb, bs] = [bb, bs, ab, as];
  const start = bb - ab;
  if (bs > max - start) {
    if (start <= as) return as <= bs ? [ab, as] : [bb, bs];
    const end = BigInt.asUintN(bits, start + bs);
    return [ab, as < end ? as : end];
  }
  if (as < start) return [max, max];
  return [bb, as - start < bs ? as - start : bs];
}

function stepBig(v: bigint, m: bigint, z: bigint): bigint {
  if (z >= (v | m)) return v | m;
  if (z < v) return v;
  const d = z - v;
  const carry = (1n << fls(d & ~m)) - 1n;
  return v | (BigInt.asUintN(64, BigInt.asUintN(64, d | carry | ~m) + 1n) & m);
}

function narrowBig(r: Big): void {
  const v32 = r.v & U32;
  const m32 = r.m & U32;
  [r.b32, r.s32] = meet(r.b32, r.s32, m32 === U32 ? 0n : v32 | (m32 & SIGN32), m32, U32, 32);
  [r.b, r.s] = meet(r.b, r.s, r.m === U64 ? 0n : r.v | (r.m & SIGN64), r.m, U64, 64);
  const wraps = r.s > U64 - r.b;
  const lo = wraps ? 0n : r.b;
  const hi = wraps ? U64 : r.b + r.s;
  const next = stepBig(r.v, r.m, lo);
  let known: bigint | null = null;
  if ((lo & ~r.m) === r.v) known = next > hi ? lo : null;
  else if (next === (r.v | r.m)) known = next;
  else if (next <= hi && stepBig(r.v, r.m, next) > hi) known = next;
  if (known === null) return;
  r.v = r.b = known;
  r.b32 = known & U32;
  r.m = r.s = r.s32 = 0n;
}

function exchangeBig(r: Big): void {
  [r.b32, r.s32] = meet(r.b32, r.s32, r.s >= U32 ? 0n : r.b & U32, r.s >= U32 ? U32 : r.s, U32, 32);
  const from = BigInt.asUintN(32, r.b32 - r.b);
  const to = (from + r.s32) & U32;
  const last = r.s & U32;
  if (r.s32 === U32) return;
  if (r.s32 > U32 - from) {
    if (last > to && last < from) r.s -= last - to;
    return;
  }
  const rest = r.s - from;
  const excess = last < from || last >= to ? (last - to) & U32 : 0n;
  r.b = BigInt.asUintN(64, r.b + from);
  r.s = rest - excess;
}

function boundsToTnum(r: Big): void {
  const wraps = r.s > U64 - r.b;
  const lo = wraps ? 0n : r.b;
  const open = (1n << fls(lo ^ (wraps ? U64 : r.b + r.s))) - 1n;
  const m = r.m & open;
  const v = (r.v | (lo & ~open)) & ~m;
  const wraps32 = r.s32 > U32 - r.b32;
  const lo32 = wraps32 ? 0n : r.b32;
  const open32 = ((1n << fls(lo32 ^ (wraps32 ? U32 : r.b32 + r.s32))) - 1n) | (U32 << 32n);
  r.m = m & open32;
  r.v = (v | (lo32 & ~open32)) & ~r.m;
}

function syncBig(input: Big): Big {
  const r = { ...input };
  narrowBig(r);
  exchangeBig(r);
  exchangeBig(r);
  boundsToTnum(r);
  narrowBig(r);
  return r;
}

/** `if r < constant`: both ways refined and synced. */
function jltBig(r: Big, constant: bigint): [Big, Big] {
  const fall = { ...r };
  [fall.b, fall.s] = meet(r.b, r.s, constant, U64 - constant, U64, 64);
  const jump = { ...r };
  [jump.b, jump.s] = meet(r.b, r.s, 0n, constant - 1n, U64, 64);
  return [syncBig(fall), syncBig(jump)];
}

// The same arithmetic with the fields kept in a typed array.
function unpack(a: BigUint64Array): Big {
  return { v: a[0]!, m: a[1]!, b: a[2]!, s: a[3]!, b32: a[4]!, s32: a[5]! };
}
function pack(r: Big, out: BigUint64Array): void {
  out[0] = r.v;
  out[1] = r.m;
  out[2] = r.b;
  out[3] = r.s;
  out[4] = r.b32;
  out[5] = r.s32;
}
function addArray(a: BigUint64Array, b: BigUint64Array, out: BigUint64Array): void {
  const sv = BigInt.asUintN(64, a[0]! + b[0]!);
  const mu = (BigInt.asUintN(64, a[1]! + b[1]! + sv) ^ sv) | a[1]! | b[1]!;
  out[0] = sv & ~mu;
  out[1] = mu;
}

/** How many different values there are: more than are remembered anywhere. */
const COUNT = 1 << 14;
const LAST = COUNT - 1;

/** Values as programs have them: bytes, packet lengths, masks, 32-bit numbers, errors, pointers' offsets, anything. */
function samples(): domain.Scalar[] {
  const { UNKNOWN } = domain;
  const list = [
    UNKNOWN,
    domain.coerceToSize(UNKNOWN, 4),
    domain.coerceToSize(UNKNOWN, 2),
    domain.coerceToSize(UNKNOWN, 1),
    domain.uRange64(1, 1500),
    domain.sRange64(-4095, 0),
    domain.alu(Alu.AND | Class.ALU64, true, 0, UNKNOWN, domain.constNumber(0x3f8)).value,
    domain.alu(Alu.LSH | Class.ALU64, true, 0, domain.coerceToSize(UNKNOWN, 4), domain.constNumber(3)).value,
    domain.constNumber(64),
    domain.uRange64(16, 2 ** 33),
  ];
  return Array.from({ length: COUNT }, (_, i) => {
    const s = list[i % list.length]!;
    return i < list.length ? s : domain.addDelta(s, i >> 3, false);
  });
}

const u = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

function toBig(s: domain.Scalar): Big {
  return { v: u(s.vHi, s.vLo), m: u(s.mHi, s.mLo), b: u(s.bHi, s.bLo), s: u(s.sHi, s.sLo), b32: u(0, s.b32), s32: u(0, s.s32) };
}

let sink = 0;

/** Best nanoseconds of one call over several rounds. */
function measure(rounds: number, body: (i: number) => unknown): number {
  let best = Infinity;
  for (let repeat = 0; repeat < 7; repeat++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < rounds; i++) if (body(i) === null) sink++;
    const ns = Number(process.hrtime.bigint() - start) / rounds;
    best = Math.min(best, ns);
  }
  return best;
}

const scalars = samples();
const bigs = scalars.map(toBig);
const arrays = bigs.map((b) => {
  const a = new BigUint64Array(6);
  pack(b, a);
  return a;
});
const raw = scalars.map((s) => domain.addOffsets(s, domain.constNumber(20)));
const rawBigs = raw.map(toBig);
const rawArrays = rawBigs.map((b) => {
  const a = new BigUint64Array(6);
  pack(b, a);
  return a;
});
const out = new BigUint64Array(6);
const draft = new Draft();
const limits = [domain.constNumber(8), domain.constNumber(1400), domain.constNumber(100), domain.constNumber(4096)];
const bigLimits = [8n, 1400n, 100n, 4096n];

const rows: [string, number, number, number][] = [
  [
    'tnum addition',
    measure(400_000, (i) => {
      load(draft, scalars[i & LAST]!);
      tnumAdd(draft, scalars[(i * 4093) & LAST]!);
      return freeze(draft);
    }),
    measure(400_000, (i) => addBig(bigs[i & LAST]!, bigs[(i * 4093) & LAST]!)),
    measure(400_000, (i) => {
      addArray(arrays[i & LAST]!, arrays[(i * 4093) & LAST]!, out);
      return out;
    }),
  ],
  [
    'sync',
    measure(200_000, (i) => domain.sync(raw[i & LAST]!)),
    measure(100_000, (i) => syncBig(rawBigs[i & LAST]!)),
    measure(100_000, (i) => {
      pack(syncBig(unpack(rawArrays[i & LAST]!)), out);
      return out;
    }),
  ],
  [
    'r < constant',
    measure(200_000, (i) => domain.decideBranch(Jmp.JLT, false, scalars[i & LAST]!, limits[i & 3]!, false)),
    measure(50_000, (i) => jltBig(bigs[i & LAST]!, bigLimits[i & 3]!)),
    measure(50_000, (i) => {
      const [a, b] = jltBig(unpack(arrays[i & LAST]!), bigLimits[i & 3]!);
      pack(a, out);
      pack(b, out);
      return out;
    }),
  ],
];

console.log(`Node ${process.version}, V8 ${process.versions.v8}`);
console.log('ns per operation          halves     bigint   BigUint64Array');
for (const [name, ...ns] of rows) {
  console.log(name.padEnd(24) + ns.map((n) => n.toFixed(0).padStart(8)).join('   '));
}
const ADD = Alu.ADD | Class.ALU64;
const single: [string, number][] = [
  ['r += constant', measure(400_000, (i) => domain.alu(ADD, true, 0, scalars[i & LAST]!, limits[i & 3]!))],
  ['  remembered', measure(400_000, (i) => domain.alu(ADD, true, 0, scalars[i & 63]!, limits[i & 3]!))],
  ['constant += constant', measure(400_000, (i) => domain.alu(ADD, true, 0, domain.constNumber(i), limits[i & 3]!))],
  ['r < constant, remembered', measure(400_000, (i) => domain.decideBranch(Jmp.JLT, false, scalars[i & 63]!, limits[i & 3]!, false))],
];
for (const [name, ns] of single) console.log(name.padEnd(24) + ns.toFixed(0).padStart(8));
if (sink > 0) console.log(sink);
