// SPDX-License-Identifier: GPL-2.0-only
/** What the keys of the graph ask for, from the table of its commands. */
import { GRAPH_ACTIONS, GRAPH_MOVES, type GraphCommand, type GraphMove } from '../../src/contributions/graph-commands';

export { KEY_LIST } from '../../src/contributions/graph-commands';

type Pressed = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'> & Partial<Pick<KeyboardEvent, 'shiftKey'>>;

function byKey(table: Readonly<Record<string, GraphCommand>>, of: 'keys' | 'letters'): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).flatMap(([name, row]) => (row[of] ?? []).map((key) => [key, name] as const)));
}

const MOVE_KEYS = byKey(GRAPH_MOVES, 'keys') as ReadonlyMap<string, GraphMove>;
/** Keys without letters: always there. */
const ALWAYS = byKey(GRAPH_ACTIONS, 'keys');
/** Single letters: they can be switched off. */
const SINGLE = byKey(GRAPH_ACTIONS, 'letters');

/** A key as the table spells it. */
function chordOf({ key, altKey, ctrlKey, metaKey, shiftKey }: Pressed): string {
  // of letters and signs Shift makes another character
  const shift = shiftKey === true && key === 'Enter' ? 'Shift+' : '';
  return `${shift}${ctrlKey || metaKey ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${key}`;
}

/** Name of the action that a key asks for in the graph, null for none of ours. */
export function actionOf(e: Pressed, singleKeys: boolean): string | null {
  const chord = chordOf(e);
  return ALWAYS.get(chord) ?? (singleKeys ? (SINGLE.get(chord) ?? null) : null);
}

/** Steps from what is selected. */
export const MOVES = Object.keys(GRAPH_MOVES) as readonly GraphMove[];
export type Move = GraphMove;

/** Where a key of the graph leads, null for none of ours. */
export function moveOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey'>): Move | null {
  return MOVE_KEYS.get(e.ctrlKey ? `Ctrl+${e.key}` : e.key) ?? MOVE_KEYS.get(e.key) ?? null;
}
