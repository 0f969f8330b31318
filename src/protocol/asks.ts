// SPDX-License-Identifier: GPL-2.0-only
/** What the view may ask the host, and what it is answered: one question, one id, one answer or refusal. */
import { isInteger, isList, isRecord, isText } from './checks';
import type { InsnStates } from './model';
import type { FollowFacts, OriginView, PathView } from './path';

/** Questions and answers, by name. All are about a program of the file that the panel shows. */
export interface Asks {
  /** Kept states of an instruction. */
  readonly states: { readonly ask: { readonly insn: number }; readonly answer: InsnStates };
  /** The path to one of them. */
  readonly path: { readonly ask: { readonly insn: number; readonly state: number }; readonly answer: PathView };
  /** The path to the rejection. */
  readonly rejection: { readonly ask: object; readonly answer: PathView };
  /** Where the value of a register comes from. */
  readonly origin: {
    readonly ask: { readonly insn: number; readonly state: number; readonly register: number };
    readonly answer: OriginView;
  };
  /** How a resource is used, by its key. */
  readonly follow: { readonly ask: { readonly key: string }; readonly answer: FollowFacts };
}

export type AskName = keyof Asks;
type Of<K extends AskName> = Asks[K]['ask'] & { readonly name: K; readonly program: string };

/** A question. */
export type Ask = { readonly [K in AskName]: Of<K> }[AskName];

/** An answer, with the name of its question. */
export type Answered = { readonly [K in AskName]: { readonly name: K; readonly value: Asks[K]['answer'] } }[AskName];

/** Why there is no answer. */
export type Refusal =
  /** The program, or what was kept of it, is not there (any more). */
  | 'gone'
  /** The view asked for something else meanwhile, or was closed. */
  | 'cancelled'
  /** It took too long. */
  | 'late'
  /** It failed for a reason of our own. */
  | 'failed';

const REFUSALS: readonly Refusal[] = ['gone', 'cancelled', 'late', 'failed'];

export const isRefusal = (v: unknown): v is Refusal => (REFUSALS as readonly unknown[]).includes(v);

/** Checks a question; null for anything that is none. */
export function parseAsk(v: unknown): Ask | null {
  if (!isRecord(v) || !isText(v['program'])) return null;
  const { name, program, insn, state, register, key } = v;
  switch (name) {
    case 'states':
      return isInteger(insn) ? { name, program, insn } : null;
    case 'path':
      return isInteger(insn) && isInteger(state) ? { name, program, insn, state } : null;
    case 'rejection':
      return { name, program };
    case 'origin':
      return isInteger(insn) && isInteger(state) && isInteger(register) ? { name, program, insn, state, register } : null;
    case 'follow':
      return isText(key) ? { name, program, key } : null;
    default:
      return null;
  }
}

/** Members that are lists in each answer. */
const LISTS: Readonly<Record<AskName, readonly string[]>> = {
  states: ['states'],
  path: ['insns', 'states', 'events', 'lanes', 'sleep'],
  rejection: ['insns', 'states', 'events', 'lanes', 'sleep'],
  origin: ['steps'],
  follow: ['uses', 'carriers'],
};

const NUMBERS: Readonly<Record<AskName, readonly string[]>> = {
  states: ['insn', 'total'],
  path: ['insn', 'state', 'skipped'],
  rejection: ['insn', 'state', 'skipped'],
  origin: ['insn', 'state', 'register'],
  follow: [],
};

/** Checks an answer; null for anything that is none. */
export function parseAnswered(v: unknown): Answered | null {
  if (!isRecord(v) || !isRecord(v['value'])) return null;
  const { name, value } = v;
  if (typeof name !== 'string' || !Object.hasOwn(LISTS, name)) return null;
  const whole = LISTS[name as AskName].every((k) => isList(value[k])) && NUMBERS[name as AskName].every((k) => isInteger(value[k]));
  if (!whole || (name === 'follow' && !isText(value['key']))) return null;
  return { name, value } as unknown as Answered;
}
