// SPDX-License-Identifier: GPL-2.0-only
/** What is held behind an instruction, as opposed to on arrival at the next one, where other ways may come together with it. Pure. */
import type { ContextGraph, GraphInsn, HeldResource } from '../protocol/graph';
import { beginsHolding } from '../protocol/words';

/** What is held after an instruction, over the states that it was carried out in. */
export interface HeldAfter {
  readonly held: readonly HeldResource[];
  readonly states: number;
}

/** Behind the last instruction of a block: what it held, less what it gives back, and what it takes. */
function derived(insn: GraphInsn, known: ReadonlyMap<string, HeldResource>): HeldAfter {
  const ends = new Set(insn.effects.filter((e) => !beginsHolding(e)).map((e) => e.key));
  const begins = insn.effects.filter(beginsHolding).map((e) => e.key);
  const kept = insn.held.flatMap((h) => (!ends.has(h.key) ? [h] : h.depth > 1 ? [{ ...h, depth: h.depth - 1 }] : []));
  const taken = begins.flatMap((key) => {
    const like = known.get(key);
    const before = insn.held.find((h) => h.key === key);
    return like === undefined ? [] : [{ ...like, inStates: insn.states, depth: ends.has(key) ? 1 : (before?.depth ?? 0) + 1 }];
  });
  return { held: [...kept.filter((h) => !begins.includes(h.key)), ...taken], states: insn.states };
}

/** What is held behind each instruction that changes it. Inside a block that is what the next one arrives with. */
export function heldAfter(graph: ContextGraph): ReadonlyMap<GraphInsn, HeldAfter> {
  const known = new Map<string, HeldResource>();
  for (const h of graph.nodes.flatMap((n) => n.instructions.flatMap((i) => i.held))) if (!known.has(h.key)) known.set(h.key, h);
  const after = new Map<GraphInsn, HeldAfter>();
  for (const { instructions } of graph.nodes) {
    instructions.forEach((insn, i) => {
      if (insn.effects.length === 0) return;
      const next = instructions[i + 1];
      after.set(insn, next === undefined || next.states === 0 ? derived(insn, known) : { held: next.held, states: next.states });
    });
  }
  return after;
}
