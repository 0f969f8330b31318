// SPDX-License-Identifier: GPL-2.0-only
/** Loops of a function as ranges of its code. Pure. */
import type { ContextGraph } from '../../src/protocol/graph';
import { type GraphIndex, indexOf } from '../model/graph-index';
import { type Code, placeIn } from './code';

export interface Loop {
  /** Places in the code: first instruction of the outermost block, and one past the last. */
  readonly from: number;
  readonly to: number;
  /** Where it is entered. */
  readonly head: number;
  readonly blocks: number;
  /** Arrivals at its head. */
  readonly visits: number;
  /** A `may_goto` is in it. */
  readonly mayGoto: boolean;
  /** Nothing in it goes round over states that were covered: no `may_goto`, no kernel function (an iterator may be one), no call of a function. */
  readonly plain: boolean;
}

/** Blocks that are looked at for one function, at most: what is nested deeply is walked over again and again. */
const BUDGET = 200_000;

/** Adds to a loop's body what leads to a block without coming by its head; how many blocks that were. */
function grow(index: GraphIndex, body: Set<string>, from: string, most: number): number {
  const work = [from];
  let added = 0;
  for (let id = work.pop(); id !== undefined && added < most; id = work.pop()) {
    if (body.has(id)) continue;
    body.add(id);
    added++;
    for (const p of index.into.get(id) ?? []) if (p.kind !== 'call') work.push(p.from);
  }
  return added;
}

/** Natural loops of a function, in order of their heads; those with one head are one. */
export function loopsOf(graph: ContextGraph, code: Code): Loop[] {
  const index = indexOf(graph);
  const bodies = new Map<string, Set<string>>();
  let budget = BUDGET;
  for (const node of index.blocksOf(code.fn.name)) {
    for (const e of index.out.get(node.id) ?? []) {
      if (e.kind !== 'back') continue;
      const body = bodies.get(e.to) ?? new Set([e.to]);
      bodies.set(e.to, body);
      budget -= grow(index, body, e.from, budget);
    }
  }
  return [...bodies]
    .map(([head, body]): Loop => {
      const first = index.nodes.get(head)!.instructions[0]!;
      let low = Infinity;
      let high = -1;
      let mayGoto = false;
      let calls = false;
      for (const id of body) {
        const { instructions } = index.nodes.get(id)!;
        for (const { operation } of instructions) {
          mayGoto ||= operation.kind === 'may_goto';
          calls ||= operation.callee !== null && operation.callee.kind !== 'helper';
        }
        low = Math.min(low, instructions[0]!.index);
        high = Math.max(high, instructions.at(-1)!.index);
      }
      return {
        from: placeIn(code, low),
        to: placeIn(code, high) + 1,
        head: placeIn(code, first.index),
        blocks: body.size,
        visits: first.states,
        mayGoto,
        plain: !mayGoto && !calls,
      };
    })
    .sort((a, b) => a.from - b.from || b.to - a.to);
}
