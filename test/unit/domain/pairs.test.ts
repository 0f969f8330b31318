// SPDX-License-Identifier: GPL-2.0-only
import { afterEach, describe, expect, it } from 'vitest';
import { Alu, Jmp } from '../../../src/isa/opcode';
import * as domain from '../../../src/verifier/domain';
import { decideBranch } from '../../../src/verifier/domain';
import { must, Random } from './random';

const { alu, chooseRules, coerceToSize, constNumber, scalarAttributes, uRange64, UNKNOWN } = domain;

afterEach(() => {
  chooseRules(null);
});

/** What the log says of a value, without `scalar()`. */
const said = (s: domain.Scalar): string => scalarAttributes(s).join(',');
const op = (code: number, is64: boolean, dst: domain.Scalar, src: domain.Scalar): domain.Scalar => alu(code, is64, 0, dst, src).value;

describe('values with pairs of bounds, as Linux 6.12 logs them', () => {
  it('one bit that is set gives a range, not the bit', () => {
    chooseRules({ halves: true, sign32: true });
    const bit = op(Alu.AND, true, UNKNOWN, constNumber(32));
    expect(said(bit)).toBe('smin=smin32=0,smax=umax=smax32=umax32=32,var_off=(0x0; 0x20)');
    const { falseDst } = decideBranch(Jmp.JEQ, false, bit, constNumber(0), false);
    expect(said(falseDst!)).toBe('smin=umin=smin32=umin32=1,smax=umax=smax32=umax32=32,var_off=(0x0; 0x20)');
    chooseRules(null);
    const circular = decideBranch(Jmp.JEQ, false, op(Alu.AND, true, UNKNOWN, constNumber(32)), constNumber(0), false).falseDst!;
    expect(domain.constNum(circular)).toBe(32);
  });

  it('a mask leaves signed bounds of the low half', () => {
    chooseRules({ halves: true, sign32: true });
    expect(said(op(Alu.AND, true, UNKNOWN, constNumber(-97)))).toBe(
      'smax=0x7fffffffffffff9f,umax=0xffffffffffffff9f,smax32=0x7fffff9f,umax32=0xffffff9f,var_off=(0x0; 0xffffffffffffff9f)',
    );
  });
});

describe('values with pairs of bounds, as Linux 6.1 has them', () => {
  it('OR with an unknown operand is unknown, with a constant it is not', () => {
    chooseRules({ halves: false, sign32: false });
    const small = coerceToSize(UNKNOWN, 1);
    expect(alu(Alu.OR, true, 0, small, small).unknown).toBe(true);
    expect(said(op(Alu.OR, true, small, constNumber(256)))).toBe(
      'smin=umin=smin32=umin32=256,smax=umax=smax32=umax32=511,var_off=(0x100; 0xff)',
    );
  });

  it('two values that are not constant teach each other nothing by an order', () => {
    chooseRules({ halves: false, sign32: false });
    const a = uRange64(0, 10);
    const b = uRange64(20, 30);
    expect(decideBranch(Jmp.JLT, false, a, b, false)).toEqual({ taken: -1, trueDst: a, trueSrc: b, falseDst: a, falseSrc: b });
    chooseRules({ halves: true, sign32: true });
    expect(decideBranch(Jmp.JLT, false, a, b, false).taken).toBe(1);
  });
});

it('what one kernel computed is not what another does', () => {
  const small = coerceToSize(UNKNOWN, 1);
  const isUnknown = (halves: boolean): boolean => {
    chooseRules({ halves, sign32: halves });
    return alu(Alu.OR, true, 0, small, small).unknown;
  };
  expect([false, true, false, true].map(isUnknown)).toEqual([true, false, true, false]);
});

describe.each([
  { halves: true, sign32: true },
  { halves: false, sign32: false },
])('with %o what is computed holds for numbers', (rules) => {
  const CODES = [Alu.ADD, Alu.SUB, Alu.AND, Alu.OR, Alu.XOR, Alu.MUL, Alu.LSH, Alu.RSH, Alu.ARSH];

  /** The operation on numbers, unsigned 64-bit. */
  function concrete(code: number, is64: boolean, a: bigint, b: bigint): bigint {
    const bits = is64 ? 64 : 32;
    const x = BigInt.asUintN(bits, a);
    const y = BigInt.asUintN(bits, b);
    const n = y & BigInt(bits - 1);
    const result = {
      [Alu.ADD]: x + y,
      [Alu.SUB]: x - y,
      [Alu.AND]: x & y,
      [Alu.OR]: x | y,
      [Alu.XOR]: x ^ y,
      [Alu.MUL]: x * y,
      [Alu.LSH]: x << n,
      [Alu.RSH]: x >> n,
      [Alu.ARSH]: BigInt.asIntN(bits, x) >> n,
    }[code]!;
    return BigInt.asUintN(bits, result);
  }

  /** Whether a value may be the number. */
  function admits(s: domain.Scalar, x: bigint): boolean {
    const signed = BigInt.asIntN(64, x);
    const low = Number(BigInt.asIntN(32, x));
    return (
      domain.uminBig(s) <= x &&
      x <= domain.umaxBig(s) &&
      domain.sminBig(s) <= signed &&
      signed <= domain.smaxBig(s) &&
      domain.u32min(s) <= low >>> 0 &&
      low >>> 0 <= domain.u32max(s) &&
      domain.s32min(s) <= low &&
      low <= domain.s32max(s) &&
      (x & ~domain.tnumMaskBig(s)) === domain.tnumValueBig(s)
    );
  }

  it('in chains of operations and branches', () => {
    chooseRules(rules);
    const random = new Random(6120);
    const pick = (n: number): number => random.below(n);
    for (let round = 0; round < 3000; round++) {
      const max = 2 ** pick(45);
      let abstract = pick(3) === 0 ? UNKNOWN : uRange64(0, max);
      let number =
        abstract === UNKNOWN
          ? BigInt.asUintN(64, BigInt(pick(2 ** 32)) * 0x9e3779b97f4a7c15n)
          : BigInt(Math.floor((random.next32() / 2 ** 32) * (max + 1)));
      for (let step = 0; step < 6; step++) {
        const is64 = pick(2) === 0;
        const other = pick(4) === 0 ? pick(64) : pick(2 ** 31) - 2 ** 30;
        const code = CODES[pick(CODES.length)]!;
        const shift = code === Alu.LSH || code === Alu.RSH || code === Alu.ARSH;
        const operand = shift ? pick(is64 ? 64 : 32) : other;
        abstract = op(code, is64, abstract, constNumber(operand));
        number = concrete(code, is64, number, BigInt.asUintN(64, BigInt(operand)));
        must(admits(abstract, number), () => `round ${round} step ${step}`);
        const limit = pick(2 ** 31) - 2 ** 30;
        const way = decideBranch(Jmp.JSLT, !is64, abstract, constNumber(limit), false);
        const taken = is64 ? BigInt.asIntN(64, number) < BigInt(limit) : BigInt.asIntN(32, number) < BigInt(limit);
        if (way.taken >= 0) must((way.taken === 1) === taken, () => `round ${round} step ${step}: the branch`);
        else abstract = (taken ? way.trueDst : way.falseDst)!;
        must(admits(abstract, number), () => `round ${round} step ${step} after the branch`);
      }
    }
  });
});
