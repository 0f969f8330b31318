// SPDX-License-Identifier: GPL-2.0-only
/** Figures of several rounds, and whether they mean anything: other programs on the machine only ever add time. */

/** The value at that part (0 to 1) of the sorted list. */
export function quantile(list: readonly number[], part: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

export function geometricMean(list: readonly number[]): number {
  return Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
}

/** A figure is refused when its middle round is that much above its best: then it says more of the machine than of us. */
const MOST_SPREAD = 0.2;
const LEAST_ROUNDS = 3;

/** One quantity, measured once a round. */
export class Figure {
  constructor(readonly rounds: readonly number[]) {}

  /** The least of all rounds. */
  get best(): number {
    return Math.min(...this.rounds);
  }
  get median(): number {
    return quantile(this.rounds, 0.5);
  }
  /** How far the middle round is above the best, 0 for not at all. */
  get spread(): number {
    return this.median / this.best - 1;
  }
  /** Why the figure means nothing; '' if it does. */
  get refused(): string {
    if (this.rounds.length < LEAST_ROUNDS) return `refused: ${this.rounds.length} of at least ${LEAST_ROUNDS} rounds`;
    return this.spread > MOST_SPREAD ? `refused: the middle round is ${(this.spread * 100).toFixed(0)} % above the best` : '';
  }
  /** `1.72 (1.74 to 1.81)`: the best, the middle and the worst round; the refusal instead for one that means nothing. */
  text(digits: number, unit = ''): string {
    const n = (x: number): string => x.toFixed(digits);
    return this.refused === ''
      ? `${n(this.best)}${unit} (${n(this.median)} to ${n(Math.max(...this.rounds))})`
      : `${this.refused} (${n(this.best)} to ${n(Math.max(...this.rounds))}${unit})`;
  }
}

/** A ratio of two quantities that were measured by turns, once a round. Other programs disturb either of the two: the middle round counts. */
export class Ratio {
  constructor(readonly rounds: readonly number[]) {}

  /** `1.08 (1.05 to 1.12)`: the middle round, the first and the third quarter; the refusal where these are far apart. */
  text(digits: number): string {
    const at = (part: number): number => quantile(this.rounds, part);
    const [low, middle, high] = [at(0.25), at(0.5), at(0.75)];
    const range = `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
    if (this.rounds.length < LEAST_ROUNDS) return `refused: ${this.rounds.length} of at least ${LEAST_ROUNDS} rounds (${range})`;
    const apart = high / low - 1;
    return apart > MOST_SPREAD
      ? `refused: half of the rounds is ${(apart * 100).toFixed(0)} % apart (${range})`
      : `${middle.toFixed(digits)} (${range})`;
  }
}
