// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { heldChanges } from '../../../src/extension/held-changes';
import { gives, graphOf, insn, resource, takes } from '../webview/graph';

const RCU = resource('rcu@0', { id: 0 });
const REF = resource('ref@1', { id: 4 });

it('says what is held behind each line that changes it', () => {
  const graph = graphOf(
    [
      [insn(0, 'call lock', { effects: [takes('rcu@0')] }), insn(1, 'call acquire', { held: [RCU], effects: [takes('ref@1')] })],
      [
        insn(2, 'r1 = r0', { held: [RCU, REF] }),
        insn(3, 'call release', { held: [RCU, REF], effects: [gives('ref@1')] }),
        insn(4, 'call unlock', { held: [RCU], effects: [gives('rcu@0')] }),
        insn(5, 'exit'),
      ],
    ],
    [[0, 1]],
  );
  expect(heldChanges(graph).map((c) => [c.line, c.text])).toEqual([
    [10, 'holds R 1'],
    [11, 'holds R 1, #4'],
    [13, 'holds R 1'],
    [14, 'holds nothing'],
  ]);
});

it('says the last of several changes on one line', () => {
  const source = { file: 'a.bpf.c', line: 7, column: 1, text: '' };
  const graph = graphOf(
    [
      [
        insn(0, 'call lock', { source, effects: [takes('rcu@0')] }),
        insn(1, 'call unlock', { source, held: [RCU], effects: [gives('rcu@0')] }),
        insn(2, 'exit'),
      ],
    ],
    [],
  );
  expect(heldChanges(graph)).toEqual([{ file: 'a.bpf.c', line: 7, text: 'holds nothing' }]);
});

it('says at the end of a block what that way holds, not what others hold that it comes together with', () => {
  const kept = { ...REF, inStates: 1 };
  const graph = graphOf(
    [
      [insn(0, 'call reserve', { effects: [takes('ref@1')] }), insn(1, 'if r1', { held: [REF] })],
      [insn(2, 'call submit', { held: [REF], effects: [gives('ref@1')] })],
      [insn(3, 'r0 = 1', { held: [REF] })],
      [insn(4, 'call discard', { held: [kept], states: 2, effects: [gives('ref@1')] }), insn(5, 'exit', { states: 2 })],
    ],
    [
      [0, 1],
      [0, 2, 'taken'],
      [1, 3],
      [2, 3],
    ],
  );
  expect(heldChanges(graph).map((c) => [c.line, c.text])).toEqual([
    [10, 'holds #4'],
    [12, 'holds nothing'],
    [14, 'holds nothing'],
  ]);
});

it('counts what is entered several times at one place', () => {
  const twice = { ...RCU, depth: 2 };
  const graph = graphOf(
    [
      [insn(0, 'call lock', { held: [RCU], effects: [takes('rcu@0')] })],
      [insn(1, 'call unlock', { held: [twice], effects: [gives('rcu@0')] })],
      [insn(2, 'exit', { held: [RCU] })],
    ],
    [
      [0, 1],
      [1, 2],
    ],
  );
  expect(heldChanges(graph).map((c) => c.text)).toEqual(['holds R 2', 'holds R 1']);
});
