// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Flow } from '../../../webview/layout/flow';
import { place } from '../../../webview/layout/place';
import { placeLong, placeWhole, spreadOf } from '../../../webview/layout/place-long';

const SIZE = { width: 86, height: 31 };
const GAPS = { down: 18, beside: 22 };
const sizesOf = (n: number): (typeof SIZE)[] => Array.from({ length: n }, () => SIZE);

/** Checks that leave early: block 2i goes on to 2i + 2 or gives up in 2i + 1, which leads to the end. */
function checks(n: number): number[][] {
  const end = 2 * n;
  const succ: number[][] = [];
  for (let i = 0; i < n; i++) succ.push([2 * i + 1, 2 * i + 2], [end]);
  return [...succ, []];
}

describe('places of large functions', () => {
  const n = 200;
  const succ = checks(n);
  const sizes = sizesOf(succ.length);
  const placed = placeLong(sizes, new Flow(succ), GAPS);
  it('lead down along every edge, with no block over another', () => {
    succ.forEach((list, from) =>
      list.forEach((to) => expect(placed.y[to]!).toBeGreaterThanOrEqual(placed.y[from]! + SIZE.height + GAPS.down)),
    );
    const at = new Set(Array.from(placed.x, (x, i) => `${x} ${placed.y[i]!}`));
    expect(at.size).toBe(succ.length);
    const byColumn = new Map<number, number[]>();
    placed.column.forEach((c, i) => byColumn.set(c, [...(byColumn.get(c) ?? []), placed.y[i]!]));
    for (const ys of byColumn.values()) {
      ys.sort((a, b) => a - b);
      ys.slice(1).forEach((y, i) => expect(y - ys[i]!).toBeGreaterThanOrEqual(SIZE.height));
    }
  });
  it('make no staircase of checks that leave early', () => {
    expect(Math.max(...placed.column)).toBe(1);
    expect(Math.max(...place(sizes, new Flow(succ), GAPS).column)).toBeGreaterThan(100);
    expect(spreadOf(placed, succ) * 2).toBeLessThan(spreadOf(place(sizes, new Flow(succ), GAPS), succ));
  });
  it('keep a way that is asked for in one column', () => {
    const way = new Set([2 * 50 + 1]);
    const { column } = placeLong(sizes, new Flow(succ, way), GAPS);
    expect(column[101]).toBe(0);
  });
  it('put a loop beside nothing, and its way back apart', () => {
    const loop = placeLong(sizesOf(4), new Flow([[1], [2, 3], [1], []]), GAPS);
    expect([...loop.back]).toEqual([2 * 4 + 1]);
  });
  it('are those of small functions up to some size', () => {
    const few = checks(20);
    expect(placeWhole(sizesOf(few.length), new Flow(few), GAPS)).toEqual(place(sizesOf(few.length), new Flow(few), GAPS));
  });
});
