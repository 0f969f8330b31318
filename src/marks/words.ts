// SPDX-License-Identifier: GPL-2.0-only
/** What is held, in words: short as on chips, and whole. */
import type { HeldResource } from '../protocol/graph';

/** Text of a chip: letter and id, or letter and depth for classes without one; `?` when held in some states only. */
export function chipText(held: HeldResource, states: number): string {
  const number = held.id === 0 ? held.depth : held.id;
  return `${held.letter === '#' ? '#' : `${held.letter} `}${number}${held.inStates < states ? '?' : ''}`;
}

/** What a forbidden operation is called in sentences, by its name in policies (`src/policy/ops.ts`). */
const OPERATIONS: Readonly<Record<string, string>> = {
  fault: 'faults',
  sleep: 'sleeping',
  call: 'calls',
  'global-call': 'calls of global functions',
  exit: 'leaving the program',
  'tail-call': 'tail calls',
  throw: 'exceptions',
  'ld-abs': 'BPF_LD_[ABS|IND]',
};

/** What holding something rules out: `sleeping and faults`, `nothing`. Sleeping comes first, since faults follow from it. */
export function forbiddenText(forbids: readonly string[]): string {
  const order = forbids.includes('sleep') ? ['sleep', ...forbids.filter((f) => f !== 'sleep')] : forbids;
  const words = order.map((f) => OPERATIONS[f] ?? f);
  const last = words.pop();
  if (last === undefined) return 'nothing';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

/** Words of a chip, for screen readers and tooltips. */
export function chipWords(held: HeldResource, states: number): string {
  const some = held.inStates < states ? `, in ${held.inStates} of ${states} states` : '';
  return `${held.title}${held.id === 0 ? '' : ` ${held.id}`}, taken at ${held.takenPlaces.join(' or ')}, forbids ${forbiddenText(held.forbids)}${some}`;
}
