// SPDX-License-Identifier: GPL-2.0-only
/** Two states of one instruction side by side: only what differs. Pure. */
import { numberedName } from '../../src/protocol/words';
import type { InsnStates, StateView } from '../../src/protocol/model';

export interface StateDifference {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

const NOTHING = '–';

/** Values by name, for one side. */
function facts(state: StateView): Map<string, string> {
  const found = new Map<string, string>([['May sleep', state.maySleep ? (state.mayFault ? 'yes' : 'yes, not fault') : 'no']]);
  found.set('Held', state.held.map(numberedName).join(', ') || 'nothing');
  found.set('Pass', String(state.pass));
  state.frames.forEach((frame, depth) => {
    const at = depth === 0 ? '' : ` in ${frame.function}`;
    for (const r of frame.registers) found.set(`${r.name}${at}`, r.text);
    for (const x of frame.stack) found.set(`fp${x.offset}${at}`, x.text === '' ? x.bytes : x.text);
  });
  return found;
}

/** What differs between two states, in the order of the inspector. */
export function stateDifferences(a: StateView, b: StateView): StateDifference[] {
  const left = facts(a);
  const right = facts(b);
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((what) => ({ what, a: left.get(what) ?? NOTHING, b: right.get(what) ?? NOTHING }))
    .filter((d) => d.a !== d.b);
}

/** "Differs in r6 and in VMA 5 instead of 3": for screen readers, '' when nothing differs. */
export function differenceWords(a: StateView, b: StateView): string {
  const all = stateDifferences(a, b)
    .filter((d) => d.what !== 'Pass')
    .map((d) => (d.what === 'Held' ? `what is held: ${d.b} instead of ${d.a}` : d.what));
  if (all.length === 0) return '';
  const shown = all.slice(0, 4);
  return `Differs in ${shown.join(', ')}${all.length > shown.length ? ` and ${all.length - shown.length} more` : ''}.`;
}

/** Names that are told of copies. */
const MOST_NAMES = 6;

/** Values that a name has over the kept states of an instruction. */
function valuesOf(states: InsnStates): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const state of states.states)
    for (const [what, value] of facts(state)) if (what !== 'Pass') all.set(what, (all.get(what) ?? new Set()).add(value));
  return all;
}

/**
 * `differ from copy 2 in r2, fp-16`: how the kept states on entry of one copy of a repeat differ from those of the copy before, by the values that
 * each register and slot has in them. `number`: of the copy before, the first being 1.
 */
export function copyWords(now: InsnStates, before: InsnStates, number: number): string {
  const [a, b] = [valuesOf(before), valuesOf(now)];
  const differ = [...new Set([...a.keys(), ...b.keys()])].filter((what) => {
    const [x, y] = [a.get(what), b.get(what)];
    return x?.size !== y?.size || [...(x ?? [])].some((value) => y?.has(value) !== true);
  });
  const kept = now.total > now.states.length || before.total > before.states.length ? ' Compared are those that were kept.' : '';
  if (differ.length === 0) return `${now.states.length} state${now.states.length === 1 ? '' : 's'}, equal to copy ${number}.${kept}`;
  const told = differ.slice(0, MOST_NAMES).join(', ');
  const more = differ.length > MOST_NAMES ? ` and ${differ.length - MOST_NAMES} more` : '';
  return `They differ from copy ${number} in ${told}${more}; the rest is equal.${kept}`;
}
