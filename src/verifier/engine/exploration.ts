// SPDX-License-Identifier: GPL-2.0-only
import type { CtxResult } from '../memory/ctx/rules';
import type { RetvalRange } from '../state/frame';
import type { ReadWalks } from '../state/marks';
import type { VerifierState } from '../state/state';
import type { WalkSteps } from './backtrack';
import { IdMap } from './idmap';
import { BacktrackMasks } from './masks';

/** One path that waits to be followed (`struct bpf_verifier_stack_elem`). */
export interface PendingPath {
  readonly state: VerifierState;
  readonly insnIdx: number;
  readonly prevInsnIdx: number;
  /** Where the log is cut back to when the path is taken up, below level 2. */
  readonly logPos: number;
  /** Where the events of structured reports are cut back to when the path is taken up. */
  readonly eventPos: number;
}

/** A stay in one loop under one chain of call sites (`struct bpf_scc_visit`). */
export interface SccVisit {
  readonly scc: number;
  /** Call instructions of the frames outside of any loop, outermost first. */
  readonly callsites: readonly number[];
  /** State that entered the loop and is still being explored; null when the loop is left. */
  entryState: VerifierState | null;
  /** Copies of states that closed the loop, newest first. */
  backedges: VerifierState[];
  numBackedges: number;
}

/** What a program may leave with; the same at each of its exits. */
export interface ReturnRule {
  /** The hook returns nothing. */
  readonly isVoid: boolean;
  readonly isStructOps: boolean;
  /** Null when any value is allowed. */
  readonly range: RetvalRange | null;
}

/** What the exploration of one program remembers (fields of `struct bpf_verifier_env`). */
export class Exploration {
  /** Last in, first out. */
  pending: PendingPath[] = [];
  /** Newest state by bucket number; older ones hang on `nextInBucket`. */
  buckets: (VerifierState | null)[] = [];
  /** Visits by number of the strongly connected component. */
  visits: (SccVisit[] | undefined)[] = [];
  readonly backtrack = new BacktrackMasks();
  /** Made for the first walk back. */
  walkSteps: WalkSteps | null = null;
  /** How many walks back gave up (`engine/walked.ts`). */
  walksGivenUp = 0;
  readonly idMap = new IdMap();
  /** How far reads were marked, for kernels that mark them. */
  readonly readWalks: ReadWalks = { longest: 0 };
  /** Found at the first exit. */
  returnRule: ReturnRule | null = null;
  /** Answers to accesses of the context about which nothing was written to the log, by place, size and kind of access. */
  readonly ctxAnswers = new Map<number, CtxResult | null>();
  /** Last instruction that a log of level 2 names, -1 for none. */
  namedInsn = -1;

  /** Forgets all states (`free_states`). */
  clear(): void {
    this.pending = [];
    this.buckets = [];
    this.visits = [];
  }
}
