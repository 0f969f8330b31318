// SPDX-License-Identifier: GPL-2.0-only
/**
 * The overview: functions as frames with small boxes for their blocks, for the levels below Instructions. Same order and same columns
 * as the detailed layout. Pure: nothing of the browser.
 */
import type { ContextGraph, GraphEdge, GraphFunction, GraphNode, HeldResource } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import { placeWhole } from '../layout/place-long';
import { type FlowEdge, type Point, route, widen } from '../layout/route';
import { type Glyph, glyphOf } from '../../src/marks/glyphs';
import type { MarkLook } from '../../src/marks/rails';

/** Sizes, px at 100 % zoom. */
export const OVERVIEW = {
  width: 86,
  height: 31,
  down: 18,
  beside: 22,
  head: 44,
  pad: 26,
  gap: 60,
  closedWidth: 380,
  closedHeight: 110,
} as const;

export interface OverviewBox {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly glyph: Glyph;
  /** What is held on entry, in order of taking; `partial` = in some states only. */
  readonly strip: readonly (MarkLook & { readonly partial: boolean })[];
}

export interface OverviewFrame {
  readonly fn: GraphFunction;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Closed functions are cards without boxes. */
  readonly open: boolean;
  readonly blocks: number;
  readonly visits: number;
  readonly worst: Glyph;
  /** What it leaves held at one of its ends. */
  readonly leaves: readonly HeldResource[];
}

export interface OverviewEdge {
  readonly edge: GraphEdge;
  readonly points: readonly Point[];
  readonly back: boolean;
}

/** A loop or a chain of blocks that the level Chains shows as one card. */
export interface OverviewChain {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly worst: Glyph;
}

export interface Overview {
  readonly frames: readonly OverviewFrame[];
  readonly boxes: readonly OverviewBox[];
  readonly edges: readonly OverviewEdge[];
  readonly chains: readonly OverviewChain[];
  readonly width: number;
  readonly height: number;
}

/** Glyphs from the worst; a group shows its worst. */
const WORST: readonly Glyph[] = ['rejected', 'unknown', 'mixed', 'not', 'nofault', 'may', 'unvisited', 'unreachable'];

export function worstOf(glyphs: Iterable<Glyph>): Glyph {
  let best = WORST.length - 1;
  for (const g of glyphs) best = Math.min(best, WORST.indexOf(g));
  return WORST[best]!;
}

function glyphOfNode(node: GraphNode): Glyph {
  return worstOf(node.instructions.map(glyphOf));
}

/** Arrivals at a block. */
export function visitsOf(node: GraphNode): number {
  return node.instructions[0]?.states ?? 0;
}

function leavesHeld(nodes: readonly GraphNode[]): HeldResource[] {
  const found = new Map<string, HeldResource>();
  for (const node of nodes) {
    if (node.kind !== 'exit') continue;
    for (const x of node.instructions[node.instructions.length - 1]!.held) found.set(x.key, x);
  }
  return [...found.values()];
}

/** Functions in the order in which calls lead to them. */
export function callOrder(graph: ContextGraph): GraphFunction[] {
  const index = indexOf(graph);
  const out: GraphFunction[] = [];
  const seen = new Set<string>();
  const visit = (root: GraphFunction): void => {
    const work = [root];
    for (let fn = work.pop(); fn !== undefined; fn = work.pop()) {
      if (seen.has(fn.name)) continue;
      seen.add(fn.name);
      out.push(fn);
      work.push(
        ...index
          .callees(fn.name)
          .map((n) => index.functions.get(n)!)
          .reverse(),
      );
    }
  };
  for (const fn of graph.functions) visit(fn);
  return out;
}

/**
 * Chains: maximal rows of blocks with one way in and one out between them, of two blocks and more; and natural loops whose
 * blocks stand together, with nothing foreign between.
 */
