// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a check refused, as data: what explanations are made from (`src/explain`). Given beside the kernel's message wherever a check refuses;
 * the registers and what is held at that time are the environment's.
 *
 * Everywhere: `arg` is a register (from 0) or minus the number of an argument ({@link ArgNo}); `callee` the function that is called, '' if it
 * is to be read off the instruction; `at` an instruction other than the one at hand.
 */
import type { ContextClass } from '../../policy/types';
import type { ArgNo } from '../env';
import type { Held } from '../state/held';
import type { BpfMap } from '../state/map';

/** `arg` of a refusal that is about no register. */
export const NO_ARG = -100;

/** A value does not do. */
type ValueRefusal =
  | { readonly kind: 'unreadable'; readonly arg: ArgNo; readonly callee: string }
  | { readonly kind: 'deref' | 'read-only' | 'constant' | 'speculation' | 'atomic'; readonly arg: ArgNo }
  | { readonly kind: 'null-argument' | 'not-owned' | 'packet-argument' | 'argument-written'; readonly arg: ArgNo; readonly callee: string }
  /** `needs` is what the argument has to be, with an article. */
  | { readonly kind: 'argument'; readonly arg: ArgNo; readonly callee: string; readonly needs: string }
  /** `accepted` are register types. */
  | { readonly kind: 'argument-type'; readonly arg: ArgNo; readonly callee: string; readonly accepted: readonly number[] }
  /** Struct names; `have` is '' for what is no struct. */
  | { readonly kind: 'argument-struct'; readonly arg: ArgNo; readonly callee: string; readonly wanted: string; readonly have: string }
  /** `rcu`: an RCU protected pointer would do. */
  | { readonly kind: 'untrusted'; readonly arg: ArgNo; readonly callee: string; readonly wanted: string; readonly rcu: boolean }
  | { readonly kind: 'subprog-argument'; readonly arg: ArgNo; readonly needs: 'no-packet'; readonly name: string }
  | { readonly kind: 'subprog-arguments'; readonly callee: string; readonly inner: Refusal | null }
  | { readonly kind: 'const-string'; readonly arg: ArgNo; readonly how: 'writable' | 'map' | 'unterminated' }
  | { readonly kind: 'format' | 'void-hook' | 'return-stack' | 'mixed-pointers' | 'packet-write' }
  | { readonly kind: 'pointer-leak'; readonly arg: ArgNo; readonly where: string }
  | { readonly kind: 'size-range'; readonly arg: ArgNo; readonly how: 'negative' | 'zero' | 'unbounded' }
  | { readonly kind: 'pointer-offset'; readonly arg: ArgNo; readonly how: 'variable' | 'negative' | 'changed' }
  | { readonly kind: 'pointer-math'; readonly arg: ArgNo; readonly how: PointerMath; readonly name?: string }
  | { readonly kind: 'return-type'; readonly arg: ArgNo; readonly where: ReturnPlace }
  | { readonly kind: 'return-range'; readonly arg: ArgNo; readonly min: number; readonly max: number; readonly where: ReturnPlace };

export type PointerMath =
  | 'operator'
  | 'partial'
  | 'two-pointers'
  | 'compare'
  | 'far'
  | 'unbounded'
  | 'narrow'
  | 'null'
  | 'fixed'
  | 'from-number'
  | 'stack'
  | 'bitwise';
export type ReturnPlace = 'program' | 'async' | 'callback' | 'global';

