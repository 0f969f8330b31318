// SPDX-License-Identifier: GPL-2.0-only
/** Where blocks and functions are in a layout, so that a point stays under the pointer when another layout takes its place. Pure. */
import type { ContextGraph } from '../../src/protocol/graph';
import type { Rect } from '../layout/outline';
import type { Point } from '../layout/route';
import { indexOf } from '../model/graph-index';
import type { Diagram } from './diagram';
import { OVERVIEW, type Overview } from './overview';

/** Rectangles of one layout, px at 100 %. */
export interface Places {
  block(id: string): Rect | undefined;
  /** Of a function: its frame, or what stands for it. */
  fn(name: string): Rect | undefined;
  /** Everything that has a place: blocks, and functions that are shown without theirs (`node` is null). */
  readonly all: readonly { readonly rect: Rect; readonly node: string | null; readonly fn: string }[];
}

/** Something that every layout places: a block, or else a function. */
export interface Anchor {
  readonly node: string | null;
  readonly fn: string;
  /** Point in it, 0 to 1 of its size. */
  readonly fx: number;
  readonly fy: number;
}

/** Places of one function's cards; a function is where its entry is. */
export function detailPlaces(graph: ContextGraph, diagram: Diagram): Places {
  const blocks = new Map(diagram.blocks.map((b) => [b.node.id, b]));
  return {
    block: (id) => blocks.get(id),
    fn: (name) => blocks.get(indexOf(graph).functions.get(name)?.entry ?? ''),
    all: diagram.blocks.map((b) => ({ rect: b, node: b.node.id, fn: b.node.function })),
  };
}

/** Places of boxes and frames. */
export function overviewPlaces(overview: Overview): Places {
  const boxes = overview.boxes.map((b) => ({
    rect: { x: b.x, y: b.y, width: OVERVIEW.width, height: OVERVIEW.height },
    node: b.node.id,
    fn: b.node.function,
  }));
  const byId = new Map(boxes.map((b) => [b.node, b.rect]));
  const frames = new Map(overview.frames.map((f) => [f.fn.name, f]));
  return {
    block: (id) => byId.get(id),
    fn: (name) => frames.get(name),
    all: [...boxes, ...overview.frames.filter((f) => !f.open).map((f) => ({ rect: f, node: null, fn: f.fn.name }))],
  };
}

/** Rectangle of an anchor: its block's, or that of the function when the block has none of its own. */
export function rectOf(places: Places, anchor: Pick<Anchor, 'node' | 'fn'>): Rect | null {
  return (anchor.node === null ? undefined : places.block(anchor.node)) ?? places.fn(anchor.fn) ?? null;
}

/** What stands nearest to a point of the layout. */
export function nearest(places: Places, { x, y }: Point): Anchor | null {
  let best: Anchor | null = null;
  let distance = Infinity;
  const part = (at: number, from: number, size: number): number => Math.min(1, Math.max(0, (at - from) / size));
  for (const { rect, node, fn } of places.all) {
    const away = Math.max(rect.x - x, 0, x - rect.x - rect.width) + Math.max(rect.y - y, 0, y - rect.y - rect.height);
    if (away >= distance) continue;
    distance = away;
    best = { node, fn, fx: part(x, rect.x, rect.width), fy: part(y, rect.y, rect.height) };
  }
  return best;
}
