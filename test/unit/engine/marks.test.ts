// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { connectMarks, forgetUnread, propagateMarks } from '../../../src/verifier/engine/marks';
import { enterLoop, isInOpenLoop, outermostEntry } from '../../../src/verifier/engine/loop-entry';
import { FuncState } from '../../../src/verifier/state/frame';
import { FrameMarks, markRead } from '../../../src/verifier/state/marks';
import { NOT_INIT, UNKNOWN_SCALAR } from '../../../src/verifier/state/reg';
import { EMPTY_SLOT, SlotType, StackSlot, allKinds } from '../../../src/verifier/state/stack';
import { VerifierState } from '../../../src/verifier/state/state';

const MISC = new StackSlot(allKinds(SlotType.MISC), NOT_INIT);

/** A state of `depth` frames that marks reads: all registers known, two written stack slots each. */
function marked(depth = 1): VerifierState {
  const frames = Array.from({ length: depth }, (_, f) => {
    const frame = new FuncState(f === 0 ? -1 : f, f, f);
    frame.marks = new FrameMarks();
    frame.regs.fill(UNKNOWN_SCALAR);
    frame.stack = [MISC, MISC];
    return frame;
  });
  return new VerifierState(frames);
}

/** Keeps the state as the search does; the current one goes on from it. */
function keep(cur: VerifierState): VerifierState {
  const kept = cur.copy();
  connectMarks(kept, cur);
  cur.parent = kept;
  return kept;
}

function readsOf(state: VerifierState, f = 0): number[] {
  return state.frames[f]!.marks!.regs.flatMap((mark, i) => (mark.read ? [i] : []));
}

describe('marks of reads', () => {
  it('a read marks all kept states before it, up to the one after which the register was written', () => {
    const cur = marked();
    const first = keep(cur);
    cur.cur.marks!.regs[3]!.written = true;
    const second = keep(cur);
    const third = keep(cur);
    markRead(cur.cur.marks!.regs[3]!);
    markRead(cur.cur.marks!.regs[4]!);
    expect(readsOf(third)).toEqual([3, 4]);
    expect(readsOf(second)).toEqual([3, 4]);
    expect(readsOf(first)).toEqual([4]);
  });

  it('a read after a write in the same stretch says nothing of the state before', () => {
    const cur = marked();
    const before = keep(cur);
    cur.cur.marks!.regs[1]!.written = true;
    markRead(cur.cur.marks!.regs[1]!);
    expect(readsOf(before)).toEqual([]);
  });

  it('of a caller only what a call keeps hangs on the state that is kept inside of the call', () => {
    const cur = marked(2);
    const kept = keep(cur);
    markRead(cur.frames[0]!.marks!.regs[1]!);
    markRead(cur.frames[0]!.marks!.regs[6]!);
    expect(readsOf(kept, 0)).toEqual([6]);
  });

  it('where a path ends at a known state, its reads are reads of the states on this path, whatever was written', () => {
    const known = marked();
    known.cur.marks!.regs[2]!.read = true;
    known.cur.marks!.slot(1).read = true;
    const cur = marked();
    const before = keep(cur);
    propagateMarks(known, cur);
    expect(readsOf(before)).toEqual([2]);
    expect([0, 1].map((spi) => before.cur.marks!.slot(spi).read)).toEqual([false, true]);
  });

  it('a finished state forgets what nothing read', () => {
    const state = marked();
    state.cur.marks!.regs[7]!.read = true;
    state.cur.marks!.slot(0).read = true;
    forgetUnread(state);
    expect(state.cur.regs.map((reg) => reg === UNKNOWN_SCALAR)).toEqual([
      ...Array<boolean>(7).fill(false),
      true,
      false,
      false,
      ...state.cur.regs.slice(10).map(() => true),
    ]);
    expect(state.cur.stack).toEqual([MISC, EMPTY_SLOT]);
  });

  it('a copy marks for itself', () => {
    const cur = marked();
    const kept = keep(cur);
    const other = cur.copy();
    other.cur.marks!.regs[5]!.written = true;
    markRead(other.cur.marks!.regs[5]!);
    expect(readsOf(kept)).toEqual([]);
    markRead(cur.cur.marks!.regs[5]!);
    expect(readsOf(kept)).toEqual([5]);
  });
});

describe('loop entries', () => {
  function at(depth: number, branches: number): VerifierState {
    const state = new VerifierState();
    state.dfsDepth = depth;
    state.branches = branches;
    return state;
  }

  it('a state inside two loops belongs to the outer one', () => {
    const outer = at(1, 1);
    const inner = at(2, 1);
    const state = at(3, 0);
    enterLoop(inner, outer);
    enterLoop(state, inner);
    expect(outermostEntry(state)).toBe(outer);
    expect(isInOpenLoop(state)).toBe(true);
  });

  it('a head that is fully explored is no loop of this path', () => {
    const head = at(1, 0);
    const state = at(2, 1);
    enterLoop(state, head);
    expect(state.loopEntry).toBeNull();
    expect(head.isLoopEntry).toBe(false);
    expect(isInOpenLoop(state)).toBe(false);
  });
});