export function chainsOf(boxes: readonly OverviewBox[], edges: readonly GraphEdge[]): OverviewChain[] {
  const at = new Map(boxes.map((b) => [b.node.id, b]));
  const out = new Map<string, GraphEdge[]>();
  const into = new Map<string, GraphEdge[]>();
  for (const e of edges) {
    (out.get(e.from) ?? out.set(e.from, []).get(e.from)!).push(e);
    (into.get(e.to) ?? into.set(e.to, []).get(e.to)!).push(e);
  }
  const cover = (title: (n: number) => string, ids: readonly string[]): OverviewChain => {
    const own = ids.map((id) => at.get(id)!);
    const x = Math.min(...own.map((b) => b.x));
    const y = Math.min(...own.map((b) => b.y));
    return {
      title: title(ids.length),
      nodes: ids,
      x,
      y,
      width: Math.max(...own.map((b) => b.x)) + OVERVIEW.width - x,
      height: Math.max(...own.map((b) => b.y)) + OVERVIEW.height - y,
      worst: worstOf(own.map((b) => b.glyph)),
    };
  };
  const taken = new Set<string>();
  const chains: OverviewChain[] = [];
  /** Loops, innermost (smallest) first. */
  const loops: Set<string>[] = [];
  for (const e of edges) {
    if (e.kind !== 'back') continue;
    const body = new Set([e.to]);
    const work = [e.from];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (body.has(id)) continue;
      body.add(id);
      for (const p of into.get(id) ?? []) work.push(p.from);
    }
    if (body.size > 1 && body.size <= 40) loops.push(body);
  }
  loops.sort((a, b) => a.size - b.size);
  for (const body of loops) {
    if ([...body].some((id) => taken.has(id))) continue;
    const c = cover((n) => `loop · ${n} blocks`, [...body]);
    const foreign = boxes.some(
      (b) =>
        !body.has(b.node.id) && b.x < c.x + c.width && b.x + OVERVIEW.width > c.x && b.y < c.y + c.height && b.y + OVERVIEW.height > c.y,
    );
    if (foreign) continue;
    chains.push(c);
    for (const id of body) taken.add(id);
  }
  const follows = (id: string): string | null => {
    const only = out.get(id);
    if (only?.length !== 1 || only[0]!.kind === 'back') return null;
    const { to } = only[0]!;
    return into.get(to)?.length === 1 && !taken.has(to) ? to : null;
  };
  const leads = new Set<string>();
  for (const b of boxes) {
    const to = taken.has(b.node.id) ? null : follows(b.node.id);
    if (to !== null) leads.add(to);
  }
  for (const b of boxes) {
    if (taken.has(b.node.id) || leads.has(b.node.id)) continue;
    const ids = [b.node.id];
    for (let next = follows(b.node.id); next !== null && !ids.includes(next) && at.get(next)!.x === b.x; next = follows(next))
      ids.push(next);
    if (ids.length < 2) continue;
    chains.push(cover((n) => `chain · ${n} blocks`, ids));
    for (const id of ids) taken.add(id);
  }
  return chains;
}

interface Laid {
  readonly boxes: OverviewBox[];
  readonly edges: OverviewEdge[];
  readonly width: number;
  readonly height: number;
}

