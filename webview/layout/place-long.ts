// SPDX-License-Identifier: GPL-2.0-only
/**
 * Places for functions of hundreds and thousands of blocks. Structure alone makes staircases of them: a check that leaves early puts all that
 * follows one column further to the right. Here the longest way is one column, and what leaves it stands beside it, as near as there is room.
 */
import { flowOrder, type Successors } from './flow';
import { type Gaps, place, type Placement, type Size } from './place';

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

interface Flow {
  readonly succ: Successors;
  readonly order: readonly number[];
  readonly forward: (node: number) => readonly number[];
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
    for (const to of forward(node)) {
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
    for (const to of forward(node)) most = Math.max(most, on[to]!);
    on[node] = most + 1;
  }
  return on;
}

/** As {@link place}, for large functions. Blocks in `straight` are gone on to before all others. */
export function placeLong(
  sizes: readonly Size[],
  succ: Successors,
  entry: number,
  gaps: Gaps,
  straight: ReadonlySet<number> = new Set(),
): Placement {
  const n = sizes.length;
  const { order, back } = flowOrder(succ, [entry]);
  const forward = (node: number): readonly number[] => succ[node]!.filter((to) => !back.has(node * n + to));
  const flow = { succ, order, forward };
  const { down } = gaps;
  const below = typeof down === 'number' ? (): number => down : down;
  const y = heightsOf(flow, sizes, below);
  const on = waysOn(flow);
  const column = new Int32Array(n).fill(-1);
  const columns = new Columns();
  const from = new Int32Array(n).fill(-1);
  for (const node of order) for (const to of forward(node)) if (from[to] === -1) from[to] = node;
  const rank = (node: number): number => on[node]! + (straight.has(node) ? n : 0);
  const next = (node: number): number => {
    let best = -1;
    for (const to of forward(node)) if (column[to] === -1 && (best === -1 || rank(to) > rank(best))) best = to;
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
export function placeWhole(...input: Parameters<typeof placeLong>): Placement {
  const plain = place(...input);
  const [sizes, succ] = input;
  if (sizes.length <= LONG) return plain;
  const long = placeLong(...input);
  return spreadOf(long, succ).mean < spreadOf(plain, succ).mean ? long : plain;
}

/** Left ends of blocks whose columns stand beside each other. */
function leftsOf(sizes: readonly Size[], column: Int32Array, beside: number): Float64Array {
  const count = column.reduce((m, c) => Math.max(m, c + 1), 0);
  const width = new Float64Array(count);
  column.forEach((c, i) => (width[c] = Math.max(width[c]!, sizes[i]!.width)));
  const left = new Float64Array(count);
  for (let c = 1; c < count; c++) left[c] = left[c - 1]! + width[c - 1]! + beside;
  return Float64Array.from(column, (c) => left[c]!);
}

/**
 * How far apart the ends of edges that lead down are, px: on average, and what nine of ten stay below. What a layout is judged by.
 */
export function spreadOf(placed: Placement, succ: Successors): { readonly mean: number; readonly most: number } {
  const n = succ.length;
  const all: number[] = [];
  succ.forEach((list, from) => {
    for (const to of list)
      if (!placed.back.has(from * n + to)) all.push(Math.abs(placed.x[from]! - placed.x[to]!) + Math.abs(placed.y[from]! - placed.y[to]!));
  });
  all.sort((a, b) => a - b);
  return { mean: all.reduce((a, b) => a + b, 0) / Math.max(1, all.length), most: all[Math.floor(all.length * 0.9)] ?? 0 };
}
