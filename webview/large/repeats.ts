// SPDX-License-Identifier: GPL-2.0-only
/**
 * Repeats: what a compiler copied, most often by unrolling a loop. Found in a row of numbers (`code.ts`), in linear time: a row of eight that
 * was met before votes for its distance, a distance with enough votes is tried, and a try costs no more than the votes that led to it.
 * What was found is then one number of a shorter row, so that repeats of repeats are found from the inside. Pure.
 */
import type { Tokens } from './code';

/** Fewest copies, and fewest instructions of one, as the kernel counts them. */
export const FEWEST_COPIES = 3;
export const SHORTEST_COPY = 8;
/** One instruction in so many may differ in what it does: compilers do that to copies. */
export const ONE_MAY_DIFFER_IN = 32;
/** At the ends of a repeat one in so many. */
export const NEAR = 4;
/** Numbers in a row that are looked up. */
const GRAM = 8;
/** Shortest copy of which at most half are 64-bit constants. */
const NEAREST = SHORTEST_COPY / 2;
/** Repeats in repeats in repeats: deeper ones are not looked for. */
const DEEPEST = 6;
/** Comparisons for each number of a shortened row, at most. */
const TRIES = 16;

/** Copies one behind the other. All are equally long. */
export interface Repeat {
  /** Place of the first instruction. */
  readonly start: number;
  /** Instructions of a copy. */
  readonly length: number;
  readonly copies: number;
  /** Copies at its beginning and at its end of which more differs: compilers peel the first rounds of a loop. Both are counted in `copies`. */
  readonly before: number;
  readonly after: number;
  /** Instructions of the other copies that differ in what they do, counted from the start of a copy. */
  readonly varies: readonly number[];
  /** Repeats within the model copy. */
  readonly inner: readonly Repeat[];
}

/** One past its last instruction. */
export const endOf = (r: Repeat): number => r.start + r.length * r.copies;
/** First instruction of the copy that stands for all: the first of which no more differs than may. */
export const modelOf = (r: Repeat): number => r.start + r.length * r.before;

/** A number of a row: one instruction, or a repeat that was found in an earlier round. */
interface Item {
  readonly does: number;
  readonly context: number;
  readonly start: number;
  readonly length: number;
  readonly repeat: Repeat | null;
}

/** A run that repeats itself at a distance: places in the row. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

class Row {
  constructor(
    readonly items: readonly Item[],
    private readonly starts: Uint8Array,
    private readonly sizes: Uint8Array,
  ) {}

  /** How many numbers of a copy may differ in what they do. */
  private allowance(from: number, distance: number): number {
    let plain = 0;
    for (let i = from; i < from + distance; i++) if (this.items[i]!.repeat === null) plain++;
    return Math.floor(plain / ONE_MAY_DIFFER_IN);
  }

  /** The longest run around two places that are equal. Null if there are fewer copies in it than make a repeat. */
  extend(place: number, distance: number): Run | null {
    const { items } = this;
    const may = this.allowance(place, distance);
    const varied = new Set<number>();
    const same = (i: number): boolean => {
      const a = items[i]!;
      const b = items[i + distance]!;
      if (a.context !== b.context) return false;
      if (a.does === b.does) return true;
      // what was folded differs or not; a single instruction may
      if (a.repeat !== null || b.repeat !== null) return false;
      const at = i % distance;
      if (!varied.has(at) && varied.size >= may) return false;
      varied.add(at);
      return true;
    };
    let to = place;
    while (to + distance < items.length && same(to)) to++;
    let from = place;
    while (from > 0 && same(from - 1)) from--;
    const run = { from, to: to + distance, distance };
    return (run.to - run.from) / distance >= FEWEST_COPIES && this.isLong(from, distance) ? run : null;
  }

  private isLong(from: number, count: number): boolean {
    const { start } = this.items[from]!;
    const end = start + this.weigh(from, count);
    let size = 0;
    for (let i = start; i < end && size < SHORTEST_COPY; i++) size += this.sizes[i]!;
    return size >= SHORTEST_COPY;
  }

  private weigh(from: number, count: number): number {
    const last = this.items[from + count - 1]!;
    return last.start + last.length - this.items[from]!.start;
  }

  /** Whether what stands at two places is alike: the same length and context, and not much of it does something else. */
  private near(place: number, other: number, distance: number): boolean {
    const { items } = this;
    let differ = 0;
    for (let i = 0; i < distance; i++) {
      const a = items[place + i]!;
      const b = items[other + i]!;
      if (a.context !== b.context || a.length !== b.length || a.repeat !== b.repeat) return false;
      if (a.does !== b.does && ++differ * NEAR > distance) return false;
    }
    return true;
  }

  /** Where the first copy begins, of the places where it may: where most copies begin with a block. */
  private begin(earliest: number, latest: number, copies: number, distance: number): number {
    let best = earliest;
    let most = 0;
    for (let i = earliest; i <= latest; i++) {
      let blocks = 0;
      for (let k = 0; k < copies; k++) blocks += this.starts[this.items[i + k * distance]!.start]!;
      if (blocks <= most) continue;
      most = blocks;
      best = i;
    }
    return best;
  }

  /** Whole copies of a run, from `lowest` on. */
  repeatOf({ from, to, distance }: Run, lowest: number): Copies {
    const { items } = this;
    const whole = Math.floor((to - from) / distance);
    const model = this.begin(from, to - whole * distance, whole, distance);
    let before = 0;
    for (let i = model - distance; i >= lowest && this.near(i, i + distance, distance); i -= distance) before++;
    let after = 0;
    const end = model + whole * distance;
    for (let i = end; i + distance <= items.length && this.near(i, i - distance, distance); i += distance) after++;
    const length = this.weigh(model, distance);
    const { start } = items[model]!;
    const varies = new Set<number>();
    for (let i = model; i < end - distance; i++)
      if (items[i]!.does !== items[i + distance]!.does) varies.add((items[i]!.start - start) % length);
    const copies = whole + before + after;
    const repeat: Repeat = {
      start: items[model - before * distance]!.start,
      length,
      copies,
      before,
      after,
      varies: [...varies].sort((a, b) => a - b),
      inner: items.slice(model, model + distance).flatMap((i) => (i.repeat === null ? [] : [i.repeat])),
    };
    return { repeat, first: model - before * distance, count: copies * distance, model, distance };
  }
}

