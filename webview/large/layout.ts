// SPDX-License-Identifier: GPL-2.0-only
/** Where staves stand: one below the other, one scale for all, the failing path as one line in lanes at the right. Pure geometry, px. */
import type { Axis } from './axis';
import type { PathLeg, PathPoint } from './failing-path';
import { lineOf } from './path-line';
import { openedAxis, type Program, type Stave } from './program';
import { type Rail, railRows } from './rails';
import { type Bar, barsOf, type Seen } from './skyline';
import { type Note, notesOf } from './words';

export const STAVE = {
  edge: 16,
  head: 22,
  sky: 30,
  skyCold: 16,
  skyCool: 8,
  /** Room over a skyline for the outlines of folded copies and the backs of loops. */
  over: 12,
  calls: 8,
  rail: 14,
  path: 18,
  gap: 13,
  gapCold: 10,
  indent: 26,
  /** Room at the right of the longest one, for what is still held at its end. */
  gutter: 92,
  lane: 14,
  shortest: 24,
  note: 15,
  rails: 3,
} as const;

/** Share of the work up to which a skyline is lower, and lower still. */
const COLD = 0.02;
const COOL = 0.01;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface RailLine {
  readonly rails: readonly Rail[];
  /** Middle of the row. */
  readonly y: number;
}

/** A function on the page. */
export interface Box {
  readonly stave: Stave;
  readonly index: number;
  readonly axis: Axis;
  readonly seen: Seen;
  readonly repeats: Stave['repeats'];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Of one place of the axis, px. */
  readonly scale: number;
  readonly bars: readonly Bar[];
  /** Height of the skyline, its upper edge and its base line. */
  readonly sky: number;
  readonly top: number;
  readonly base: number;
  readonly rails: readonly RailLine[];
  /** Resources without a row. */
  readonly more: number;
  readonly pathY: number | null;
  readonly notes: readonly Note[];
  /** Left end and first base line of the notes. */
  readonly note: Point;
  readonly bottom: number;
  /** Where the next one may begin, or the line of the path goes on below it. */
  readonly end: number;
  /** Where what is opened below it begins. */
  readonly body: number;
}

/** A numbered point of the path. */
export interface Disc extends Point {
  readonly point: PathPoint;
}

/** A piece of the path. */
export interface Stroke {
  readonly points: readonly Point[];
  readonly guilty: boolean;
  /** The path comes by none of the instructions here: it jumps over them. */
  readonly over: boolean;
}

export interface Staves {
  readonly width: number;
  /** Where the lanes of the path begin: no text goes beyond. */
  readonly right: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly trunk: readonly (readonly Point[])[];
  readonly strokes: readonly Stroke[];
  readonly discs: readonly Disc[];
  /** End of the path: where the program is rejected. */
  readonly end: Point | null;
}

/** Measures a text in px, as notes are set. */
export type Measure = (text: string) => number;

export interface LayoutInput {
  readonly program: Program;
  readonly legs: readonly PathLeg[];
  readonly width: number;
  readonly measure: Measure;
  /** Functions that are open, and the room below their strips; such a strip is as wide as the page and has a scale of its own. */
  readonly opened: ReadonlyMap<string, number>;
}

/** Place on the page of a place in a function's code. */
export function xOf(box: Pick<Box, 'axis' | 'x' | 'scale'>, place: number): number {
  return box.x + box.axis.at(place) * box.scale;
}

/** Place in a function's code under a point of its strip. */
export function placeAt(box: Pick<Box, 'axis' | 'x' | 'scale'>, x: number): number {
  const { kept } = box.axis;
  const at = Math.min(kept.length - 1, Math.max(0, Math.floor((x - box.x) / box.scale)));
  return kept[at] ?? 0;
}

function skyOf(stave: Stave, only: boolean): number {
  if (only) return STAVE.sky;
  return stave.share < COOL ? STAVE.skyCool : stave.share <= COLD ? STAVE.skyCold : STAVE.sky;
}

/** Left end of strips at a depth of calls. */
export const leftOf = (depth: number): number => STAVE.edge + depth * STAVE.indent;

/** How a line goes from one leg to the next: out into the gap below, along a lane, into the next function at its left or from below. */
export interface Hop {
  readonly from: PathLeg;
  readonly to: PathLeg;
  readonly a: number;
  readonly b: number;
  readonly down: boolean;
  /** At its beginning. */
  readonly atLeft: boolean;
  readonly guilty: boolean;
}

function hopsOf(program: Program, legs: readonly PathLeg[]): Hop[] {
  const number = new Map(program.staves.map((s, i) => [s.fn.name, i]));
  const hops: Hop[] = [];
  let wrong = false;
  legs.forEach((from, i) => {
    wrong ||= from.wrong < from.points.length;
    const to = legs[i + 1];
    if (to === undefined) return;
    const a = number.get(from.fn);
    const b = number.get(to.fn);
    if (a === undefined || b === undefined) return;
    const start = program.staves[b]!.fn.start;
    hops.push({ from, to, a, b, down: b > a, atLeft: to.points[0]!.insn === start, guilty: wrong });
  });
  return hops;
}

/** Slots of horizontal pieces in the gaps between staves: below stave `i` is gap `i`. */
class Gaps {
  readonly used: number[] = [];

  take(gap: number): number {
    this.used[gap] = (this.used[gap] ?? 0) + 1;
    return this.used[gap] - 1;
  }
}

/** Lanes at most: what goes to and fro more often shares the last one. */
const MOST_LANES = 8;

