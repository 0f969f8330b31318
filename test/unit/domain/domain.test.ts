// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Alu, Class, Jmp, Source } from '../../../src/isa/opcode';
import * as domain from '../../../src/verifier/domain';
import { isOneValue } from '../../../src/verifier/domain/draft';
import * as ref from './reference';
import { CORNERS, must, Random } from './random';

const OPS: Record<ref.Op, number> = {
  add: Alu.ADD,
  sub: Alu.SUB,
  mul: Alu.MUL,
  div: Alu.DIV,
  mod: Alu.MOD,
  and: Alu.AND,
  or: Alu.OR,
  xor: Alu.XOR,
  lsh: Alu.LSH,
  rsh: Alu.RSH,
  arsh: Alu.ARSH,
  neg: Alu.NEG,
};
const JUMPS: Record<ref.Jump, number> = {
  eq: Jmp.JEQ,
  ne: Jmp.JNE,
  gt: Jmp.JGT,
  ge: Jmp.JGE,
  lt: Jmp.JLT,
  le: Jmp.JLE,
  sgt: Jmp.JSGT,
  sge: Jmp.JSGE,
  slt: Jmp.JSLT,
  sle: Jmp.JSLE,
  set: Jmp.JSET,
};
const ROUNDS = Number(process.env['DOMAIN_ROUNDS'] ?? 600);

function expectReg(actual: domain.Scalar, expected: ref.Reg, what: () => string): void {
  const got = ref.fromScalar(actual);
  if (!ref.same(got, expected)) expect(`${what()}\n${ref.show(got)}`).toBe(`${what()}\n${ref.show(expected)}`);
}

describe('sync', () => {
  it('equals the model, also on contradictory input', () => {
    const random = new Random(1);
    for (let round = 0; round < ROUNDS * 2; round++) {
      const raw = random.around(random.value(), false);
      if (random.below(3) === 0) raw.t = random.around(random.value(), false).t;
      if (random.below(50) === 0) raw.r32 = ref.c32.EMPTY();
      expectReg(domain.sync(ref.toScalar(raw)), ref.sync(raw), () => `sync ${ref.show(raw)}`);
    }
  });

  it('loses no value', () => {
    const random = new Random(2);
    for (let round = 0; round < ROUNDS; round++) {
      const x = random.value();
      const raw = random.around(x, false);
      must(ref.holds(ref.fromScalar(domain.sync(ref.toScalar(raw))), x));
    }
  });

  it('returns its operand if nothing changes', () => {
    expect(domain.sync(domain.UNKNOWN)).toBe(domain.UNKNOWN);
    const s = domain.sRange64(3, 900);
    expect(domain.sync(s)).toBe(s);
    expect(domain.sRange64(3, 900)).toBe(s);
  });
});

describe('bounds', () => {
  it('equal the model', () => {
    const random = new Random(3);
    for (let round = 0; round < ROUNDS; round++) {
      const r = random.around(random.value(), false);
      if (random.below(40) === 0) r.r64 = ref.c64.EMPTY();
      if (random.below(40) === 0) r.r32 = ref.c32.EMPTY();
      const s = ref.toScalar(r);
      const bounds = [domain.uminBig(s), domain.umaxBig(s), domain.sminBig(s), domain.smaxBig(s)].join();
      const bounds32 = [domain.u32min(s), domain.u32max(s), domain.s32min(s), domain.s32max(s)].join();
      const modelled = [ref.c64.umin(r.r64), ref.c64.umax(r.r64), ref.c64.smin(r.r64), ref.c64.smax(r.r64)].join();
      const modelled32 = [ref.c32.umin(r.r32), ref.c32.umax(r.r32), ref.c32.smin(r.r32), ref.c32.smax(r.r32)].join();
      must(bounds === modelled && bounds32 === modelled32, () => `${ref.show(r)}: ${bounds} ${bounds32}, not ${modelled} ${modelled32}`);
    }
  });

  it('compare as the model', () => {
    const random = new Random(4);
    for (let round = 0; round < ROUNDS; round++) {
      const x = random.value();
      const a = random.around(x);
      const b = random.around(random.below(2) ? x : random.value());
      const within = ref.c64.subset(a.r64, b.r64) && ref.c32.subset(a.r32, b.r32);
      must(domain.rangeWithin(ref.toScalar(a), ref.toScalar(b)) === within);
      must(domain.tnumIn(ref.toScalar(a), ref.toScalar(b)) === ref.tnum.within(a.t, b.t));
    }
  });
});

