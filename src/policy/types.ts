// SPDX-License-Identifier: GPL-2.0-only
/**
 * Execution-context rules as data, over one table of held resources (`src/verifier/state/held.ts`).
 * A policy says which classes of resource exist, which functions take and give them back, what holding one forbids and grants,
 * and which words its messages use. The verifier knows operations, tokens and the rules below, never a class or a function.
 */
import type { KfuncBehaviour } from '../kernel/behaviour';
/**
 * Operations that a held resource can forbid. FAULT is below SLEEP: what forbids SLEEP forbids FAULT too.
 * FAULT stands for touching user memory in a way that may take a page fault, or taking mmap_lock: see `src/kernel/faulting.ts`.
 */
export const enum Op {
  FAULT = 1,
  SLEEP = 2,
  /** Helper and kfunc calls that are not marked safe under it. */
  CALL = 4,
  /** Returning from the main program, a global subprogram or an asynchronous callback. */
  EXIT = 8,
  TAIL_CALL = 16,
  THROW = 32,
  /** BPF_LD_[ABS|IND], which may leave the program. */
  LD_ABS = 64,
  /** Calls of global subprograms. */
  GLOBAL_CALL = 128,
  /** Every way out of the program. */
  LEAVE = EXIT | TAIL_CALL | THROW | LD_ABS,
}

/** When a hazard's condition holds. */
export type HazardPlace =
  /** An iterator of that struct (`bpf_iter_task_vma`) is alive on the stack of some frame. */
  | { readonly kind: 'iterator'; readonly name: string }
  /** The code runs in a callback that this helper or kfunc calls. */
  | { readonly kind: 'callback'; readonly name: string }
  /** A resource of that class is held. */
  | { readonly kind: 'class'; readonly name: string };

export interface Hazard {
  readonly id: string;
  readonly place: HazardPlace;
  /** {@link Op} bit that a call has to do there: `SLEEP` or `FAULT`. */
  readonly op: number;
  /** First and last kernel release (`6.12`) that it concerns; '' for no bound. */
  readonly from: string;
  readonly until: string;
  /** One or two plain sentences: what happens, and since when it does not. */
  readonly text: string;
  /** Where this is known from. */
  readonly source: string;
}

/** Class of what a KF_ACQUIRE kfunc or an acquiring helper takes when no annotation says otherwise. */
export const DEFAULT_ACQUIRE_CLASS = 'ref';

/** What stands for one held resource of the class in the program: nothing (it is counted), a stack slot, an object, a returned pointer. */
export type Token = 'none' | 'stack-slot' | 'object' | 'pointer';

/** Colours for rails and chips; the theme's own. Colour is never the only carrier. */
export type NamedColour = 'green' | 'orange' | 'purple' | 'blue' | 'red' | 'yellow' | 'neutral';

/** Colour of a class: one that a policy file may name, or the theme's own for what comes with the extension (`src/marks/rails.ts` draws them). */
export type Colour = NamedColour | 'reference' | 'noFault' | 'lock' | 'rcu' | 'preempt' | 'irq';

/** Messages of a class, where it has words of its own; `%s` and `%d` as said. Without trailing newline. */
export interface ClassWords {
  /** A forbidden helper or kfunc call. */
  readonly calls?: string;
  /** A forbidden call of a global subprogram. */
  readonly globalCalls?: string;
  /** That the program ends inside, in kernels with words of their own for that; `%d` stands for how often, `%s` for its verb. */
  readonly missing?: string;
  /** Left out of order; `%d` are the id and the instruction of the one that is to be left first. */
  readonly outOfOrder?: string;
  /** Entered again although it does not nest. */
  readonly nested?: string;
  /** Entered or left in a callback that runs under its caller's lock. */
  readonly inCallback?: string;
  /** Given back by functions of another class; `%s` are the families. */
  readonly otherFamily?: string;
}

