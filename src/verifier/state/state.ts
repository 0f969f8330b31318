// SPDX-License-Identifier: GPL-2.0-only
import type { SccVisit } from '../engine/exploration';
import { type FuncState } from './frame';
import { NOTHING_HELD, type HeldTable } from './held';

/** Flags of a jump history entry (`INSN_F_*`). */
export const enum HistFlag {
  STACK_ACCESS = 1,
  DST_REG_STACK = 2,
  SRC_REG_STACK = 4,
  STACK_ARG_ACCESS = 8,
}

/** A register or spill slot linked with others by scalar id when a branch was decided. */
export interface LinkedReg {
  readonly frameno: number;
  /** Register number, or slot index when `isReg` is false. */
  readonly index: number;
  readonly isReg: boolean;
}

/**
 * `struct bpf_jmp_history_entry`, linked with the ones before it in the same state. What happened is immutable, so that copies of a state share their history: merging
 * a second access of the same instruction makes another newest entry.
 */
export interface JmpHistoryEntry {
  /** The entry before it, null for the first of the state. */
  readonly prev: JmpHistoryEntry | null;
  /** Number of entries up to this one. */
  readonly count: number;
  readonly idx: number;
  readonly prevIdx: number;
  readonly flags: number;
  /** Slot index and frame of a stack access. */
  readonly spi: number;
  readonly frame: number;
  readonly linkedRegs: readonly LinkedReg[];
  /** Registers and slots that walks back for precision looked for before this instruction: only `engine/walked.ts` knows more. */
  walked: number;
  walkedSlots: number;
}

/** One arrival on the path of a state, linked backwards. Made by whoever records; the verifier only hands it on to copies. */
export interface Trail {
  readonly insn: number;
  /** Held on arrival. */
  readonly held: HeldTable;
  /** Whether the code may sleep by itself, before anything held is considered. */
  readonly sleepable: boolean;
  /** Number of frames. */
  readonly depth: number;
  readonly prev: Trail | null;
}

/** `struct bpf_verifier_state`: one point of the exploration. */
export class VerifierState {
  parent: VerifierState | null = null;
  /** Everything held here; replaces acquired refs, lock, RCU and preemption counters. */
  held: HeldTable = NOTHING_HELD;
  /** Children still being explored. */
  branches = 0;
  insnIdx = 0;
  firstInsnIdx = 0;
  lastInsnIdx = 0;
  speculative = false;
  /** Whether the program, subprogram or callback itself may sleep, before anything held is considered. */
  inSleepable = false;
  equalState: VerifierState | null = null;
  dfsDepth = 0;
  /** Where the loop began that this state is in, for kernels without strongly connected components. */
  loopEntry: VerifierState | null = null;
  /** Another state names this one as its loop's entry. */
  isLoopEntry = false;
  callbackUnrollDepth = 0;
  mayGotoDepth = 0;
  /** The way here, null when nothing records. Nothing in the verifier looks at it. */
  trail: Trail | null = null;

  // only for states kept for pruning (`struct bpf_verifier_state_list`)
  /** Next older state of the same bucket. */
  nextInBucket: VerifierState | null = null;
  /** How often it ended a path, and how often it was compared in vain. */
  hitCnt = 0;
  missCnt = 0;
  /** Taken out of its bucket, kept until nothing needs it any more. */
  evicted = false;
  /** What was not read is forgotten. */
  cleaned = false;
  /** Where it was told apart from another state last, −1 if it never was (`engine/equal.ts`). */
  toldBy = -1;
  /** The stay in a loop that it belongs to; null for none, and in a state that is not kept. */
  visit: SccVisit | null = null;

  /** Call frames, outermost first; {@link enter} and {@link leave} change them. */
  readonly frames: readonly FuncState[];
  /** The innermost frame, by itself since every instruction asks for it; undefined in a state to which no frame was given yet. */
  cur: FuncState;
  /** The newest entry of the history, null for none. */
  jmpHistory: JmpHistoryEntry | null;

  constructor(frames: FuncState[] = [], jmpHistory: JmpHistoryEntry | null = null) {
    this.frames = frames;
    this.cur = frames[frames.length - 1]!;
    this.jmpHistory = jmpHistory;
  }

  /** Index of the innermost frame. */
  get curframe(): number {
    return this.frames.length - 1;
  }
  /** A function is called: its frame becomes the innermost one. */
  enter(frame: FuncState): void {
    (this.frames as FuncState[]).push(frame);
    this.cur = frame;
  }
  /** The innermost frame returns. */
  leave(): void {
    const frames = this.frames as FuncState[];
    frames.pop();
    this.cur = frames[frames.length - 1]!;
  }

  /** Deep copy of what changes, shared references to what does not (`bpf_copy_verifier_state`). History is copied too. */
  copy(): VerifierState {
    const frames = this.frames.slice();
    for (let i = 0; i < frames.length; i++) frames[i] = frames[i]!.copy();
    const s = new VerifierState(frames, this.jmpHistory);
    s.parent = this.parent;
    s.held = this.held;
    s.branches = this.branches;
    s.insnIdx = this.insnIdx;
    s.firstInsnIdx = this.firstInsnIdx;
    s.lastInsnIdx = this.lastInsnIdx;
    s.speculative = this.speculative;
    s.inSleepable = this.inSleepable;
    s.equalState = this.equalState;
    s.loopEntry = this.loopEntry;
    s.isLoopEntry = this.isLoopEntry;
    s.dfsDepth = this.dfsDepth;
    s.callbackUnrollDepth = this.callbackUnrollDepth;
    s.mayGotoDepth = this.mayGotoDepth;
    s.trail = this.trail;
    return s;
  }
}

/** Whether code in this state counts as inside an RCU read section (`in_rcu_cs`). */
export function inRcuCs(state: VerifierState): boolean {
  return state.held.grantsRcu || !state.inSleepable;
}