export function layStaves({ program, legs, width, measure, opened }: LayoutInput): Staves {
  const hops = hopsOf(program, legs);
  const gaps = new Gaps();
  const slots = hops.map((h) => ({ out: gaps.take(h.a), into: gaps.take(h.atLeft ? h.b - 1 : h.b) }));
  const lanes = Math.min(hops.length, MOST_LANES);
  const right = width - STAVE.edge - lanes * STAVE.lane;
  const only = program.staves.length === 1;
  // down left of up
  const order = [...hops.keys()].sort((i, j) => Number(hops[j]!.down) - Number(hops[i]!.down) || i - j);
  const laneX = new Map(order.map((hop, k) => [hop, right + (Math.min(k, lanes - 1) + 1) * STAVE.lane - 2]));

  const scale = program.staves.reduce((least, s) => {
    const room = Math.min(right, width - STAVE.edge - STAVE.gutter) - leftOf(s.depth);
    return Math.min(least, Math.max(STAVE.shortest, room) / Math.max(1, s.axis.kept.length));
  }, Infinity);
  const onPath = new Set(legs.map((l) => l.fn));
  const boxes: Box[] = [];
  let y = 8;
  program.staves.forEach((stave, index) => {
    if (index === 0 && (gaps.used[-1] ?? 0) > 0) y += 4;
    const own = opened.has(stave.fn.name);
    const extra = Math.max(0, (gaps.used[index] ?? 0) - 1) * 5;
    const shown = own ? openedAxis(stave) : stave;
    const x = own && only ? STAVE.edge : leftOf(stave.depth);
    const places = Math.max(1, shown.axis.kept.length);
    const strip = own
      ? Math.max(STAVE.shortest, Math.min(right, width - STAVE.edge) - x - (stave.rails.some((r) => r.open >= 0) ? STAVE.gutter : 0))
      : Math.max(STAVE.shortest, places * (Number.isFinite(scale) ? scale : 1));
    const path = onPath.has(stave.fn.name);
    const box = boxOf({ program, stave, index, shown, x, y, strip, right, only: only || own, path, extra, legs, measure });
    boxes.push(box);
    const end = own ? box.body + opened.get(stave.fn.name)! : box.end;
    y = end + (box.sky < STAVE.sky ? STAVE.gapCold : STAVE.gap) + extra;
  });
  const { strokes, discs, end } = lineOf({ boxes, legs, hops, slots, laneX, opened });
  return { width, right: lanes === 0 ? width : right, height: y + 12, boxes, trunk: trunkOf(boxes), strokes, discs, end };
}

interface BoxInput {
  readonly program: Program;
  readonly stave: Stave;
  readonly index: number;
  readonly shown: Pick<Stave, 'axis' | 'seen' | 'repeats'>;
  readonly x: number;
  readonly y: number;
  readonly strip: number;
  readonly right: number;
  readonly only: boolean;
  readonly path: boolean;
  /** Room for lines of the path below it. */
  readonly extra: number;
  readonly legs: readonly PathLeg[];
  readonly measure: Measure;
}

/** Whether something is drawn over the skyline. */
const hasBacks = (stave: Stave): boolean => stave.repeats.length > 0 || stave.loops.length > 0;

function boxOf({ program, stave, index, shown, x, y, strip, right, only, path, extra, legs, measure }: BoxInput): Box {
  const { axis, seen, repeats } = shown;
  const scale = strip / Math.max(1, axis.kept.length);
  const sky = skyOf(stave, only);
  const top = y + STAVE.head + (hasBacks(stave) ? STAVE.over : 2);
  const base = top + sky;
  const { rows, more } = railRows(stave.rails, STAVE.rails);
  let at = base + (stave.calls.length > 0 || rows.length > 0 || path ? STAVE.calls : 2);
  const rails = rows.map((row): RailLine => {
    at += STAVE.rail;
    return { rails: row.rails, y: at - STAVE.rail / 2 };
  });
  const pathY = path ? at + STAVE.path / 2 : null;
  if (path) at += STAVE.path;
  const notes = notesOf(program, stave, legs);
  // beside the strip where all of it fits, else below
  const beside = x + strip + 22;
  const room = right - 4 - beside;
  const fits = notes.every((n) => measure(n.text) <= room);
  const note = fits ? { x: beside, y: sky < STAVE.sky ? base - 2 : top + 10 } : { x, y: at + 12 };
  const lines = notes.length * STAVE.note;
  const end = fits ? Math.max(at, note.y + lines - STAVE.note + 4) : at + lines + 3;
  return {
    stave,
    index,
    axis,
    seen,
    repeats,
    x,
    y,
    width: strip,
    scale,
    bars: barsOf(seen, scale),
    sky,
    top,
    base,
    rails,
    more,
    pathY,
    notes,
    note,
    bottom: at,
    end,
    body: end + extra + (path ? 14 : 4),
  };
}

/** Dotted lines from a function to those that it calls first. */
function trunkOf(boxes: readonly Box[]): Point[][] {
  const lines: Point[][] = [];
  boxes.forEach((box, i) => {
    const { depth } = box.stave;
    const children: Box[] = [];
    for (let k = i + 1; k < boxes.length && boxes[k]!.stave.depth > depth; k++)
      if (boxes[k]!.stave.depth === depth + 1) children.push(boxes[k]!);
    const last = children.at(-1);
    if (last === undefined) return;
    const x = leftOf(depth) + 8;
    lines.push([
      { x, y: box.end + 2 },
      { x, y: last.y + 11 },
    ]);
    for (const c of children)
      lines.push([
        { x, y: c.y + 11 },
        { x: leftOf(c.stave.depth) - 4, y: c.y + 11 },
      ]);
  });
  return lines;
}
