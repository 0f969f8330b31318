// SPDX-License-Identifier: GPL-2.0-only
import type { Ask } from '../../src/protocol/asks';
import type { FromWebview } from '../../src/protocol/messages';
import type { ViewMemory } from './memory';
import type { Effect, Session } from './state';

/** One event being worked on: the session as it becomes, and what is to be done. Lives for one call of the reducer. */
export class Turn {
  readonly effects: Effect[] = [];

  constructor(public s: Session) {}

  set(change: Partial<Session>): void {
    this.s = { ...this.s, ...change };
  }

  /** Changes what is kept over reloads. */
  keep(change: Partial<Omit<ViewMemory, 'version' | 'uri'>>): void {
    this.set({ memory: { ...this.s.memory, ...change } });
  }

  do(...effects: readonly Effect[]): void {
    this.effects.push(...effects);
  }

  post(message: FromWebview): void {
    this.do({ do: 'post', message });
  }

  ask(ask: Ask): void {
    this.do({ do: 'ask', ask });
  }

  say(text: string): void {
    if (text !== '') this.do({ do: 'say', text });
  }
}
