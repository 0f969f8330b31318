// SPDX-License-Identifier: GPL-2.0-only
/**
 * What registers as rows of small integers would give: scalars and registers interned in pools, a frame as a row of their numbers. Replays
 * what a real verification did (operations on scalars, copies of states, comparisons with visited ones) in today's objects and in rows,
 * checks that both find the same, and prints nanoseconds of each. The figures stand in docs/representation.md.
 * Usage: `npx tsx scripts/bench-rows.ts OBJECT PROGRAM`, or bundled with esbuild, as the figures were taken
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernel } from '../src/analysis/kernel';
import { Alu, aluOp, Class, classOf, usesReg } from '../src/isa/opcode';
import { BASE_TYPE_MASK, RegType } from '../src/kernel/types';
import { VERIFIED_KERNEL } from '../src/kernel/releases';
import { loadObject } from '../src/object/load';
import { DEFAULT_POLICY } from '../src/policy';
import { verify } from '../src/verifier/check';
import { alu, constNumber, r64BaseEqual, rangeWithin, type Scalar, tnumIn } from '../src/verifier/domain';
import { Exact, frameInsnIdx, statesEqual } from '../src/verifier/engine/equal';
import { IdMap } from '../src/verifier/engine/idmap';
import { Fact } from '../src/verifier/aux';
import type { VerifierEnv } from '../src/verifier/env';
import { type RegState, scalarReg } from '../src/verifier/state/reg';
import { allKinds, SlotType } from '../src/verifier/state/stack';
import type { VerifierState } from '../src/verifier/state/state';

const NR_REGS = 11;

/** Values by number, equal ones once. `key` are the integers that a value is. */
class Pool<T> {
  readonly views: T[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly known = new Map<T, number>();

  constructor(private readonly key: (value: T) => readonly unknown[]) {}

  of(value: T): number {
    let number = this.known.get(value);
    if (number !== undefined) return number;
    const key = this.key(value).join();
    number = this.numbers.get(key);
    if (number === undefined) {
      number = this.views.push(value) - 1;
      this.numbers.set(key, number);
    }
    this.known.set(value, number);
    return number;
  }
}

const scalars = new Pool<Scalar>((s) => [s.vHi, s.vLo, s.mHi, s.mLo, s.bHi, s.bLo, s.sHi, s.sLo, s.b32, s.s32]);
const things = new Pool<object | null>((o) => [objectNumber(o)]);
const objects = new Map<object | null, number>();
function objectNumber(o: object | null): number {
  let n = objects.get(o);
  if (n === undefined) objects.set(o, (n = objects.size));
  return n;
}
const fieldsOf = (r: RegState): number[] => [
  scalars.of(r.val),
  r.type,
  r.id,
  r.parentId,
  r.mapUid,
  r.delta,
  things.of(r.obj),
  r.num,
  r.num2,
  r.num3,
  Number(r.precise),
];
const registers = new Pool<RegState>(fieldsOf);
/** Fields of register `n` from `n * F.COUNT` on. */
let table = new Float64Array(0);
const enum F {
  VAL,
  TYPE,
  ID,
  PARENT,
  MAP_UID,
  DELTA,
  OBJ,
  NUM,
  NUM2,
  NUM3,
  PRECISE,
  COUNT,
}

// ---- operations

interface Operation {
  readonly code: number;
  readonly off: number;
  readonly dst: RegState;
  readonly src: RegState;
}

const SLOTS = 1 << 16;
const memoKeys = new Int32Array(3 * SLOTS).fill(-1);
const memoResults = new Int32Array(SLOTS);
/** The plain register of a scalar. */
const plain: number[] = [];

/** The register that an operation of class ALU64 or ALU makes of two registers, all by their numbers. */
function rowAlu(code: number, off: number, dst: number, src: number): number {
  const [a, b] = [table[dst * F.COUNT]!, table[src * F.COUNT]!];
  const tag = (code << 1) | off;
  const hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1) ^ (tag << 7), 0x85ebca6b);
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  let value: number;
  if (memoKeys[3 * slot] === tag && memoKeys[3 * slot + 1] === a && memoKeys[3 * slot + 2] === b) value = memoResults[slot]!;
  else {
    value = scalars.of(alu(code, classOf(code) === Class.ALU64, off, scalars.views[a]!, scalars.views[b]!).value);
    memoKeys[3 * slot] = tag;
    memoKeys[3 * slot + 1] = a;
    memoKeys[3 * slot + 2] = b;
    memoResults[slot] = value;
  }
  return (plain[value] ??= registers.of(scalarReg(scalars.views[value]!)));
}

const objectAlu = ({ code, off, dst, src }: Operation): RegState =>
  scalarReg(alu(code, classOf(code) === Class.ALU64, off, dst.val, src.val).value);

// ---- states

/** Frames one after the other: registers, number of slots, and of each slot its kinds and its record. */
function rowOf(state: VerifierState): Int32Array {
  const row: number[] = [];
  for (const { regs, stack } of state.frames) {
    row.push(...regs.map((r) => registers.of(r)), stack.length);
    for (const slot of stack) row.push(slot.kinds, registers.of(slot.reg));
  }
  return Int32Array.from(row);
}