/** Boxes of one function, its upper left corner at 0. */
function layOut(graph: ContextGraph, fn: GraphFunction): Laid {
  const index = indexOf(graph);
  const nodes = index.blocksOf(fn.name);
  const number = new Map(nodes.map((n, i) => [n.id, i]));
  const inner = nodes.flatMap((n) => (index.out.get(n.id) ?? []).filter((e) => e.kind !== 'call' && number.has(e.to)));
  const succ: number[][] = nodes.map(() => []);
  for (const e of inner) succ[number.get(e.from)!]!.push(number.get(e.to)!);
  const sizes = nodes.map(() => ({ width: OVERVIEW.width, height: OVERVIEW.height }));
  const metrics = { lane: 6, stub: 7, inset: 12 };
  const straight = new Set(nodes.flatMap((n, i) => (n.instructions.some((x) => x.rejected) ? [i] : [])));
  const flow: FlowEdge[] = inner.map((e) => ({ from: number.get(e.from)!, to: number.get(e.to)!, kind: e.kind }));
  const placed = widen(
    sizes,
    placeWhole(sizes, succ, 0, { down: OVERVIEW.down, beside: OVERVIEW.beside }, straight),
    flow,
    OVERVIEW.beside,
    metrics,
  );
  const ways = route(sizes, placed, flow, metrics);
  const xs = ways.flatMap((w) => w.points.map((p) => p.x));
  let left = 0;
  let right: number = OVERVIEW.width;
  for (const x of xs) {
    if (x < left) left = x;
    if (x > right) right = x;
  }
  let bottom = 0;
  nodes.forEach((_, i) => {
    right = Math.max(right, placed.x[i]! + OVERVIEW.width);
    bottom = Math.max(bottom, placed.y[i]! + OVERVIEW.height);
  });
  const move = (p: Point): Point => ({ x: p.x - left, y: p.y });
  return {
    boxes: nodes.map((node, i) => ({
      node,
      x: placed.x[i]! - left,
      y: placed.y[i]!,
      glyph: glyphOfNode(node),
      strip: node.instructions[0]!.held.map((x) => ({
        letter: x.letter,
        colour: x.colour,
        partial: x.inStates < node.instructions[0]!.states,
      })),
    })),
    edges: inner.map((edge, i) => ({ edge, points: ways[i]!.points.map(move), back: ways[i]!.back })),
    width: right - left,
    height: bottom,
  };
}

function frameOf(graph: ContextGraph, fn: GraphFunction, open: boolean, width: number, height: number): OverviewFrame {
  const nodes = indexOf(graph).blocksOf(fn.name);
  return {
    fn,
    x: 0,
    y: 0,
    width,
    height,
    open,
    blocks: nodes.length,
    visits: nodes.reduce((sum, n) => sum + n.instructions.reduce((s, i) => s + i.states, 0), 0),
    worst: worstOf(nodes.map(glyphOfNode)),
    leaves: leavesHeld(nodes),
  };
}

/** Lays out functions side by side, in columns of about equal height. `closed` functions are cards. */
export function overviewOf(graph: ContextGraph, functions: readonly GraphFunction[], closed: ReadonlySet<string>): Overview {
  const laid = functions.map((fn) => {
    if (closed.has(fn.name)) return { fn, inner: null, width: OVERVIEW.closedWidth as number, height: OVERVIEW.closedHeight as number };
    const inner = layOut(graph, fn);
    return { fn, inner, width: Math.max(inner.width + 2 * OVERVIEW.pad, 260), height: inner.height + OVERVIEW.head + 2 * OVERVIEW.pad };
  });
  const area = laid.reduce((sum, l) => sum + (l.width + OVERVIEW.gap) * (l.height + OVERVIEW.gap), 0);
  const tall = Math.max(Math.sqrt(area) * 0.8, ...laid.map((l) => l.height));
  const frames: OverviewFrame[] = [];
  const boxes: OverviewBox[] = [];
  const edges: OverviewEdge[] = [];
  let x = 0;
  let y = 0;
  let column = 0;
  for (const l of laid) {
    if (y > 0 && y + l.height > tall) {
      x += column + OVERVIEW.gap;
      y = 0;
      column = 0;
    }
    frames.push({ ...frameOf(graph, l.fn, l.inner !== null, l.width, l.height), x, y });
    const dx = x + (l.inner === null ? 0 : (l.width - l.inner.width) / 2);
    const dy = y + OVERVIEW.head + OVERVIEW.pad;
    if (l.inner !== null) {
      boxes.push(...l.inner.boxes.map((b) => ({ ...b, x: b.x + dx, y: b.y + dy })));
      edges.push(...l.inner.edges.map((e) => ({ ...e, points: e.points.map((p) => ({ x: p.x + dx, y: p.y + dy })) })));
    }
    column = Math.max(column, l.width);
    y += l.height + OVERVIEW.gap;
  }
  return {
    frames,
    boxes,
    edges,
    chains: chainsOf(
      boxes,
      edges.map((e) => e.edge),
    ),
    width: Math.max(0, ...frames.map((f) => f.x + f.width)),
    height: Math.max(0, ...frames.map((f) => f.y + f.height)),
  };
}
