// SPDX-License-Identifier: GPL-2.0-only
/** What it means that a branch goes one way: read off the states on both of its sides, or not said. */
import { Jmp, jmpOp, usesReg } from '../isa/opcode';
import { Flag } from '../kernel/types';
import { holdingOf } from '../policy/classes';
import { IterState } from '../verifier/state/reg';
import { SlotType } from '../verifier/state/stack';
import { type BlockEdge, successors } from './cfg';
import type { GraphInput } from './input';
import type { Snapshot } from './insn-record';

/** Kept states that are looked at on each side. */
const LOOKED = 16;

/** States that came along an edge, also those that went no further because one before covered them. */
function arrivals(input: GraphInput, edge: BlockEdge): Snapshot[] {
  const record = input.recorder.insns[edge.to];
  const came = [...(record?.kept ?? []), ...(record?.covered ?? [])];
  return came.filter((s) => s.trail.prev?.insn === edge.by).slice(0, LOOKED);
}

/** Stack slots of the innermost frame whose iterator is in a state. */
function iterators(snapshot: Snapshot, state: IterState): ReadonlySet<number> {
  const found = new Set<number>();
  snapshot.frames.at(-1)?.stack.forEach((slot, i) => {
    if (slot.top === SlotType.ITER && slot.reg.iterState === state) found.add(i);
  });
  return found;
}

/** An iterator that is drained on this side and gives elements on the other. */
function isDrained(here: readonly Snapshot[], there: readonly Snapshot[]): boolean {
  const [first] = here;
  if (first === undefined || there.length === 0) return false;
  return [...iterators(first, IterState.DRAINED)].some(
    (slot) => here.every((s) => iterators(s, IterState.DRAINED).has(slot)) && there.every((s) => iterators(s, IterState.ACTIVE).has(slot)),
  );
}

/** What entering may fail to give, and only the other side holds. */
function failed(here: readonly Snapshot[], there: readonly Snapshot[]): string {
  const held = there[0]?.held.entries.filter((e) => e.cls.mayFail) ?? [];
  const missing = held.find((e) => {
    const holds = (s: Snapshot): boolean => s.held.entries.some((x) => x.cls === e.cls && x.insn === e.insn);
    return here.length > 0 && there.every(holds) && !here.some(holds);
  });
  if (missing === undefined) return '';
  return holdingOf(missing.cls) === 'lock' ? 'lock failed' : `${missing.cls.title} failed`;
}

/** Whether the branch compares with zero and this is the way on which it is zero. */
function isZeroSide(input: GraphInput, edge: BlockEdge): boolean {
  const insn = input.env.insns[edge.by]!;
  const op = jmpOp(insn.code);
  if (usesReg(insn.code) || insn.imm !== 0 || (op !== Jmp.JEQ && op !== Jmp.JNE)) return false;
  return (op === Jmp.JEQ) === (edge.kind === 'taken');
}

/** A pointer that may be NULL before the branch is NULL on this side. */
function isNull(input: GraphInput, edge: BlockEdge): boolean {
  if (!isZeroSide(input, edge)) return false;
  const { dst } = input.env.insns[edge.by]!;
  const before = input.recorder.insns[edge.by]?.kept.slice(0, LOOKED) ?? [];
  return before.some((s) => ((s.frames.at(-1)?.regs[dst]?.type ?? 0) & Flag.PTR_MAYBE_NULL) !== 0);
}

/** "drained", "NULL", "lock failed": what a conditional edge says beyond its condition; '' where verification does not know. */
export function edgeMeaning(input: GraphInput, edge: BlockEdge): string {
  const other = successors(input.env.insns, edge.by, null).find((e) => e.to !== edge.to);
  const here = arrivals(input, edge);
  if (other === undefined) return '';
  const there = arrivals(input, other);
  if (isDrained(here, there)) return 'drained';
  return failed(here, there) || (isNull(input, edge) ? 'NULL' : '');
}
