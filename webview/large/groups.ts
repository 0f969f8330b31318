// SPDX-License-Identifier: GPL-2.0-only
/**
 * A function in few pieces, for the level Chains: what repeats, loops, blocks with steps of the failing path, and what lies between, cut where few
 * edges cross. In program order; every block is in one piece. Pure.
 */
import type { ContextGraph, GraphEdge, GraphNode } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import type { PathLeg } from './failing-path';
import type { Loop } from './loops';
import { openedAxis, type Stave } from './program';
import { endOf, type Repeat } from './repeats';

/** One piece of a function. */
export interface Group {
  readonly kind: 'repeat' | 'loop' | 'chain' | 'step' | 'exit' | 'blocks';
  /** Blocks, in program order. */
  readonly nodes: readonly GraphNode[];
  readonly repeat: Repeat | null;
  readonly loop: Loop | null;
  /** Visits of its instructions, and of the most visited one. */
  readonly visits: number;
  readonly most: number;
  /** Numbers of the path's steps that are in it, and whether one of them makes it wrong. */
  readonly steps: readonly { readonly number: number; readonly guilty: boolean }[];
}

/** Edges from one piece to another. */
export interface GroupEdge {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly travelled: boolean;
  /** It leads back. */
  readonly back: boolean;
  /** The path goes along: null where it does not. */
  readonly path: 'well' | 'wrong' | null;
}

export interface Groups {
  readonly groups: readonly Group[];
  readonly edges: readonly GroupEdge[];
  /** Piece of a block. */
  readonly of: ReadonlyMap<string, number>;
}

/** Pieces of each kind at most, and blocks of a piece that need not be cut. */
const MOST = { repeats: 12, loops: 10, steps: 8, rest: 12 } as const;
const SMALL = 8;
/** An exit to which so many edges from elsewhere lead stands by itself. */
const MANY_IN = 3;

/** Blocks in program order with what tells them apart: a number for what is one piece. */
interface Marked {
  readonly nodes: readonly GraphNode[];
  readonly mark: Int32Array;
  readonly what: readonly Mark[];
}

type Mark = { readonly repeat: Repeat } | { readonly loop: Loop } | { readonly step: true } | { readonly exit: true };

/** Loops that are one piece: outermost ones, in which nothing repeats. */
function outermost(loops: readonly Loop[], repeats: readonly Repeat[]): Loop[] {
  const out: Loop[] = [];
  const holds = (loop: Loop): boolean => repeats.some((r) => r.start < loop.to && endOf(r) > loop.from);
  for (const loop of loops) if (!holds(loop) && loop.from >= (out.at(-1)?.to ?? 0)) out.push(loop);
  return out.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST.loops);
}

function marked(graph: ContextGraph, stave: Stave, legs: readonly PathLeg[]): Marked {
  const { code } = stave;
  const nodes: GraphNode[] = [];
  const at: number[] = [];
  code.starts.forEach((begins, place) => {
    if (begins === 0) return;
    nodes.push(code.nodes[place]!);
    at.push(place);
  });
  const mark = new Int32Array(nodes.length).fill(-1);
  const what: Mark[] = [];
  const put = (from: number, to: number, m: Mark): void => {
    const number = what.push(m) - 1;
    at.forEach((place, i) => {
      if (place >= from && place < to && mark[i] === -1) mark[i] = number;
    });
  };
  const { repeats } = openedAxis(stave);
  const largest = [...repeats].sort((a, b) => endOf(b) - b.start - (endOf(a) - a.start)).slice(0, MOST.repeats);
  for (const repeat of largest) put(repeat.start, endOf(repeat), { repeat });
  for (const loop of outermost(stave.loops, largest)) put(loop.from, loop.to, { loop });
  const places = new Map(nodes.map((n, i) => [n.id, i]));
  const index = indexOf(graph);
  const steps = legs.filter((l) => l.fn === stave.fn.name).flatMap((l) => l.points.filter((p) => p.number > 0 || p.end));
  for (const p of steps.slice(0, MOST.steps)) {
    const i = places.get(index.at(p.insn)?.node.id ?? '');
    if (i !== undefined && mark[i] === -1) mark[i] = what.push({ step: true }) - 1;
  }
  nodes.forEach((n, i) => {
    const many = (index.into.get(n.id) ?? []).filter((e) => e.kind !== 'call').length >= MANY_IN;
    if (n.kind === 'exit' && many && mark[i] === -1) mark[i] = what.push({ exit: true }) - 1;
  });
  return { nodes, mark, what };
}

