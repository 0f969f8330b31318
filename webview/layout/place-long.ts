// SPDX-License-Identifier: GPL-2.0-only
/**
 * Places for functions of hundreds and thousands of blocks. Structure alone makes staircases of them: a check that leaves early puts all that
 * follows one column further to the right. Here the longest way is one column, and what leaves it stands beside it, as near as there is room.
 */
import type { Flow, Successors } from './flow';
import { type Gaps, leftsOf, place, type Placement, type Size } from './place';

/** A way that is drawn straight is broken where its next block stands so much further down, in heights of a block. */
const FAR = 8;

/** Free room in columns: each takes intervals of y that do not overlap. */
class Columns {
  private readonly taken: { top: number; bottom: number }[][] = [];

  /** The nearest column from `least` on that is free between two heights. */
  take(least: number, top: number, bottom: number): number {
    for (let column = least; ; column++) {
      const list = (this.taken[column] ??= []);
      let lo = 0;
      let hi = list.length;
      while (lo < hi) {
        const mid = (lo + hi) >> 1;
        if (list[mid]!.bottom <= top) lo = mid + 1;
        else hi = mid;
      }
      const next = list[lo];
      if (next !== undefined && next.top < bottom) continue;
      list.splice(lo, 0, { top, bottom });
      return column;
    }
  }
}

/** How far down each block must stand so that every edge leads down; what nothing leads to stands below the rest. */
function heightsOf({ succ, order, forward }: Flow, sizes: readonly Size[], below: (node: number) => number): Float64Array {
  const y = new Float64Array(succ.length);
  const reached = new Uint8Array(succ.length);
  let bottom = 0;
  for (const node of order) {
    if (reached[node] === 0) y[node] = bottom;
    const under = y[node]! + sizes[node]!.height + below(node);
    bottom = Math.max(bottom, under);
    for (const to of forward[node]!) {
      reached[to] = 1;
      if (y[to]! < under) y[to] = under;
    }
  }
  return y;
}

/** Blocks on the longest way from each to an end. */
function waysOn({ succ, order, forward }: Flow): Int32Array {
  const on = new Int32Array(succ.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    let most = 0;
    for (const to of forward[node]!) most = Math.max(most, on[to]!);
    on[node] = most + 1;
  }
  return on;
}

/** As {@link place}, for large functions. */
export function placeLong(sizes: readonly Size[], flow: Flow, gaps: Gaps): Placement {
  const { succ, order, forward, back, straight, entry } = flow;
  const n = succ.length;
  const { down } = gaps;
  const below = typeof down === 'number' ? (): number => down : down;
  const y = heightsOf(flow, sizes, below);
  const on = waysOn(flow);
  const column = new Int32Array(n).fill(-1);
  const columns = new Columns();
  const from = new Int32Array(n).fill(-1);
  for (const node of order) for (const to of forward[node]!) if (from[to] === -1) from[to] = node;
  const rank = (node: number): number => on[node]! + (straight.has(node) ? n : 0);
  const next = (node: number): number => {
    let best = -1;
    for (const to of forward[node]!) if (column[to] === -1 && (best === -1 || rank(to) > rank(best))) best = to;
    return best;
  };
  for (const root of order) {
    if (column[root] !== -1) continue;
    const path = [root];
    column[root] = 0;
    for (let at = next(root); at !== -1; at = next(at)) {
      const last = path[path.length - 1]!;
      const end = y[last]! + sizes[last]!.height;
      if (root !== entry && y[at]! - end > FAR * (sizes[at]!.height + below(at))) break;
      column[at] = 0;
      path.push(at);
    }
    const last = path[path.length - 1]!;
    const before = from[root]!;
    const least = before === -1 ? 0 : column[before]! + 1;
    const own = columns.take(least, y[root]!, y[last]! + sizes[last]!.height + below(last));
    for (const node of path) column[node] = own;
  }
  return { x: leftsOf(sizes, column, gaps.beside), y, column, order, back };
}

/** From so many blocks on what leaves early must not move the rest aside. */
const LONG = 150;

/** Places by the size of a function: of a large one those by which the ends of its edges are nearer to each other. */
export function placeWhole(sizes: readonly Size[], flow: Flow, gaps: Gaps): Placement {
  const plain = place(sizes, flow, gaps);
  if (sizes.length <= LONG) return plain;
  const long = placeLong(sizes, flow, gaps);
  return spreadOf(long, flow.succ) < spreadOf(plain, flow.succ) ? long : plain;
}

/** How far apart the ends of edges that lead down are on average, px: what a layout is judged by. */
export function spreadOf({ x, y, back }: Placement, succ: Successors): number {
  const n = succ.length;
  let sum = 0;
  let count = 0;
  for (let from = 0; from < n; from++) {
    for (const to of succ[from]!) {
      if (back.has(from * n + to)) continue;
      sum += Math.abs(x[from]! - x[to]!) + Math.abs(y[from]! - y[to]!);
      count++;
    }
  }
  return sum / Math.max(1, count);
}
