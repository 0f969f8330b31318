// SPDX-License-Identifier: GPL-2.0-only
import type { Placement, Size } from './place';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface RoutedEdge {
  /** Corners, first at the source's lower edge, last at the target's upper edge. */
  readonly points: readonly Point[];
  /** Place for the label. */
  readonly label: Point;
  readonly back: boolean;
}

export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'fall' | 'taken' | 'jump' | 'back' | 'call';
}

const LANE = 12;
const STUB = 12;

/** Lanes beside the blocks: each takes intervals of y that do not overlap; the innermost free one is used. */
class Lanes {
  private readonly ends: { top: number; bottom: number }[][] = [];

  take(top: number, bottom: number): number {
    for (let lane = 0; ; lane++) {
      const used = (this.ends[lane] ??= []);
      if (used.every((u) => bottom < u.top || top > u.bottom)) {
        used.push({ top, bottom });
        return lane;
      }
    }
  }
}

/**
 * Orthogonal ways for the edges of one function: straight down where nothing is between, right around for taken branches,
 * left around for back edges. Every block has one port a leaving edge, from left to right in the order given.
 */
export function route(sizes: readonly Size[], placed: Placement, edges: readonly FlowEdge[]): RoutedEdge[] {
  const n = sizes.length;
  const outCount = new Int32Array(n);
  const outSeen = new Int32Array(n);
  const inSeen = new Int32Array(n);
  for (const e of edges) outCount[e.from]!++;
  const maxRight = placed.x.reduce((m, x, i) => Math.max(m, x + sizes[i]!.width), 0);
  const right = new Lanes();
  const left = new Lanes();
  const byColumn = new Map<number, number[]>();
  placed.column.forEach((c, i) => {
    const list = byColumn.get(c);
    if (list === undefined) byColumn.set(c, [i]);
    else list.push(i);
  });
  for (const list of byColumn.values()) list.sort((a, b) => placed.y[a]! - placed.y[b]!);

  /** Whether a vertical line in a column meets no block between two heights. */
  const clear = (column: number, top: number, bottom: number): boolean =>
    (byColumn.get(column) ?? []).every((i) => placed.y[i]! >= bottom || placed.y[i]! + sizes[i]!.height <= top);

  return edges.map((e) => {
    const from = sizes[e.from]!;
    const to = sizes[e.to]!;
    const port = outSeen[e.from]!++;
    const total = outCount[e.from]!;
    const x0 = placed.x[e.from]! + from.width * (total === 1 ? 0.5 : port === 0 ? 0.5 : 0.5 + (0.35 * port) / total);
    const y0 = placed.y[e.from]! + from.height;
    const y1 = placed.y[e.to]!;
    const shift = Math.min(inSeen[e.to]!++, 4) * 14;
    const isBack = e.kind === 'back' || placed.back.has(e.from * n + e.to) || y1 < y0;
    if (isBack) {
      const lane = left.take(y1 - STUB, y0 + STUB);
      const x = Math.min(placed.x[e.from]!, placed.x[e.to]!, 0) - 24 - lane * LANE;
      const tx = placed.x[e.to]! + to.width * 0.25;
      const sx = placed.x[e.from]! + from.width * 0.15;
      const points = [
        { x: sx, y: y0 },
        { x: sx, y: y0 + STUB },
        { x, y: y0 + STUB },
        { x, y: y1 - STUB },
        { x: tx, y: y1 - STUB },
        { x: tx, y: y1 },
      ];
      return { points, label: { x, y: (y0 + y1) / 2 }, back: true };
    }
    const sameColumn = placed.column[e.from] === placed.column[e.to];
    const tx = placed.x[e.to]! + to.width * 0.5 + (sameColumn ? 0 : placed.x[e.from]! > placed.x[e.to]! ? shift + 20 : 0);
    if (sameColumn && clear(placed.column[e.from]!, y0 + 1, y1 - 1)) {
      if (port === 0) return { points: [{ x: tx, y: y0 }, { x: tx, y: y1 }], label: { x: tx, y: (y0 + y1) / 2 }, back: false };
      const mid = y1 - STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: mid }, { x: tx + shift, y: mid }, { x: tx + shift, y: y1 }], label: { x: x0, y: (y0 + mid) / 2 }, back: false };
    }
    // straight down in the target's column, if it is free; else in the source's; else around at the right
    if (clear(placed.column[e.to]!, y0 + 1, y1 - 1) && !sameColumn) {
      const bend = y0 + STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: bend }, { x: tx, y: bend }, { x: tx, y: y1 }], label: { x: (x0 + tx) / 2, y: bend }, back: false };
    }
    if (!sameColumn && clear(placed.column[e.from]!, y0 + 1, y1 - 1)) {
      const bend = y1 - STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: bend }, { x: tx, y: bend }, { x: tx, y: y1 }], label: { x: x0, y: (y0 + bend) / 2 }, back: false };
    }
    const lane = right.take(y0, y1);
    const x = maxRight + 24 + lane * LANE;
    const target = placed.x[e.to]! + to.width * 0.75;
    const points = [
      { x: x0, y: y0 },
      { x: x0, y: y0 + STUB },
      { x, y: y0 + STUB },
      { x, y: y1 - STUB },
      { x: target, y: y1 - STUB },
      { x: target, y: y1 },
    ];
    return { points, label: { x: (x0 + x) / 2, y: y0 + STUB }, back: false };
  });
}
