// SPDX-License-Identifier: GPL-2.0-only
/**
 * Execution-context rules as data, over one table of held resources (`src/verifier/state/held.ts`).
 * A policy says which classes of resource exist, what holding one forbids and grants, and which words its messages use.
 */

/** Operations that a held resource can forbid. FAULT is below SLEEP: what forbids SLEEP forbids FAULT too. */
export const enum Op {
  FAULT = 1,
  SLEEP = 2,
  /** Helper, kfunc and global calls that are not marked safe under it. */
  CALL = 4,
  /** Leaving the program (exit, tail call, throw, LD_ABS). */
  EXIT = 8,
}

/** Class of what a KF_ACQUIRE kfunc or an acquiring helper takes when no annotation says otherwise. */
export const DEFAULT_ACQUIRE_CLASS = 'ref';

/** What stands for one held resource of the class in the program. */
export type Token = 'none' | 'stack-slot' | 'object' | 'pointer';

/** One class of held resource. */
export interface ContextClass {
  /** Stable name: `ref`, `rcu`, `preempt`, `irq`, `lock`, `res_lock`, `res_lock_irq`, `nofault`, … */
  readonly name: string;
  /** One letter for rails and chips: #, R, P, I, L, F. */
  readonly letter: string;
  /** Words for people: "RCU read section", "VMA". */
  readonly title: string;
  readonly token: Token;
  /** {@link Op} bits. */
  readonly forbids: number;
  /** Whether code holding it counts as protected by RCU (`in_rcu_cs`). */
  readonly grantsRcu: boolean;
  /**
   * Text after "in"/"within" in messages about sleeping, e.g. `rcu_read_lock region`; '' if the class never explains one.
   * The first held class in order of `describeRank` (ascending) is named.
   */
  readonly describe: string;
  readonly describeRank: number;
  /** Text of the exit rule, e.g. `bpf_rcu_read_lock-ed region`; '' when leaks are reported as unreleased references. */
  readonly exitRegion: string;
  /** Order of the exit checks, ascending. */
  readonly exitRank: number;
  /** Message when it is left without having been entered; `%s` is the function. '' if the token's own rules speak. */
  readonly unmatched: string;
  /** How two states are compared: by number held, or entry by entry under the id map. */
  readonly compare: 'count' | 'ordered';
}

/** What a policy adds to or changes in a kfunc. An overlay file has the same shape. */
export interface KfuncAnnotation {
  readonly name: string;
  /** {@link Kf} bits to set and to clear. */
  readonly set: number;
  readonly clear: number;
  /** Class of what KF_ACQUIRE takes; `ref` if absent. */
  readonly acquires?: string;
  /** Behaviour tag, see `src/kernel/behaviour.ts`. */
  readonly behaviour?: string;
  /**
   * A prototype for a kfunc that the kernel's BTF does not have: return type and parameters, spelled as C
   * (`void`, `struct bpf_iter_task_vma *it__iter`).
   */
  readonly proto?: { readonly ret: string; readonly params: readonly string[] };
}

/** A context regime. */
export interface Policy {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly classes: readonly ContextClass[];
  readonly annotations: readonly KfuncAnnotation[];
  /**
   * Whether the element that an iterator's `_next` acquired hangs on the iterator: released by the next `_next`, on the drained
   * branch, by `_destroy`, and by a KF_RELEASE kfunc with an `__iter` argument.
   */
  readonly iteratorElements: boolean;
  /** Compare an element's parent iterator under the id map when pruning. `false` reproduces the unsound merge of the series as posted. */
  readonly compareElementParent: boolean;
}
