// SPDX-License-Identifier: GPL-2.0-only
/** What can be asked of a graph: a row makes the command in the palette, its key in the panel and its place in the list of keys. */
import { LENS_NAMES, LENSES, type LensId } from './lenses';

export interface GraphCommand {
  /** Words of the palette. */
  readonly title: string;
  /** Keys as `KeyboardEvent.key` names them, with `Ctrl+` or `Alt+` before: always there. */
  readonly keys?: readonly string[];
  /** Single characters: the user can switch them off. */
  readonly letters?: readonly string[];
}

const rows = <K extends string>(table: Readonly<Record<K, GraphCommand>>): Readonly<Record<K, GraphCommand>> => table;

/** Steps from what is selected. */
export const GRAPH_MOVES = rows({
  nextInsn: { title: 'Next instruction', keys: ['ArrowDown'] },
  previousInsn: { title: 'Previous instruction', keys: ['ArrowUp'] },
  nextBlock: { title: 'Next block along an edge', keys: ['ArrowRight'] },
  previousBlock: { title: 'Previous block along an edge', keys: ['ArrowLeft'] },
  entry: { title: 'Go to the entry of the function', keys: ['Home'] },
  exit: { title: 'Go to the exit of the function', keys: ['End'] },
  callee: { title: 'Go into the called function', keys: ['Ctrl+ArrowDown'] },
  nextEvent: { title: 'Next event of the function: taken, released, call, hit', keys: ['Ctrl+ArrowRight'] },
  previousEvent: { title: 'Previous event of the function', keys: ['Ctrl+ArrowLeft'] },
});

const LENS_COMMANDS = Object.fromEntries<GraphCommand>(
  LENSES.map((id, i) => [`lens.${id}`, { title: `Lens: ${LENS_NAMES[id]}`, letters: [String(i + 1)] }]),
) as Record<`lens.${LensId}`, GraphCommand>;

/** Everything else. */
export const GRAPH_ACTIONS = {
  ...rows({
    failing: { title: 'Go to the failing instruction', letters: ['e'] },
    sayWhy: { title: 'Read out why', letters: ['w'] },
    taken: { title: 'Go to where it was taken', letters: ['t'] },
    follow: { title: 'Follow a held resource', letters: ['f'] },
    source: { title: 'Go to the C line', letters: ['g'] },
    nextState: { title: 'Next state', letters: ['s'] },
    previousState: { title: 'Previous state', letters: ['S'] },
    nextDifference: { title: 'Next difference or search hit', letters: ['n'] },
    previousDifference: { title: 'Previous difference or search hit', letters: ['N'] },
    stepBack: { title: 'Step back along the path', letters: ['['] },
    stepOn: { title: 'Step on along the path', letters: [']'] },
    play: { title: 'Play or pause the path, keep the peek', letters: [' '] },
    rows: { title: 'Switch rows: C, Key, All', letters: ['r'] },
    zoomIn: { title: 'Zoom in', letters: ['+'] },
    zoomOut: { title: 'Zoom out', letters: ['-'] },
    fit: { title: 'Fit graph', letters: ['0'] },
    actualSize: { title: 'Zoom to 100 %', letters: ['9'] },
    search: { title: 'Search in graph', keys: ['/', 'Ctrl+f'] },
    inspector: { title: 'Inspector on or off', letters: ['i'] },
    why: { title: 'Open the inspector at why', keys: ['Enter'] },
    openAlso: { title: 'Open a second function beside the open one', keys: ['Shift+Enter'] },
    nextCopy: { title: 'Next copy of the repeat', keys: ['PageDown'] },
    previousCopy: { title: 'Previous copy of the repeat', keys: ['PageUp'] },
    back: { title: 'Go back in graph', keys: ['Backspace', 'Alt+ArrowLeft'] },
    escape: { title: 'End the lens, then the selection', keys: ['Escape'] },
    keys: { title: 'Show the keys of the graph', letters: ['?'] },
  }),
  ...LENS_COMMANDS,
};

export const GRAPH_COMMANDS = { ...GRAPH_MOVES, ...GRAPH_ACTIONS };

export type GraphMove = keyof typeof GRAPH_MOVES;
export type GraphCommandName = keyof typeof GRAPH_COMMANDS;

export const GRAPH_COMMAND_NAMES = Object.keys(GRAPH_COMMANDS) as readonly GraphCommandName[];

/** The list of keys that `?` shows: what goes together, and what it does. Commands without a line of their own are not in it. */
const KEY_LINES: readonly { readonly of: readonly GraphCommandName[]; readonly does: string }[] = [
  { of: ['nextInsn', 'previousInsn'], does: 'next, previous instruction' },
  { of: ['nextBlock', 'previousBlock'], does: 'next, previous block along an edge' },
  { of: ['entry', 'exit'], does: 'entry, exit of the function' },
  { of: ['callee'], does: 'into the callee' },
  { of: ['nextEvent', 'previousEvent'], does: 'next, previous event: taken, released, call, hit' },
  { of: ['failing'], does: 'the failing instruction' },
  { of: ['sayWhy'], does: 'read why' },
  { of: ['taken'], does: 'where it was taken' },
  { of: ['follow'], does: 'follow a resource' },
  { of: ['source'], does: 'the C line in the editor' },
  { of: ['nextState', 'previousState'], does: 'next, previous state' },
  { of: ['nextDifference', 'previousDifference'], does: 'next, previous difference or hit' },
  { of: ['stepBack', 'stepOn'], does: 'step back, step on along the path' },
  { of: ['play'], does: 'play or pause; keep the peek' },
  { of: LENSES.map((id): GraphCommandName => `lens.${id}`), does: `lens: ${Object.values(LENS_NAMES).join(', ')}` },
  { of: ['rows'], does: 'rows: C, Key, All' },
  { of: ['zoomIn', 'zoomOut', 'fit', 'actualSize'], does: 'zoom in, out, fit, 100 %' },
  { of: ['search'], does: 'search' },
  { of: ['inspector'], does: 'inspector on, off' },
  { of: ['why'], does: 'open the function, its piece, its blocks; else the inspector' },
  { of: ['openAlso'], does: 'open a second function' },
  { of: ['nextCopy', 'previousCopy'], does: 'next, previous copy of a repeat' },
  { of: ['back'], does: 'back' },
  { of: ['escape'], does: 'end what is going on, then the selection; back to the editor' },
  { of: ['keys'], does: 'this list' },
];

const SHOWN: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowRight: '→',
  ArrowLeft: '←',
  Escape: 'Esc',
  PageDown: 'PgDn',
  PageUp: 'PgUp',
  ' ': 'Space',
};

/** A key as people read it: `Shift+S`, `Ctrl+↓`. */
function shownKey(chord: string): string {
  const [, modifier, key] = /^(Ctrl\+|Alt\+|Shift\+)?(.+)$/s.exec(chord)!;
  const shown = SHOWN[key!] ?? (/^[A-Z]$/.test(key!) ? `Shift+${key!}` : /^[a-z]$/.test(key!) ? key!.toUpperCase() : key!);
  return `${modifier ?? ''}${shown}`;
}

/** Keys and what they do, for people. */
export const KEY_LIST: readonly { readonly keys: string; readonly does: string }[] = KEY_LINES.map(({ of, does }) => {
  const keys = of.flatMap((name) => [...(GRAPH_COMMANDS[name].keys ?? []), ...(GRAPH_COMMANDS[name].letters ?? [])]).map(shownKey);
  return { keys: of.length > 4 ? `${keys[0]!} … ${keys.at(-1)!}` : keys.join(' '), does };
});
