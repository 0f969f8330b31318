// SPDX-License-Identifier: GPL-2.0-only
/** Questions of the view and their answers by the host, on both sides. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PanelAsks } from '../../../src/extension/panel-asks';
import type { Answered, Ask } from '../../../src/protocol/asks';
import type { FromWebview, ToWebview } from '../../../src/protocol/messages';
import { Asking, PATIENCE_MS } from '../../../webview/page/asking';

const states = (insn: number): Ask => ({ name: 'states', program: 'p', insn });
const ANSWER: Answered = { name: 'states', value: { insn: 1, total: 0, states: [] } };

describe('the view', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const make = (): { posted: FromWebview[]; late: Ask[]; asking: Asking } => {
    const posted: FromWebview[] = [];
    const late: Ask[] = [];
    return {
      posted,
      late,
      asking: new Asking(
        (m) => posted.push(m),
        (ask) => late.push(ask),
      ),
    };
  };
  it('gives each question an id, and an answer to the one it belongs to', () => {
    const { posted, asking } = make();
    asking.ask(states(1));
    asking.ask({ name: 'rejection', program: 'p' });
    expect(posted.map((m) => (m.type === 'ask' ? [m.id, m.ask.name] : m.type))).toEqual([
      [1, 'states'],
      [2, 'rejection'],
    ]);
    expect(asking.take(2)).toEqual({ name: 'rejection', program: 'p' });
    expect(asking.take(1)).toEqual(states(1));
  });
  it('takes no answer twice, and none that it did not ask for', () => {
    const { asking } = make();
    asking.ask(states(1));
    expect([asking.take(7), asking.take(1), asking.take(1)]).toEqual([null, states(1), null]);
  });
  it('does not want what it asked before by the same name', () => {
    const { posted, asking } = make();
    asking.ask(states(1));
    asking.ask(states(2));
    expect(posted[1]).toEqual({ type: 'unask', id: 1 });
    expect([asking.take(1), asking.take(2)]).toEqual([null, states(2)]);
  });
  it('waits only so long', () => {
    const { posted, late, asking } = make();
    asking.ask(states(1));
    asking.ask({ name: 'rejection', program: 'p' });
    asking.take(2);
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([late, posted.at(-1)]).toEqual([[states(1)], { type: 'unask', id: 1 }]);
    expect(asking.take(1)).toBeNull();
  });
});

describe('the host', () => {
  const make = (answers: (ask: Ask) => Promise<Answered | null>): { posted: ToWebview[]; asks: PanelAsks } => {
    const posted: ToWebview[] = [];
    return { posted, asks: new PanelAsks(answers, (m) => posted.push(m)) };
  };
  it('answers with the id', async () => {
    const { posted, asks } = make(() => Promise.resolve(ANSWER));
    await asks.ask(7, states(1));
    expect(posted).toEqual([{ type: 'reply', id: 7, answer: ANSWER }]);
  });
  it('says that nothing is there, or that it failed', async () => {
    const { posted, asks } = make((ask) => ('insn' in ask && ask.insn === 1 ? Promise.resolve(null) : Promise.reject(new Error('x'))));
    await asks.ask(1, states(1));
    await asks.ask(2, states(2));
    expect(posted).toEqual([
      { type: 'refusal', id: 1, reason: 'gone' },
      { type: 'refusal', id: 2, reason: 'failed' },
    ]);
  });
  it('sends no answer that is wanted no more', async () => {
    let done: (answer: Answered) => void = () => undefined;
    const { posted, asks } = make(() => new Promise((resolve) => (done = resolve)));
    const asked = asks.ask(1, states(1));
    asks.unask(1);
    asks.unask(99);
    done(ANSWER);
    await asked;
    expect(posted).toEqual([{ type: 'refusal', id: 1, reason: 'cancelled' }]);
  });
  it('refuses an id that is in use, and more than a view can have', async () => {
    const { posted, asks } = make(() => new Promise(() => undefined));
    for (let id = 0; id < 64; id++) void asks.ask(id, states(1));
    expect(posted).toEqual([]);
    await asks.ask(3, states(1));
    await asks.ask(64, states(1));
    expect(posted).toEqual([
      { type: 'refusal', id: 3, reason: 'failed' },
      { type: 'refusal', id: 64, reason: 'failed' },
    ]);
  });
});