/** Memory is accessed where that is not allowed. Offsets and sizes are bytes. */
type MemoryRefusal =
  /** `limit`: bytes that may be accessed, 0 if unknown. `off` is the instruction's, beyond the register's own. */
  | {
      readonly kind: 'outside';
      readonly arg: ArgNo;
      readonly how: OutsideHow;
      readonly off: number;
      readonly size: number;
      readonly limit: number;
    }
  | { readonly kind: 'stack-outside'; readonly arg: ArgNo; readonly off: number; readonly size: number }
  /** Byte `off` of the stack holds nothing; the access begins at `start`. */
  | { readonly kind: 'stack-unwritten'; readonly arg: ArgNo; readonly off: number; readonly start: number; readonly size: number }
  | { readonly kind: 'struct-access' | 'misaligned'; readonly off: number; readonly size: number }
  | { readonly kind: 'struct-write'; readonly arg: ArgNo; readonly off: number; readonly size: number; readonly name: string }
  | { readonly kind: 'other-space'; readonly arg: ArgNo; readonly how: 'user' | 'percpu' }
  /** `released`: the argument was a reference that is given back already. */
  | { readonly kind: 'context-access'; readonly off: number; readonly size: number; readonly write: boolean; readonly released: boolean }
  | { readonly kind: 'field-direct'; readonly name: string }
  | { readonly kind: 'kptr-type'; readonly arg: ArgNo; readonly wanted: string }
  | { readonly kind: 'kptr-store'; readonly how: 'mode' | 'owned' | 'user' | 'constant' }
  | { readonly kind: 'spill'; readonly how: 'fill' | 'spill' | 'corrupt' | 'caller' | 'variable' }
  | { readonly kind: 'map-direction'; readonly map: BpfMap; readonly write: boolean }
  | { readonly kind: 'read-only-map'; readonly map: BpfMap };

export type OutsideHow = 'negative' | 'low' | 'unbounded' | 'high';

/** What is held, or should be. */
type HeldRefusal =
  /** `way` is the `Op` bit of how the program is left. Without `held`: all that is left. */
  | { readonly kind: 'leak'; readonly way: number; readonly held?: Held }
  | { readonly kind: 'leave-inside'; readonly way: number; readonly held: Held }
  | { readonly kind: 'enter-again' | 'lock-in-callback'; readonly cls: ContextClass }
  | { readonly kind: 'leave-order'; readonly held: Held }
  | { readonly kind: 'not-entered'; readonly cls: ContextClass; readonly callee: string }
  | { readonly kind: 'lock-state'; readonly how: 'again' | 'not-held' | 'other' | 'order'; readonly held: Held | null }
  | { readonly kind: 'lock-needed'; readonly arg: ArgNo; readonly field: string }
  | { readonly kind: 'dynptr'; readonly how: ObjectState; readonly arg?: ArgNo; readonly callee?: string }
  | { readonly kind: 'iterator'; readonly how: ObjectState; readonly arg: ArgNo; readonly callee: string; readonly name?: string }
  | { readonly kind: 'irq-flag'; readonly how: ObjectState; readonly arg: ArgNo };

export type ObjectState = 'place' | 'type' | 'initialised' | 'uninitialised' | 'overwritten' | 'constant' | 'other' | 'family';

/** A call where it is not allowed. */
type CallRefusal =
  /** `demand`: `Op` bits. `subprog`: of a global function. */
  | { readonly kind: 'sleep'; readonly callee: string; readonly demand: number; readonly subprog?: number }
  | { readonly kind: 'call-inside'; readonly callee: string; readonly cls: ContextClass; readonly global: boolean }
  | { readonly kind: 'needs-rcu' | 'call-in-callback' | 'kfunc-prototype'; readonly callee: string }
  | { readonly kind: 'no-such-helper'; readonly id: number }
  | {
      readonly kind: 'helper-unavailable';
      readonly id: number;
      readonly callee: string;
      readonly how: 'program' | 'attach' | 'licence' | 'place';
    }
  | { readonly kind: 'kfunc-unavailable'; readonly callee: string; readonly how: 'program' | 'nmi' | 'css-task' }
  | { readonly kind: 'kfunc-missing'; readonly callee?: string }
  | { readonly kind: 'device-bound' | 'trap' }
  | {
      readonly kind: 'tail-call';
      readonly how: 'callback' | 'ref-argument' | 'maps' | 'stack' | 'stack-arguments';
      readonly depth?: number;
    }
  | { readonly kind: 'ld-abs'; readonly how: 'program' | 'callback' | 'context' }
  | { readonly kind: 'throw'; readonly how: 'callback' | 'direct-call'; readonly at: number }
  | { readonly kind: 'callback-function'; readonly how: 'types' | 'global' | 'main' };