describe('tnum step', () => {
  it('finds the next member', () => {
    const random = new Random(5);
    for (let round = 0; round < 300; round++) {
      let m = 0n;
      for (let bit = 0; bit < random.below(7); bit++) m |= 1n << BigInt(random.below(64));
      const t = { v: random.value() & ~m, m };
      const z = random.below(2) ? random.value() : ref.u64((t.v | (random.bits64() & m)) + BigInt(random.below(3)) - 1n);
      must(ref.tnum.step(t, z) === ref.tnum.stepSlow(t, z), () => `${t.v}/${t.m} from ${z}`);
    }
  });
});

describe.each([true, false])('ALU, 64 bits: %s', (is64) => {
  it.each(Object.keys(OPS) as ref.Op[])('%s equals the model and loses no value', (op) => {
    const random = new Random(OPS[op] + (is64 ? 1000 : 2000));
    const wantsConst = ['div', 'mod', 'lsh', 'rsh', 'arsh'].includes(op);
    for (let round = 0; round < ROUNDS / 2; round++) {
      const signed = (op === 'div' || op === 'mod') && random.below(2) === 1;
      const x = random.value();
      const shifts = op.endsWith('sh');
      const y = shifts && random.below(8) ? BigInt(random.below(is64 ? 64 : 32)) : random.value();
      const dst = random.below(8) === 0 ? ref.known(x) : random.around(x, random.below(8) !== 0);
      const src = wantsConst && random.below(8) ? ref.known(y) : random.around(y);
      const what = (): string => `${op}${signed ? ' signed' : ''} ${ref.show(dst)}, ${ref.show(src)}`;
      const code = OPS[op] | (is64 ? Class.ALU64 : Class.ALU) | Source.X;
      const actual = domain.alu(code, is64, signed ? 1 : 0, ref.toScalar(dst), ref.toScalar(src));
      const expected = ref.alu(op, is64, signed, dst, src);
      must(actual.unknown === (expected === null), what);
      expectReg(actual.value, expected ?? ref.unknown(), what);
      for (let sample = 0; sample < 4; sample++) {
        const a = sample ? random.member(dst, x) : x;
        const b = op === 'neg' ? a : sample ? random.member(src, y) : y;
        if (!ref.holds(dst, a) || !ref.holds(src, b)) continue;
        const result = ref.concreteAlu(op, is64, signed, a, b);
        must(ref.holds(ref.fromScalar(actual.value), result), () => `${what()}: ${a}, ${b} -> ${result}`);
      }
    }
  });
});

describe.each([true, false])('jumps, 32 bits: %s', (is32) => {
  it.each(Object.keys(JUMPS) as ref.Jump[])('%s equals the model and is sound', (op) => {
    const random = new Random(JUMPS[op] + (is32 ? 5000 : 6000));
    for (let round = 0; round < ROUNDS; round++) {
      const x = random.value();
      const y = random.below(3) ? random.value() : ref.u64(x + BigInt(random.below(5)) - 2n);
      const dst = random.around(x);
      const src = random.below(2) ? ref.known(y) : random.around(y);
      const what = (): string => `${op} ${ref.show(dst)}, ${ref.show(src)}`;
      const actual = domain.decideBranch(JUMPS[op], is32, ref.toScalar(dst), ref.toScalar(src), false);
      const expected = ref.branch(op, is32, dst, src);
      must(actual.taken === expected.taken, what);
      const jumps = ref.concreteJump(op, is32, x, y);
      if (expected.copies === null) {
        must(actual.taken === (jumps ? 1 : 0), what);
        continue;
      }
      const [td, ts, fd, fs] = expected.copies;
      expectReg(actual.trueDst!, td, () => `${what()}: true dst`);
      expectReg(actual.trueSrc!, ts, () => `${what()}: true src`);
      expectReg(actual.falseDst!, fd, () => `${what()}: false dst`);
      expectReg(actual.falseSrc!, fs, () => `${what()}: false src`);
      must(ref.holds(jumps ? td : fd, x) && ref.holds(jumps ? ts : fs, y), what);
    }
  });

  it.each(Object.keys(JUMPS) as ref.Jump[])('%s of a register with itself', (op) => {
    const random = new Random(7);
    for (let round = 0; round < 200; round++) {
      const x = random.value();
      const s = ref.toScalar(random.around(x));
      const { taken } = domain.decideBranch(JUMPS[op], is32, s, s, true);
      if (taken !== -1) expect(taken === 1).toBe(ref.concreteJump(op, is32, x, x));
      else expect(op).toBe('set');
    }
  });
});

