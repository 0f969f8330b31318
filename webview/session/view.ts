// SPDX-License-Identifier: GPL-2.0-only
/** How the graph is shown: function, rows, folds, search, panes; and how one gets out of each mode again. */
import { indexOf } from '../model/graph-index';
import { ROW_MODES, type RowMode } from '../model/rows';
import { lookedFor, steppedTo } from '../toolbar/hits';
import { stepDifference } from './compare';
import { chooseLens } from './lenses';
import { deselect, select } from './selection';
import { graphOf, isComparing } from './state';
import type { Turn } from './turn';

/** A function by its first instruction, null for all of them. */
export function showFunction(t: Turn, start: number | null): void {
  if (start === null) {
    t.keep({ all: true });
    t.do({ do: 'redraw' }, { do: 'blocks' });
    return;
  }
  const fn = graphOf(t.s)?.functions.find((f) => f.start === start);
  if (fn === undefined || (fn === t.s.fn && !t.s.memory.all)) return;
  t.set({ fn, states: null });
  t.keep({ all: false, selected: null });
  t.do({ do: 'redraw' }, { do: 'inspector' });
}

/** The view moved to another function. */
export function adoptFunction(t: Turn, name: string): void {
  const graph = graphOf(t.s);
  const fn = graph === null ? undefined : indexOf(graph).functions.get(name);
  if (fn === undefined || fn === t.s.fn) return;
  t.set({ fn });
  t.do({ do: 'tree' }, { do: 'lists' });
}

/** Another level: the tree has functions while they are drawn, blocks else. What opens in place says so itself. */
export function showLevel(t: Turn, words: string, staves: boolean): void {
  if (staves !== t.s.staves) {
    t.set({ staves });
    t.do({ do: 'tree' }, { do: 'legend' });
  }
  const functions = graphOf(t.s)?.functions.length ?? 0;
  if (t.s.restored) t.say(staves ? `${words}: ${functions} function${functions === 1 ? '' : 's'}.` : `${words} of ${t.s.fn?.name ?? ''}.`);
}

const toggled = <T>(all: Iterable<T>, value: T): Set<T> => {
  const set = new Set(all);
  if (!set.delete(value)) set.add(value);
  return set;
};

export function toggleFunction(t: Turn, name: string): void {
  t.set({ closed: toggled(t.s.closed, name) });
  t.do({ do: 'redraw' });
}

/** Another kind of rows; null for the next one round. */
export function chooseRows(t: Turn, mode: RowMode | null): void {
  const next = ROW_MODES[(ROW_MODES.indexOf(t.s.memory.rows) + 1) % ROW_MODES.length]!;
  t.keep({ rows: mode ?? next });
  t.do({ do: 'rows' }, { do: 'redraw' });
}

export function openFold(t: Turn, insn: number): void {
  t.set({ openFolds: new Set([...t.s.openFolds, insn]) });
  t.do({ do: 'redraw' });
}

export function toggleFold(t: Turn, node: string): void {
  t.keep({ folded: [...toggled(t.s.memory.folded, node)] });
  t.do({ do: 'redraw' });
}

export function foldAll(t: Turn): void {
  t.keep({ folded: t.s.memory.folded.length > 0 ? [] : (graphOf(t.s)?.nodes.map((n) => n.id) ?? []) });
  t.do({ do: 'redraw' });
}

export function look(t: Turn, text: string): void {
  t.set({ hits: lookedFor(graphOf(t.s), text) });
  t.do({ do: 'hits' });
  // hits get rows of their own, but not letter by letter
  if (t.s.memory.rows === 'key') t.do({ do: 'settle' });
}

export function stepHit(t: Turn, by: 1 | -1): void {
  t.set({ hits: steppedTo(t.s.hits, by) });
  const insn = t.s.hits.insns[t.s.hits.at];
  if (insn === undefined) return;
  t.do({ do: 'hits' });
  select(t, insn, { announce: true, reveal: true });
}

/** Differences while comparing, unless something was searched for; hits otherwise. */
export function stepFound(t: Turn, by: 1 | -1): void {
  if (t.s.hits.insns.length === 0 && isComparing(t.s)) stepDifference(t, by);
  else stepHit(t, by);
}

export function toggleInspector(t: Turn): void {
  t.keep({ inspector: !t.s.memory.inspector });
  t.do({ do: 'panes' });
}

export function openInspector(t: Turn): void {
  if (!t.s.memory.inspector) toggleInspector(t);
  t.do({ do: 'focusWhy' });
}

/** A section of the inspector was opened or closed. */
export function foldSection(t: Turn, name: string, open: boolean): void {
  const closed = t.s.memory.closedSections;
  if (open === !closed.includes(name)) return;
  t.keep({ closedSections: open ? closed.filter((n) => n !== name) : [...closed, name] });
}

/** Ends the mode, then the selection, then goes back to the editor. */
export function escape(t: Turn): void {
  if (t.s.playing) t.do({ do: 'stop' });
  else if (t.s.part !== null) {
    t.set({ part: null });
    t.do({ do: 'inspector' });
  } else if (t.s.memory.lens !== 'contexts') chooseLens(t, 'contexts');
  else if (isComparing(t.s)) t.post({ type: 'compareWith', policy: '' });
  else if (t.s.memory.selected === null) t.post({ type: 'leave' });
  else deselect(t);
}
