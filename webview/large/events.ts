// SPDX-License-Identifier: GPL-2.0-only
/** What happens in a function: where something is taken or given back, where it calls one of its own, where it is rejected. Pure. */
import type { ContextGraph } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import { codeOf } from './code';

/** Whether an instruction is one at which to stop when one goes from event to event. */
function isEvent(insn: ReturnType<typeof codeOf>['insns'][number], also: ReadonlySet<number>): boolean {
  return (
    insn.effects.length > 0 || insn.rejected || insn.operation.callee?.start != null || insn.demands.length > 0 || also.has(insn.index)
  );
}

/** The next event of a function from an instruction on, or the one before; null if there is none. `also`: hits, steps of a path. */
export function eventFrom(graph: ContextGraph, fn: string, from: number | null, by: 1 | -1, also: ReadonlySet<number>): number | null {
  const f = indexOf(graph).functions.get(fn);
  if (f === undefined) return null;
  const { insns } = codeOf(graph, f);
  const start = from ?? (by > 0 ? -1 : Infinity);
  const found =
    by > 0 ? insns.find((i) => i.index > start && isEvent(i, also)) : insns.findLast((i) => i.index < start && isEvent(i, also));
  return found?.index ?? null;
}
