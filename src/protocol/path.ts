// SPDX-License-Identifier: GPL-2.0-only
/** One way from the entry of a program to a state: exactly the instructions that the verifier processed for it. */
import type { HeldResource } from './graph';

export type PathEventKind = 'taken' | 'given back' | 'entered' | 'left' | 'branch' | 'failing' | 'here';

/** A step that matters. */
export interface PathEvent {
  /** Index into `PathView.insns`. */
  readonly step: number;
  readonly insn: number;
  readonly kind: PathEventKind;
  /** Key of the resource, null for branches and the end. */
  readonly key: string | null;
  /** Three or four words. */
  readonly text: string;
}

/** Life of one resource on the path, in steps. */
export interface PathLane {
  readonly resource: HeldResource;
  /** Step that took it, and the one that gave it back; null when it is held to the end. */
  readonly from: number;
  readonly to: number | null;
}

/** A run of steps with one answer. */
export interface SleepSpan {
  readonly from: number;
  /** One past the last step. */
  readonly to: number;
  readonly answer: 'yes' | 'nofault' | 'no';
}

export interface PathView {
  /** The instruction at its end. */
  readonly insn: number;
  /** Which state of that instruction, −1 for the one that was rejected. */
  readonly state: number;
  readonly rejected: boolean;
  /** Oldest first; the last one is `insn`. */
  readonly insns: readonly number[];
  /** Which kept state of its instruction each step is, −1 for one that was not kept. */
  readonly states: readonly number[];
  /** Steps left out at the beginning because there are too many. */
  readonly skipped: number;
  readonly events: readonly PathEvent[];
  readonly lanes: readonly PathLane[];
  readonly sleep: readonly SleepSpan[];
}

/** One link in the chain of definitions of a register. */
export interface OriginStep {
  readonly insn: number;
  /** `set`: it was written here. `check`: a branch learnt something of it. */
  readonly kind: 'set' | 'check';
  readonly text: string;
}

/** Where the value of a register in one state comes from, newest first. */
export interface OriginView {
  readonly insn: number;
  readonly state: number;
  readonly register: number;
  readonly steps: readonly OriginStep[];
  /** Where the chain begins when no instruction does: "argument of the program"; '' otherwise. */
  readonly start: string;
}

/** How the program uses a resource while it is held. */
export interface FollowUse {
  readonly insn: number;
  readonly kind: 'read' | 'written' | 'passed' | 'carries' | 'checked';
  /** Register or slot that carries it: `r6`, `fp-8`. */
  readonly where: string;
}

/** Where a held resource goes, over all kept states. */
export interface FollowFacts {
  readonly key: string;
  readonly uses: readonly FollowUse[];
  /** Which registers and stack slots carry it, from where to where in instruction order. */
  readonly carriers: readonly { readonly where: string; readonly from: number; readonly to: number }[];
}
