// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { type Change, type Event, EventLog, type Place, touches } from '../../../src/verifier/diag/event';
import { selectEvents } from '../../../src/verifier/diag/lineage';
import { asm } from '../../support/asm';

const reg = (index: number, frame = 1): Place => ({ kind: 'reg', frame, frameno: 0, index });
const slot = (index: number, frame = 1): Place => ({ kind: 'slot', frame, frameno: 0, index });
const bytes = (min: number, end: number): Place => ({ kind: 'bytes', frame: 1, frameno: 0, min, end });
const branch = (insn: number): Event => ({ kind: 'branch', insn, taken: true });
const change = (insn: number, place: Place, more: Partial<Change> = {}): Change => ({
  kind: 'change',
  insn,
  place,
  origin: null,
  reason: 'write',
  before: null,
  after: null,
  ...more,
});
const logOf = (...events: Event[]): EventLog => {
  const log = new EventLog();
  events.forEach((e) => log.append(e));
  return log;
};

describe('event log', () => {
  it('is cut back to a mark', () => {
    const log = logOf(branch(1), branch(2));
    const { mark } = log;
    log.append(branch(3));
    log.cutBack(mark);
    log.append(branch(4));
    expect([0, 1, 2].map((i) => log.at(i).insn)).toEqual([1, 2, 4]);
    expect(log).toMatchObject({ size: 3, lost: 0 });
  });

  it('loses the oldest events when it is full, and all of them when it is cut back before the oldest', () => {
    const log = new EventLog();
    const capacity = Math.floor((64 << 20) / 152);
    for (let i = 0; i < capacity + 3; i++) log.append(branch(i));
    expect(log).toMatchObject({ size: capacity, lost: 3, mark: capacity + 3 });
    expect(log.at(0).insn).toBe(3);
    expect(log.at(capacity - 1).insn).toBe(capacity + 2);
    log.cutBack(capacity + 1);
    log.append(branch(-1));
    expect(log.at(log.size - 1).insn).toBe(-1);
    log.cutBack(2);
    expect(log).toMatchObject({ size: 0, lost: 2 });
  });
});

describe('places', () => {
  it('of one frame and kind are the same', () => {
    expect(touches(reg(1), reg(1))).toBe(true);
    expect(touches(reg(1), reg(2))).toBe(false);
    expect(touches(reg(1, 2), reg(1))).toBe(false);
    expect(touches(reg(1), slot(1))).toBe(false);
  });
  it('of bytes touch the slots that they overlap', () => {
    expect(touches(bytes(-12, -8), slot(1))).toBe(true);
    expect(touches(bytes(-12, -8), slot(0))).toBe(false);
    expect(touches(bytes(-12, -7), slot(0))).toBe(true);
    expect(touches(bytes(-12, -8), reg(1))).toBe(false);
  });
});

describe('selection', () => {
  const insns = asm`
    r1 = 0
    r1 += 0
    *(u64 *)(r1 +0) = r0
    r1 = *(u64 *)(r0 +0)
    if r1 == 0 goto pc+0
    if r1 == 0 goto pc+0
    if r1 == 0 goto pc+0`;

  it('follows a value through arithmetic, spill and fill to where it was made', () => {
    const log = logOf(
      branch(9),
      change(0, reg(1)), // made
      branch(4),
      change(1, reg(1)), // r1 += …
      change(2, slot(0), { reason: 'spill', origin: reg(1) }),
      change(0, reg(2)), // another value
      change(3, reg(3), { origin: slot(0) }),
      branch(5),
    );
    expect(selectEvents(log, insns, { kind: 'value', place: reg(3) })).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it('tells the whole path when nothing is known of the value', () => {
    const log = logOf(branch(4), change(0, reg(1)), branch(5));
    expect(selectEvents(log, insns, { kind: 'value', place: reg(7) })).toEqual([0, 2]);
  });

  it('begins where a reference was taken', () => {
    const reference = (id: number, taken: boolean): Event => ({ kind: 'reference', insn: 0, id, taken });
    const log = logOf(branch(4), reference(1, true), reference(2, true), branch(5), reference(1, false));
    expect(selectEvents(log, insns, { kind: 'reference', id: 2 })).toEqual([2, 3]);
  });

  it('begins at the outermost entry of a region', () => {
    const region = (entered: boolean, depth: number): Event => ({ kind: 'region', insn: 0, region: 'R', entered, depth });
    const log = logOf(region(true, 1), region(false, 0), branch(4), region(true, 1), region(true, 2), region(false, 1));
    expect(selectEvents(log, insns, { kind: 'region', region: 'R', depth: 1 })).toEqual([3, 4, 5]);
    expect(selectEvents(log, insns, { kind: 'region', region: 'R', depth: 0 })).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
