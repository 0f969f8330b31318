// SPDX-License-Identifier: GPL-2.0-only
import type { Placement, Size } from './place';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface RoutedEdge {
  /** Corners, first at the source's lower edge, last at the target's upper edge. */
  readonly points: readonly Point[];
  /** Place for the label: its left end when it stands beside the line, its middle when it stands on it. */
  readonly label: Point;
  readonly labelOn: boolean;
  readonly back: boolean;
}

export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'fall' | 'taken' | 'jump' | 'back' | 'call';
}

/** Distances, px: between lanes, from a block to the first bend, from the outermost block to the first lane. */
export interface Metrics {
  readonly lane: number;
  readonly stub: number;
  readonly inset: number;
}

/** From a line to the label beside it, px. */
const BESIDE = 7;

const DETAIL: Metrics = { lane: 12, stub: 12, inset: 24 };

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
export function route(sizes: readonly Size[], placed: Placement, edges: readonly FlowEdge[], metrics: Metrics = DETAIL): RoutedEdge[] {
  const { lane: LANE, stub: STUB, inset } = metrics;
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
  const clear = (column: number, top: number, bottom: number): boolean => {
    const list = byColumn.get(column) ?? [];
    // blocks of a column stand one below the other: the first that ends below `top` decides
    let lo = 0;
    let hi = list.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      const i = list[mid]!;
      if (placed.y[i]! + sizes[i]!.height <= top) lo = mid + 1;
      else hi = mid;
    }
    const first = list[lo];
    return first === undefined || placed.y[first]! >= bottom;
  };

  return edges.map((e) => {
    const from = sizes[e.from]!;
    const to = sizes[e.to]!;
    const port = outSeen[e.from]!++;
    const total = outCount[e.from]!;
    const x0 = placed.x[e.from]! + from.width * (total === 1 ? 0.5 : port === 0 ? 0.5 : 0.5 + (0.35 * port) / total);
    const y0 = placed.y[e.from]! + from.height;
    const y1 = placed.y[e.to]!;
    const shift = Math.min(inSeen[e.to]!++, 4) * Math.min(14, to.width / 24);
    const isBack = e.kind === 'back' || placed.back.has(e.from * n + e.to) || y1 < y0;
    if (isBack) {
      const lane = left.take(y1 - STUB, y0 + STUB);
      const x = Math.min(placed.x[e.from]!, placed.x[e.to]!, 0) - inset - lane * LANE;
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
      return { points, label: { x, y: (y0 + y1) / 2 }, labelOn: true, back: true };
    }
    const sameColumn = placed.column[e.from] === placed.column[e.to];
    const tx = placed.x[e.to]! + to.width * 0.5 + (sameColumn ? 0 : placed.x[e.from]! > placed.x[e.to]! ? shift + 20 : 0);
    if (sameColumn && clear(placed.column[e.from]!, y0 + 1, y1 - 1)) {
      if (port === 0) return { points: [{ x: tx, y: y0 }, { x: tx, y: y1 }], label: { x: tx + BESIDE, y: (y0 + y1) / 2 }, labelOn: false, back: false };
      const mid = y1 - STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: mid }, { x: tx + shift, y: mid }, { x: tx + shift, y: y1 }], label: { x: x0 + BESIDE, y: (y0 + mid) / 2 }, labelOn: false, back: false };
    }
    // straight down in the target's column, if it is free; else in the source's; else around at the right
    if (clear(placed.column[e.to]!, y0 + 1, y1 - 1) && !sameColumn) {
      const bend = y0 + STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: bend }, { x: tx, y: bend }, { x: tx, y: y1 }], label: { x: (x0 + tx) / 2, y: bend }, labelOn: true, back: false };
    }
    if (!sameColumn && clear(placed.column[e.from]!, y0 + 1, y1 - 1)) {
      const bend = y1 - STUB;
      return { points: [{ x: x0, y: y0 }, { x: x0, y: bend }, { x: tx, y: bend }, { x: tx, y: y1 }], label: { x: x0 + BESIDE, y: (y0 + bend) / 2 }, labelOn: false, back: false };
    }
    const lane = right.take(y0, y1);
    const x = maxRight + inset + lane * LANE;
    const target = placed.x[e.to]! + to.width * 0.75;
    const points = [
      { x: x0, y: y0 },
      { x: x0, y: y0 + STUB },
      { x, y: y0 + STUB },
      { x, y: y1 - STUB },
      { x: target, y: y1 - STUB },
      { x: target, y: y1 },
    ];
    return { points, label: { x: (x0 + x) / 2, y: y0 + STUB }, labelOn: true, back: false };
  });
}
