// SPDX-License-Identifier: GPL-2.0-only
import { type Flow, postdominators } from './flow';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Gaps {
  /** Down the fall-through; by block where that differs. */
  readonly down: number | ((block: number) => number);
  /** Between columns. */
  readonly beside: number;
}

/** Where blocks stand: left upper corners, and the column of each. */
export interface Placement {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly column: Int32Array;
  readonly order: readonly number[];
  readonly back: ReadonlySet<number>;
}

/**
 * Columns: the block where paths meet again stands under the branch; a short arm of an `if` goes to the right;
 * with two arms the fall-through stays and the other goes right of everything that the first arm needs.
 */
function columns({ succ, order, back, forward, straight }: Flow): Int32Array {
  const n = succ.length;
  const ipdom = postdominators(succ, order, back);
  const column = new Int32Array(n).fill(-1);
  interface Task {
    readonly node: number;
    readonly col: number;
    /** Meeting point of the branch that this one is an arm of: not this one's to place. */
    readonly limit: number;
    arms: number[] | null;
    next: number;
    /** First free column right of the arms so far. */
    right: number;
  }
  /** A block alone between the branch and the meeting point. */
  const isShort = (arm: number, join: number): boolean => !straight.has(arm) && succ[arm]!.length === 1 && succ[arm]![0] === join;
  for (const root of order) {
    if (column[root]! >= 0) continue;
    const stack: Task[] = [{ node: root, col: 0, limit: -1, arms: null, next: 0, right: 0 }];
    column[root] = 0;
    while (stack.length > 0) {
      const task = stack[stack.length - 1]!;
      const join = ipdom[task.node]!;
      if (task.arms === null) {
        const onward = forward[task.node]!;
        task.arms = onward.filter((to) => to !== join && to !== task.limit && column[to]! < 0);
        const direct = onward.includes(join);
        task.right = direct && task.arms.length === 1 && isShort(task.arms[0]!, join) ? task.col + 1 : task.col;
      }
      const arm = task.arms[task.next++];
      if (arm !== undefined) {
        if (column[arm]! >= 0) continue;
        column[arm] = task.right;
        stack.push({ node: arm, col: task.right, limit: join, arms: null, next: 0, right: task.right });
        continue;
      }
      let used = Math.max(task.col + 1, task.right);
      if (join >= 0 && join !== task.limit && column[join]! < 0 && task.next === task.arms.length + 1) {
        column[join] = task.col;
        stack.push({ node: join, col: task.col, limit: task.limit, arms: null, next: 0, right: task.col });
        continue;
      }
      stack.pop();
      const parent = stack[stack.length - 1];
      if (parent !== undefined && task.col >= parent.col) {
        used = Math.max(used, task.col + 1);
        parent.right = Math.max(parent.right, used);
      }
    }
  }
  return column;
}

/** Columns of flows that were asked for. */
const known = new WeakMap<Flow, Int32Array>();

function columnsOf(flow: Flow): Int32Array {
  let found = known.get(flow);
  if (found === undefined) known.set(flow, (found = columns(flow)));
  return found;
}

/** Left ends of blocks whose columns stand beside each other. */
export function leftsOf(sizes: readonly Size[], column: Int32Array, beside: number): Float64Array {
  let count = 0;
  for (const c of column) if (c >= count) count = c + 1;
  const width = new Float64Array(count);
  for (let i = 0; i < column.length; i++) width[column[i]!] = Math.max(width[column[i]!]!, sizes[i]!.width);
  const left = new Float64Array(count);
  for (let c = 1; c < count; c++) left[c] = left[c - 1]! + width[c - 1]! + beside;
  return Float64Array.from(column, (c) => left[c]!);
}

/**
 * Places blocks of one function: columns by structure, rows by the longest way, so that every forward edge leads down.
 * Blocks in `straight` stay in the column of the branch before them.
 */
export function place(sizes: readonly Size[], flow: Flow, gaps: Gaps): Placement {
  const { order, back, forward } = flow;
  const n = order.length;
  const column = columnsOf(flow);
  const y = new Float64Array(n);
  const free = new Float64Array(n);
  const floor = new Float64Array(n);
  const { down } = gaps;
  const below = typeof down === 'number' ? (): number => down : down;
  for (const node of order) {
    const c = column[node]!;
    const top = Math.max(floor[node]!, free[c]!);
    y[node] = top;
    const bottom = top + sizes[node]!.height + below(node);
    free[c] = bottom;
    for (const to of forward[node]!) if (floor[to]! < bottom) floor[to] = bottom;
  }
  return { x: leftsOf(sizes, column, gaps.beside), y, column, order, back };
}
