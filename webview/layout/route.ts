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
  /** Only edges of the same trunk share a lane: those that mean the same. */
  readonly trunk?: string;
}

/** Distances, px: between lanes, from a block to the first bend, from the outermost block to the first lane. */
export interface Metrics {
  readonly lane: number;
  readonly stub: number;
  readonly inset: number;
}

/** From a line to the label beside it, px. */
const BESIDE = 7;

/** Between the last turns of lanes that lead to one block, px. */
const APART = 4;

/** Functions of up to so many blocks have room for detours. */
const SMALL = 40;

const DETAIL: Metrics = { lane: 12, stub: 12, inset: 24 };

/** How an edge goes: straight down in a column, in the gap right of a column, or around at the left. */
type Way =
  | { readonly kind: 'straight' }
  | { readonly kind: 'down'; readonly side: 'source' | 'target' }
  | { readonly kind: 'gap'; readonly span: Span }
  | { readonly kind: 'back'; readonly span: Span };

/** Lanes beside blocks: each takes intervals of y that do not overlap; the innermost free one is used. */
class Lanes {
  /** Intervals of each lane, by height. */
  private readonly lanes: { top: number; bottom: number }[][] = [];

  get count(): number {
    return this.lanes.length;
  }

  take(top: number, bottom: number): number {
    for (let lane = 0; ; lane++) {
      const used = (this.lanes[lane] ??= []);
      let lo = 0;
      let hi = used.length;
      while (lo < hi) {
        const mid = (lo + hi) >> 1;
        if (used[mid]!.bottom < top) lo = mid + 1;
        else hi = mid;
      }
      const next = used[lo];
      if (next !== undefined && next.top <= bottom) continue;
      used.splice(lo, 0, { top, bottom });
      return lane;
    }
  }
}

/**
 * Edges of one meaning that go to one block through one gap: they share a lane, so that a hundred ways to the exit are one line. Gap −1 is
 * left of everything.
 */
interface Span {
  readonly gap: number;
  readonly trunk: string;
  top: number;
  bottom: number;
  lane: number;
}

class Spans {
  private readonly all: Span[] = [];
  /** By gap and block. */
  private readonly known = new Map<number, Span[]>();

  constructor(private readonly blocks: number) {}

  add(gap: number, { to, trunk = '' }: FlowEdge, top: number, bottom: number): Span {
    const key = (gap + 1) * this.blocks + to;
    let list = this.known.get(key);
    if (list === undefined) this.known.set(key, (list = []));
    let span = list.find((x) => x.trunk === trunk);
    if (span === undefined) {
      span = { gap, trunk, top, bottom, lane: 0 };
      list.push(span);
      this.all.push(span);
    } else {
      span.top = Math.min(span.top, top);
      span.bottom = Math.max(span.bottom, bottom);
    }
    return span;
  }

  /** Gives each its lane, short ones inside; the lanes of each gap. */
  settle(): ReadonlyMap<number, Lanes> {
    const gaps = new Map<number, Lanes>();
    this.all.sort((a, b) => a.bottom - a.top - (b.bottom - b.top));
    for (const span of this.all) {
      let lanes = gaps.get(span.gap);
      if (lanes === undefined) gaps.set(span.gap, (lanes = new Lanes()));
      span.lane = lanes.take(span.top, span.bottom);
    }
    return gaps;
  }
}

/** Chooses a way for each edge; depends on rows and columns only, not on how far the columns are apart. */
function waysOf(
  sizes: readonly Size[],
  placed: Placement,
  edges: readonly FlowEdge[],
  stub: number,
): { ways: Way[]; lanes: ReadonlyMap<number, Lanes> } {
  const n = sizes.length;
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
  const spans = new Spans(n);
  const ways = edges.map((e): Way => {
    const y0 = placed.y[e.from]! + sizes[e.from]!.height;
    const y1 = placed.y[e.to]!;
    if (e.kind === 'back' || placed.back.has(e.from * n + e.to) || y1 < y0)
      return { kind: 'back', span: spans.add(-1, e, y1 - stub, y0 + stub) };
    const from = placed.column[e.from]!;
    const to = placed.column[e.to]!;
    if (from === to && clear(from, y0 + 1, y1 - 1)) return { kind: 'straight' };
    if (from !== to && clear(to, y0 + 1, y1 - 1)) return { kind: 'down', side: 'target' };
    if (from !== to && clear(from, y0 + 1, y1 - 1)) return { kind: 'down', side: 'source' };
    // in small functions outside of everything beside, in large ones as near as can be
    let gap = from < to ? to - 1 : from;
    if (n <= SMALL) for (let c = gap + 1; byColumn.has(c); c++) if (!clear(c, y0 + 1, y1 - 1)) gap = c;
    return { kind: 'gap', span: spans.add(gap, e, y0, y1) };
  });
  return { ways, lanes: spans.settle() };
}

/** Moves columns apart until the lanes between them have room. */
function widened(
  sizes: readonly Size[],
  placed: Placement,
  lanes: ReadonlyMap<number, Lanes>,
  beside: number,
  metrics: Metrics,
): Placement {
  const count = placed.column.reduce((m, c) => Math.max(m, c + 1), 0);
  const width = new Float64Array(count);
  placed.column.forEach((c, i) => (width[c] = Math.max(width[c]!, sizes[i]!.width)));
  const left = new Float64Array(count);
  for (let c = 1; c < count; c++) {
    const need = (lanes.get(c - 1)?.count ?? 0) * metrics.lane;
    left[c] = left[c - 1]! + width[c - 1]! + Math.max(beside, need === 0 ? 0 : need + metrics.inset);
  }
  return { ...placed, x: placed.x.map((_, i) => left[placed.column[i]!]!) };
}

