// SPDX-License-Identifier: GPL-2.0-only
/** Seeded random values with a taste for corners, and abstract registers that hold a chosen value. */
import { expect } from 'vitest';
import { type arcs, c32, c64, type Arc, type Reg, sync, u32, u64, unknown } from './reference';

/** `expect(holds).toBe(true)` for what is asked tens of thousands of times: words are made only where it fails. */
export function must(holds: boolean, what: () => string = () => 'does not hold'): void {
  if (!holds) expect.fail(what());
}

/** mulberry32: a small seeded generator of 32-bit numbers. */
export class Random {
  constructor(private state: number) {}

  next32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(n: number): number {
    return this.next32() % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  bits64(): bigint {
    return (BigInt(this.next32()) << 32n) | BigInt(this.next32());
  }

  /** A 64-bit value: corner, near a corner, short, or anything. */
  value(): bigint {
    switch (this.below(5)) {
      case 0:
        return this.pick(CORNERS);
      case 1:
        return u64(this.pick(CORNERS) + BigInt(this.below(33)) - 16n);
      case 2:
        return this.bits64() >> BigInt(this.below(64));
      case 3:
        return u64(-(this.bits64() >> BigInt(this.below(64))));
      default:
        return this.bits64();
    }
  }

  mask(): bigint {
    switch (this.below(5)) {
      case 0:
        return 0n;
      case 1:
        return (1n << BigInt(this.below(65))) - 1n;
      case 2:
        return u64((1n << 64n) - (1n << BigInt(this.below(65))));
      case 3:
        return this.bits64() & this.bits64() & this.bits64();
      default:
        return this.bits64();
    }
  }

  arcAround(x: bigint, c: ReturnType<typeof arcs>): Arc {
    const shape = this.below(4);
    if (shape === 0) return c.FULL();
    const size = shape === 1 ? this.value() & c.MAX : this.bits64() >> BigInt(this.below(64));
    const bounded = c.u(size);
    if (bounded === c.MAX) return c.FULL();
    return { base: c.u(x - (bounded === 0n ? 0n : this.bits64() % (bounded + 1n))), size: bounded };
  }

  /** A register that holds `x`, synced (or left raw). */
  around(x: bigint, synced = true): Reg {
    if (this.below(6) === 0) return sync({ ...unknown(), t: { v: x, m: 0n } });
    const m = this.mask();
    const raw: Reg = { t: { v: x & ~m, m }, r64: this.arcAround(x, c64), r32: this.arcAround(u32(x), c32) };
    return synced ? sync(raw) : raw;
  }

  /** A value that the register holds, near `seed` if nothing else is found. */
  member(r: Reg, seed: bigint): bigint {
    for (let attempt = 0; attempt < 8; attempt++) {
      const x = u64(r.r64.base + (r.r64.size === 0n ? 0n : this.bits64() % (r.r64.size + 1n)));
      const candidate = (x & r.t.m) | r.t.v;
      if (c64.has(r.r64, candidate) && c32.has(r.r32, u32(candidate))) return candidate;
    }
    return seed;
  }
}

export const CORNERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
  63n,
  64n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x1ffffffffn,
  (1n << 53n) - 1n,
  1n << 53n,
  (1n << 53n) + 1n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 63n) + 1n,
  (1n << 64n) - 1n,
  (1n << 64n) - 2n,
  0xffffffff80000000n,
  0xffffffff7fffffffn,
  0xffffffff00000000n,
];
