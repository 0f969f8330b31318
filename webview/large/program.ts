// SPDX-License-Identifier: GPL-2.0-only
/** A program as staves: its functions in the order of their first calls, each with what a reader looks for first. Pure; made once a graph. */
import { type Glyph, glyphOf } from '../../src/marks/glyphs';
import type { ContextGraph, GraphFunction } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import { MANY_BLOCKS } from '../model/large';
import { type Axis, axisOf, unfolded } from './axis';
import { type Code, codeOf, placeIn, Tokenizer } from './code';
import { type Loop, loopsOf } from './loops';
import { type Rail, railsOf } from './rails';
import { endOf, type Repeat, repeatsOf } from './repeats';
import { type Seen, visitsOn } from './skyline';

/** A call of a function of the program. */
export interface Call {
  readonly place: number;
  readonly to: string;
}

/** Instructions of a function that verification did not reach, as it counts them. */
export interface Unreached {
  readonly notVisited: number;
  readonly unreachable: number;
  /** Instruction number from which on none was visited because verification ended, null where there is no such tail. */
  readonly endsBefore: number | null;
}

/** One function. */
export interface Stave {
  readonly fn: GraphFunction;
  readonly code: Code;
  /** 0 for the main function. */
  readonly depth: number;
  /** Instructions as the kernel counts them: a 64-bit constant is two. */
  readonly insns: number;
  readonly blocks: number;
  readonly visits: number;
  /** 0 to 1 of the program's visits. */
  readonly share: number;
  readonly repeats: readonly Repeat[];
  /** The longest of them, with its share of the function's visits. */
  readonly largest: { readonly repeat: Repeat; readonly share: number } | null;
  readonly loops: readonly Loop[];
  readonly rails: readonly Rail[];
  readonly calls: readonly Call[];
  readonly unreached: Unreached;
  readonly axis: Axis;
  readonly seen: Seen;
  /** Answer about sleep at its entry, where that says something: null where it is that of the main function. */
  readonly glyph: Glyph | null;
}

export interface Program {
  readonly graph: ContextGraph;
  readonly staves: readonly Stave[];
  /** Visits of all instructions, and of the most visited one. */
  readonly visits: number;
  readonly most: number;
  /** Whether all visited instructions have one answer about sleep. */
  readonly oneAnswer: boolean;
  /** Verification came to its end: nothing is left unvisited because it ended before. */
  readonly complete: boolean;
}

/** Functions in the order of their first call, depth first, each with how deep it is called. */
export function callTree(graph: ContextGraph): { readonly fn: GraphFunction; readonly depth: number }[] {
  const index = indexOf(graph);
  const out: { fn: GraphFunction; depth: number }[] = [];
  const seen = new Set<string>();
  const callees = (name: string): string[] => {
    const calls: { at: number; to: string }[] = [];
    for (const node of index.blocksOf(name))
      for (const insn of node.instructions) {
        const start = insn.operation.callee?.start;
        if (start != null) calls.push({ at: insn.index, to: byStart.get(start) ?? '' });
      }
    return calls.sort((a, b) => a.at - b.at).map((c) => c.to);
  };
  const byStart = new Map(graph.functions.map((f) => [f.start, f.name]));
  for (const root of graph.functions) {
    const work = [{ name: root.name, depth: root === graph.functions[0] ? 0 : 1 }];
    for (let top = work.pop(); top !== undefined; top = work.pop()) {
      const fn = index.functions.get(top.name);
      if (fn === undefined || seen.has(fn.name)) continue;
      seen.add(fn.name);
      out.push({ fn, depth: top.depth });
      const { depth } = top;
      work.push(
        ...callees(fn.name)
          .reverse()
          .map((name) => ({ name, depth: depth + 1 })),
      );
    }
    // functions that nothing calls, such as callbacks, come after those that the main function leads to
  }
  return out;
}

function unreachedOf({ insns, fn }: Code): Unreached {
  let notVisited = 0;
  let unreachable = 0;
  let tail = insns.length;
  insns.forEach((insn, i) => {
    const size = (insns[i + 1]?.index ?? fn.end) - insn.index;
    if (insn.visit === 'not-visited') notVisited += size;
    else if (insn.visit === 'unreachable') unreachable += size;
  });
  while (tail > 0 && insns[tail - 1]!.visit === 'not-visited') tail--;
  return { notVisited, unreachable, endsBefore: tail < insns.length && tail > 0 ? insns[tail]!.index : null };
}