/** One class of held resource. */
export interface ContextClass {
  /** Stable name: `ref`, `rcu`, `preempt`, `irq`, `lock`, `res_lock`, `res_lock_irq`, `nofault`, … */
  readonly name: string;
  /** One letter for rails and chips: #, R, P, I, L, F. */
  readonly letter: string;
  readonly colour: Colour;
  /** Words for people: "RCU read section", "VMA". */
  readonly title: string;
  readonly token: Token;
  /** Whether it may be entered again while it is held: any number of times, or not at all. Objects and slots nest by having several. */
  readonly nesting: 'counter' | 'once';
  /** Classes of one order are left last in, first out, all together; null: in any order. */
  readonly order: string | null;
  /** Entering may fail: a path on which nothing was entered and R0 holds an error goes on too. */
  readonly mayFail: boolean;
  /** Class of the entry that the flag slot stands for which a call passes beside its own token; null if it passes none. */
  readonly slotClass: string | null;
  /** Name of the family of functions that save into a slot: what one family saved, another must not restore. */
  readonly family: string;
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
  readonly words: ClassWords;
  /** How two states are compared: by number held, or entry by entry under the id map. */
  readonly compare: 'count' | 'ordered';
  /** Words of structured reports, for a class that is a region. */
  readonly report?: RegionWords;
}

/** How structured reports speak of a region. Texts end as the kernel's do (`kernel/bpf/diagnostics.c: diag_context_name` and others). */
export interface RegionWords {
  /** `RCU read lock region`. Classes with the same name count as one kind of region. */
  readonly region: string;
  /** Why sleeping is out, after "because". */
  readonly sleepRule: string;
  /** What to do when it is still held where it must not be. */
  readonly leave: string;
  /** What to do when it is left without having been entered; '' if the token's own rules speak. */
  readonly unmatched: string;
  /** What is held, for a class whose token is an object: `bpf_spin_lock`; else ''. */
  readonly holder: string;
}

/** What is true while a callback runs that a function takes. */
export interface CallbackRule {
  /** Class (without token) that is held from the callback's entry to its return. */
  readonly holds?: string;
  /** For callbacks that run later: whether they run in a task, and so may sleep, whatever the program may. */
  readonly sleepable?: boolean;
  /** The caller's lock stays held: locks are neither taken nor given back inside. */
  readonly keepsLocks?: boolean;
}

/** Context effects of calling one helper or kfunc. */
export interface CallRule {
  readonly name: string;
  /** Class that the call enters. */
  readonly enters?: string;
  /** Class that the call leaves. */
  readonly leaves?: string;
  /** Class of what the call returns as a reference. For kfuncs it needs KF_ACQUIRE. */
  readonly acquires?: string;
  /** May be called where calls are forbidden (what KF_SPINLOCK_SAFE says of kfuncs). */
  readonly callable?: boolean;
  /** What the call itself may do, instead of what the kernel says. */
  readonly sleeps?: 'no' | 'sleep' | 'fault';
  readonly callback?: CallbackRule;
}

/** Classes that a rule names. */
export function classesNamedBy(rule: CallRule): string[] {
  return [rule.enters, rule.leaves, rule.acquires, rule.callback?.holds].filter((name) => name !== undefined);
}

/** What a policy adds to or changes in a kfunc. An overlay file has the same shape. */
export interface KfuncAnnotation extends CallRule {
  /** `Kf` bits to set and to clear. */
  readonly set: number;
  readonly clear: number;
  /** Behaviour tag, see `src/kernel/behaviour.ts`. */
  readonly behaviour?: KfuncBehaviour;
  /**
   * A prototype for a kfunc that the kernel's BTF does not have: return type and parameters, spelled as C
   * (`void`, `struct bpf_iter_task_vma *it__iter`).
   */
  readonly proto?: { readonly ret: string; readonly params: readonly string[] };
  /** Function that must be in the kernel for this to mean anything: of a built-in policy on a kernel without it this is left out. */
  readonly needs?: string;
}

/** A context regime. */
export interface Policy {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly classes: readonly ContextClass[];
  /** Effects of kfuncs and helpers of the kernel as it is; one that a kernel lacks is left out. */
  readonly kfuncs: readonly CallRule[];
  readonly helpers: readonly CallRule[];
  /** Changes of the kernel's kfuncs. Their functions must exist or have a prototype. */
  readonly annotations: readonly KfuncAnnotation[];
  /**
   * Whether the element that an iterator's `_next` acquired hangs on the iterator: released by the next `_next`, on the drained
   * branch, by `_destroy`, and by a KF_RELEASE kfunc with an `__iter` argument.
   */
  readonly iteratorElements: boolean;
  /** Compare an element's parent iterator under the id map when pruning. `false` reproduces the unsound merge of the series as posted. */
  readonly compareElementParent: boolean;
  /** What is dangerous although no rule refuses it: information only. */
  readonly hazards: readonly Hazard[];
}
