// SPDX-License-Identifier: GPL-2.0-only
/** The axis of a stave: a function's instructions from left to right, folded repeats as long as one copy. Pure. */
import { endOf, modelOf, type Repeat } from './repeats';

/** A folded repeat on the axis. */
export interface Frame {
  readonly repeat: Repeat;
  /** Places on the axis: of the first instruction of its copy, and one past the last. */
  readonly from: number;
  readonly to: number;
  /** 0 for a repeat that is in no other one. */
  readonly depth: number;
}

export interface Axis {
  /** Instructions that have a place of their own, by their place in the code. */
  readonly kept: Int32Array;
  readonly frames: readonly Frame[];
  /** Place on the axis of a place in the code. */
  readonly at: (place: number) => number;
}

/** Up to so many copies an opened function shows beside each other. */
const BESIDE = 12;

function shifted(r: Repeat, by: number): Repeat {
  return { ...r, start: r.start + by, inner: r.inner.map((i) => shifted(i, by)) };
}

/** Repeats of a function whose outermost ones are unfolded, where they hold others and are few: each copy with the repeats within it. */
export function unfolded(repeats: readonly Repeat[]): Repeat[] {
  return repeats.flatMap((r) =>
    r.inner.length === 0 || r.copies > BESIDE
      ? [r]
      : Array.from({ length: r.copies }, (_, k) => r.inner.map((i) => shifted(i, (k - r.before) * r.length))).flat(),
  );
}

/** The repeat among these that holds a place. They are in order, none over another. */
function holding(repeats: readonly Repeat[], place: number): Repeat | null {
  let lo = 0;
  let hi = repeats.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (repeats[mid]!.start <= place) lo = mid + 1;
    else hi = mid;
  }
  const r = repeats[lo - 1];
  return r !== undefined && place < endOf(r) ? r : null;
}

/** The place in the model copies that stands for a place. */
export function modelPlace(repeats: readonly Repeat[], place: number): number {
  let at = place;
  let list = repeats;
  for (;;) {
    const r = holding(list, at);
    if (r === null) return at;
    at = modelOf(r) + ((at - r.start) % r.length);
    list = r.inner;
  }
}

export function axisOf(length: number, repeats: readonly Repeat[]): Axis {
  const kept: number[] = [];
  const frames: Frame[] = [];
  const places = new Int32Array(length);
  const keep = (place: number): void => {
    places[place] = kept.push(place) - 1;
  };
  const lay = (from: number, to: number, list: readonly Repeat[], depth: number): void => {
    let at = from;
    for (const r of list) {
      while (at < r.start) keep(at++);
      const begin = kept.length;
      const place = frames.push({ repeat: r, from: begin, to: begin, depth }) - 1;
      lay(modelOf(r), modelOf(r) + r.length, r.inner, depth + 1);
      frames[place] = { repeat: r, from: begin, to: kept.length, depth };
      const model = modelOf(r);
      for (let i = r.start; i < endOf(r); i++) places[i] = places[model + ((i - r.start) % r.length)]!;
      at = endOf(r);
    }
    while (at < to) keep(at++);
  };
  lay(0, length, repeats, 0);
  return { kept: Int32Array.from(kept), frames, at: (place) => places[place] ?? 0 };
}
