// SPDX-License-Identifier: GPL-2.0-only
/** The union of rectangles as one path with rounded corners. Pure. */
import type { Point } from './route';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** With more cells rectangles stay by themselves: the union would cost more than it shows. */
const MAX_CELLS = 1_000_000;

const sorted = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);

/** Cells of the grid that all edges of the rectangles span, row by row: which are covered. */
function covered(rects: readonly Rect[], xs: readonly number[], ys: readonly number[]): Uint8Array {
  const columnOf = new Map(xs.map((x, i) => [x, i]));
  const rowOf = new Map(ys.map((y, i) => [y, i]));
  const width = xs.length - 1;
  const cells = new Uint8Array(width * (ys.length - 1));
  for (const r of rects) {
    const left = columnOf.get(r.x)!;
    const right = columnOf.get(r.x + r.width)!;
    for (let row = rowOf.get(r.y)!; row < rowOf.get(r.y + r.height)!; row++) cells.fill(1, row * width + left, row * width + right);
  }
  return cells;
}

/**
 * Rings around the union, corners only. Outer rings go clockwise, holes the other way; areas that touch in a corner stay apart.
 */
export function outlines(rects: readonly Rect[]): Point[][] {
  const full = rects.filter((r) => r.width > 0 && r.height > 0);
  const xs = sorted(full.flatMap((r) => [r.x, r.x + r.width]));
  const ys = sorted(full.flatMap((r) => [r.y, r.y + r.height]));
  if (xs.length * ys.length > MAX_CELLS)
    return full.map((r) => [
      { x: r.x, y: r.y },
      { x: r.x + r.width, y: r.y },
      { x: r.x + r.width, y: r.y + r.height },
      { x: r.x, y: r.y + r.height },
    ]);
  const width = xs.length - 1;
  const height = ys.length - 1;
  const cells = covered(full, xs, ys);
  const at = (column: number, row: number): boolean =>
    column >= 0 && row >= 0 && column < width && row < height && cells[row * width + column] === 1;
  /** Borders with the area at their right: from a corner to the next, by direction 0 right, 1 down, 2 left, 3 up. */
  const stride = xs.length;
  const borders = new Map<number, number[]>();
  const add = (column: number, row: number, direction: number): void => {
    const key = row * stride + column;
    const list = borders.get(key);
    if (list === undefined) borders.set(key, [direction]);
    else list.push(direction);
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!at(column, row)) continue;
      if (!at(column, row - 1)) add(column, row, 0);
      if (!at(column + 1, row)) add(column + 1, row, 1);
      if (!at(column, row + 1)) add(column + 1, row + 1, 2);
      if (!at(column - 1, row)) add(column, row + 1, 3);
    }
  }
  const step = [1, stride, -1, -stride];
  const rings: Point[][] = [];
  for (const [start, list] of borders) {
    while (list.length > 0) {
      const ring: Point[] = [];
      let key = start;
      let direction = list.pop()!;
      const first = direction;
      for (;;) {
        key += step[direction]!;
        if (key === start && borders.get(start)!.length === 0) break;
        const out = borders.get(key)!;
        // of two ways the right turn keeps to this area
        const right = out.indexOf((direction + 1) % 4);
        const i = right >= 0 ? right : 0;
        if (out.length === 0) break;
        const next = out.splice(i, 1)[0]!;
        if (next !== direction) ring.push({ x: xs[key % stride]!, y: ys[Math.floor(key / stride)]! });
        direction = next;
      }
      if (direction !== first) ring.push({ x: xs[start % stride]!, y: ys[Math.floor(start / stride)]! });
      rings.push(ring);
    }
  }
  return rings;
}

/** A ring as SVG path data with rounded corners. */
export function rounded(ring: readonly Point[], radius: number): string {
  const n = ring.length;
  const parts = ring.map((p, i) => {
    const before = ring[(i + n - 1) % n]!;
    const after = ring[(i + 1) % n]!;
    const a = Math.abs(p.x - before.x) + Math.abs(p.y - before.y);
    const b = Math.abs(after.x - p.x) + Math.abs(after.y - p.y);
    const r = Math.min(radius, a / 2, b / 2);
    const from = { x: p.x - Math.sign(p.x - before.x) * r, y: p.y - Math.sign(p.y - before.y) * r };
    const to = { x: p.x + Math.sign(after.x - p.x) * r, y: p.y + Math.sign(after.y - p.y) * r };
    return `${i === 0 ? 'M' : 'L'}${from.x} ${from.y}Q${p.x} ${p.y} ${to.x} ${to.y}`;
  });
  return `${parts.join('')}Z`;
}
