// SPDX-License-Identifier: GPL-2.0-only
/** Order and dominance of a control-flow graph. Linear or nearly so, and never recursive: BPF programs have thousands of blocks. */

/** Successors by node index, in order: fall-through first. */
export type Successors = readonly (readonly number[])[];

/** Nodes in reverse postorder from the entries, unreachable ones appended in index order; and the back edges as `from * n + to`. */
export function flowOrder(succ: Successors, entries: readonly number[]): { order: number[]; back: ReadonlySet<number> } {
  const n = succ.length;
  const mark = new Uint8Array(n);
  const post: number[] = [];
  const back = new Set<number>();
  const visit = (root: number): void => {
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    mark[root] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      // the last successor first, so that the fall-through comes first in reverse postorder
      const list = succ[top.node]!;
      const to = list[list.length - 1 - top.next];
      top.next++;
      if (to === undefined) {
        mark[top.node] = 2;
        post.push(top.node);
        stack.pop();
      } else if (mark[to] === 0) {
        mark[to] = 1;
        stack.push({ node: to, next: 0 });
      } else if (mark[to] === 1) back.add(top.node * n + to);
    }
  };
  const roots = [...entries];
  const order: number[] = [];
  for (const root of roots) {
    if (mark[root] !== 0) continue;
    post.length = 0;
    visit(root);
    order.push(...post.toReversed());
  }
  for (let i = 0; i < n; i++) {
    if (mark[i] !== 0) continue;
    post.length = 0;
    visit(i);
    order.push(...post.toReversed());
  }
  return { order, back };
}

/**
 * Immediate postdominators on the graph without back edges; −1 where paths do not meet again.
 * Cooper, Harvey and Kennedy's algorithm on the reversed graph; one pass suffices without cycles.
 */
export function postdominators(succ: Successors, order: readonly number[], back: ReadonlySet<number>): Int32Array {
  const n = succ.length;
  const EXIT = n;
  const ipdom = new Int32Array(n + 1).fill(-2);
  const rank = new Int32Array(n + 1);
  order.forEach((node, i) => (rank[node] = n - i));
  rank[EXIT] = 0;
  ipdom[EXIT] = EXIT;
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (rank[a]! > rank[b]!) a = ipdom[a]!;
      while (rank[b]! > rank[a]!) b = ipdom[b]!;
    }
    return a;
  };
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    let best = -2;
    for (const to of succ[node]!) {
      if (back.has(node * n + to) || ipdom[to] === -2) continue;
      best = best === -2 ? to : meet(best, to);
    }
    ipdom[node] = best === -2 ? EXIT : best;
  }
  return ipdom.map((d) => (d === EXIT ? -1 : d)).subarray(0, n);
}

const NONE: ReadonlySet<number> = new Set();

/** The flow of one function, as layouts ask for it: what does not depend on how large blocks are, found once for all of them. */
export class Flow {
  readonly order: readonly number[];
  /** Back edges as `from * n + to`. */
  readonly back: ReadonlySet<number>;
  /** Successors along edges that lead down. */
  readonly forward: Successors;

  /** Blocks in `straight` are gone on to before all others. */
  constructor(
    readonly succ: Successors,
    readonly straight: ReadonlySet<number> = NONE,
    readonly entry = 0,
  ) {
    const { order, back } = flowOrder(succ, [entry]);
    const n = succ.length;
    this.order = order;
    this.back = back;
    this.forward = back.size === 0 ? succ : succ.map((list, node) => list.filter((to) => !back.has(node * n + to)));
  }
}
