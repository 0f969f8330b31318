// SPDX-License-Identifier: GPL-2.0-only
/** What is held, in words: short as on chips, and whole. */
import type { HeldResource } from '../protocol/graph';

/** Text of a chip: letter and id, or letter and depth for classes without one; `?` when held in some states only. */
export function chipText(held: HeldResource, states: number): string {
  const number = held.id === 0 ? held.depth : held.id;
  return `${held.letter === '#' ? '#' : `${held.letter} `}${number}${held.inStates < states ? '?' : ''}`;
}

/** Words of a chip, for screen readers and tooltips. */
export function chipWords(held: HeldResource, states: number): string {
  const forbids = held.forbids.length === 0 ? 'forbids nothing' : `forbids ${held.forbids.join(', ')}`;
  const some = held.inStates < states ? `, in ${held.inStates} of ${states} states` : '';
  return `${held.title}${held.id === 0 ? '' : ` ${held.id}`}, taken at ${held.takenPlaces.join(' or ')}, ${forbids}${some}`;
}
