// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { CompareSide, GraphComparison, NodeAnswer } from '../../../src/protocol/compare';
import { chipsThatFit, compareLook } from '../../../webview/compare/look';
import { apart, placesOf } from '../../../webview/timeline/places';
import { graphOf, insn, resource } from './graph';

const side = (policy: string, verdict: CompareSide['verdict']): CompareSide => ({
  policy,
  title: policy,
  verdict,
  errno: 0,
  message: [],
  insn: null,
  source: null,
  explanation: null,
  short: '',
  reason: null,
  processedInsns: 1,
  timeUs: 1,
});
const answer = (over: Partial<NodeAnswer>): NodeAnswer => ({
  reachable: true,
  maySleep: 'yes',
  mayFault: 'yes',
  rejected: false,
  held: [],
  ...over,
});
const COMPARISON: GraphComparison = {
  program: 'p',
  a: side('linux-7.3', 'accept'),
  b: side('forbid-fault', 'reject'),
  rules: [],
  differences: [],
  incomparable: [],
  nodes: [
    { node: 'f0b1', kinds: ['sleep'], a: answer({}), b: answer({ maySleep: 'no', mayFault: 'no', held: [resource('nofault@3')] }) },
    { node: 'f0b2', kinds: ['reachable'], a: answer({ reachable: false }), b: answer({ reachable: false }) },
  ],
  edges: [
    { from: 3, to: 4, takenBy: 'a' },
    { from: 1, to: 2, takenBy: 'b' },
    { from: 1, to: 9, takenBy: 'b' },
  ],
  blocks: 3,
  hazards: { a: [], b: [] },
};

describe('both answers of a block', () => {
  const graph = graphOf(
    [[insn(0, 'r1 = 1'), insn(1, 'if r1 == 0 goto pc+2')], [insn(2, 'r2 = 2'), insn(3, 'r3 = 3')], [insn(4, 'exit')]],
    [
      [0, 1],
      [1, 2],
    ],
  );
  const look = compareLook(COMPARISON, graph.nodes);
  it('say same where nothing differs', () => expect(look.nodes.get('f0b0')?.kind).toBe('same'));
  it('stand side by side in words', () => {
    const n = look.nodes.get('f0b1')!;
    expect([n.kind, n.a.word, n.b.word]).toEqual(['differs', 'may sleep', 'must not']);
  });
  it('are not the same where they cannot be compared', () => {
    const nodes = [{ node: 'f0b1', kinds: [], a: answer({}), b: answer({ maySleep: 'mixed' }) }];
    const n = compareLook({ ...COMPARISON, nodes }, graph.nodes).nodes.get('f0b1')!;
    expect([n.kind, n.a.word, n.b.word]).toEqual(['unknown', 'may sleep', 'depends']);
  });
  it('tell unreachable from not visited by the verdict', () => {
    const n = look.nodes.get('f0b2')!;
    expect([n.a.word, n.b.word]).toEqual(['unreachable', 'not visited']);
  });
});

describe('edges of a comparison', () => {
  it('are found by the instructions at their ends, and forgotten where B has no such blocks', () => {
    const { nodes } = graphOf(
      [[insn(0, 'r1 = 1'), insn(1, 'if r1 == 0 goto pc+2')], [insn(2, 'r2 = 2'), insn(3, 'r3 = 3')], [insn(4, 'exit')]],
      [],
    );
    expect([...compareLook(COMPARISON, nodes).edges]).toEqual([
      ['f0b1>f0b2', 'a'],
      ['f0b0>f0b1', 'b'],
    ]);
  });
});

describe('chips in a footer', () => {
  it.each([
    [['#1'], 'may sleep', 168, 1],
    [['F 3?', '#1'], 'depends', 168, 1],
    [['F 3', '#1'], 'must not', 168, 1],
    [['F 3', '#1'], 'may sleep, not fault', 168, 1],
    [['F 3', '#1', '#2', 'R 1'], 'may sleep', 168, 1],
    [['F 3', '#1'], 'must not', 140, 1],
    [['F 3', '#1'], 'must not', 200, 2],
    [[], 'unreachable', 168, 0],
  ])('%j beside "%s" in %i px: %i', (texts, word, width, count) => expect(chipsThatFit(texts, word, width)).toBe(count));
});

describe('places on the timeline', () => {
  it('keep discs apart, in order, and within the drawing', () => {
    expect(apart([0, 100, 200], 0, 200)).toEqual([0, 100, 200]);
    expect(apart([null, 50, 50, null, 200, 200], 0, 200)).toEqual([0, 50, 70, 90, 180, 200]);
    expect(apart([0, 1, 2], 0, 10)).toEqual([0, 20, 40]);
  });
  it('set what matters apart and compress quiet runs', () => {
    const at = placesOf(1001, [1, 1000], false);
    expect(at[0]).toBe(0);
    expect(at[1000]).toBe(1);
    expect(at[500]! - at[400]!).toBeLessThan(at[2]! - at[0]!);
    for (let i = 1; i < at.length; i++) expect(at[i]!).toBeGreaterThan(at[i - 1]!);
  });
  it('are even for every instruction', () => expect([...placesOf(5, [], true)]).toEqual([0, 0.25, 0.5, 0.75, 1]));
});