const ids = new IdMap();
const isAnonymous = (n: number): boolean => table[n * F.COUNT + F.ID] === 0 && table[n * F.COUNT + F.PARENT] === 0;

function within(a: number, b: number): boolean {
  if (a === b) return true;
  const [old, cur] = [scalars.views[a]!, scalars.views[b]!];
  return rangeWithin(old, cur) && tnumIn(old, cur);
}

function sameFields(a: number, b: number, from: F, to: F): boolean {
  for (let f = from; f <= to; f++) if (table[a + f] !== table[b + f]) return false;
  return true;
}

/** `regsafe` over numbers. */
function rowRegSafe(old: number, cur: number, exact: Exact): boolean {
  if (old === cur && isAnonymous(old)) return true;
  const [a, b] = [old * F.COUNT, cur * F.COUNT];
  const type = table[a + F.TYPE]!;
  if (type === RegType.NOT_INIT) return true;
  if (type !== table[b + F.TYPE]) return false;
  const samePrefix = table[a + F.DELTA] === table[b + F.DELTA] && sameFields(a, b, F.OBJ, F.NUM3);
  const sameIds = (): boolean =>
    ids.check(table[a + F.MAP_UID]!, table[b + F.MAP_UID]!) &&
    ids.check(table[a + F.ID]!, table[b + F.ID]!) &&
    ids.check(table[a + F.PARENT]!, table[b + F.PARENT]!);
  switch (type & BASE_TYPE_MASK) {
    case RegType.SCALAR_VALUE: {
      if (table[a + F.PRECISE] === 0 && exact === Exact.NOT_EXACT) return true;
      const [id, other] = [table[a + F.ID]!, table[b + F.ID]!];
      if (id !== 0 && (id >>> 30 !== other >>> 30 || (id >>> 30 !== 0 && table[a + F.DELTA] !== table[b + F.DELTA]))) return false;
      return (id === 0 || ids.checkScalar(id, other)) && within(table[a]!, table[b]!);
    }
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_MAP_VALUE:
    case RegType.PTR_TO_MEM:
    case RegType.PTR_TO_BUF:
    case RegType.PTR_TO_TP_BUFFER:
      return samePrefix && within(table[a]!, table[b]!) && sameIds();
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_PACKET: {
      const [range, other] = [table[a + F.NUM]!, table[b + F.NUM]!];
      if (range < 0 || other < 0 ? range !== other : range > other) return false;
      const id = table[a + F.ID]!;
      if (!ids.check(id, table[b + F.ID]!)) return false;
      if (id !== 0 && !r64BaseEqual(scalars.views[table[a]!]!, scalars.views[table[b]!]!)) return false;
      return within(table[a]!, table[b]!);
    }
    default:
      return samePrefix && table[a] === table[b] && sameIds();
  }
}

const UNUSED = new Set([0, allKinds(SlotType.POISON), allKinds(SlotType.MISC)]);
const ALL_SPILL = allKinds(SlotType.SPILL);

/** `states_equal` for frames and whole spills; undefined for slots that are compared byte by byte, which rows would not change. */
function rowsEqual(old: Int32Array, cur: Int32Array, live: readonly number[], idGen: number, exact: Exact): boolean | undefined {
  ids.reset(idGen);
  let at = 0;
  let to = 0;
  for (const regs of live) {
    for (let i = 0; i < NR_REGS; i++) if ((regs & (1 << i)) !== 0 && !rowRegSafe(old[at + i]!, cur[to + i]!, exact)) return false;
    at += NR_REGS;
    to += NR_REGS;
    const [slots, others] = [old[at++]!, cur[to++]!];
    for (let s = 0; s < slots; s++) {
      const kinds = old[at + 2 * s]!;
      if (UNUSED.has(kinds)) continue;
      if (s >= others) return false;
      const reg = old[at + 2 * s + 1]!;
      if (kinds === cur[to + 2 * s] && reg === cur[to + 2 * s + 1] && isAnonymous(reg)) continue;
      if (kinds !== ALL_SPILL || cur[to + 2 * s] !== ALL_SPILL) return undefined;
      if (!rowRegSafe(reg, cur[to + 2 * s + 1]!, exact)) return false;
    }
    at += 2 * slots;
    to += 2 * others;
  }
  return true;
}

// ---- recording

interface Comparison {
  readonly old: VerifierState;
  readonly cur: VerifierState;
  readonly equal: boolean;
}

const MOST = 20_000;

