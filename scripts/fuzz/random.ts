// SPDX-License-Identifier: GPL-2.0-only

/** A generator of random numbers that gives the same ones for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }
  /** 32 random bits, unsigned. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  /** 0 to n-1. */
  below(n: number): number {
    return Math.floor((this.bits() / 2 ** 32) * n);
  }
  /** From a to b, both included. */
  between(a: number, b: number): number {
    return a + this.below(b - a + 1);
  }
  chance(p: number): boolean {
    return this.bits() < p * 2 ** 32;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  /** One of the values, each with its weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let at = (this.bits() / 2 ** 32) * list.reduce((sum, [w]) => sum + w, 0);
    for (const [weight, value] of list) {
      at -= weight;
      if (at < 0) return value;
    }
    return list[list.length - 1]![1];
  }
  /** Signed 32-bit number: often small, often at an edge of something. */
  constant(): number {
    return this.weighted([
      [4, this.between(0, 8)],
      [3, this.between(-16, 64)],
      [2, this.pick([7, 8, 15, 31, 32, 63, 64, 255, 256, 4095, 0x7fff, 0xffff, 0x7fffffff])],
      [2, this.pick([-1, -2, -8, -256, -4096, -0x80000000])],
      [1, 1 << this.below(32)],
      [1, this.bits() | 0],
    ]);
  }
}
