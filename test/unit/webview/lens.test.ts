// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { edgeKey } from '../../../webview/lens/types';
import type { PathView } from '../../../src/protocol/path';
import { followLens, lifeOf } from '../../../webview/lens/follow';
import { heatOf, heatScale } from '../../../webview/lens/heat';
import { pathLens, trackOf } from '../../../webview/lens/path';
import { countWords, stepsOf } from '../../../webview/lens/path-steps';
import type { CauseEvent } from '../../../src/protocol/explanation';
import { sleepLens, sleepRuns, wouldSleepLens } from '../../../webview/lens/sleep';
import { gives, graphOf, insn, resource, RESULT, takes } from './graph';

const REF = resource('ref@1', { id: 2, title: 'task_struct' });
/** take; if found {give back}; exit, which leaks on the other way. */
const LEAK = graphOf(
  [
    [
      insn(0, 'r1 = 1'),
      insn(1, 'call bpf_task_from_pid#1', { effects: [takes('ref@1')] }),
      insn(2, 'if r0 == 0x0 goto pc+3', { held: [REF] }),
    ],
    [insn(3, 'r1 = r0', { held: [REF] }), insn(4, 'call bpf_task_release#2', { held: [REF], effects: [gives('ref@1')] })],
    [insn(5, 'w0 = 0', { held: [{ ...REF, inStates: 1 }], states: 2 }), insn(6, 'exit', { held: [REF], states: 2, rejected: true })],
  ],
  [
    [0, 1, 'fall', 'r0 ≠ 0'],
    [0, 2, 'taken', 'r0 = 0'],
    [1, 2],
  ],
);
const PATH: PathView = {
  insn: 6,
  state: -1,
  rejected: true,
  insns: [0, 1, 2, 5, 6],
  states: [0, 0, 0, 1, 1],
  skipped: 0,
  events: [
    { step: 1, insn: 1, kind: 'taken', key: 'ref@1', text: 'task_struct taken' },
    { step: 2, insn: 2, kind: 'branch', key: null, text: 'r0 = 0' },
    { step: 4, insn: 6, kind: 'failing', key: null, text: 'rejected' },
  ],
  lanes: [{ resource: REF, from: 1, to: null }],
  sleep: [{ from: 0, to: 5, answer: 'yes' }],
};

describe('May sleep?', () => {
  const F = resource('nofault@1');
  const graph = graphOf([[insn(0, 'r1 = 1'), insn(1, 'r1 = 2'), insn(2, 'r1 = 3', { held: [F] }), insn(3, 'exit')]], []);
  it('lists the runs in which every state may sleep', () => {
    expect(sleepRuns(graph).map((r) => r.run.map((i) => i.index))).toEqual([[0, 1], [3]]);
    const lens = sleepLens(graph);
    expect(lens.regions).toBe('outline');
    expect([...lens.blocks]).toEqual([['f0b0', 'may']]);
    expect(lens.page?.text).toBe('3 of 4 instructions that were reached may sleep on every path.');
  });
  it('says plainly when nothing may', () =>
    expect(sleepLens(graphOf([[insn(0, 'exit', { held: [F] })]], [])).page?.text).toBe('Nothing here may sleep.'));
});

describe('Would sleep', () => {
  it('marks every call that may sleep or fault with its answer', () => {
    const F = resource('nofault@1');
    const lens = wouldSleepLens(
      graphOf(
        [
          [
            insn(0, 'call bpf_copy_from_user#148', { demands: ['sleep', 'fault'] }),
            insn(1, 'call bpf_copy_from_user#148', { demands: ['sleep', 'fault'], held: [F], rejected: true }),
          ],
        ],
        [],
      ),
    );
    expect(lens.foldRest).toBe(true);
    expect(lens.page?.sections[0]?.rows.map((r) => [r.insn, r.glyph, r.guilty])).toEqual([
      [0, 'may', false],
      [1, 'rejected', true],
    ]);
  });
});

describe('Follow', () => {
  it('knows where a resource is taken, carried, given back and leaked', () => {
    const life = lifeOf(LEAK, 'ref@1');
    expect([...life.nodes]).toEqual(['f0b0', 'f0b1', 'f0b2']);
    expect([life.takes, life.gives, life.ends].map((l) => l.map((i) => i.index))).toEqual([[1], [4], [6]]);
    expect(life.threads).toEqual(['f0b0>f0b1', 'f0b0>f0b2']);
  });
  it('draws the part of the path red after which nothing gives it back', () => {
    const lens = followLens(LEAK, { ...RESULT, verdict: 'reject', insn: 6 }, REF, null, PATH);
    expect(lens.edges.get('f0b0>f0b2')).toBe('leak');
    expect(lens.edges.get('f0b0>f0b1')).toBe('thread');
    expect(lens.page?.sections[0]?.rows.map((r) => r.head)).toEqual(['acquired', 'splits', 'released', 'leaks']);
    expect(lens.page?.sections[1]?.rows.map((r) => r.text)).toEqual(['leaks at 6', 'released at 4']);
  });
  it('tells carriers and uses when they are known', () => {
    const facts = { key: 'ref@1', uses: [{ insn: 3, kind: 'carries' as const, where: 'r1' }], carriers: [{ where: 'r0', from: 2, to: 4 }] };
    const lens = followLens(LEAK, RESULT, REF, facts, null);
    expect(lens.tags.get(3)?.[0]?.text).toBe('r1 carries #2');
    expect(lens.page?.sections[2]?.rows).toEqual([{ insn: 2, head: 'r0', text: '2 to 4' }]);
  });
});

