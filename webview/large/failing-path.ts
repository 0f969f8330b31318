// SPDX-License-Identifier: GPL-2.0-only
/** The failing path as one line through the functions: where it enters each, where its steps are, where it goes wrong. Pure. */
import type { ContextGraph } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import type { PathView } from '../../src/protocol/path';
import { stepsOf } from '../lens/path-steps';
import { indexOf } from '../model/graph-index';

/** A point of the line: a step with its number, or 0 for where it comes from, goes over to another function, or ends. */
export interface PathPoint {
  readonly insn: number;
  readonly fn: string;
  readonly number: number;
  readonly guilty: boolean;
  readonly text: string;
  readonly end: boolean;
}

/** What of the line is in one function, without leaving it. */
export interface PathLeg {
  readonly fn: string;
  readonly points: readonly PathPoint[];
  /** It comes from another function, and goes on to one. */
  readonly enters: boolean;
  readonly leaves: boolean;
  /** Number of the point from which on it is wrong; the length of `points` where none is. */
  readonly wrong: number;
  /** Instructions that the path comes by, in all functions; null where they are not known. */
  readonly walked: ReadonlySet<number> | null;
}

/** Legs of a line that are drawn, at most: a path that goes to and fro more often is told by its steps alone. */
const MOST_LEGS = 24;

/** Functions that a path is in from one of its places to another, in order, each once when it stays or comes back at once. */
function between(
  graph: ContextGraph,
  path: PathView,
  from: number,
  to: number,
): { readonly fn: string; readonly first: number; readonly last: number }[] {
  const index = indexOf(graph);
  const out: { fn: string; first: number; last: number }[] = [];
  for (let i = from; i <= to; i++) {
    const insn = path.insns[i]!;
    const fn = index.at(insn)?.node.function;
    if (fn === undefined) continue;
    const top = out.at(-1);
    if (top?.fn === fn) {
      top.last = insn;
      continue;
    }
    // back from a call in which nothing happened
    if (out.length >= 2 && out.at(-2)!.fn === fn) {
      out.pop();
      out.at(-1)!.last = insn;
      continue;
    }
    out.push({ fn, first: insn, last: insn });
  }
  return out;
}

function pointsOf(graph: ContextGraph, result: ProgramResult, path: PathView | null): PathPoint[] {
  const index = indexOf(graph);
  const steps = stepsOf(result, path).filter((s) => s.number > 0 || s.more === 0);
  const points: PathPoint[] = [];
  const add = (insn: number, more: Partial<PathPoint> = {}): void => {
    const fn = index.at(insn)?.node.function;
    if (fn === undefined) return;
    const before = points.at(-1);
    const point = { insn, fn, number: 0, guilty: false, text: '', end: false, ...more };
    if (before?.insn !== insn || (before.number > 0 && point.number > 0)) points.push(point);
    else if (before.number === 0) points[points.length - 1] = point;
  };
  const first = path?.insns[0] ?? graph.functions[0]?.start ?? 0;
  add(first);
  let at = 0;
  for (const s of steps) {
    if (path !== null && s.step !== null && s.step > at) {
      const way = between(graph, path, at, s.step);
      way.forEach((w, i) => {
        if (i > 0) add(w.first);
        if (i < way.length - 1) add(w.last);
      });
      at = s.step;
    }
    add(s.insn, { number: s.number, guilty: s.guilty, text: s.text });
  }
  const failing = result.insn ?? path?.insn;
  if (failing != null && points.at(-1)?.insn !== failing) {
    if (path !== null)
      between(graph, path, at, path.insns.length - 1).forEach((w, i, all) => {
        if (i > 0) add(w.first);
        if (i < all.length - 1) add(w.last);
      });
    add(failing);
  }
  const last = points.pop();
  if (last !== undefined) points.push({ ...last, guilty: true, end: true });
  return points;
}

/** The line of a rejected program; empty for one that is not. */
export function failingPath(graph: ContextGraph, result: ProgramResult, path: PathView | null): PathLeg[] {
  if (result.verdict !== 'reject' || result.insn === null) return [];
  const points = pointsOf(graph, result, path);
  const groups: PathPoint[][] = [];
  for (const p of points) {
    const top = groups.at(-1);
    if (top?.[0]!.fn === p.fn) top.push(p);
    else groups.push([p]);
  }
  // calls in which no step is are left out where there are too many
  const told =
    groups.length <= MOST_LEGS
      ? groups
      : groups.filter((g, i) => i === 0 || i === groups.length - 1 || g.some((p) => p.number > 0)).slice(-MOST_LEGS);
  let wrong = false;
  const walked = path === null ? null : new Set(path.insns);
  return told.map((own, i): PathLeg => {
    const at = wrong ? 0 : own.findIndex((p) => p.guilty);
    const begins = at < 0 ? own.length : at;
    wrong ||= at >= 0;
    return { fn: own[0]!.fn, points: own, enters: i > 0, leaves: i < told.length - 1, wrong: begins, walked };
  });
}