/** A declaration does not do. */
type DeclarationRefusal =
  /** A special field (`bpf_timer`) that a map's values or an object should have; `off`: where the program expects it. */
  | {
      readonly kind: 'map-field';
      readonly arg: ArgNo;
      readonly field: string;
      readonly how: 'no-types' | 'missing' | 'offset';
      readonly off: number;
      readonly map: BpfMap | null;
    }
  | {
      readonly kind: 'node-offset';
      readonly arg: ArgNo;
      readonly field: string;
      readonly off: number;
      readonly wanted: string;
      readonly at: number;
    }
  | { readonly kind: 'other-map'; readonly arg: ArgNo; readonly map: BpfMap; readonly other: BpfMap; readonly name: string }
  | { readonly kind: 'map-type'; readonly callee: string; readonly map: BpfMap | null; readonly accepted?: ReadonlySet<string> | null }
  | { readonly kind: 'map-program'; readonly map: BpfMap; readonly how: MapProgram }
  | { readonly kind: 'type-id'; readonly callee: string; readonly how: 'range' | 'no-types' | 'no-struct' | 'too-large' | 'scalars' }
  | { readonly kind: 'ksym' | 'function-prototype' | 'abnormal-return'; readonly name: string }
  | { readonly kind: 'exception-callback'; readonly how: 'void' | 'arguments' | 'several' | 'missing' | 'static'; readonly name?: string }
  | { readonly kind: 'attach'; readonly how: AttachHow; readonly name: string }
  | { readonly kind: 'licence'; readonly name: string }
  | { readonly kind: 'capability'; readonly name: string; readonly callee: string }
  | { readonly kind: 'arena-unused' | 'type-records' };

export type MapProgram =
  'graph' | 'spin-lock' | 'struct-ops' | 'sleepable' | 'storage' | 'arena' | 'insn-array' | 'direct' | 'direct-offset';
export type AttachHow =
  | 'none'
  | 'replace'
  | 'kind'
  | 'struct-ops'
  | 'member'
  | 'member-unsupported'
  | 'tracepoint-sleeps'
  | 'return-size'
  | 'no-address'
  | 'not-sleepable'
  | 'not-modifiable'
  | 'syscall-sleeps'
  | 'type-sleeps'
  | 'denied'
  | 'noreturn'
  | 'hook-disabled'
  | 'no-hook';

/** The shape of the program, and how much it takes. */
type ShapeRefusal =
  | { readonly kind: 'control-flow'; readonly how: FlowHow; readonly at: number }
  | { readonly kind: 'bad-instruction'; readonly name: string; readonly at?: number }
  | { readonly kind: 'bad-operand' | 'unsupported' | 'limit'; readonly name: string }
  | { readonly kind: 'jump-table'; readonly how: 'bounds' | 'type' | 'empty' | 'outside'; readonly arg: ArgNo }
  | { readonly kind: 'recursion'; readonly at: number; readonly callee: string }
  | { readonly kind: 'infinite-loop' | 'too-many-insns' | 'too-many-jumps' }
  | { readonly kind: 'call-depth'; readonly depth: number }
  | { readonly kind: 'stack-size'; readonly depth: number; readonly name: string };

export type FlowHow = 'unreachable' | 'into-immediate' | 'jump-out' | 'back-edge' | 'call-out' | 'falls-through';

export type Refusal = ValueRefusal | MemoryRefusal | HeldRefusal | CallRefusal | DeclarationRefusal | ShapeRefusal;
