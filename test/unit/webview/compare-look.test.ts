// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { CompareSide, GraphComparison, NodeAnswer } from '../../../src/protocol/compare';
import { compareLook } from '../../../webview/compare-look';
import { placesOf } from '../../../webview/timeline-places';
import { resource } from './graph';

const side = (policy: string, verdict: CompareSide['verdict']): CompareSide => ({ policy, title: policy, verdict, errno: 0, message: [], insn: null, source: null, explanation: null, short: '', reason: null, processedInsns: 1, timeUs: 1 });
const answer = (over: Partial<NodeAnswer>): NodeAnswer => ({ reachable: true, maySleep: 'yes', mayFault: 'yes', rejected: false, held: [], ...over });
const COMPARISON: GraphComparison = {
  program: 'p',
  a: side('linux-7.3', 'accept'),
  b: side('forbid-fault', 'reject'),
  rules: [],
  differences: [],
  nodes: [
    { node: 'f0b1', kinds: ['sleep'], a: answer({}), b: answer({ maySleep: 'no', mayFault: 'no', held: [resource('nofault@3')] }) },
    { node: 'f0b2', kinds: ['reachable'], a: answer({ reachable: false }), b: answer({ reachable: false }) },
  ],
  edges: [],
  blocks: 3,
  hazards: { a: [], b: [] },
};

describe('both answers of a block', () => {
  const look = compareLook(COMPARISON, ['f0b0', 'f0b1', 'f0b2']);
  it('say same where nothing differs', () => expect(look.nodes.get('f0b0')?.same).toBe(true));
  it('stand side by side in words', () => {
    const n = look.nodes.get('f0b1')!;
    expect([n.same, n.a.word, n.b.word]).toEqual([false, 'may sleep', 'must not']);
  });
  it('tell unreachable from not visited by the verdict', () => {
    const n = look.nodes.get('f0b2')!;
    expect([n.a.word, n.b.word]).toEqual(['unreachable', 'not visited']);
  });
});

describe('places on the timeline', () => {
  it('set what matters apart and compress quiet runs', () => {
    const at = placesOf(1001, [1, 1000], false);
    expect(at[0]).toBe(0);
    expect(at[1000]).toBe(1);
    expect(at[500]! - at[400]!).toBeLessThan(at[2]! - at[0]!);
    for (let i = 1; i < at.length; i++) expect(at[i]!).toBeGreaterThan(at[i - 1]!);
  });
  it('are even for every instruction', () => expect([...placesOf(5, [], true)]).toEqual([0, 0.25, 0.5, 0.75, 1]));
});
