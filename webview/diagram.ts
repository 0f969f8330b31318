// SPDX-License-Identifier: GPL-2.0-only
/** One function's graph, measured and laid out: everything that drawing needs, and nothing of the browser. */
import type { ContextGraph, GraphEdge, GraphFunction, GraphNode, HeldResource } from '../src/graph/types';
import { assignLanes, laneCount } from './lanes';
import { place, type Size } from './layout/place';
import { type FlowEdge, route, type RoutedEdge, widen } from './layout/route';
import { indexOf, type Place } from './graph-index';
import { edgeKey } from './lens/types';
import type { MarkLook } from '../src/marks/rails';
import { insnsOf, type Row, type RowMode, rowsOf, type RowWish } from './rows';

/** Sizes of blocks, px at 100 %. */
export const BLOCK = { width: 336, wideC: 280, narrow: 246, header: 24, row: 17, below: 5, footer: 24, gapDown: 40, gapBeside: 44 } as const;
/** Blocks of up to so many rows beside the main column are narrow. */
const NARROW_ROWS = 3;

export interface Block {
  readonly node: GraphNode;
  readonly rows: readonly Row[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  readonly id: string;
  readonly edge: GraphEdge;
  readonly way: RoutedEdge;
  /** What stands beside it, '' for nothing. */
  readonly label: string;
}

/** The area in which one resource is held in every state, or in some. */
export interface Region {
  readonly key: string;
  readonly letter: string;
  readonly title: string;
  readonly held: HeldResource;
  readonly states: number;
  readonly partial: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Diagram {
  readonly fn: GraphFunction;
  readonly blocks: readonly Block[];
  readonly edges: readonly DrawnEdge[];
  readonly regions: readonly Region[];
  readonly lanes: ReadonlyMap<string, number>;
  readonly letters: ReadonlyMap<string, MarkLook>;
  readonly laneCount: number;
  readonly width: number;
  readonly height: number;
}

const MARGIN = 16;

function heightOf(rows: number): number {
  return BLOCK.header + rows * BLOCK.row + BLOCK.below;
}

/** Rectangles of a resource: the rows that hold it, block by block, joined where blocks of one column follow each other. */
function regionsOf(blocks: readonly Block[]): Region[] {
  const found = new Map<string, Region[]>();
  const order = new Map<string, number>();
  for (const block of blocks) {
    let open: Map<string, { from: number; to: number; held: HeldResource; states: number; partial: boolean }> = new Map();
    const close = (item: { from: number; to: number; held: HeldResource; states: number; partial: boolean }): void => {
      const key = `${item.held.key}${item.partial ? '?' : ''}`;
      const top = block.y + (item.from === 0 ? -6 : BLOCK.header + item.from * BLOCK.row - 1);
      const bottom = item.to === block.rows.length - 1 ? block.y + block.height + 8 : block.y + BLOCK.header + (item.to + 1) * BLOCK.row + 3;
      const region: Region = { key, letter: item.held.letter, title: item.held.title, held: item.held, states: item.states, partial: item.partial, x: block.x, y: top, width: block.width, height: bottom - top };
      const list = found.get(key);
      if (list === undefined) found.set(key, [region]);
      else list.push(region);
    };
    block.rows.forEach((row, i) => {
      const first = insnsOf(row)[0]!;
      const here = new Map<string, { from: number; to: number; held: HeldResource; states: number; partial: boolean }>();
      for (const held of first.held) {
        if (held.forbids.length === 0) continue;
        if (!order.has(held.key)) order.set(held.key, held.takenAt);
        const partial = held.inStates < first.states;
        const known = open.get(held.key);
        here.set(held.key, known !== undefined && known.partial === partial ? { ...known, to: i } : { from: i, to: i, held, states: first.states, partial });
        if (known !== undefined && known.partial !== partial) close(known);
      }
      for (const [key, item] of open) if (!here.has(key)) close(item);
      open = here;
    });
    for (const item of open.values()) close(item);
  }
  const out: Region[] = [];
  const keys = [...found.keys()].sort((a, b) => (order.get(a.replace(/\?$/, '')) ?? 0) - (order.get(b.replace(/\?$/, '')) ?? 0));
  keys.forEach((key, depth) => {
    const margin = Math.max(4, MARGIN - 7 * Math.min(depth, 2));
    const list = found.get(key)!;
    const first = list[0]!;
    if (first.partial) {
      out.push(...list.map((r) => ({ ...r, x: r.x - margin, width: r.width + 2 * margin })));
      return;
    }
    // one hull over what belongs together: the resource lives on in the blocks between
    const sorted = [...list].sort((a, b) => a.y - b.y);
    const groups: Region[][] = [];
    for (const r of sorted) {
      const last = groups[groups.length - 1];
      const bottom = last === undefined ? -Infinity : Math.max(...last.map((g) => g.y + g.height));
      if (last !== undefined && r.y <= bottom + 3 * BLOCK.gapDown) last.push(r);
      else groups.push([r]);
    }
    for (const g of groups) {
      const x = Math.min(...g.map((r) => r.x)) - margin;
      const y = Math.min(...g.map((r) => r.y));
      out.push({ ...first, x, y, width: Math.max(...g.map((r) => r.x + r.width)) + margin - x, height: Math.max(...g.map((r) => r.y + r.height)) - y });
    }
  });
  return out;
}

/** What a diagram is made from, beside graph and function. */
export interface DiagramOptions {
  readonly mode: RowMode;
  /** First instructions of folds that were opened. */
  readonly open: ReadonlySet<number>;
  /** Blocks that show only their head. */
  readonly folded: ReadonlySet<string>;
  readonly wish?: RowWish | undefined;
  /** Blocks with a footer. */
  readonly footers?: ReadonlySet<string> | undefined;
  /** Further words beside an edge, by `from>to`. */
  readonly edgeWords?: ReadonlyMap<string, string> | undefined;
}

function edgeLabel(edge: GraphEdge, back: boolean): string {
  if (back) return edge.label === '' ? 'loop' : `loop · ${edge.label}`;
  if (edge.label === '') return '';
  return edge.kind === 'taken' ? `taken · ${edge.label}` : edge.label;
}

/** Lays out one function of a graph. The way to a rejection goes straight down. */
export function diagramOf(graph: ContextGraph, fn: GraphFunction, options: DiagramOptions): Diagram {
  const lookup = indexOf(graph);
  const nodes = lookup.blocksOf(fn.name);
  const index = new Map(nodes.map((n, i) => [n.id, i]));
  const inner = nodes.flatMap((n) => (lookup.out.get(n.id) ?? []).filter((e) => e.kind !== 'call' && index.has(e.to)));
  const rows = nodes.map((n) => (options.folded.has(n.id) ? [] : rowsOf(n, options.mode, options.open, options.wish)));
  const height = (i: number): number => heightOf(rows[i]!.length) + (options.footers?.has(nodes[i]!.id) === true ? BLOCK.footer : 0);
  const width = options.mode === 'c' ? BLOCK.wideC : BLOCK.width;
  const succ: number[][] = nodes.map(() => []);
  for (const e of inner) succ[index.get(e.from)!]!.push(index.get(e.to)!);
  const straight = new Set(nodes.flatMap((n, i) => (n.instructions.some((x) => x.rejected) ? [i] : [])));
  const gaps = { down: BLOCK.gapDown, beside: BLOCK.gapBeside };
  let sizes = nodes.map((_, i): Size => ({ width, height: height(i) }));
  let placed = place(sizes, succ, 0, gaps, straight);
  const narrow = (i: number): boolean => placed.column[i]! > 0 && rows[i]!.length <= NARROW_ROWS && options.footers === undefined;
  if (nodes.some((_, i) => narrow(i))) {
    sizes = sizes.map((size, i) => (narrow(i) ? { ...size, width: BLOCK.narrow } : size));
    placed = place(sizes, succ, 0, gaps, straight);
  }
  const flow: FlowEdge[] = inner.map((e) => ({ from: index.get(e.from)!, to: index.get(e.to)!, kind: e.kind }));
  placed = widen(sizes, placed, flow, gaps.beside);
  const ways = route(sizes, placed, flow);
  const blocks = nodes.map((node, i): Block => ({ node, rows: rows[i]!, x: placed.x[i]!, y: placed.y[i]!, width: sizes[i]!.width, height: sizes[i]!.height }));
  const { lanes, letters } = lanesOf(graph, fn);
  return {
    fn,
    blocks,
    edges: inner.map((edge, i) => ({ id: `e${i}`, edge, way: ways[i]!, label: [edgeLabel(edge, ways[i]!.back), options.edgeWords?.get(edgeKey(edge)) ?? ''].filter((t) => t !== '').join(' · ') })),
    regions: regionsOf(blocks),
    lanes,
    letters,
    laneCount: laneCount(lanes),
    width: blocks.reduce((m, b) => Math.max(m, b.x + b.width), 0),
    height: blocks.reduce((m, b) => Math.max(m, b.y + b.height), 0),
  };
}

/** Lanes and letters of the resources of one function. */
export function lanesOf(graph: ContextGraph, fn: GraphFunction): { lanes: ReadonlyMap<string, number>; letters: ReadonlyMap<string, MarkLook> } {
  const nodes = indexOf(graph).blocksOf(fn.name);
  const letters = new Map<string, MarkLook>();
  for (const n of nodes) for (const insn of n.instructions) for (const held of insn.held) letters.set(held.key, held);
  return { lanes: assignLanes(nodes), letters };
}

/** Block and instruction of an instruction number. */
export function locate(graph: ContextGraph, insn: number): Place | null {
  return indexOf(graph).at(insn);
}
