// SPDX-License-Identifier: GPL-2.0-only
import { flowOrder, postdominators, type Successors } from './flow';

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
function columns(
  succ: Successors,
  order: readonly number[],
  back: ReadonlySet<number>,
  ipdom: Int32Array,
  straight: ReadonlySet<number>,
): Int32Array {
  const n = succ.length;
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
        const forward = succ[task.node]!.filter((to) => !back.has(task.node * n + to));
        task.arms = forward.filter((to) => to !== join && to !== task.limit && column[to]! < 0);
        const direct = forward.includes(join);
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

/**
 * Places blocks of one function: columns by structure, rows by the longest way, so that every forward edge leads down.
 * Blocks in `straight` stay in the column of the branch before them.
 */
export function place(
  sizes: readonly Size[],
  succ: Successors,
  entry: number,
  gaps: Gaps,
  straight: ReadonlySet<number> = new Set(),
): Placement {
  const n = sizes.length;
  const { order, back } = flowOrder(succ, [entry]);
  const ipdom = postdominators(succ, order, back);
  const column = columns(succ, order, back, ipdom, straight);
  const y = new Float64Array(n);
  const x = new Float64Array(n);
  const count = n === 0 ? 0 : Math.max(...column) + 1;
  const free = new Float64Array(count);
  const width = new Float64Array(count);
  const floor = new Float64Array(n);
  const { down } = gaps;
  const below = typeof down === 'number' ? (): number => down : down;
  for (const node of order) {
    const c = column[node]!;
    const top = Math.max(floor[node]!, free[c]!);
    y[node] = top;
    const bottom = top + sizes[node]!.height + below(node);
    free[c] = bottom;
    width[c] = Math.max(width[c]!, sizes[node]!.width);
    for (const to of succ[node]!) {
      if (!back.has(node * n + to) && floor[to]! < bottom) floor[to] = bottom;
    }
  }
  const left = new Float64Array(count);
  for (let c = 1; c < count; c++) left[c] = left[c - 1]! + width[c - 1]! + gaps.beside;
  for (let i = 0; i < n; i++) x[i] = left[column[i]!]!;
  return { x, y, column, order, back };
}
