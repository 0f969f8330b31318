// SPDX-License-Identifier: GPL-2.0-only
/**
 * The overview: functions as frames with small boxes for their blocks, for the levels below Instructions. Same order and same columns
 * as the detailed layout. Pure: nothing of the browser.
 */
import type { ContextGraph, GraphEdge, GraphFunction, GraphNode, HeldResource } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import { placeWhole } from '../layout/place-long';
import type { Placement } from '../layout/place';
import { type Point, route, type RoutedEdge } from '../layout/route';
import { functionFlow, type FunctionFlow } from './function-flow';
import { finished, type Steps } from './later';
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
  /** Heights between which it is. */
  readonly top: number;
  readonly bottom: number;
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
  /** Found when they are first asked for: only the level Chains shows them, and large programs have another one. */
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

const glyphs = new WeakMap<GraphNode, Glyph>();

function glyphOfNode(node: GraphNode): Glyph {
  let worst = glyphs.get(node);
  if (worst === undefined) glyphs.set(node, (worst = worstOf(node.instructions.map(glyphOf))));
  return worst;
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

/** Distances of edges among boxes, px. */
const METRICS = { lane: 6, stub: 7, inset: 12 } as const;

/** One function before it stands somewhere: boxes and ways with their left end at `left`, their upper one at 0. */
interface Laid {
  readonly flow: FunctionFlow;
  readonly placed: Placement;
  readonly ways: readonly RoutedEdge[];
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

function* layOut(graph: ContextGraph, fn: GraphFunction): Steps<Laid> {
  const own = functionFlow(graph, fn.name);
  yield;
  const size = { width: OVERVIEW.width, height: OVERVIEW.height };
  const sizes = own.nodes.map(() => size);
  const tight = placeWhole(sizes, own.flow, { down: OVERVIEW.down, beside: OVERVIEW.beside });
  yield;
  const { placed, ways } = route(sizes, tight, own.links, OVERVIEW.beside, METRICS);
  let left = 0;
  let right: number = OVERVIEW.width;
  let bottom = 0;
  for (const { points } of ways) {
    for (const { x } of points) {
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  for (let i = 0; i < sizes.length; i++) {
    right = Math.max(right, placed.x[i]! + OVERVIEW.width);
    bottom = Math.max(bottom, placed.y[i]! + OVERVIEW.height);
  }
  return { flow: own, placed, ways, left, width: right - left, height: bottom };
}

/** Its boxes and edges where it stands: moved by `dx` and `dy`. */
function standing({ flow, placed, ways, left }: Laid, dx: number, dy: number): { boxes: OverviewBox[]; edges: OverviewEdge[] } {
  const boxes = flow.nodes.map((node, i): OverviewBox => {
    const first = node.instructions[0]!;
    const strip = first.held.map((x) => ({ letter: x.letter, colour: x.colour, partial: x.inStates < first.states }));
    return { node, x: placed.x[i]! - left + dx, y: placed.y[i]! + dy, glyph: glyphOfNode(node), strip };
  });
  const edges = flow.edges.map((edge, i): OverviewEdge => {
    const { points: own, back } = ways[i]!;
    let top = Infinity;
    let bottom = -Infinity;
    const points = own.map((p) => {
      const y = p.y + dy;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      return { x: p.x - left + dx, y };
    });
    return { edge, points, top, bottom, back };
  });
  return { boxes, edges };
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
export const overviewOf = (...input: Parameters<typeof overviewSteps>): Overview => finished(overviewSteps(...input));

/** The same in steps. */
export function* overviewSteps(graph: ContextGraph, functions: readonly GraphFunction[], closed: ReadonlySet<string>): Steps<Overview> {
  const laid: { readonly fn: GraphFunction; readonly inner: Laid | null; readonly width: number; readonly height: number }[] = [];
  for (const fn of functions) {
    if (closed.has(fn.name)) {
      laid.push({ fn, inner: null, width: OVERVIEW.closedWidth, height: OVERVIEW.closedHeight });
      continue;
    }
    const inner = yield* layOut(graph, fn);
    yield;
    laid.push({ fn, inner, width: Math.max(inner.width + 2 * OVERVIEW.pad, 260), height: inner.height + OVERVIEW.head + 2 * OVERVIEW.pad });
  }
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
    if (l.inner !== null) {
      yield;
      const own = standing(l.inner, x + (l.width - l.inner.width) / 2, y + OVERVIEW.head + OVERVIEW.pad);
      // one by one: as arguments thousands would not fit on the stack
      for (const box of own.boxes) boxes.push(box);
      for (const edge of own.edges) edges.push(edge);
    }
    column = Math.max(column, l.width);
    y += l.height + OVERVIEW.gap;
  }
  let chains: readonly OverviewChain[] | null = null;
  return {
    frames,
    boxes,
    edges,
    get chains() {
      return (chains ??= chainsOf(
        boxes,
        edges.map((e) => e.edge),
      ));
    },
    width: Math.max(0, ...frames.map((f) => f.x + f.width)),
    height: Math.max(0, ...frames.map((f) => f.y + f.height)),
  };
}
