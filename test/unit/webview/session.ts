// SPDX-License-Identifier: GPL-2.0-only
/** A session that is driven event by event, with what came of each. */
import type { Answered, Ask, AskName, Asks } from '../../../src/protocol/asks';
import type { PanelState } from '../../../src/protocol/messages';
import type { InsnStates, ProgramDetail, StateView } from '../../../src/protocol/model';
import type { PathView } from '../../../src/protocol/path';
import { freshMemory, type ViewMemory } from '../../../webview/session/memory';
import { reduce } from '../../../webview/session/session';
import { type Effect, type Event, type HostMessage, type Session, startSession } from '../../../webview/session/state';
import { RESULT } from './graph';

export class Driven {
  session: Session;
  /** What the last event asked to be done. */
  effects: readonly Effect[] = [];

  constructor(memory: Partial<ViewMemory> = {}) {
    this.session = startSession({ ...freshMemory({ uri: 'file:///a.bpf.c', program: 'prog' }), ...memory });
  }

  on(event: Event): this {
    const before = JSON.stringify(plain(this.session));
    const given = this.session;
    const { session, effects } = reduce(given, event);
    if (JSON.stringify(plain(given)) !== before) throw new Error(`${event.type} changed the session that it was given`);
    this.session = session;
    this.effects = effects;
    return this;
  }

  /** The answer to a question of this name about a program. */
  answer<K extends AskName>(program: string, name: K, value: Asks[K]['answer']): this {
    const ask = { ...value, name, program } as unknown as Ask;
    return this.on({ type: 'answered', ask, answer: { name, value } as Answered });
  }

  hear(message: HostMessage): this {
    return this.on({ type: 'host', message });
  }

  /** The host's picture with these members. */
  panel(change: Partial<PanelState>): this {
    return this.hear({ type: 'state', change: this.session.panel === null ? { ...PANEL, ...change } : change });
  }

  get said(): string[] {
    return this.effects.flatMap((e) => (e.do === 'say' ? [e.text] : []));
  }

  /** What the host is told and asked, without arguments. */
  get told(): string[] {
    return this.effects.flatMap((e) => (e.do === 'post' ? [e.message.type] : e.do === 'ask' ? [e.ask.name] : []));
  }

  get done(): string[] {
    return this.effects.map((e) => e.do);
  }
}

/** A session without what JSON cannot tell: sets become lists. */
function plain(s: Session): unknown {
  return { ...s, detail: null, panel: null, openFolds: [...s.openFolds], closed: [...s.closed] };
}

export const PANEL: PanelState = {
  file: 'a.bpf.c',
  policies: [],
  policy: 'linux-7.3',
  programs: [RESULT],
  program: 'prog',
  detail: null,
  busy: null,
  stale: null,
  error: null,
  compare: null,
  singleKeys: true,
};

export function detailOf(graph: ProgramDetail['graph'], result: Partial<ProgramDetail['result']> = {}): ProgramDetail {
  return { result: { ...RESULT, ...result }, graph };
}

export function stateOf(over: Partial<StateView> = {}): StateView {
  return {
    frames: [{ frame: 0, function: 'main', registers: [], unreadable: '', stack: [] }],
    held: [],
    contexts: [],
    ownPermission: '',
    maySleep: true,
    mayFault: true,
    because: [],
    given: [],
    pass: 1,
    why: { answer: 'May sleep here.', reason: ['Nothing forbids it at ', { insn: 3, line: 13 }, '.'], until: [] },
    ...over,
  };
}

export function statesOf(insn: number, ...states: StateView[]): InsnStates {
  return { insn, total: states.length, states };
}

export function pathOf(over: Partial<PathView> = {}): PathView {
  return { insn: 3, state: 0, rejected: false, insns: [0, 1, 3], states: [0, 0, 0], skipped: 0, events: [], lanes: [], sleep: [], ...over };
}
