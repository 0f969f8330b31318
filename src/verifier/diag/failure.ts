// SPDX-License-Identifier: GPL-2.0-only
/** What a structured report says of a refusal, as data. */
import type { Held } from '../state/held';
import type { Place } from './event';

/** Kinds of refusal, as reports name them. */
export type Category =
  | 'Register Type Safety'
  | 'Memory Safety'
  | 'Resource Lifetime Safety'
  | 'Call Type Safety'
  | 'Execution Context Safety'
  | 'Program Structure'
  | 'Policy';

/** Whose history explains a refusal (`enum bpf_diag_history_scope`). */
export type Scope =
  /** A value, through the places that it came from. */
  | { readonly kind: 'value'; readonly place: Place }
  /** A reference, by id. */
  | { readonly kind: 'reference'; readonly id: number }
  /** A region of execution context and how often it is entered now. */
  | { readonly kind: 'region'; readonly region: string; readonly depth: number };

/** Why a program is refused. Texts have no newline. */
export interface Failure {
  readonly category: Category;
  /** Begins in lower case: it is also what stands at the source line, unless `note` says something else. */
  readonly problem: string;
  readonly reason: string;
  /** Instruction that is refused. */
  readonly insn: number;
  readonly note?: string;
  /** Null: no history is told. */
  readonly scope: Scope | null;
  /** The lock that is in the way. */
  readonly lock?: Held | undefined;
  readonly suggestion: string;
}