describe('sizes', () => {
  const random = new Random(11);
  const cases = Array.from({ length: ROUNDS }, () => {
    const x = random.value();
    return { x, r: random.around(x) };
  });

  it.each([1, 2, 4])('truncation to %d bytes', (bytes) => {
    for (const { x, r } of cases) {
      const s = domain.coerceToSize(ref.toScalar(r), bytes);
      must(ref.holds(ref.fromScalar(s), BigInt.asUintN(bytes * 8, x)), () => ref.show(r));
      must(domain.umaxBig(s) < 1n << BigInt(bytes * 8), () => ref.show(r));
    }
  });

  it.each([8, 16, 32])('sign extension from %d bits', (bits) => {
    for (const { x, r } of cases) {
      const value = ref.u64(BigInt.asIntN(bits, x));
      must(ref.holds(ref.fromScalar(domain.movsx(ref.toScalar(r), bits, true)), value), () => ref.show(r));
      if (bits === 32) continue;
      const low = ref.u32(BigInt.asIntN(bits, x));
      must(ref.holds(ref.fromScalar(domain.movsx(ref.toScalar(r), bits, false)), low), () => ref.show(r));
    }
  });

  it('32-bit move', () => {
    for (const { x, r } of cases) {
      must(ref.holds(ref.fromScalar(domain.mov32(ref.toScalar(r))), ref.u32(x)), () => ref.show(r));
    }
  });

  it.each([16, 32, 64])('byte swap of %d bits', (bits) => {
    for (const { x, r } of cases) {
      const bytes = BigInt.asUintN(bits, x)
        .toString(16)
        .padStart(bits / 4, '0')
        .match(/../g)!;
      const swapped = BigInt(`0x${bytes.reverse().join('')}`);
      const s = ref.toScalar(r);
      const result = domain.alu(Alu.END | Class.ALU | Source.X, false, 0, s, s, bits);
      must(ref.holds(ref.fromScalar(result.value), swapped), () => ref.show(r));
      must(!result.keepsId);
      const same = domain.alu(Alu.END | Class.ALU, false, 0, s, s, bits);
      must(ref.holds(ref.fromScalar(same.value), BigInt.asUintN(bits, x)), () => ref.show(r));
      must(same.keepsId === (bits === 64));
    }
  });

  it('offsets keep the values and know nothing of the low half', () => {
    for (let index = 1; index < cases.length; index++) {
      const a = cases[index - 1]!;
      const b = cases[index]!;
      const [pointer, offset] = [ref.toScalar(a.r), ref.toScalar(b.r)];
      const sum = domain.addOffsets(pointer, offset);
      const difference = domain.subOffsets(ref.toScalar(a.r), ref.toScalar(b.r));
      must(ref.holds(ref.fromScalar(sum), ref.u64(a.x + b.x)));
      must(ref.holds(ref.fromScalar(difference), ref.u64(a.x - b.x)));
      // the sum of two constants is one
      const constants = isOneValue(pointer) && isOneValue(offset);
      expect([sum.b32, sum.s32]).toEqual(constants ? [sum.vLo, 0] : [0, -1]);
      must(!constants || isOneValue(sum));
    }
  });

  it('linked registers at a distance', () => {
    for (const { x, r } of cases) {
      const s = domain.addDelta(ref.toScalar(r), -17, false);
      must(ref.holds(ref.fromScalar(s), ref.u64(x - 17n)));
    }
  });

  it('significant bits', () => {
    for (const { r } of cases) {
      const most = ref.c64.umax(r.r64);
      expect(domain.regWidth(ref.toScalar(r))).toBe(most === 0n ? 0 : most.toString(2).length);
    }
  });
});

