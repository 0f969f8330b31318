// SPDX-License-Identifier: GPL-2.0-only
/**
 * Marks of reads and writes, for kernels that learn while they explore what of a kept state is needed: a read marks the same register or
 * slot of the states before, up to the one after which it was written (`kernel/bpf/verifier.c: mark_reg_read`). Later kernels know it
 * from the data flow and keep none of this.
 */
import { NR_REGS } from '../../isa/opcode';

/** Marks of one register or stack slot in one state, and the same place in the kept state before it (`live` and `parent` of `struct bpf_reg_state`). */
export class Mark {
  /** Something after this state reads it. */
  read = false;
  /** Written since the kept state before: what is read after that is not that state's value. */
  written = false;

  constructor(public parent: Mark | null = null) {}

  copy(): Mark {
    const mark = new Mark(this.parent);
    mark.read = this.read;
    mark.written = this.written;
    return mark;
  }
}

/** Marks the states before `mark`'s as needing this place, unless it was written since. Returns how many were marked. */
export function markRead(mark: Mark): number {
  return mark.written ? 0 : passRead(mark.parent);
}

/** Marks `mark` itself and, unless it was written since, the states before it. Returns how many were marked. */
export function passRead(mark: Mark | null): number {
  let count = 0;
  for (let at = mark; at !== null && !at.read; at = at.written ? null : at.parent) {
    at.read = true;
    count++;
  }
  return count;
}

/** What all marks of one verification share: the most states that one read marked (`longest_mark_read_walk`). */
export interface ReadWalks {
  longest: number;
}

/** Takes note of accesses to one frame's stack, whichever way a kernel learns from them what of it is needed. */
export interface SlotMarks {
  /** `count` slots from `spi` down are read. */
  readSlots(spi: number, count: number): void;
  /** `count` slots from `spi` down are written as a whole. */
  writeSlots(spi: number, count: number): void;
}

/** Marks of one frame. */
export class FrameMarks implements SlotMarks {
  constructor(
    readonly regs: Mark[] = Array.from({ length: NR_REGS }, () => new Mark()),
    private readonly slots: Mark[] = [],
    private readonly walks: ReadWalks = { longest: 0 },
  ) {}

  /** Marks of a fresh frame. */
  static of(walks: ReadWalks): FrameMarks {
    return new FrameMarks(undefined, undefined, walks);
  }

  copy(): FrameMarks {
    return new FrameMarks(
      this.regs.map((m) => m.copy()),
      this.slots.map((m) => m.copy()),
      this.walks,
    );
  }

  /** A register is read. */
  readReg(regno: number): void {
    this.note(markRead(this.regs[regno]!));
  }
  /** What is read after another state is read after this frame's too: `mark` is one of this frame's. */
  pass(mark: Mark): void {
    this.note(passRead(mark));
  }
  private note(walked: number): void {
    if (walked > this.walks.longest) this.walks.longest = walked;
  }

  /** Marks of a stack slot; one that was never touched hangs on nothing. */
  slot(spi: number): Mark {
    while (this.slots.length <= spi) this.slots.push(new Mark());
    return this.slots[spi]!;
  }
  readSlots(spi: number, count: number): void {
    for (let i = 0; i < count; i++) this.note(markRead(this.slot(spi - i)));
  }
  writeSlots(spi: number, count: number): void {
    for (let i = 0; i < count; i++) this.slot(spi - i).written = true;
  }
  /** Register `to` gets what register `from` of another frame has, with what it hangs on. */
  inherit(to: number, other: FrameMarks, from: number): void {
    this.regs[to] = other.regs[from]!.copy();
  }
}
