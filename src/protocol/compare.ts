// SPDX-License-Identifier: GPL-2.0-only
/** What differs for one program between two policies: A, the one compared with, and B, the one in force. Plain data. */
import type { Answer, HeldResource, SourcePlace, Visit } from './graph';
import type { HazardNote, Verdict } from './model';
import type { Rich } from './rich';

export type Side = 'a' | 'b';

/** What can differ, most important first. */
export type DifferenceKind = 'verdict' | 'rejected' | 'reachable' | 'sleep' | 'fault' | 'held';

/** One rule that two policies have differently. */
export interface RuleDifference {
  /** Stable within a pair of policies or kernels: `class nofault`, `kfunc bpf_iter_task_vma_next`, `option iteratorElements`, `feature alu.maskFork`. */
  readonly id: string;
  readonly kind: 'class' | 'kfunc' | 'helper' | 'option' | 'feature';
  /** Name of the class, function or option, key of the kernels' feature. */
  readonly name: string;
  /** What each policy says, in few words; '' if it says nothing. */
  readonly a: string;
  readonly b: string;
  /** Both in one phrase, for after "Rule: ". */
  readonly text: string;
}

/** One policy's result for the program. */
export interface CompareSide {
  readonly policy: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly errno: number;
  readonly message: readonly string[];
  readonly insn: number | null;
  readonly source: SourcePlace | null;
  readonly explanation: string | null;
  /** At most 32 characters. */
  readonly short: string;
  readonly reason: string | null;
  readonly processedInsns: number;
  readonly timeUs: number;
}

/** What one policy says of one instruction. */
export interface InsnAnswer {
  readonly visit: Visit;
  readonly maySleep: Answer;
  readonly mayFault: Answer;
  readonly held: readonly HeldResource[];
  readonly states: number;
  readonly rejected: boolean;
}

/** One entry of the list of differences: an instruction, or the first of a run of instructions of a block that differ alike. */
export interface InsnDifference {
  readonly insn: number;
  /** Last instruction of the run. */
  readonly last: number;
  /** Node of B's graph, and of A's. */
  readonly node: string;
  readonly nodeA: string;
  /** The block's name for people. */
  readonly block: string;
  readonly source: SourcePlace | null;
  /** In order of importance. */
  readonly kinds: readonly DifferenceKind[];
  readonly a: InsnAnswer;
  readonly b: InsnAnswer;
  /** One plain sentence that says what differs and why. */
  readonly sentence: string;
  /** {@link RuleDifference.id} of the rule that made it; null where it only follows from others. */
  readonly rule: string | null;
}

/** Instructions of a block at which nothing is known to differ, but a verification that ended early may not have seen everything. */
export interface Incomparable extends Omit<InsnDifference, 'kinds' | 'rule' | 'sentence'> {
  /** Which verification ended, and where. */
  readonly sentence: Rich;
}

/** One block of B's graph, with both answers. */
export interface NodeDifference {
  readonly node: string;
  /** What differs for certain; none for a block of which some instruction is only not comparable. */
  readonly kinds: readonly DifferenceKind[];
  /** Answers over the block's instructions: may sleep, and what is held at its end. */
  readonly a: NodeAnswer;
  readonly b: NodeAnswer;
}

export interface NodeAnswer {
  readonly reachable: boolean;
  readonly maySleep: Answer;
  readonly mayFault: Answer;
  readonly rejected: boolean;
  /** Held at the last instruction that was reached. */
  readonly held: readonly HeldResource[];
}

/** An edge that only one side took, by the instructions at its ends. */
export interface EdgeDifference {
  readonly from: number;
  readonly to: number;
  readonly takenBy: Side;
}

export interface GraphComparison {
  readonly program: string;
  readonly a: CompareSide;
  readonly b: CompareSide;
  readonly rules: readonly RuleDifference[];
  /** Most important first; then by instruction. */
  readonly differences: readonly InsnDifference[];
  /** What cannot be compared, in order of instructions; none of it is in `differences`. */
  readonly incomparable: readonly Incomparable[];
  /** Blocks that differ or are not comparable; all others are the same under both. */
  readonly nodes: readonly NodeDifference[];
  readonly edges: readonly EdgeDifference[];
  /** Number of blocks of B's graph. */
  readonly blocks: number;
  /** Hazards that only A has are those that B's rules remove, and the other way round. */
  readonly hazards: { readonly a: readonly HazardNote[]; readonly b: readonly HazardNote[] };
}
