// SPDX-License-Identifier: GPL-2.0-only
/** Keys of the graph: one table for what they do and for the list that `?` shows. */

export interface KeyWords {
  readonly keys: string;
  readonly does: string;
}

export const KEY_LIST: readonly KeyWords[] = [
  { keys: '↓ ↑', does: 'next, previous instruction' },
  { keys: '→ ←', does: 'next, previous block along an edge' },
  { keys: 'Home End', does: 'entry, exit of the function' },
  { keys: 'Ctrl+↓', does: 'into the callee' },
  { keys: 'E', does: 'the failing instruction' },
  { keys: 'W', does: 'read why' },
  { keys: 'T', does: 'where it was taken' },
  { keys: 'F', does: 'follow a resource' },
  { keys: 'G', does: 'the C line in the editor' },
  { keys: 'S Shift+S', does: 'next, previous state' },
  { keys: 'N Shift+N', does: 'next, previous difference or hit' },
  { keys: '[ ]', does: 'step back, step on along the path' },
  { keys: 'Space', does: 'play or pause; keep the peek' },
  { keys: '1 … 6', does: 'lens: Contexts, May sleep?, Follow, Would sleep, Path, Heat' },
  { keys: 'R', does: 'rows: C, Key, All' },
  { keys: '+ - 0 9', does: 'zoom in, out, fit, 100 %' },
  { keys: '/ Ctrl+F', does: 'search' },
  { keys: 'I', does: 'inspector on, off' },
  { keys: 'Enter', does: 'open the inspector' },
  { keys: 'Backspace Alt+←', does: 'back' },
  { keys: 'Esc', does: 'end what is going on, then the selection; back to the editor' },
  { keys: '?', does: 'this list' },
];

/** Keys without letters: always there. */
const ALWAYS: Readonly<Record<string, string>> = { Enter: 'why', Backspace: 'back', '/': 'search', Escape: 'escape' };

/** Single letters: they can be switched off. */
const SINGLE: Readonly<Record<string, string>> = {
  e: 'failing',
  w: 'sayWhy',
  t: 'taken',
  f: 'follow',
  g: 'source',
  s: 'nextState',
  S: 'previousState',
  n: 'nextDifference',
  N: 'previousDifference',
  '[': 'stepBack',
  ']': 'stepOn',
  ' ': 'play',
  r: 'rows',
  i: 'inspector',
  '?': 'keys',
  '+': 'zoomIn',
  '-': 'zoomOut',
  '0': 'fit',
  '9': 'actualSize',
  '1': 'lens.contexts',
  '2': 'lens.sleep',
  '3': 'lens.follow',
  '4': 'lens.would',
  '5': 'lens.path',
  '6': 'lens.heat',
};

/** Name of the action that a key asks for in the graph, null for none of ours. */
export function actionOf(e: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>, singleKeys: boolean): string | null {
  if (e.altKey && e.key === 'ArrowLeft') return 'back';
  if (e.ctrlKey || e.metaKey || e.altKey) return null;
  return ALWAYS[e.key] ?? (singleKeys ? (SINGLE[e.key] ?? null) : null);
}

/** Steps from what is selected. */
export const MOVES = ['nextInsn', 'previousInsn', 'nextBlock', 'previousBlock', 'entry', 'exit', 'callee'] as const;
export type Move = (typeof MOVES)[number];

const MOVE_KEYS: Readonly<Record<string, Move>> = {
  ArrowDown: 'nextInsn',
  ArrowUp: 'previousInsn',
  ArrowRight: 'nextBlock',
  ArrowLeft: 'previousBlock',
  Home: 'entry',
  End: 'exit',
};

/** Where a key of the graph leads, null for none of ours. */
export function moveOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey'>): Move | null {
  return e.ctrlKey && e.key === 'ArrowDown' ? 'callee' : (MOVE_KEYS[e.key] ?? null);
}

/** Everything that some key asks for: each has a command `bpfContext.graph.NAME`. */
export const KEY_ACTIONS: readonly string[] = [...new Set([...Object.values(ALWAYS), ...Object.values(SINGLE), ...MOVES])];
