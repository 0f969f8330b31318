// SPDX-License-Identifier: GPL-2.0-only
/** Lanes: each resource keeps one lane over the whole function, so that the eye can follow it from block to block. */
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import { beginsHolding } from '../../src/protocol/words';
import { type LaneMark, type MarkLook, REFERENCE_LOOK } from '../../src/marks/rails';

export const MAX_LANES = 5;

/** Lane by resource key; resources whose instructions do not overlap share a lane. Order is that of taking. */
export function assignLanes(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const span = new Map<string, { first: number; last: number; taken: number }>();
  for (const node of nodes) {
    for (const insn of node.instructions) {
      const touch = (key: string, taken: number): void => {
        const known = span.get(key);
        if (known === undefined) span.set(key, { first: insn.index, last: insn.index, taken });
        else {
          known.first = Math.min(known.first, insn.index);
          known.last = Math.max(known.last, insn.index);
        }
      };
      for (const held of insn.held) touch(held.key, held.takenAt);
      for (const e of insn.effects) touch(e.key, insn.index);
    }
  }
  const ends: number[] = [];
  const lanes = new Map<string, number>();
  for (const [key, { first, last }] of [...span].sort((a, b) => a[1].taken - b[1].taken)) {
    let lane = ends.findIndex((end) => end < first);
    if (lane < 0) lane = ends.length;
    ends[lane] = last;
    lanes.set(key, lane);
  }
  return lanes;
}

/** Number of lanes to draw. */
export function laneCount(lanes: ReadonlyMap<string, number>): number {
  return Math.min(MAX_LANES, lanes.size === 0 ? 0 : Math.max(...lanes.values()) + 1);
}

/** Marks of the lanes in a row that stands for these consecutive instructions; `next` is what follows in the block. */
export function laneMarks(
  insns: readonly GraphInsn[],
  next: GraphInsn | undefined,
  lanes: ReadonlyMap<string, number>,
  letters: ReadonlyMap<string, MarkLook>,
): (LaneMark | null)[] {
  const marks: (LaneMark | null)[] = new Array<LaneMark | null>(laneCount(lanes)).fill(null);
  const first = insns[0]!;
  const put = (key: string, state: LaneMark['state']): void => {
    const lane = lanes.get(key);
    if (lane !== undefined && lane < marks.length) {
      const { letter, colour } = letters.get(key) ?? REFERENCE_LOOK;
      marks[lane] = { letter, colour, state };
    }
  };
  for (const held of first.held) put(held.key, held.inStates < first.states ? 'partial' : 'on');
  for (const insn of insns) {
    for (const e of insn.effects) {
      const before = first.held.find((x) => x.key === e.key);
      const after = next?.held.find((x) => x.key === e.key);
      const takes = beginsHolding(e);
      if (takes && before === undefined)
        put(e.key, after !== undefined && next !== undefined && after.inStates < next.states ? 'take-partial' : 'take');
      else if (!takes && (after === undefined || next === undefined))
        put(e.key, before !== undefined && before.inStates < first.states ? 'give-partial' : 'give');
    }
  }
  return marks;
}
