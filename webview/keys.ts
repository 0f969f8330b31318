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
  { keys: 'Esc', does: 'end what is going on, then the selection' },
  { keys: '?', does: 'this list' },
];