/** How many edges cross each place between two blocks: before block `i`. */
function crossings(graph: ContextGraph, nodes: readonly GraphNode[], places: ReadonlyMap<string, number>): Int32Array {
  const change = new Int32Array(nodes.length + 2);
  const index = indexOf(graph);
  nodes.forEach((n, i) => {
    for (const e of index.out.get(n.id) ?? []) {
      const to = e.kind === 'call' ? undefined : places.get(e.to);
      if (to === undefined) continue;
      change[Math.min(i, to) + 1]!++;
      change[Math.max(i, to) + 1]!--;
    }
  });
  for (let i = 1; i < change.length; i++) change[i]! += change[i - 1]!;
  return change;
}

/** Where a long run is cut into about equal pieces: each time where the fewest edges cross nearby. */
function cuts(from: number, to: number, size: number, crossing: Int32Array): number[] {
  const pieces = Math.ceil((to - from) / size);
  const out: number[] = [];
  for (let k = 1; k < pieces; k++) {
    const middle = from + Math.round((k * (to - from)) / pieces);
    const near = Math.floor((to - from) / pieces / 3);
    let best = middle;
    for (let i = Math.max(from + 1, middle - near, (out.at(-1) ?? from) + 1); i <= Math.min(to - 1, middle + near); i++)
      if (crossing[i]! < crossing[best]! || (crossing[i] === crossing[best] && Math.abs(i - middle) < Math.abs(best - middle))) best = i;
    if (best > (out.at(-1) ?? from)) out.push(best);
  }
  return out;
}

/** Blocks of which each leads to the next alone, and the next comes from it alone. */
function isChain(graph: ContextGraph, nodes: readonly GraphNode[]): boolean {
  const index = indexOf(graph);
  const flow = (list: readonly GraphEdge[] | undefined): readonly GraphEdge[] => (list ?? []).filter((e) => e.kind !== 'call');
  return (
    nodes.length > 1 &&
    nodes.slice(1).every((n, i) => {
      const into = flow(index.into.get(n.id));
      const out = flow(index.out.get(nodes[i]!.id));
      return into.length === 1 && out.length === 1 && into[0]!.from === nodes[i]!.id;
    })
  );
}

function groupOf(graph: ContextGraph, nodes: readonly GraphNode[], mark: Mark | undefined, legs: readonly PathLeg[]): Group {
  let visits = 0;
  let most = 0;
  for (const n of nodes)
    for (const i of n.instructions) {
      visits += i.states;
      most = Math.max(most, i.states);
    }
  const own = new Set(nodes.map((n) => n.id));
  const index = indexOf(graph);
  const steps = legs
    .flatMap((l) => l.points)
    .filter((p) => p.number > 0 && own.has(index.at(p.insn)?.node.id ?? ''))
    .map(({ number, guilty }) => ({ number, guilty }));
  const repeat = mark !== undefined && 'repeat' in mark ? mark.repeat : null;
  const loop = mark !== undefined && 'loop' in mark ? mark.loop : null;
  const kind =
    repeat !== null
      ? 'repeat'
      : loop !== null
        ? 'loop'
        : mark !== undefined
          ? 'exit' in mark
            ? 'exit'
            : 'step'
          : isChain(graph, nodes)
            ? 'chain'
            : 'blocks';
  return { kind, nodes, repeat, loop, visits, most, steps };
}

