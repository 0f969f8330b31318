// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { eventFrom } from '../../../../webview/large/events';
import { enters, graphOf, insn, leaves, resource } from '../graph';
import { Driven } from '../session';
import { RESULT } from '../graph';

const graph = graphOf(
  [
    [
      insn(0, 'r1 = 1'),
      insn(1, 'call lock#1', { effects: [enters('rcu@1')] }),
      insn(2, 'r1 = 2', { held: [resource('rcu@1')] }),
      insn(3, 'call unlock#1', { held: [resource('rcu@1')], effects: [leaves('rcu@1')] }),
      insn(4, 'exit'),
    ],
  ],
  [],
);

it('goes from event to event, and to hits', () => {
  const none = new Set<number>();
  expect([eventFrom(graph, 'main', null, 1, none), eventFrom(graph, 'main', 1, 1, none), eventFrom(graph, 'main', 3, 1, none)]).toEqual([
    1,
    3,
    null,
  ]);
  expect([eventFrom(graph, 'main', 4, -1, none), eventFrom(graph, 'main', 1, -1, none)]).toEqual([3, null]);
  expect(eventFrom(graph, 'main', 1, 1, new Set([2]))).toBe(2);
  expect(eventFrom(graph, 'gone', 1, 1, none)).toBeNull();
});

it('is said when the view comes to functions and back to blocks, and the tree goes along', () => {
  const d = new Driven().panel({ detail: { result: RESULT, graph, offer: null } });
  d.on({ type: 'level', words: 'Functions', staves: true });
  expect([d.session.staves, d.done.includes('tree'), d.said]).toEqual([true, true, ['Functions: 1 function.']]);
  d.on({ type: 'level', words: 'Blocks', staves: false });
  expect([d.session.staves, d.done.includes('tree'), d.said]).toEqual([false, true, ['Blocks of main.']]);
  d.on({ type: 'level', words: 'Chains', staves: false });
  expect([d.done.includes('tree'), d.said]).toEqual([false, ['Chains of main.']]);
});