describe('constants', () => {
  it('are one value in all views and shared if small', () => {
    for (const x of CORNERS) {
      const s = domain.constBigInt(x);
      expectReg(s, ref.known(x), () => String(x));
      expect(domain.isConst(s) && domain.constBig(s) === ref.s64(x)).toBe(true);
      expect(domain.boundsViolation(s)).toBeNull();
    }
    expect(domain.constNumber(-7)).toBe(domain.constBigInt(-7n));
    expect(domain.constNumber(-7)).toBe(domain.alu(Alu.SUB, true, 0, domain.constNumber(1), domain.constNumber(8)).value);
    expect(domain.constNum(domain.constNumber(-(2 ** 40) - 3))).toBe(-(2 ** 40) - 3);
    expect(domain.constEquals(domain.constNumber(-1), -1)).toBe(true);
  });

  it('of a mask fork', () => {
    const mask = domain.sRange64(-1, 0);
    expect(domain.maskForkWidth(Alu.AND, mask, domain.constNumber(5))).toBe(64);
    expect(domain.maskForkWidth(Alu.OR, domain.mov32(mask), domain.constNumber(5))).toBe(32);
    expect(domain.maskForkWidth(Alu.XOR, mask, domain.constNumber(5))).toBe(0);
    expect(domain.maskForkWidth(Alu.AND, mask, mask)).toBe(0);
  });
});

describe('sanity', () => {
  it('names the violation and gives the log line', () => {
    const bad = domain.withS64Range(domain.constNumber(4), 1, 2);
    const { violation, fixed } = domain.boundsSanity(bad);
    expect(violation).toBe('const tnum out of sync with range bounds');
    expect(domain.boundsViolationText(bad, violation!, 'alu')).toBe(
      'verifier bug: REG INVARIANTS VIOLATION (alu): const tnum out of sync with range bounds ' +
        'r64={.base=0x1, .size=0x1} r32={.base=0x4, .size=0x0} var_off=(0x4, 0x0)\n',
    );
    expect(fixed).not.toBe(bad);
    expect(domain.boundsViolation(new domain.Scalar(0, 0, -1, -1, -1, -1, -1, -1, 0, -1))).toBe('range bounds violation');
  });
});

describe('printing', () => {
  const text = (s: domain.Scalar): string => domain.scalarAttributes(s).join(',');

  it('leaves out extremes and chains equal bounds', () => {
    expect(text(domain.UNKNOWN)).toBe('');
    expect(text(domain.uRange64(0, 255))).toBe('smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)');
    expect(text(domain.coerceToSize(domain.UNKNOWN, 4))).toBe('smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)');
    expect(text(domain.sRange64(-4095, 0))).toBe('smin=smin32=-4095,smax=smax32=0');
  });

  it('writes numbers as the kernel does', () => {
    const numbers: [bigint, string][] = [
      [0n, '0'],
      [-1n, '-1'],
      [32767n, '32767'],
      [32768n, '0x8000'],
      [-32768n, '-32768'],
      [-32769n, '0xffffffffffff7fff'],
      [0xffffffffn, '0xffffffff'],
    ];
    for (const [value, expected] of numbers) expect(domain.scalarNumberText(domain.constBigInt(value))).toBe(expected);
    expect(domain.tnumString(domain.constNumber(65535))).toBe('65535');
    expect(domain.tnumString(domain.UNKNOWN)).toBe('(0x0; 0xffffffffffffffff)');
  });
});
