// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { previousInsn, STATE_START } from '../../../src/verifier/engine/history';
import { IdMap } from '../../../src/verifier/engine/idmap';
import { BacktrackMasks } from '../../../src/verifier/engine/masks';
import { FuncState } from '../../../src/verifier/state/frame';
import { ADD_CONST64, NOT_INIT } from '../../../src/verifier/state/reg';
import { allKinds, EMPTY_SLOT, SlotType, StackSlot } from '../../../src/verifier/state/stack';
import { VerifierState, type JmpHistoryEntry } from '../../../src/verifier/state/state';

describe('IdMap', () => {
  const fresh = (): IdMap => {
    const ids = new IdMap();
    ids.reset(100);
    return ids;
  };
  it('lets an old id stand for one current id', () => {
    const ids = fresh();
    expect(ids.check(5, 9)).toBe(true);
    expect(ids.check(5, 9)).toBe(true);
    expect(ids.check(5, 8)).toBe(false);
    expect(ids.check(6, 9)).toBe(false);
  });
  it('wants both ids or none', () => {
    const ids = fresh();
    expect(ids.check(0, 0)).toBe(true);
    expect(ids.check(0, 3)).toBe(false);
    expect(ids.check(3, 0)).toBe(false);
  });
  it('tells unlinked scalars apart where the old ones were linked', () => {
    const ids = fresh();
    expect(ids.checkScalar(7, 0)).toBe(true);
    expect(ids.checkScalar(7, 0)).toBe(false);
    expect(ids.checkScalar(0, 4)).toBe(true);
  });
  it('maps the base of a shifted link too', () => {
    const ids = fresh();
    expect(ids.checkScalar(1, 2)).toBe(true);
    expect(ids.checkScalar(1 + ADD_CONST64, 3 + ADD_CONST64)).toBe(false);
  });
});

describe('BacktrackMasks', () => {
  it('keeps slots of both words', () => {
    const masks = new BacktrackMasks();
    expect(masks.empty).toBe(true);
    masks.setSlot(0, 31);
    masks.setSlot(0, 40);
    masks.setReg(6);
    expect(masks.slotText(0)).toBe('-256,-328');
    expect(masks.regText(0)).toBe('r6');
    masks.clearSlot(0, 31);
    masks.clearSlot(0, 40);
    masks.clearReg(6);
    expect(masks.empty).toBe(true);
  });
  it('looks for all linked registers once one is looked for', () => {
    const masks = new BacktrackMasks();
    const entry: JmpHistoryEntry = {
      idx: 1,
      prevIdx: 0,
      prev: null,
      count: 1,
      flags: 0,
      spi: 0,
      frame: 0,
      linkedRegs: [
        { frameno: 0, index: 2, isReg: true },
        { frameno: 0, index: 3, isReg: false },
      ],
      walked: 0,
      walkedSlots: 0,
    };
    masks.setReg(1);
    masks.syncLinked(entry);
    expect(masks.hasSlot(0, 3)).toBe(false);
    masks.setReg(2);
    masks.syncLinked(entry);
    expect(masks.hasSlot(0, 3)).toBe(true);
  });
});

describe('history', () => {
  const entry = (idx: number, prevIdx: number, prev: JmpHistoryEntry | null = null): JmpHistoryEntry => {
    return { prev, count: (prev?.count ?? 0) + 1, idx, prevIdx, flags: 0, spi: 0, frame: 0, linkedRegs: [], walked: 0, walkedSlots: 0 };
  };
  it('walks straight code and jumps back to the first instruction', () => {
    const jump = entry(7, 4);
    expect(previousInsn(2, 8, jump)).toBe(7);
    expect(previousInsn(2, 7, jump)).toBe(4);
    expect(previousInsn(2, 4, jump.prev)).toBe(3);
    expect(previousInsn(2, 2, jump.prev)).toBe(STATE_START);
  });
  it('stops at an entry that records the jump into the state', () => {
    expect(previousInsn(3, 3, entry(3, 9))).toBe(STATE_START);
  });
  it('goes on where a loop comes back to the first instruction', () => {
    expect(previousInsn(3, 3, entry(3, 5, entry(3, 9)))).toBe(5);
  });
});

describe('copies of a state', () => {
  const zeros = new StackSlot(allKinds(SlotType.ZERO), NOT_INIT);
  const misc = new StackSlot(allKinds(SlotType.MISC), NOT_INIT);
  const withStack = (): VerifierState => {
    const s = new VerifierState([new FuncState(-1, 0, 0)]);
    s.cur.growStack(16);
    s.cur.setSlot(0, zeros);
    return s;
  };

  it('share the stack until one of them is written to, whichever it is', () => {
    const s = withStack();
    const [first, second] = [s.copy(), s.copy()];
    expect(first.cur.stack).toBe(s.cur.stack);
    s.cur.setSlot(0, misc);
    first.cur.setSlot(1, misc);
    expect([s, first, second].map(({ cur }) => cur.stack)).toEqual([
      [misc, EMPTY_SLOT],
      [zeros, misc],
      [zeros, EMPTY_SLOT],
    ]);
  });
  it('grow by themselves', () => {
    const s = withStack();
    const copy = s.copy();
    copy.cur.growStack(64);
    expect([s, copy].map(({ cur }) => cur.allocatedStack)).toEqual([16, 64]);
  });
  it('are not parted by a write of what is there', () => {
    const s = withStack();
    const copy = s.copy();
    copy.cur.setSlot(0, zeros);
    expect(copy.cur.stack).toBe(s.cur.stack);
  });
});
