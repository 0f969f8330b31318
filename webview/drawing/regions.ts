// SPDX-License-Identifier: GPL-2.0-only
/**
 * Regions: where one resource that forbids something is held. Rows that hold it in every state, widened, and joined along edges by
 * corridors that meet no block without it; rows that hold it in some states stay by themselves. Pure.
 */
import type { HeldResource } from '../../src/protocol/graph';
import type { Block, DrawnEdge } from './block';
import { outlines, type Rect, rounded } from '../layout/outline';
import type { Point } from '../layout/route';
import { insnsOf } from '../model/rows';
import { BLOCK } from './sizes';

export interface Region extends Rect {
  readonly key: string;
  readonly held: HeldResource;
  /** States at the instruction where it begins. */
  readonly states: number;
  /** Held in some states only. */
  readonly partial: boolean;
  /** What it covers, corridors included. */
  readonly rects: readonly Rect[];
  /** The union of them as SVG path data. */
  readonly path: string;
  /** Where its label stands: right of its uppermost block, below its upper edge. */
  readonly label: { readonly x: number; readonly y: number };
}

/** Rows of one block that hold a resource. */
interface Piece {
  readonly block: Block;
  readonly held: HeldResource;
  readonly states: number;
  readonly partial: boolean;
  readonly from: number;
  to: number;
  /** How many regions are around it where it begins. */
  readonly depth: number;
}

const MARGIN = 16;
const INSET = 7;
/** Above and below a block: two regions and a corridor must fit between neighbours. */
const UPRIGHT = 10;
const RADIUS = 9;
/** From a region's edge to its label, and from a block to a label beside it. */
const LABEL = { down: 10, beside: 30 } as const;
/** Side of a cell of the index of blocks, px, and how many cells a corridor may cross. */
const CELL = 400;
const FAR = 60;

const margin = (depth: number): number => Math.max(2, MARGIN - INSET * depth);

/** Pieces of all resources that forbid something, by key; those held in some states apart. */
function piecesOf(blocks: readonly Block[]): Map<string, Piece[]> {
  const found = new Map<string, Piece[]>();
  for (const block of blocks) {
    let open = new Map<string, Piece>();
    block.rows.forEach((row, i) => {
      const first = insnsOf(row)[0]!;
      const here = new Map<string, Piece>();
      let depth = 0;
      for (const held of first.held) {
        if (held.forbids.length === 0) continue;
        const partial = held.inStates < first.states;
        const key = `${held.key}${partial ? '?' : ''}`;
        const known = open.get(key);
        if (known !== undefined) known.to = i;
        const piece = known ?? { block, held, states: first.states, partial, from: i, to: i, depth };
        here.set(key, piece);
        if (known === undefined) {
          const list = found.get(key);
          if (list === undefined) found.set(key, [piece]);
          else list.push(piece);
        }
        if (!partial) depth++;
      }
      open = here;
    });
  }
  return found;
}

/** Looks up blocks by place, so that a corridor asks only those near it. */
class Places {
  private readonly cells = new Map<string, Block[]>();

  constructor(blocks: readonly Block[]) {
    for (const b of blocks) {
      for (const key of this.keys(b)) {
        const list = this.cells.get(key);
        if (list === undefined) this.cells.set(key, [b]);
        else list.push(b);
      }
    }
  }

  private *keys(r: Rect): Iterable<string> {
    for (let x = Math.floor(r.x / CELL); x <= Math.floor((r.x + r.width) / CELL); x++)
      for (let y = Math.floor(r.y / CELL); y <= Math.floor((r.y + r.height) / CELL); y++) yield `${x} ${y}`;
  }

  /** Whether a rectangle meets no block but those allowed; false where that would take long to say. */
  clear(r: Rect, allowed: (b: Block) => boolean): boolean {
    if ((r.width / CELL + 1) * (r.height / CELL + 1) > FAR) return false;
    for (const key of this.keys(r)) {
      for (const b of this.cells.get(key) ?? [])
        if (!allowed(b) && b.x < r.x + r.width && b.x + b.width > r.x && b.y < r.y + r.height && b.y + b.height > r.y) return false;
    }
    return true;
  }
}

/** The rectangle of a piece, widened. */
function rectOf(p: Piece, m: number): Rect {
  const { block } = p;
  const top = block.y + (p.from === 0 ? -Math.min(m, UPRIGHT) : BLOCK.header + p.from * BLOCK.row - 1);
  const last = p.to === block.rows.length - 1;
  const bottom = last ? block.y + block.height + Math.min(m, UPRIGHT) : block.y + BLOCK.header + (p.to + 1) * BLOCK.row + 3;
  return { x: block.x - m, y: top, width: block.width + 2 * m, height: bottom - top };
}