/**
 * Orthogonal ways for the edges of one function, and its places moved apart until there is room for them: straight down where nothing is
 * between, in the gap beside a column for what is blocked, left around for back edges. Every block has one port a leaving edge, from left
 * to right in the order given.
 */
export function route(
  sizes: readonly Size[],
  tight: Placement,
  edges: readonly FlowEdge[],
  beside: number,
  metrics: Metrics = DETAIL,
): { readonly placed: Placement; readonly ways: readonly RoutedEdge[] } {
  const { ways, lanes } = waysOf(sizes, tight, edges, metrics.stub);
  const placed = widened(sizes, tight, lanes, beside, metrics);
  return { placed, ways: routesOf(sizes, placed, edges, ways, metrics) };
}

/** Down and aside: with its bend just below the source, or just above the target. */
function bent(from: Point, to: Point, early: boolean, stub: number): RoutedEdge {
  const bend = early ? from.y + stub : to.y - stub;
  return {
    points: [from, { x: from.x, y: bend }, { x: to.x, y: bend }, to],
    label: early ? { x: (from.x + to.x) / 2, y: bend } : { x: from.x + BESIDE, y: (from.y + bend) / 2 },
    labelOn: early,
    back: false,
  };
}

function routesOf(
  sizes: readonly Size[],
  placed: Placement,
  edges: readonly FlowEdge[],
  ways: readonly Way[],
  { lane: LANE, stub: STUB, inset }: Metrics,
): RoutedEdge[] {
  const n = sizes.length;
  const outCount = new Int32Array(n);
  const outSeen = new Int32Array(n);
  const inSeen = new Int32Array(n);
  const inBack = new Int32Array(n);
  const joined = new Map<Span, number>();
  /** Which arrival at a block this is: what shares a lane shares the way in. */
  const arrival = (span: Span, to: number, seen: Int32Array): number => {
    let known = joined.get(span);
    if (known === undefined) joined.set(span, (known = seen[to]!++));
    return known;
  };
  for (const e of edges) outCount[e.from]!++;
  /** Right edges of the columns. */
  const edge: number[] = [];
  placed.column.forEach((c, i) => (edge[c] = Math.max(edge[c] ?? 0, placed.x[i]! + sizes[i]!.width)));

  return edges.map((e, i) => {
    const way = ways[i]!;
    const from = sizes[e.from]!;
    const to = sizes[e.to]!;
    const port = outSeen[e.from]!++;
    const total = outCount[e.from]!;
    const x0 = placed.x[e.from]! + from.width * (total === 1 ? 0.5 : port === 0 ? 0.5 : 0.5 + (0.35 * port) / total);
    const y0 = placed.y[e.from]! + from.height;
    const y1 = placed.y[e.to]!;
    if (way.kind === 'back') {
      const x = Math.min(placed.x[e.from]!, placed.x[e.to]!, 0) - inset - way.span.lane * LANE;
      const seen = arrival(way.span, e.to, inBack);
      const tx = placed.x[e.to]! + to.width * (0.25 - 0.05 * Math.min(seen, 3));
      const ty = y1 - STUB + APART * Math.min(seen, 2);
      const sx = placed.x[e.from]! + from.width * 0.15;
      const points = [
        { x: sx, y: y0 },
        { x: sx, y: y0 + STUB },
        { x, y: y0 + STUB },
        { x, y: ty },
        { x: tx, y: ty },
        { x: tx, y: y1 },
      ];
      return { points, label: { x, y: (y0 + y1) / 2 }, labelOn: true, back: true };
    }
    const seen = way.kind === 'gap' ? arrival(way.span, e.to, inSeen) : inSeen[e.to]!++;
    const shift = Math.min(seen, 4) * Math.min(14, to.width / 24);
    const sameColumn = placed.column[e.from] === placed.column[e.to];
    const tx = placed.x[e.to]! + to.width * 0.5 + (sameColumn ? 0 : placed.x[e.from]! > placed.x[e.to]! ? shift + to.width / 17 : 0);
    if (way.kind === 'straight') {
      if (port === 0)
        return {
          points: [
            { x: tx, y: y0 },
            { x: tx, y: y1 },
          ],
          label: { x: tx + BESIDE, y: (y0 + y1) / 2 },
          labelOn: false,
          back: false,
        };
      const mid = y1 - STUB;
      return {
        points: [
          { x: x0, y: y0 },
          { x: x0, y: mid },
          { x: tx + shift, y: mid },
          { x: tx + shift, y: y1 },
        ],
        label: { x: x0 + BESIDE, y: (y0 + mid) / 2 },
        labelOn: false,
        back: false,
      };
    }
    if (way.kind === 'down') return bent({ x: x0, y: y0 }, { x: tx, y: y1 }, way.side === 'target', STUB);
    const x = edge[way.span.gap]! + inset * 0.75 + way.span.lane * LANE;
    const ty = y1 - STUB + APART * Math.min(seen, 2);
    const target = placed.x[e.to]! + to.width * 0.75 - Math.min(shift, to.width * 0.2);
    const points = [
      { x: x0, y: y0 },
      { x: x0, y: y0 + STUB },
      { x, y: y0 + STUB },
      { x, y: ty },
      { x: target, y: ty },
      { x: target, y: y1 },
    ];
    return { points, label: { x: (x0 + x) / 2, y: y0 + STUB }, labelOn: true, back: false };
  });
}
