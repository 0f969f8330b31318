// SPDX-License-Identifier: GPL-2.0-only
/** The explorer as a state machine: a session and an event give the session after it and what is to be done. Pure. */
import { richText } from '../../src/protocol/rich';
import { compareCopies, takeAnswer, takeRefusal } from './answers';
import { pickDifference, stepDifference } from './compare';
import { askFollow, chooseLens, follow, tellSteps } from './lenses';
import { hear } from './panel';
import { askOrigin, enter, goTaken, goVerdict, openSource, select, showPart, showState, travel } from './selection';
import type { Effect, Event, Session } from './state';
import { Turn } from './turn';
import * as view from './view';

type Handlers = { readonly [K in Event['type']]: (t: Turn, event: Extract<Event, { readonly type: K }>) => void };

const HANDLERS: Handlers = {
  host: (t, e) => hear(t, e.message),
  answered: (t, e) => takeAnswer(t, e.ask, e.answer),
  refused: (t, e) => takeRefusal(t, e.ask, e.reason),
  tell: (t, e) => t.post(e.message),
  select: (t, e) => select(t, e.insn, e),
  step: (t, e) => {
    select(t, e.insn, { announce: false, reveal: true, state: e.state });
    t.say(e.words);
  },
  playing: (t, e) => t.set({ playing: e.on }),
  travel: (t, e) => travel(t, e.by),
  enter: (t, e) => enter(t, e.insn),
  verdict: (t) => goVerdict(t),
  taken: (t) => goTaken(t),
  source: (t, e) => openSource(t, e.insn ?? t.s.memory.selected),
  state: (t, e) => showState(t, e.index),
  stateBy: (t, e) => showState(t, t.s.stateIndex + e.by),
  sayWhy: (t) => t.say(richText(t.s.states?.states[t.s.stateIndex]?.why.reason ?? [])),
  origin: (t, e) => askOrigin(t, e.register),
  part: (t, e) => showPart(t, e.part),
  function: (t, e) => view.showFunction(t, e.start),
  adopt: (t, e) => view.adoptFunction(t, e.name),
  toggleFunction: (t, e) => view.toggleFunction(t, e.name),
  viewed: (t, e) => {
    if (t.s.restored) t.keep({ zoom: e.zoom, pan: e.pan });
  },
  level: (t, e) => view.showLevel(t, e.words, e.staves),
  opened: (t, e) => {
    t.do({ do: 'tree' });
    if (t.s.restored) t.say(e.words);
  },
  copies: (t, e) => compareCopies(t, e.pair),
  rows: (t, e) => view.chooseRows(t, e.mode),
  openFold: (t, e) => view.openFold(t, e.insn),
  fold: (t, e) => view.toggleFold(t, e.node),
  foldAll: (t) => view.foldAll(t),
  lens: (t, e) => chooseLens(t, e.id),
  follow: (t, e) => follow(t, e.key),
  askFollow: (t) => askFollow(t),
  search: (t, e) => view.look(t, e.text),
  settled: (t) => t.do({ do: 'redraw' }),
  hit: (t, e) => view.stepHit(t, e.by),
  found: (t, e) => view.stepFound(t, e.by),
  difference: (t, e) => stepDifference(t, e.by),
  pick: (t, e) => pickDifference(t, e.at),
  toggleInspector: (t) => view.toggleInspector(t),
  openInspector: (t) => view.openInspector(t),
  section: (t, e) => view.foldSection(t, e.name, e.open),
  width: (t, e) => t.keep({ inspectorWidth: e.width }),
  hideLegend: (t) => {
    t.keep({ legend: false });
    t.do({ do: 'legend' });
  },
  escape: (t) => view.escape(t),
};

/** What comes of an event. The session that is given is left as it is. */
export function reduce(before: Session, event: Event): { readonly session: Session; readonly effects: readonly Effect[] } {
  const t = new Turn(before);
  (HANDLERS[event.type] as (turn: Turn, e: Event) => void)(t, event);
  if (t.effects.some((e) => e.do === 'redraw')) tellSteps(t);
  if (t.s.memory !== before.memory) t.do({ do: 'remember' });
  return { session: t.s, effects: t.effects };
}
