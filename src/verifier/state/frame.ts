// SPDX-License-Identifier: GPL-2.0-only
import { NR_REGS } from '../../isa/opcode';
import type { FrameMarks, SlotMarks } from './marks';
import { NOT_INIT, type RegState } from './reg';
import type { FuncInstance } from '../prepass/func-instance';
import { EMPTY_SLOT, type StackSlot } from './stack';

/** Allowed values of R0 at a return (`struct bpf_retval_range`). */
export interface RetvalRange {
  readonly min: number;
  readonly max: number;
  readonly return32bit: boolean;
}

const EVEN_BITS = 0x55555555;
/** Of a frame without a stack; never written. */
const NO_SLOTS: StackSlot[] = [];
const NONE_SETTLED: number[] = [0, 0, 0, 0];
/** Of a frame without outgoing arguments beyond the fifth; never written. */
const NO_ARGS: RegState[] = [];

const ZERO_RANGE: RetvalRange = { min: 0, max: 0, return32bit: false };

/** One call frame (`struct bpf_func_state`). Mutable, owned by one verifier state; registers and slots in it are shared values. */
export class FuncState {
  asyncEntryCnt = 0;
  callbackRetRange: RetvalRange = ZERO_RANGE;
  inCallbackFn = false;
  inAsyncCallbackFn = false;
  inExceptionCallbackFn = false;
  noStackArgLoad = false;
  callbackDepth = 0;
  /** Number of this frame among all frames of the verification, for structured reports; 0 without them. */
  diagFrame = 0;
  /** Marks of reads and writes, null for kernels that know from the data flow what is needed. */
  marks: FrameMarks | null = null;
  /** Who learns of accesses to this frame's stack: `marks`, or what all frames of that number share; null for kernels that know them before. */
  slotMarks: SlotMarks | null = null;
  /** Instructions processed in this frame and its callees on this path. */
  insnsSubtotal = 0;
  /** What is known of reads of this frame's stack (`prepass/stack-liveness.ts`): null for nothing, undefined before it is first asked for. */
  liveness: FuncInstance | null | undefined = undefined;
  /** A walk back made something in this frame precise: it belongs to a kept state. */
  markedPrecise = false;
  private slots: StackSlot[] = NO_SLOTS;
  /** Which slots cleaning would not change, whatever is dead: bit `2 * (spi & 15)` of word `spi >> 4`. */
  private settled: number[] = NONE_SETTLED;
  /** Another frame looks at the same arrays of slots and of settled ones: nobody writes a slot then. */
  private slotsShared = true;

  constructor(
    /** Call instruction that made this frame, −1 for an entry frame (`BPF_MAIN_FUNC`). */
    readonly callsite: number,
    readonly frameno: number,
    readonly subprogno: number,
    public regs: RegState[] = new Array<RegState>(NR_REGS).fill(NOT_INIT),
    /** Outgoing arguments beyond the fifth; {@link growStackArgs} makes room for them. */
    public stackArgs: RegState[] = NO_ARGS,
  ) {}

  /** Independent copy that shares the immutable values. Instruction accounting belongs to the path and starts at 0 (`copy_func_state`). */
  copy(): FuncState {
    const args = this.stackArgs.length === 0 ? NO_ARGS : this.stackArgs.slice();
    const f = new FuncState(this.callsite, this.frameno, this.subprogno, this.regs.slice(), args);
    f.slots = this.slots;
    f.settled = this.settled;
    f.slotsShared = this.slotsShared = true;
    f.asyncEntryCnt = this.asyncEntryCnt;
    f.callbackRetRange = this.callbackRetRange;
    f.inCallbackFn = this.inCallbackFn;
    f.inAsyncCallbackFn = this.inAsyncCallbackFn;
    f.inExceptionCallbackFn = this.inExceptionCallbackFn;
    f.noStackArgLoad = this.noStackArgLoad;
    f.callbackDepth = this.callbackDepth;
    f.diagFrame = this.diagFrame;
    if (this.marks !== null) f.marks = this.marks.copy();
    f.slotMarks = f.marks ?? this.slotMarks;
    f.liveness = this.liveness;
    f.markedPrecise = this.markedPrecise;
    return f;
  }

  /** `stack[i]` is fp-8(i+1) … fp-8i-1; `stack.length * 8` is the allocated size. Slots as they are now: {@link setSlot} may leave this array behind. */
  get stack(): readonly StackSlot[] {
    return this.slots;
  }
  /** The slots as they are now, for whoever wants to keep them: they are left behind when one is written to. */
  lendStack(): readonly StackSlot[] {
    this.slotsShared = true;
    return this.slots;
  }
  /** Replaces the whole stack. */
  set stack(slots: readonly StackSlot[]) {
    this.slots = slots.slice();
    this.settled = NONE_SETTLED.slice();
    this.slotsShared = false;
  }
  /** Writes a slot. The only way to: copies of a frame share their slots until one of them is written to. */
  setSlot(spi: number, slot: StackSlot): void {
    if (this.slots[spi] === slot) return;
    this.ownSlots()[spi] = slot;
    this.settled[spi >> 4]! &= ~(1 << (2 * (spi & 15)));
  }
  /** Slots of a word that cleaning may still change, as the even bits of it; see {@link settle}. */
  unsettled(word: number): number {
    return ~this.settled[word]! & EVEN_BITS;
  }
  /** Takes note that cleaning will not change a slot until it is written to. */
  settle(spi: number): void {
    this.settled[spi >> 4]! |= 1 << (2 * (spi & 15));
  }
  private ownSlots(): StackSlot[] {
    if (this.slotsShared) {
      this.slots = this.slots.slice();
      this.settled = this.settled.slice();
      this.slotsShared = false;
    }
    return this.slots;
  }

  /** Allocated stack, bytes. */
  get allocatedStack(): number {
    return this.slots.length * 8;
  }
  /** Makes the stack at least `bytes` large. Accounting of the subprogram's depth is the caller's. */
  growStack(bytes: number): void {
    const slots = (bytes + 7) >> 3;
    if (this.slots.length >= slots) return;
    const own = this.ownSlots();
    while (own.length < slots) own.push(EMPTY_SLOT);
  }
  /** Makes room for at least that many outgoing arguments beyond the fifth; new ones are unreadable. */
  growStackArgs(count: number): void {
    if (this.stackArgs.length >= count) return;
    const args = this.stackArgs.slice();
    while (args.length < count) args.push(NOT_INIT);
    this.stackArgs = args;
  }
}
