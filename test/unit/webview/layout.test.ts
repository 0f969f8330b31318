// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Flow, flowOrder, postdominators } from '../../../webview/layout/flow';
import { place } from '../../../webview/layout/place';
import { route, type FlowEdge } from '../../../webview/layout/route';

const SIZE = { width: 336, height: 60 };
const GAPS = { down: 28, beside: 32 };
const sizes = (n: number): { width: number; height: number }[] => new Array(n).fill(SIZE);

/** The blocks of the first example: a loop with an if inside, left by one way. */
const COPY_HEADS = [[1, 5], [2], [3, 4], [4], [5, 2], []];

describe('order of blocks', () => {
  it('finds the back edge of a loop and orders the fall-through first', () => {
    const { order, back } = flowOrder(COPY_HEADS, [0]);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...back]).toEqual([4 * 6 + 2]);
  });
  it('appends blocks that nothing reaches', () => {
    expect(flowOrder([[1], [], [1]], [0]).order).toEqual([0, 1, 2]);
  });
  it('knows where paths meet again', () => {
    const { order, back } = flowOrder(COPY_HEADS, [0]);
    expect([...postdominators(COPY_HEADS, order, back)]).toEqual([5, 2, 4, 4, 5, -1]);
  });
});

describe('placement', () => {
  it('keeps the main line in one column and sets the short arm of an if beside it', () => {
    const p = place(sizes(6), new Flow(COPY_HEADS), GAPS);
    expect([...p.column]).toEqual([0, 0, 0, 1, 0, 0]);
  });
  it('leads every forward edge down', () => {
    const p = place(sizes(6), new Flow(COPY_HEADS), GAPS);
    COPY_HEADS.forEach((list, from) => {
      for (const to of list) if (!p.back.has(from * 6 + to)) expect(p.y[to]!).toBeGreaterThanOrEqual(p.y[from]! + SIZE.height + GAPS.down);
    });
  });
  it('never lets two blocks overlap, on random graphs', () => {
    let seed = 7;
    const rnd = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let round = 0; round < 50; round++) {
      const n = 2 + rnd(40);
      const succ = Array.from({ length: n }, (_, i) => (i === n - 1 ? [] : rnd(3) === 0 ? [i + 1, rnd(n)] : [i + 1]));
      const p = place(sizes(n), new Flow(succ), GAPS);
      for (let a = 0; a < n; a++)
        for (let b = a + 1; b < n; b++) {
          const apart = Math.abs(p.x[a]! - p.x[b]!) >= SIZE.width || Math.abs(p.y[a]! - p.y[b]!) >= SIZE.height;
          if (!apart) expect.fail(`blocks ${a} and ${b} of round ${round} overlap`);
        }
    }
  });
  it('lays out 5,000 blocks in a chain without recursion', () => {
    const succ = Array.from({ length: 5000 }, (_, i) => (i === 4999 ? [] : i % 7 === 0 ? [i + 1, Math.min(4999, i + 3)] : [i + 1]));
    expect(place(sizes(5000), new Flow(succ), GAPS).order).toHaveLength(5000);
  });
});

describe('edges', () => {
  const edges: FlowEdge[] = COPY_HEADS.flatMap((list, from) =>
    list.map((to, i): FlowEdge => ({ from, to, kind: i === 0 ? 'fall' : 'taken' })),
  );
  const { placed, ways: routed } = route(sizes(6), place(sizes(6), new Flow(COPY_HEADS), GAPS), edges, GAPS.beside);
  it('are orthogonal', () => {
    for (const r of routed) {
      for (let i = 1; i < r.points.length; i++) {
        const a = r.points[i - 1]!;
        const b = r.points[i]!;
        expect(a.x === b.x || a.y === b.y).toBe(true);
      }
    }
  });
  it('go straight down the main column and left around for the loop', () => {
    expect(routed[0]!.points).toHaveLength(2);
    const loop = routed[edges.findIndex((e) => e.from === 4 && e.to === 2)]!;
    expect(loop.back).toBe(true);
    expect(Math.min(...loop.points.map((p) => p.x))).toBeLessThan(0);
  });
  it('start at the lower edge of the source and end at the upper edge of the target', () => {
    routed.forEach((r, i) => {
      const e = edges[i]!;
      expect(r.points[0]!.y).toBe(placed.y[e.from]! + SIZE.height);
      expect(r.points[r.points.length - 1]!.y).toBe(placed.y[e.to]!);
    });
  });
  it('to one block through one gap share a lane', () => {
    // three ways out of a chain, all to its end
    const chain = [[1, 4], [2, 4], [3, 4], [4], []];
    const flow: FlowEdge[] = chain.flatMap((list, from) => list.map((to, i): FlowEdge => ({ from, to, kind: i === 0 ? 'fall' : 'taken' })));
    const where = place(sizes(5), new Flow(chain), GAPS);
    const lanes = route(sizes(5), where, flow, GAPS.beside)
      .ways.filter((_, i) => flow[i]!.kind === 'taken')
      .filter((r) => r.points.length === 6)
      .map((r) => r.points[2]!.x);
    expect(lanes).toHaveLength(2);
    expect(new Set(lanes).size).toBe(1);
  });
});
