// SPDX-License-Identifier: GPL-2.0-only
/** Answers to what was asked. What belongs to another program, instruction or resource than the one that is shown came late. */
import type { Answered, Ask, Refusal } from '../../src/protocol/asks';
import type { InsnStates } from '../../src/protocol/model';
import type { PathView } from '../../src/protocol/path';
import { stateShown } from './selection';
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

function takeStates(t: Turn, states: InsnStates): void {
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