function record(file: string, program: string): { env: VerifierEnv; operations: Operation[]; states: VerifierState[][] } {
  const kernel = loadKernel({ bundle: join(process.cwd(), ...VERIFIED_KERNEL.media), btf: '' });
  const prog = loadObject(readFileSync(file), file, kernel.object).programs.find((p) => program === '' || p.name === program);
  if (prog === undefined) throw new Error(`${file} has no program ${program}`);
  const operations: Operation[] = [];
  const states = new Map<number, VerifierState[]>();
  let kept = 0;
  const recorder = {
    onInsn: (env: VerifierEnv): void => {
      const insn = env.insns[env.insnIdx]!;
      const cls = classOf(insn.code);
      const op = aluOp(insn.code);
      if (operations.length < MOST && (cls === Class.ALU || cls === Class.ALU64) && op !== Alu.MOV && op !== Alu.END && op !== Alu.NEG) {
        const dst = env.regs[insn.dst]!;
        const src = usesReg(insn.code) ? env.regs[insn.src]! : scalarReg(constNumber(insn.imm));
        if (dst.type === RegType.SCALAR_VALUE && src.type === RegType.SCALAR_VALUE)
          operations.push({ code: insn.code, off: insn.off, dst, src });
      }
      if (!env.aux.has(env.insnIdx, Fact.PRUNE_POINT) || kept >= MOST) return;
      const state = env.cur.copy();
      state.insnIdx = env.insnIdx;
      const list = states.get(env.insnIdx) ?? [];
      if (list.length >= 40) return;
      kept++;
      states.set(env.insnIdx, [...list, state]);
    },
    onPruned: (): void => undefined,
  };
  const { env } = verify(prog, kernel.profile, DEFAULT_POLICY, { logLevel: 0, unprivileged: false, flags: 0, recorder, tick: null });
  return { env, operations, states: [...states.values()] };
}

/** Best nanoseconds of one item over several rounds. */
function measure<T>(items: readonly T[], body: (item: T) => unknown): number {
  let best = Infinity;
  let sink = 0;
  for (let round = 0; round < 15; round++) {
    const begun = process.hrtime.bigint();
    for (const item of items) if (body(item) === undefined) sink++;
    best = Math.min(best, Number(process.hrtime.bigint() - begun) / items.length);
  }
  return sink < 0 ? 0 : best;
}

const line = (what: string, count: number, now: number, rows: number): void =>
  console.log(`${what.padEnd(44)} ${String(count).padStart(6)} ${now.toFixed(0).padStart(8)} ${rows.toFixed(0).padStart(8)}`);

function main(file: string, program: string): void {
  const { env, operations, states } = record(file, program);
  const liveOf = (state: VerifierState): number[] => state.frames.map((_, f) => env.aux.liveRegsBefore[frameInsnIdx(state, f)]!);
  const comparisons: Comparison[] = [];
  for (const list of states)
    for (let i = 1; i < list.length; i++) {
      const [old, cur] = [list[i - 1]!, list[i]!];
      comparisons.push({ old, cur, equal: statesEqual(env, old, cur, Exact.RANGE_WITHIN) });
    }

  const all = states.flat();
  const rows = new Map(all.map((state) => [state, rowOf(state)]));
  const numbered = operations.map(({ code, off, dst, src }) => ({ code, off, dst: registers.of(dst), src: registers.of(src) }));
  for (const o of operations) registers.of(objectAlu(o));
  table = Float64Array.from(registers.views.flatMap(fieldsOf));

  for (const [i, o] of numbered.entries())
    if (rowAlu(o.code, o.off, o.dst, o.src) !== registers.of(objectAlu(operations[i]!))) throw new Error(`operation ${i} differs`);
  const pairs = comparisons.flatMap((c) => {
    const pair = { old: rows.get(c.old)!, cur: rows.get(c.cur)!, live: liveOf(c.old) };
    const held = c.old.held === c.cur.held && c.old.frames.every((f, i) => f.callsite === c.cur.frames[i]?.callsite);
    if (!held || c.old.frames.length !== c.cur.frames.length) return [];
    const equal = rowsEqual(pair.old, pair.cur, pair.live, env.idGen, Exact.RANGE_WITHIN);
    if (equal === undefined) return [];
    if (equal !== c.equal) throw new Error(`comparison at ${c.old.insnIdx} differs`);
    return [{ ...c, pair }];
  });

  console.log(`Node ${process.version}, ${program}: ${registers.views.length} registers, ${scalars.views.length} scalars in the pools`);
  console.log(`${'ns'.padEnd(44)} ${'of'.padStart(6)} ${'objects'.padStart(8)} ${'rows'.padStart(8)}`);
  line(
    'operation on two scalars',
    operations.length,
    measure(operations, objectAlu),
    measure(numbered, (o) => rowAlu(o.code, o.off, o.dst, o.src)),
  );
  line(
    'copy of a state',
    all.length,
    measure(all, (state) => state.copy()),
    measure([...rows.values()], (row) => row.slice()),
  );
  for (const equal of [true, false]) {
    const some = pairs.filter((p) => p.equal === equal);
    if (some.length === 0) continue;
    line(
      equal ? 'comparison of states that are covered' : 'comparison of states that are not',
      some.length,
      measure(some, (c) => statesEqual(env, c.old, c.cur, Exact.RANGE_WITHIN)),
      measure(some, ({ pair }) => rowsEqual(pair.old, pair.cur, pair.live, env.idGen, Exact.RANGE_WITHIN) ?? 0),
    );
  }
}

main(process.argv[2] ?? 'examples/contexts.bpf.o', process.argv[3] ?? '');