/** A repeat and where it stands in the row. */
interface Copies {
  readonly repeat: Repeat;
  readonly first: number;
  readonly count: number;
  /** Where the model copy begins, and how long it is. */
  readonly model: number;
  readonly distance: number;
}

/** Runs of a row of single instructions. */
function plainRuns(row: Row): Run[] {
  const { items } = row;
  const runs: Run[] = [];
  const last = new Map<number, number>();
  const votes = new Map<number, number>();
  let hash = 0;
  let shift = 1;
  for (let i = 0; i < GRAM; i++) shift = Math.imul(shift, 0x01000193);
  for (let i = 0; i < items.length; i++) {
    hash = Math.imul(hash, 0x01000193) + items[i]!.does;
    if (i >= GRAM) hash -= Math.imul(shift, items[i - GRAM]!.does);
    hash |= 0;
    if (i < GRAM - 1) continue;
    const from = i - GRAM + 1;
    const before = last.get(hash);
    last.set(hash, from);
    if (before === undefined) continue;
    const distance = from - before;
    if (distance < NEAREST) continue;
    const count = (votes.get(distance) ?? 0) + 1;
    votes.set(distance, count);
    if (count * 2 < distance) continue;
    votes.delete(distance);
    const run = row.extend(before, distance);
    if (run === null) continue;
    const end = runs.at(-1)?.to ?? 0;
    if (run.from < end && run.to <= end) continue;
    runs.push(run);
    votes.clear();
    // what follows begins anew: the run is one thing
    while (i + 1 < run.to) {
      i++;
      hash = (Math.imul(hash, 0x01000193) + items[i]!.does - Math.imul(shift, items[i - GRAM]!.does)) | 0;
      last.set(hash, i - GRAM + 1);
    }
  }
  return runs;
}

/** Runs around what was folded before: everything else was looked at when it was a longer row. */
function foldedRuns(row: Row): Run[] {
  const { items } = row;
  const runs: Run[] = [];
  const last = new Map<number, number>();
  let tries = TRIES * items.length;
  for (let i = 0; i < items.length && tries > 0; i++) {
    if (items[i]!.repeat === null || i < (runs.at(-1)?.to ?? 0)) continue;
    const before = last.get(items[i]!.does);
    last.set(items[i]!.does, i);
    if (before === undefined || before < (runs.at(-1)?.to ?? 0)) continue;
    const distance = i - before;
    tries -= distance;
    const run = row.extend(before, distance);
    if (run === null) continue;
    tries -= run.to - run.from;
    runs.push(run);
  }
  return runs;
}

/** The row with each run folded into one number. Null where nothing was folded. */
function folded(row: Row, runs: readonly Run[], number: (repeat: Repeat, own: readonly Item[]) => number): Item[] | null {
  const out: Item[] = [];
  let at = 0;
  for (const run of runs) {
    const rest = { ...run, from: Math.max(run.from, at) };
    if (rest.to - rest.from < FEWEST_COPIES * run.distance) continue;
    const { repeat, first, count, model, distance } = row.repeatOf(rest, at);
    out.push(...row.items.slice(at, first));
    const own = row.items.slice(model, model + distance);
    out.push({ does: number(repeat, own), context: 0, start: repeat.start, length: repeat.length * repeat.copies, repeat });
    at = first + count;
  }
  if (at === 0) return null;
  out.push(...row.items.slice(at));
  return out;
}

/**
 * Repeats of a function, in order, none over another. `starts` marks where blocks begin. At least three copies of at least eight
 * instructions; copies are equal but for constants, maps and distances, and one instruction in 32 may differ in its operation. A copy of which
 * verification says something else belongs to no repeat, or to another one.
 */
export function repeatsOf({ does, context, sizes }: Tokens, starts: Uint8Array): Repeat[] {
  let items: Item[] = Array.from(does, (d, i) => ({ does: d, context: context[i]!, start: i, length: 1, repeat: null }));
  const numbers = new Map<string, number>();
  const number = (repeat: Repeat, own: readonly Item[]): number => {
    const varies = new Set(repeat.varies);
    const begin = own[0]!.start;
    const text = own.map((x) => `${varies.has(x.start - begin) && x.repeat === null ? '~' : x.does}/${x.context}`).join();
    const key = `${repeat.copies}: ${text}`;
    let n = numbers.get(key);
    if (n === undefined) numbers.set(key, (n = -1 - numbers.size));
    return n;
  };
  for (let depth = 0; depth < DEEPEST; depth++) {
    const row = new Row(items, starts, sizes);
    const shorter = folded(row, depth === 0 ? plainRuns(row) : foldedRuns(row), number);
    if (shorter === null) break;
    items = shorter;
  }
  return items.flatMap((i) => (i.repeat === null ? [] : [i.repeat]));
}
