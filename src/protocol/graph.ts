// SPDX-License-Identifier: GPL-2.0-only
/**
 * The context graph: plain data that can be cloned, sent and written as JSON. Documented for users in `docs/graph-json.md`;
 * what is there is stable, new fields may be added.
 */

import type { Decoded } from '../isa/operation';
import type { FieldUse } from './since';

export type { OpcodeClass, OperationKind, OperationName } from '../isa/operation';

/** Whether something is allowed over all states that arrive: in all, in none, in some. `null`: no state arrives. */
export type Answer = 'yes' | 'no' | 'mixed' | null;

/** A place in C. Line and column are 1-based; column 0 if unknown. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line as the compiler recorded it. */
  readonly text: string;
}

/** What verification says of an instruction's being reached. */
export type Visit =
  /** At least one state arrived. */
  | 'visited'
  /** The program was explored completely and no state arrived. */
  | 'unreachable'
  /** Verification ended before any state arrived. */
  | 'not-visited';

/** How a resource is held: a reference to something, a lock, or a region of the program. Each has verbs of its own. */
export type Holding = 'reference' | 'lock' | 'region';

/** A resource held at an instruction, merged over the states that hold "the same" one: same class, and taken at the same place or hanging on the same parent. */
export interface HeldResource {
  /** Reference id of the kernel's log in the first state that held it; 0 for classes that have no id. */
  readonly id: number;
  /** Stable key of the resource within its program: class and place of taking (`rcu@42`), or class and place of its parent (`nofault<6`). */
  readonly key: string;
  /** Class name: `ref`, `rcu`, `preempt`, `irq`, `lock`, `res_lock`, `nofault`, … */
  readonly kind: string;
  /** Letter of the class for chips and rails. */
  readonly letter: string;
  /** Colour of the class (`rcu`, `lock`, …; of a policy file's `green`, `purple`, …); never the only carrier. */
  readonly colour?: string;
  /** How it is held, which decides the verbs: `src/protocol/words.ts`. */
  readonly holding: Holding;
  /** What it is, by its kernel name: "RCU read section", "vm_area_struct", "iterator task_vma". */
  readonly title: string;
  /** The C variable or member that holds it, as the source says it: `it`, `&q->lock`. Null where no line says so for certain. */
  readonly variable: string | null;
  /** Instruction that took it; the first of `takenPlaces`. */
  readonly takenAt: number;
  /** All instructions that took it in some state. */
  readonly takenPlaces: readonly number[];
  /** What it hangs on: the variable or the name of its parent, the map that it is in; null if nothing. */
  readonly object: string | null;
  /** Names of the forbidden operations as policies have them; what goes without saying is left out (`src/policy/ops.ts: forbiddenNames`). */
  readonly forbids: readonly string[];
  /** In how many of the states at this instruction it is held. */
  readonly inStates: number;
  /** Times it is held at once (nesting depth of counted classes), the largest seen. */
  readonly depth: number;
}

/** Why something is not allowed. */
export interface Because {
  /** Class name of the held resource, or `program` / `callback` / `subprogram` when it is not sleepable by itself. */
  readonly kind: string;
  readonly takenAt: number | null;
  /** Plain words, without full stop. */
  readonly text: string;
}

/** What an instruction does to the held set, over the states seen. References and locks are taken and given back, regions entered and left. */
export interface Effect {
  readonly verb: 'takes' | 'gives back' | 'enters' | 'leaves';
  readonly key: string;
  /** Class name of the resource, and how it is held. */
  readonly kind: string;
  readonly holding: Holding;
}

/** What a call calls. */
export interface Callee {
  readonly kind: 'helper' | 'kfunc' | 'function';
  /** Its name; '' if it has none that is known. */
  readonly name: string;
  /** First instruction of a function of the program, else null. */
  readonly start: number | null;
}

/** What an instruction does, as data: from its opcode, never from its spelling. */
export interface Operation extends Decoded {
  /** Registers that it reads and writes, the destination first. Calls read their arguments and write R0 to R5. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Instructions that it may jump to, other than the next one. */
  readonly targets: readonly number[];
  /** Null for all but calls. */
  readonly callee: Callee | null;
}

export interface GraphInsn {
  readonly index: number;
  /** Kernel-log spelling without the opcode byte. */
  readonly text: string;
  /** As blocks show it, with instruction numbers for distances and names for calls; absent where that is the same as `text`. */
  readonly shown?: string;
  readonly operation: Operation;
  readonly source: SourcePlace | null;
  /** True when a state arrived. */
  readonly reachable: boolean;
  readonly visit: Visit;
  readonly mayFault: Answer;
  readonly maySleep: Answer;
  readonly because: readonly Because[];
  /** Held on entry. */
  readonly held: readonly HeldResource[];
  /** Number of states that arrived (arrivals, counted as the verifier processed them). */
  readonly states: number;
  readonly effects: readonly Effect[];
  /** `sleeps` / `faults` when it is a call that may do so itself. */
  readonly demands: readonly ('sleep' | 'fault')[];
  /** Name behind a number in it: kfunc, map, variable, CO-RE field; null if none. */
  readonly note: string | null;
  /** True when the spelling says what `note` says. */
  readonly noteShown?: boolean;
  /** The field of a kernel's type that it reads, writes or is about otherwise; absent if there is none that is known. */
  readonly field?: FieldUse;
  /** True for the instruction that was rejected. */
  readonly rejected: boolean;
}

export interface GraphNode {
  /** `f0b3`: unique in the graph. */
  readonly id: string;
  /** For people: `b3`, and `f1b3` outside of the main function. */
  readonly name: string;
  /** Number of the block in its function, in reading order. */
  readonly number: number;
  /** Name of the function. */
  readonly function: string;
  readonly kind: 'entry' | 'block' | 'exit' | 'loop';
  readonly instructions: readonly GraphInsn[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'fall' | 'taken' | 'jump' | 'call' | 'back';
  /** Condition in C-like words, '' if unconditional. */
  readonly label: string;
  /** What it means that the condition holds, where verification knows: "drained", "NULL", "lock failed"; else ''. */
  readonly meaning: string;
  /** True when some state went along. */
  readonly travelled: boolean;
}

export interface GraphFunction {
  readonly name: string;
  readonly start: number;
  /** One past the last instruction. */
  readonly end: number;
  readonly kind: 'main' | 'static' | 'global' | 'callback';
  /** Node id of the entry block. */
  readonly entry: string;
}

export interface ContextGraph {
  readonly program: string;
  readonly object: string;
  readonly functions: readonly GraphFunction[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