const worksOf = (code: Code): number => code.insns.reduce((sum, i) => sum + i.states, 0);

function largestOf({ insns }: Code, repeats: readonly Repeat[], visits: number): Stave['largest'] {
  const [repeat] = [...repeats].sort((a, b) => b.copies * b.length - a.copies * a.length);
  if (repeat === undefined) return null;
  let sum = 0;
  for (let i = repeat.start; i < endOf(repeat); i++) sum += insns[i]!.states;
  return { repeat, share: visits === 0 ? 0 : sum / visits };
}

function make(graph: ContextGraph): Program {
  const tokenizer = new Tokenizer();
  const byStart = new Map(graph.functions.map((f) => [f.start, f.name]));
  const tree = callTree(graph);
  const codes = tree.map(({ fn }) => codeOf(graph, fn));
  const works = codes.map(worksOf);
  const visits = works.reduce((a, b) => a + b, 0);
  let most = 0;
  let complete = true;
  const answers = new Set<Glyph>();
  for (const code of codes)
    for (const insn of code.insns) {
      most = Math.max(most, insn.states);
      if (insn.rejected || insn.visit === 'not-visited') complete = false;
      if (insn.visit === 'visited' && !insn.rejected) answers.add(glyphOf(insn));
    }
  const first = codes[0]?.insns[0];
  const usual = first === undefined ? null : glyphOf(first);
  const staves = tree.map(({ fn, depth }, i): Stave => {
    const code = codes[i]!;
    const repeats = repeatsOf(tokenizer.of(code), code.starts);
    const axis = axisOf(code.insns.length, repeats);
    const entry = code.insns[0];
    const own = entry === undefined || entry.visit !== 'visited' ? null : glyphOf(entry);
    return {
      fn,
      code,
      depth,
      insns: fn.end - fn.start,
      blocks: indexOf(graph).blocksOf(fn.name).length,
      visits: works[i]!,
      share: visits === 0 ? 0 : works[i]! / visits,
      repeats,
      largest: largestOf(code, repeats, works[i]!),
      loops: loopsOf(graph, code),
      rails: railsOf(code, repeats),
      calls: code.insns.flatMap((insn, place): Call[] => {
        const start = insn.operation.callee?.start;
        const to = start == null ? undefined : byStart.get(start);
        return to === undefined ? [] : [{ place, to }];
      }),
      unreached: unreachedOf(code),
      axis,
      seen: visitsOn(code, axis),
      glyph: own === usual ? null : own,
    };
  });
  return { graph, staves, visits, most, oneAnswer: answers.size < 2, complete };
}

const known = new WeakMap<ContextGraph, Program>();

/** The staves of a graph. */
export function programOf(graph: ContextGraph): Program {
  let program = known.get(graph);
  if (program === undefined) known.set(graph, (program = make(graph)));
  return program;
}

/** A function with its outermost repeats unfolded, where they hold others: as it is drawn when it is opened. */
export function openedAxis(stave: Stave): Pick<Stave, 'axis' | 'seen' | 'repeats'> {
  const repeats = unfolded(stave.repeats);
  if (repeats.length === stave.repeats.length && repeats.every((r, i) => r === stave.repeats[i])) return stave;
  const axis = axisOf(stave.code.insns.length, repeats);
  return { axis, seen: visitsOn(stave.code, axis), repeats };
}

/** From so many functions on a program of some size is one that no single function shows. */
const SOME_FUNCTIONS = 4;
const SOME_BLOCKS = 100;

/** Whether the functions are what one sees first. */
export function opensOnStaves(graph: ContextGraph): boolean {
  const { length } = graph.functions;
  return length > 1 && (graph.nodes.length > MANY_BLOCKS || (length >= SOME_FUNCTIONS && graph.nodes.length > SOME_BLOCKS));
}

/** Whether a program is shown with a ruler over its blocks: what is in view is a small part of a function. */
export function isLarge(graph: ContextGraph): boolean {
  return graph.nodes.length > MANY_BLOCKS || opensOnStaves(graph);
}

/** Place in a function's code of an instruction number. */
export function placeOf(stave: Pick<Stave, 'code'>, insn: number): number {
  return placeIn(stave.code, insn);
}

/** Instructions of a range of places, as the kernel counts them. */
export function sizeOf({ insns, fn }: Code, from: number, to: number): number {
  const first = insns[from]?.index ?? fn.end;
  return (insns[to]?.index ?? fn.end) - first;
}