/** Ways from one piece down to another: straight, or with a bend just below the upper or just above the lower one. */
function corridors(a: Rect, b: Rect): Rect[][] {
  const top = a.y + a.height;
  if (b.y <= top) return [];
  const narrow = a.width <= b.width ? a : b;
  const height = b.y - top;
  if (narrow.x >= a.x && narrow.x + narrow.width <= a.x + a.width && narrow.x >= b.x && narrow.x + narrow.width <= b.x + b.width)
    return [[{ x: narrow.x, y: top, width: narrow.width, height }]];
  const x = Math.min(a.x, b.x);
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const bar = Math.min(height, BLOCK.gapDown);
  return [
    [
      { x, y: top, width, height: bar },
      { x: b.x, y: top, width: b.width, height },
    ],
    [
      { x: a.x, y: top, width: a.width, height },
      { x, y: b.y - bar, width, height: bar },
    ],
  ];
}

/** A hole with no block in it is only a slit between corridor and margin. */
function ringsOf(rects: readonly Rect[], places: Places): Point[][] {
  return outlines(rects).filter((ring) => {
    const area = ring.reduce((sum, p, i) => sum + p.x * ring[(i + 1) % ring.length]!.y - ring[(i + 1) % ring.length]!.x * p.y, 0);
    if (area > 0) return true;
    const x = Math.min(...ring.map((p) => p.x));
    const y = Math.min(...ring.map((p) => p.y));
    return !places.clear(
      { x, y, width: Math.max(...ring.map((p) => p.x)) - x, height: Math.max(...ring.map((p) => p.y)) - y },
      () => false,
    );
  });
}

function regionOf(pieces: readonly Piece[], rects: readonly Rect[], places: Places): Region {
  const first = pieces.reduce((best, p) => (p.block.y < best.block.y || (p.block.y === best.block.y && p.from < best.from) ? p : best));
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const r of rects) {
    left = Math.min(left, r.x);
    top = Math.min(top, r.y);
    right = Math.max(right, r.x + r.width);
    bottom = Math.max(bottom, r.y + r.height);
  }
  const upper = rectOf(first, margin(first.depth));
  return {
    key: first.held.key,
    held: first.held,
    states: first.states,
    partial: first.partial,
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
    rects,
    path: ringsOf(rects, places)
      .map((ring) => rounded(ring, RADIUS))
      .join(''),
    label: { x: first.block.x + first.block.width + LABEL.beside, y: upper.y + LABEL.down },
  };
}

/** The regions of a diagram, outer ones first. */
export function regionsOf(blocks: readonly Block[], edges: readonly DrawnEdge[]): Region[] {
  const found = piecesOf(blocks);
  if (found.size === 0) return [];
  const places = new Places(blocks);
  /** Edges by source and target, asked only for blocks that hold something. */
  const out = new Map<string, DrawnEdge[]>();
  for (const e of edges) {
    const list = out.get(e.edge.from);
    if (list === undefined) out.set(e.edge.from, [e]);
    else list.push(e);
  }
  const regions: { region: Region; depth: number; takenAt: number }[] = [];
  for (const pieces of found.values()) {
    const { held, partial } = pieces[0]!;
    const depth = Math.min(...pieces.map((p) => p.depth));
    const m = margin(depth);
    const put = (list: readonly Piece[], rects: readonly Rect[]): void => {
      regions.push({ region: regionOf(list, rects, places), depth, takenAt: held.takenAt });
    };
    if (partial) {
      for (const p of pieces) put([p], [rectOf(p, m)]);
      continue;
    }
    const starts = new Map(pieces.filter((p) => p.from === 0).map((p) => [p.block.node.id, p]));
    const whole = (b: Block): boolean => {
      const p = starts.get(b.node.id);
      return p !== undefined && p.to === b.rows.length - 1;
    };
    const group = new Map<Piece, Piece>(pieces.map((p) => [p, p]));
    const root = (p: Piece): Piece => {
      let top = p;
      for (let up = group.get(top)!; up !== top; up = group.get(top)!) top = up;
      for (let at = p; at !== top;) {
        const up = group.get(at)!;
        group.set(at, top);
        at = up;
      }
      return top;
    };
    const ways: { piece: Piece; rects: readonly Rect[] }[] = [];
    for (const a of pieces) {
      if (a.to !== a.block.rows.length - 1) continue;
      for (const { edge } of out.get(a.block.node.id) ?? []) {
        const b = starts.get(edge.to);
        if (b === undefined || b === a) continue;
        const way = corridors(rectOf(a, m), rectOf(b, m)).find((rects) => rects.every((r) => places.clear(r, whole)));
        if (way === undefined) {
          const [ra, rb] = [rectOf(a, m), rectOf(b, m)];
          if (ra.y > rb.y + rb.height || rb.y > ra.y + ra.height || ra.x > rb.x + rb.width || rb.x > ra.x + ra.width) continue;
        } else ways.push({ piece: a, rects: way });
        group.set(root(a), root(b));
      }
    }
    const groups = new Map<Piece, { pieces: Piece[]; rects: Rect[] }>();
    for (const p of pieces) {
      const r = root(p);
      const g = groups.get(r) ?? { pieces: [], rects: [] };
      g.pieces.push(p);
      g.rects.push(rectOf(p, m));
      groups.set(r, g);
    }
    for (const w of ways) groups.get(root(w.piece))!.rects.push(...w.rects);
    for (const g of groups.values()) put(g.pieces, g.rects);
  }
  return regions.sort((a, b) => a.depth - b.depth || a.takenAt - b.takenAt).map((r) => r.region);
}
