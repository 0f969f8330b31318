// SPDX-License-Identifier: GPL-2.0-only
/** One function's graph, measured and laid out: everything that drawing needs, and nothing of the browser. */
import type { ContextGraph, GraphEdge, GraphFunction } from '../../src/protocol/graph';
import { assignLanes, laneCount } from '../model/lanes';
import { type Size } from '../layout/place';
import { placeWhole } from '../layout/place-long';
import { type FlowEdge, type Point, route, type RoutedEdge } from '../layout/route';
import { indexOf, type Place } from '../model/graph-index';
import { edgeKey } from '../lens/types';
import type { MarkLook } from '../../src/marks/rails';
import type { Block, DrawnEdge } from './block';
import { functionFlow } from './function-flow';
import { type Region, regionsOf } from './regions';
import { type Row, type RowMode, rowsOf, type RowWish } from '../model/rows';
import { finished, type Steps } from './later';
import { BLOCK } from './sizes';

/** Blocks whose rows are found in one step. */
const STEP_BLOCKS = 1000;

/** Blocks of up to so many rows beside the main column are narrow. */
const NARROW_ROWS = 3;

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

function heightOf(rows: number): number {
  return BLOCK.header + rows * BLOCK.row + BLOCK.below;
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

/** Words beside an edge: what kind it is where that matters, its condition, and what that means. Only a loop is called one. */
function edgeLabel(edge: GraphEdge): string {
  if (edge.label === '' && edge.meaning === '') return edge.kind === 'back' ? 'loop' : '';
  const condition = [edge.label, edge.meaning].filter((t) => t !== '').join(', ');
  const kind = edge.kind === 'back' ? 'loop' : edge.kind === 'taken' && condition !== '' ? 'taken' : '';
  return [kind, condition].filter((t) => t !== '').join(' · ');
}

/** Functions of up to so many blocks have a line for each condition; in larger ones only what is known to mean something else is apart. */
const APART_UP_TO = 40;

/** What an edge has in common with those that share its line. */
function trunkOf(edge: GraphEdge, blocks: number): string {
  return `${edge.travelled ? '' : 'never'} ${edge.kind === 'back' ? 'loop' : ''} ${blocks <= APART_UP_TO ? edge.label : ''} ${edge.meaning}`;
}

/** Width of a letter of an edge's label, px, and what the label has beside its text. */
const LETTER = { width: 5.6, beside: 8 } as const;

/** How far blocks, edges and labels reach. */
function extent(
  sizes: readonly Size[],
  lefts: Float64Array,
  ways: readonly RoutedEdge[],
  labels: readonly string[],
): { readonly left: number; readonly right: number } {
  let left = 0;
  let right = 0;
  const reach = (from: number, to: number): void => {
    if (from < left) left = from;
    if (to > right) right = to;
  };
  sizes.forEach(({ width }, i) => reach(lefts[i]!, lefts[i]! + width));
  ways.forEach(({ points, label, labelOn }, i) => {
    const half = labelOn ? halfOf(labels[i]!) : 0;
    reach(label.x - half, label.x + half);
    for (const { x } of points) reach(x, x);
  });
  return { left, right };
}

/** What a label of a line that goes up may reach from it towards the blocks, px. */
const TOWARDS = 12;

const halfOf = (label: string): number => (label === '' ? 0 : (label.length * LETTER.width + LETTER.beside) / 2);

/** The label of a line that goes up at the left stays clear of the blocks at its right. */
function besideBlocks(way: RoutedEdge, label: string): RoutedEdge {
  return way.back ? { ...way, label: { ...way.label, x: way.label.x - Math.max(0, halfOf(label) - TOWARDS) } } : way;
}

/** Moved to the right. */
function shifted(way: RoutedEdge, dx: number): RoutedEdge {
  const move = (p: Point): Point => ({ x: p.x + dx, y: p.y });
  return { ...way, points: way.points.map(move), label: move(way.label) };
}

/** Lays out one function of a graph. The way to a rejection goes straight down. */
export const diagramOf = (graph: ContextGraph, fn: GraphFunction, options: DiagramOptions): Diagram =>
  finished(diagramSteps(graph, fn, options));

/** The same in steps. */
export function* diagramSteps(graph: ContextGraph, fn: GraphFunction, options: DiagramOptions): Steps<Diagram> {
  const lookup = indexOf(graph);
  const { nodes, edges: inner, links, flow } = functionFlow(graph, fn.name);
  const rows: (readonly Row[])[] = [];
  for (const n of nodes) {
    if (rows.length % STEP_BLOCKS === 0) yield;
    rows.push(options.folded.has(n.id) ? [] : rowsOf(n, options.mode, options.open, options.wish));
  }
  const height = (i: number): number => heightOf(rows[i]!.length) + (options.footers?.has(nodes[i]!.id) === true ? BLOCK.footer : 0);
  const width = options.mode === 'c' ? BLOCK.wideC : BLOCK.width;
  const labelled = nodes.map((n) => (lookup.out.get(n.id) ?? []).some((e) => e.label !== ''));
  const gaps = { down: (i: number): number => (labelled[i] === true ? BLOCK.gapLabel : BLOCK.gapDown), beside: BLOCK.gapBeside };
  const wide = nodes.map((_, i): Size => ({ width, height: height(i) }));
  yield;
  const tight = placeWhole(wide, flow, gaps);
  yield;
  const narrow = (i: number): boolean => tight.column[i]! > 0 && rows[i]!.length <= NARROW_ROWS && options.footers === undefined;
  const sizes = wide.map((size, i) => (narrow(i) ? { ...size, width: BLOCK.narrow } : size));
  const trunks = links.map((e, i): FlowEdge => ({ ...e, trunk: trunkOf(inner[i]!, nodes.length) }));
  const { placed, ways } = route(sizes, tight, trunks, gaps.beside);
  yield;
  const labels = inner.map((edge) => {
    const own = edgeLabel(edge);
    const more = options.edgeWords?.get(edgeKey(edge)) ?? '';
    return own === '' || more === '' ? own + more : `${own} · ${more}`;
  });
  const clear = ways.map((way, i) => besideBlocks(way, labels[i]!));
  const { left, right } = extent(sizes, placed.x, clear, labels);
  yield;
  const blocks = nodes.map((node, i): Block => ({
    node,
    rows: rows[i]!,
    x: placed.x[i]! - left,
    y: placed.y[i]!,
    width: sizes[i]!.width,
    height: sizes[i]!.height,
  }));
  const edges = inner.map((edge, i): DrawnEdge => ({ id: `e${i}`, edge, way: shifted(clear[i]!, -left), label: labels[i]! }));
  yield;
  const { lanes, letters } = lanesOf(graph, fn);
  yield;
  return {
    fn,
    blocks,
    edges,
    regions: regionsOf(blocks, edges),
    lanes,
    letters,
    laneCount: laneCount(lanes),
    width: right - left,
    height: blocks.reduce((m, b) => Math.max(m, b.y + b.height), 0),
  };
}

/** Lanes and letters of the resources of one function. */
export function lanesOf(
  graph: ContextGraph,
  fn: GraphFunction,
): { lanes: ReadonlyMap<string, number>; letters: ReadonlyMap<string, MarkLook> } {
  const nodes = indexOf(graph).blocksOf(fn.name);
  const letters = new Map<string, MarkLook>();
  for (const n of nodes) for (const insn of n.instructions) for (const held of insn.held) letters.set(held.key, held);
  return { lanes: assignLanes(nodes), letters };
}

/** Block and instruction of an instruction number. */
export function locate(graph: ContextGraph, insn: number): Place | null {
  return indexOf(graph).at(insn);
}
