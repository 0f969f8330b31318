// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the pieces of an opened function stand: in rows that are read like text, edges in the room between rows and at the sides, never through a
 * box. What is unfolded takes the width below the row of its piece, and moves nothing above it. Pure geometry, px.
 */
import type { GroupEdge } from './groups';
import type { Point } from './layout';

export const PIECE = { height: 60, least: 208, most: 300, beside: 30, gap: 12, slot: 6, lane: 7, arrow: 12, columns: 3, lanes: 8 } as const;

export interface PieceLayoutInput {
  readonly count: number;
  readonly edges: readonly GroupEdge[];
  /** Left end and width of the room. */
  readonly x: number;
  readonly width: number;
  /** The piece that is unfolded, and the height of what it shows; null where none is. */
  readonly unfolded: { readonly group: number; readonly height: number } | null;
}

export interface PieceBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PieceEdge {
  readonly edge: GroupEdge;
  readonly points: readonly Point[];
}

export interface PieceLayout {
  readonly boxes: readonly PieceBox[];
  readonly edges: readonly PieceEdge[];
  /** Edges without a line, because there are too many: they are told in words. */
  readonly untold: readonly GroupEdge[];
  /** Where what is unfolded stands. */
  readonly panel: PieceBox | null;
  readonly height: number;
}

/** Horizontal tracks in the room below a row (`out`) and above one (`into`). */
class Tracks {
  readonly out: Map<string, number>[] = [];
  readonly into: Map<string, number>[] = [];

  take(side: 'out' | 'into', row: number, key: string): number {
    const tracks = (this[side][row] ??= new Map());
    let slot = tracks.get(key);
    if (slot === undefined) tracks.set(key, (slot = tracks.size));
    return slot;
  }

  height(side: 'out' | 'into', row: number): number {
    const n = this[side][row]?.size ?? 0;
    return n === 0 ? 0 : n * PIECE.slot + (side === 'into' ? PIECE.arrow : 4);
  }
}

/** How an edge goes: to its neighbour, to the row below at the left, or along a lane at the right. */
type Way = 'beside' | 'wrap' | 'lane';

/** Edges to one piece share a lane; so many lanes at most, those with the most edges first, and whatever the path goes along. */
function lanesOf(edges: readonly GroupEdge[]): ReadonlyMap<number, number> {
  const weight = new Map<number, number>();
  for (const e of edges) if (e.to !== e.from + 1) weight.set(e.to, (weight.get(e.to) ?? 0) + e.count + (e.path === null ? 0 : 1e6));
  const chosen = [...weight]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, PIECE.lanes)
    .map(([to]) => to)
    .sort((a, b) => a - b);
  return new Map(chosen.map((to, i) => [to, i]));
}

interface Drawn {
  readonly edge: GroupEdge;
  readonly way: Way;
  /** Tracks below its beginning and above its end. */
  readonly out: number;
  readonly into: number;
}

export function layPieces({ count, edges, x, width, unfolded }: PieceLayoutInput): PieceLayout {
  const lanes = lanesOf(edges);
  const left = x + 10;
  const right = x + width - lanes.size * PIECE.lane - (lanes.size > 0 ? 8 : 0);
  const columns = Math.max(1, Math.min(PIECE.columns, count, Math.floor((right - left + PIECE.beside) / (PIECE.least + PIECE.beside))));
  const own = Math.min(PIECE.most, Math.floor((right - left - (columns - 1) * PIECE.beside) / columns));
  const rowOf = (i: number): number => Math.floor(i / columns);
  const wayOf = (e: GroupEdge): Way | null => {
    if (e.to === e.from + 1) return rowOf(e.to) === rowOf(e.from) ? 'beside' : 'wrap';
    return lanes.has(e.to) ? 'lane' : null;
  };
  const tracks = new Tracks();
  const drawn = edges.flatMap((edge): Drawn[] => {
    const way = wayOf(edge);
    if (way === null || way === 'beside') return way === null ? [] : [{ edge, way, out: 0, into: 0 }];
    const key = way === 'wrap' ? 'wrap' : `lane ${edge.to}`;
    return [{ edge, way, out: tracks.take('out', rowOf(edge.from), key), into: tracks.take('into', rowOf(edge.to), key) }];
  });
  const rows = rowOf(Math.max(0, count - 1)) + 1;
  const tops: number[] = [];
  let panel: PieceBox | null = null;
  let y = 4;
  for (let r = 0; r < rows; r++) {
    y += tracks.height('into', r);
    tops.push(y);
    y += PIECE.height + tracks.height('out', r);
    if (unfolded !== null && rowOf(unfolded.group) === r) {
      panel = { x: left, y: y + PIECE.gap / 2, width: right - left, height: unfolded.height };
      y += unfolded.height + PIECE.gap;
    }
    y += PIECE.gap;
  }
  const boxes = Array.from({ length: count }, (_, i): PieceBox => ({
    x: left + (i % columns) * (own + PIECE.beside),
    y: tops[rowOf(i)]!,
    width: own,
    height: PIECE.height,
  }));
  const laneX = (to: number): number => right + 8 + lanes.get(to)! * PIECE.lane;
  const outY = (e: GroupEdge, slot: number): number => boxes[e.from]!.y + PIECE.height + 4 + slot * PIECE.slot;
  const intoY = (e: GroupEdge, slot: number): number => boxes[e.to]!.y - PIECE.arrow - slot * PIECE.slot;
  const lines = drawn.map(({ edge, way, out, into }): PieceEdge => {
    const a = boxes[edge.from]!;
    const b = boxes[edge.to]!;
    if (way === 'beside') {
      const mid = a.y + PIECE.height / 2;
      return {
        edge,
        points: [
          { x: a.x + a.width, y: mid },
          { x: b.x, y: mid },
        ],
      };
    }
    const from = { x: a.x + a.width * (way === 'wrap' ? 0.5 : 0.8), y: a.y + PIECE.height };
    const side = way === 'wrap' ? x : laneX(edge.to);
    const to = { x: b.x + b.width * (way === 'wrap' ? 0.5 : 0.7), y: b.y };
    const y0 = outY(edge, out);
    const y1 = intoY(edge, into);
    return {
      edge,
      points: [from, { x: from.x, y: y0 }, { x: side, y: y0 }, { x: side, y: y1 }, { x: to.x, y: y1 }, to],
    };
  });
  return { boxes, edges: lines, untold: edges.filter((e) => wayOf(e) === null), panel, height: y };
}

/** Blocks one below the other, with lanes at the left for what goes on elsewhere than to the next. */
export interface ListEdge {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
}

/** Lanes of jumps within a list of blocks: short ones inside; `most` of them. */
export function listLanes(jumps: readonly { readonly from: number; readonly to: number }[], most: number): readonly ListEdge[] {
  const taken: { low: number; high: number; lane: number }[] = [];
  const order = [...jumps].sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from));
  return order.flatMap(({ from, to }): ListEdge[] => {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    for (let lane = 0; lane < most; lane++) {
      if (taken.some((t) => t.lane === lane && t.low < high && low < t.high)) continue;
      taken.push({ low, high, lane });
      return [{ from, to, lane }];
    }
    return [];
  });
}