/** Steps from piece to piece that a path takes, by `from * n + to`; whether it was wrong by then. */
function along(groups: Groups['of'], n: number, graph: ContextGraph, way: readonly number[], wrongFrom: number): Map<number, boolean> {
  const index = indexOf(graph);
  const out = new Map<number, boolean>();
  let before = -1;
  way.forEach((insn, i) => {
    const at = groups.get(index.at(insn)?.node.id ?? '');
    if (at === undefined) return;
    if (before >= 0 && before !== at) {
      const key = before * n + at;
      out.set(key, (out.get(key) ?? false) || i > wrongFrom);
    }
    before = at;
  });
  return out;
}

/**
 * Pieces of a function. `way`: instructions of the failing path, in order; `wrongFrom`: place in it from which on it is wrong.
 */
export function groupsOf(
  graph: ContextGraph,
  stave: Stave,
  legs: readonly PathLeg[],
  way: readonly number[] = [],
  wrongFrom = Infinity,
): Groups {
  const { nodes, mark, what } = marked(graph, stave, legs);
  const places = new Map(nodes.map((n, i) => [n.id, i]));
  const crossing = crossings(graph, nodes, places);
  const rest = mark.reduce((sum, m) => sum + (m === -1 ? 1 : 0), 0);
  const size = Math.max(SMALL, Math.ceil(rest / MOST.rest));
  const groups: Group[] = [];
  const add = (from: number, to: number): void => {
    const part = nodes.slice(from, to);
    if (part.length > 0) groups.push(groupOf(graph, part, what[mark[from]!], legs));
  };
  for (let i = 0; i < nodes.length;) {
    let end = i + 1;
    while (end < nodes.length && mark[end] === mark[i]) end++;
    let from = i;
    if (mark[i] === -1)
      for (const cut of cuts(i, end, size, crossing)) {
        add(from, cut);
        from = cut;
      }
    add(from, end);
    i = end;
  }
  const of = new Map(groups.flatMap((g, i) => g.nodes.map((n) => [n.id, i] as const)));
  return { groups, of, edges: edgesOf(graph, groups, of, along(of, groups.length, graph, way, wrongFrom)) };
}

function edgesOf(graph: ContextGraph, groups: readonly Group[], of: Groups['of'], path: ReadonlyMap<number, boolean>): GroupEdge[] {
  const index = indexOf(graph);
  const edges = new Map<number, { count: number; travelled: boolean }>();
  groups.forEach((g, from) => {
    for (const n of g.nodes)
      for (const e of index.out.get(n.id) ?? []) {
        const to = e.kind === 'call' ? undefined : of.get(e.to);
        if (to === undefined || to === from) continue;
        const key = from * groups.length + to;
        const known = edges.get(key) ?? { count: 0, travelled: false };
        edges.set(key, { count: known.count + 1, travelled: known.travelled || e.travelled });
      }
  });
  return [...edges].map(([key, e]): GroupEdge => {
    const from = Math.floor(key / groups.length);
    const to = key % groups.length;
    const walked = path.get(key);
    return { from, to, ...e, back: to < from, path: walked === undefined ? null : walked ? 'wrong' : 'well' };
  });
}

/** Blocks of one copy of a repeat, the first copy being 0. */
export function copyNodes({ code }: Stave, r: Repeat, copy: number): GraphNode[] {
  const from = r.start + copy * r.length;
  const out: GraphNode[] = [];
  for (let place = from; place < from + r.length; place++) if (code.starts[place] === 1 || place === from) out.push(code.nodes[place]!);
  return out;
}

/** Which copy of a repeat a place is in. */
export function copyAt(r: Repeat, place: number): number {
  return Math.min(r.copies - 1, Math.max(0, Math.floor((place - r.start) / r.length)));
}