describe('Path', () => {
  it('walks blocks and edges in order, a loop more than once', () => {
    const way = trackOf(LEAK, PATH.insns);
    expect([[...way.nodes], way.edges.map(edgeKey)]).toEqual([['f0b0', 'f0b2'], ['f0b0>f0b2']]);
    const loop = graphOf(
      [[insn(0, 'r1 = 1')], [insn(1, 'if r1 != 0x0 goto pc-1')], [insn(2, 'exit')]],
      [
        [0, 1],
        [1, 1, 'back'],
        [1, 2],
      ],
    );
    expect(trackOf(loop, [0, 1, 1, 2]).edges.map(edgeKey)).toEqual(['f0b0>f0b1', 'f0b1>f0b1', 'f0b1>f0b2']);
  });
  it('numbers what matters and ends in red', () => {
    const lens = pathLens(LEAK, { ...RESULT, verdict: 'reject' }, PATH);
    expect([...lens.tags].map(([at, t]) => [at, t[0]!.text])).toEqual([
      [1, '1'],
      [2, '2'],
      [6, '3'],
    ]);
    expect(lens.edges.get('f0b0>f0b2')).toBe('path-end');
    expect([...lens.focus!]).toEqual(['f0b0', 'f0b2']);
  });
  it('shows at most nine steps and says how many it left out', () => {
    const events = Array.from({ length: 15 }, (_, i) => ({ step: i, insn: i, kind: 'branch' as const, key: null, text: `r${i}` }));
    const steps = stepsOf(RESULT, { ...PATH, events, lanes: [] });
    expect(steps).toHaveLength(9);
    expect(steps.find((s) => s.more > 0)?.more).toBe(7);
    expect(steps.at(-1)?.number).toBe(15);
  });
});

describe('Path of an explained rejection', () => {
  const event = (insn: number, text: string, guilty = false): CauseEvent => ({
    event: guilty ? 'branch' : 'taken',
    insn,
    source: null,
    variable: null,
    text,
    guilty,
  });
  const explained = (cause: readonly CauseEvent[]): typeof RESULT => ({
    ...RESULT,
    verdict: 'reject',
    insn: 6,
    explanation: {
      code: 'reference-leak',
      category: '',
      summary: 's',
      detail: '',
      refused: { insn: 6, source: null },
      cause,
      suggestion: null,
      fixes: [],
    },
  });

  it('has the steps of the cause, with the numbers and words of every other view', () => {
    const result = explained([event(1, '`f()` acquires `p`'), event(2, 'this branch skips the release', true), event(6, 'returns')]);
    expect(stepsOf(result, PATH).map((s) => [s.number, s.step, s.insn, s.text, s.guilty])).toEqual([
      [1, 1, 1, 'f() acquires p', false],
      [2, 2, 2, 'this branch skips the release', true],
      [3, 4, 6, 'returns', false],
    ]);
    expect([...pathLens(LEAK, result, PATH).tags].map(([at, t]) => [at, t.map((x) => x.text)])).toEqual([
      [1, ['1']],
      [2, ['2']],
      [6, ['3']],
    ]);
  });
  it('takes the pass of a loop that led to the end', () => {
    const path = { ...PATH, insns: [0, 1, 2, 1, 2, 1, 6], states: [0, 0, 0, 0, 0, 0, -1] };
    expect(stepsOf(explained([event(1, 'a'), event(2, 'b'), event(6, 'c')]), path).map((s) => s.step)).toEqual([3, 4, 6]);
  });
  it('keeps the number of what the path does not pass, and ends with what was refused', () => {
    const steps = stepsOf(explained([event(4, 'made a callback', true), event(2, 'b')]), PATH);
    expect(steps.map((s) => [s.number, s.step, s.text])).toEqual([
      [1, null, 'made a callback'],
      [2, 2, 'b'],
      [0, 4, 'rejected here'],
    ]);
    expect(steps.map((s) => countWords(s, steps))).toEqual(['Step 1 of 2', 'Step 2 of 2', 'The end']);
  });
  it('shows the cause where no path was walked', () => {
    const lens = pathLens(LEAK, explained([event(2, 'b', true)]), null);
    expect([...lens.tags.keys()]).toEqual([2]);
    expect(lens.page?.sections[0]?.rows).toEqual([{ insn: 2, head: '1', text: 'b', right: '2', guilty: true }]);
  });
  it('is about what happened on the path to a state that was accepted', () => {
    const path = { ...PATH, rejected: false };
    expect(stepsOf(explained([event(1, 'a')]), path).map((s) => s.text)).toEqual(['task_struct taken', 'r0 = 0', 'rejected']);
  });
});

describe('Heat', () => {
  it('uses fixed steps for small programs', () => {
    const { heat, scale } = heatOf(
      graphOf(
        [[insn(0, 'r1 = 1', { states: 1 })], [insn(1, 'r1 = 1', { states: 13 })], [insn(2, 'exit', { states: 0 })]],
        [
          [0, 1],
          [1, 2],
        ],
      ).nodes,
    );
    expect(scale).toEqual([1, 4, 8, 13, 21]);
    expect([...heat.values()].map((h) => h.step)).toEqual([1, 4, 0]);
  });
  it('uses percentiles for large ones', () => {
    const visits = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(heatScale(visits)).toEqual([1, 101, 151, 181, 195]);
  });
});
