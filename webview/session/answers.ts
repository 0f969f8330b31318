// SPDX-License-Identifier: GPL-2.0-only
/** Answers to what was asked. What belongs to another program, instruction or resource than the one that is shown came late. */
import type { Answered, Ask, Refusal } from '../../src/protocol/asks';
import type { InsnStates } from '../../src/protocol/model';
import type { PathView } from '../../src/protocol/path';
import { stateShown } from './selection';
import { copyWords } from '../inspector/state-differences';
import type { Copies } from './state';
import type { Turn } from './turn';

/** Whether a question is about the program that is shown. */
function isShown(t: Turn, ask: Ask): boolean {
  return ask.program === t.s.detail?.result.program;
}

export function takeAnswer(t: Turn, ask: Ask, answer: Answered): void {
  if (!isShown(t, ask) || answer.name !== ask.name) return;
  switch (answer.name) {
    case 'states':
      takeStates(t, answer.value);
      return;
    case 'path':
      takePath(t, answer.value);
      return;
    case 'rejection':
      t.set({ rejection: answer.value });
      redrawPath(t, true);
      return;
    case 'origin':
      if (answer.value.insn !== t.s.memory.selected || answer.value.state !== t.s.stateIndex) return;
      t.set({ origin: answer.value });
      t.do({ do: 'inspector' });
      return;
    case 'follow':
      if (answer.value.key !== t.s.memory.followed) return;
      t.set({ facts: answer.value });
      if (t.s.memory.lens === 'follow') t.do({ do: 'redraw' });
      return;
  }
}

/** A question will not be answered: what waits for it says so. */
export function takeRefusal(t: Turn, ask: Ask, reason: Refusal): void {
  if (!isShown(t, ask) || reason === 'cancelled') return;
  switch (ask.name) {
    case 'states':
      refuseCopy(t, ask.insn);
      if (ask.insn !== t.s.memory.selected) return;
      t.set({ noStates: reason });
      t.do({ do: 'inspector' });
      return;
    case 'path':
      takePath(t, null);
      return;
    case 'origin':
      t.set({ origin: null });
      t.do({ do: 'inspector' });
      return;
    case 'rejection':
    case 'follow':
      // what they add is not there; nothing waits for it
      return;
  }
}

/** Copies of a repeat are compared: the states of the one before are asked for when those of the selected one have come. */
export function compareCopies(t: Turn, pair: Pick<Copies, 'insn' | 'before' | 'number'> | null): void {
  const { states } = t.s;
  const known = new Map(states !== null && states.insn === pair?.insn ? [[states.insn, states]] : []);
  const had = t.s.copies !== null;
  t.set({ copies: pair === null ? null : { ...pair, states: known, words: '' } });
  if (known.size > 0) askCopy(t);
  if (pair === null && had) t.do({ do: 'redraw' });
}

function askCopy(t: Turn): void {
  const { copies, detail } = t.s;
  if (copies !== null && detail !== null && !copies.states.has(copies.before))
    t.ask({ name: 'states', program: detail.result.program, insn: copies.before });
}

/** States of one of the copies came. */
function takeCopy(t: Turn, states: InsnStates): void {
  const { copies } = t.s;
  if (copies === null || (states.insn !== copies.insn && states.insn !== copies.before)) return;
  const all = new Map([...copies.states, [states.insn, states] as const]);
  const [now, before] = [all.get(copies.insn), all.get(copies.before)];
  const words = now === undefined || before === undefined ? '' : copyWords(now, before, copies.number);
  t.set({ copies: { ...copies, states: all, words } });
  if (words === '') askCopy(t);
  else {
    t.do({ do: 'redraw' });
    t.say(`States on entry: ${words}`);
  }
}

/** States of one of the copies will not come. */
function refuseCopy(t: Turn, insn: number): void {
  const { copies } = t.s;
  if (copies === null || (insn !== copies.insn && insn !== copies.before)) return;
  t.set({ copies: { ...copies, words: 'Not known: they are not kept any more.' } });
  t.do({ do: 'redraw' });
}

function takeStates(t: Turn, states: InsnStates): void {
  takeCopy(t, states);
  const { memory, detail, states: before } = t.s;
  if (states.insn !== memory.selected) return;
  const kept = states.states.length;
  // of the rejected instruction the state that was rejected: the last one
  const rejected = detail?.result.insn === states.insn && detail.result.verdict === 'reject' && states.total === kept;
  const wanted = before === null && rejected ? states.total - 1 : t.s.stateIndex;
  t.set({ states, noStates: null, stateIndex: Math.min(Math.max(0, wanted), Math.max(0, kept - 1)) });
  t.do({ do: 'inspector' });
  stateShown(t);
}

function takePath(t: Turn, path: PathView | null): void {
  t.set({ path });
  redrawPath(t, false);
}

/** The lenses that show a path are drawn anew. */
function redrawPath(t: Turn, rejection: boolean): void {
  const { lens } = t.s.memory;
  if (lens === 'path' || (lens === 'follow' && rejection)) t.do({ do: 'redraw' }, { do: 'inspector' });
  // the line through the functions is drawn under every lens
  else if (rejection) t.do({ do: 'redraw' });
}
