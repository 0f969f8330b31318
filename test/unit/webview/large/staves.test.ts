// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { ContextGraph, GraphInsn } from '../../../../src/protocol/graph';
import type { PathView } from '../../../../src/protocol/path';
import { failingPath } from '../../../../webview/large/failing-path';
import { layStaves, placeAt, type Staves, xOf } from '../../../../webview/large/layout';
import { callTree, opensOnStaves, programOf } from '../../../../webview/large/program';
import { railRows } from '../../../../webview/large/rails';
import { barsOf, heightOf, hotFrom } from '../../../../webview/large/skyline';
import { aboutWords, headWords, notesOf, shareWords, staveWords } from '../../../../webview/large/words';
import { enters, gives, graphOf, insn, leaves, resource, RESULT, takes } from '../graph';

/** Functions one behind the other: `main` calls `deep` and `leaf`, `deep` calls `leaf` first. */
function calling(): ContextGraph {
  const call = (index: number, name: string, start: number): GraphInsn => {
    const plain = insn(index, `call ${name}#1`);
    return { ...plain, operation: { ...plain.operation, callee: { kind: 'function', name, start } } };
  };
  const one = graphOf(
    [
      [insn(0, 'r1 = 1'), call(1, 'deep', 6), insn(2, 'r1 = 2'), call(3, 'leaf', 9), insn(4, 'r0 = 0'), insn(5, 'exit')],
      [insn(6, 'r1 = 1', { states: 40 }), call(7, 'leaf', 9), insn(8, 'exit')],
      [insn(9, 'r0 = 1'), insn(10, 'exit', { states: 0, visit: 'not-visited' })],
    ],
    [],
  );
  const names = ['main', 'deep', 'leaf', 'unused'];
  const spans = [
    [0, 6],
    [6, 9],
    [9, 11],
  ] as const;
  return {
    ...one,
    functions: spans.map(([start, end], i) => ({
      name: names[i]!,
      start,
      end,
      kind: i === 0 ? 'main' : i === 2 ? 'global' : 'static',
      entry: `f0b${i}`,
    })),
    nodes: one.nodes.map((n, i) => ({ ...n, function: names[i]! })),
  };
}

const pathOf = (insns: readonly number[]): PathView => ({
  insn: insns.at(-1)!,
  state: -1,
  rejected: true,
  insns,
  states: insns.map(() => 0),
  skipped: 0,
  events: [],
  lanes: [],
  sleep: [],
});

const lay = (graph: ContextGraph, width = 800, legs = [] as ReturnType<typeof failingPath>): Staves =>
  layStaves({ program: programOf(graph), legs, width, measure: (t) => t.length * 6, opened: new Map() });

describe('staves', () => {
  it('stand in the order of the first calls, depth first', () => {
    expect(callTree(calling()).map((x) => [x.fn.name, x.depth])).toEqual([
      ['main', 0],
      ['deep', 1],
      ['leaf', 2],
    ]);
  });
  it('say how much of the work each has, and what was not visited', () => {
    const program = programOf(calling());
    expect(program.staves.map((s) => [s.fn.name, s.visits, shareWords(s.share)])).toEqual([
      ['main', 6, '12 %'],
      ['deep', 42, '86 %'],
      ['leaf', 1, '2 %'],
    ]);
    expect(notesOf(program, program.staves[2]!, []).map((n) => n.text)).toEqual([
      'not visited from 10 on: verification ended first',
      'global: verified once, on its own',
    ]);
    expect(staveWords(program, program.staves[1]!, [])).toBe('Function deep, 3 instructions, 1 block. 86 % of the work.');
  });
  it('have one scale, and no box over another', () => {
    const { boxes } = lay(calling());
    expect(new Set(boxes.map((b) => Math.round(b.scale * 100)).slice(0, 2)).size).toBe(1);
    boxes.slice(1).forEach((b, i) => expect(b.y).toBeGreaterThan(boxes[i]!.bottom));
    for (const box of boxes) for (let p = 0; p < box.stave.code.insns.length; p++) expect(placeAt(box, xOf(box, p) + 1)).toBe(p);
  });
  it('are what one sees first of large programs of several functions', () => {
    const small = calling();
    expect(opensOnStaves(small)).toBe(false);
    const node = small.nodes[0]!;
    const many = (n: number): ContextGraph['nodes'] => Array.from({ length: n }, (_, i) => ({ ...node, id: `x${i}` }));
    expect(opensOnStaves({ ...small, nodes: many(401) })).toBe(true);
    expect(opensOnStaves({ ...small, nodes: many(400) })).toBe(false);
    expect(opensOnStaves({ ...small, functions: small.functions.slice(0, 1), nodes: many(401) })).toBe(false);
    expect(opensOnStaves({ ...small, functions: [...small.functions, small.functions[1]!], nodes: many(101) })).toBe(true);
  });
});

describe('the skyline', () => {
  const seen = (visits: readonly number[]): Parameters<typeof barsOf>[0] => ({
    visits: Int32Array.from(visits),
    visit: visits.map((v) => (v > 0 ? 'visited' : 'not-visited')),
    misses: Uint8Array.from(visits, (v) => (v > 0 ? 0 : 1)),
  });
  it('says where a few of those under a bar were not visited', () => {
    expect(barsOf(seen([1, 0, 2, 3, 0, 0]), 1.5).map((b) => [b.visit, b.misses])).toEqual([
      ['visited', true],
      ['visited', false],
      ['not-visited', false],
    ]);
  });
  it('has a bar each three px, as high as its most visited instruction', () => {
    expect(barsOf(seen([1, 5, 0, 2]), 1.5).map((b) => [b.from, b.to, b.visits])).toEqual([
      [0, 2, 5],
      [2, 4, 2],
    ]);
    expect(barsOf(seen([3]), 1)).toMatchObject([{ from: 0, to: 1, visits: 3 }]);
  });
  it('is hot where most was visited, and nowhere where all is about equal', () => {
    const bars = (visits: readonly number[]): ReturnType<typeof barsOf> => barsOf(seen(visits), 3);
    expect(hotFrom(bars([1, 1, 1, 1, 1, 1, 1, 1, 1, 9]))).toBe(9);
    expect(hotFrom(bars([4, 4, 4, 4]))).toBe(Infinity);
    expect(hotFrom(bars([1, 4, 4, 4, 4, 4, 4, 4, 4, 4]))).toBe(Infinity);
    expect(hotFrom(bars([0, 0]))).toBe(Infinity);
  });
  it('is logarithmic over the whole program', () => {
    expect([heightOf(0, 100), heightOf(100, 100), heightOf(1, 1e6) >= 0.06]).toEqual([0, 1, true]);
  });
});

describe('rails', () => {
  const rcu = resource('rcu@1');
  const ref = resource('ref@3');
  const graph = graphOf(
    [
      [
        insn(0, 'r1 = 1'),
        insn(1, 'call lock#1', { effects: [enters('rcu@1')] }),
        insn(2, 'r1 = 2', { held: [rcu] }),
        insn(3, 'call get#1', { held: [rcu], effects: [takes('ref@3')] }),
        insn(4, 'call unlock#1', { held: [rcu, ref], effects: [leaves('rcu@1')] }),
        insn(5, 'exit', { held: [ref], rejected: true }),
      ],
    ],
    [],
  );
  it('tell where each resource is held, and what is still held at the end', () => {
    const { rails } = programOf(graph).staves[0]!;
    expect(rails.map((r) => [r.held.key, r.spans, r.begins, r.ends, r.open, r.guilty])).toEqual([
      ['rcu@1', [{ from: 2, to: 5 }], [1], [4], -1, false],
      ['ref@3', [{ from: 4, to: 6 }], [3], [], 5, true],
    ]);
  });
  it('share rows by class; what is still held is never left out', () => {
    const { rails } = programOf(graph).staves[0]!;
    expect(railRows(rails, 3)).toMatchObject({ rows: [{}, {}], more: 0 });
    const one = railRows(rails, 1);
    expect([one.rows[0]!.rails[0]!.held.key, one.more]).toEqual(['ref@3', 1]);
  });
});

describe('the failing path', () => {
  const graph = calling();
  const step = (
    at: number,
    guilty = false,
  ): { event: 'taken'; insn: number; source: null; variable: null; text: string; guilty: boolean } => ({
    event: 'taken',
    insn: at,
    source: null,
    variable: null,
    text: `step at ${at}`,
    guilty,
  });
  const rejected = {
    ...RESULT,
    verdict: 'reject' as const,
    insn: 5,
    explanation: { cause: [step(0), step(8, true)] } as unknown as NonNullable<typeof RESULT.explanation>,
  };
  const path = pathOf([0, 1, 6, 7, 9, 10, 8, 2, 3, 9, 10, 4, 5]);
  it('goes through the functions of its steps, and is wrong from the guilty one on', () => {
    const legs = failingPath(graph, rejected, path);
    expect(legs.map((l) => [l.fn, l.points.map((p) => p.insn), l.wrong])).toEqual([
      ['main', [0, 1], 2],
      ['deep', [6, 8], 1],
      ['main', [2, 5], 0],
    ]);
    expect(legs.at(-1)!.points.at(-1)).toMatchObject({ end: true, guilty: true });
  });
  it('is one line: each stroke begins where another one ends', () => {
    const legs = failingPath(graph, rejected, path);
    const { strokes, discs, end } = lay(graph, 800, legs);
    const ends = strokes.map((s) => [s.points[0]!, s.points.at(-1)!]);
    const key = (p: { x: number; y: number }): string => `${p.x.toFixed(2)} ${p.y.toFixed(2)}`;
    const open = new Map<string, number>();
    for (const pair of ends) for (const p of pair) open.set(key(p), (open.get(key(p)) ?? 0) + 1);
    expect([...open.values()].filter((n) => n % 2 === 1)).toHaveLength(2);
    expect(discs.map((d) => d.point.number)).toEqual([1, 2]);
    expect(end).not.toBeNull();
  });
  it('is thin over what it jumps over, and stays one line', () => {
    const jumps = pathOf([0, 1, 6, 7, 9, 10, 8, 2, 5]);
    const over = lay(graph, 800, failingPath(graph, rejected, jumps)).strokes.filter((x) => x.over);
    const box = lay(graph).boxes[0]!;
    expect(over.map((x) => x.points.map((p) => Math.round(p.x)))).toEqual([[xOf(box, 3), xOf(box, 5)].map(Math.round)]);
    expect(lay(graph, 800, failingPath(graph, rejected, path)).strokes.filter((x) => x.over)).toEqual([]);
  });
  it('is not there for what is accepted', () => {
    expect(failingPath(graph, RESULT, null)).toEqual([]);
  });
  it('is told by its steps where no path is known', () => {
    expect(failingPath(graph, rejected, null).map((l) => l.fn)).toEqual(['main', 'deep', 'main']);
  });
});

describe('words', () => {
  it('tell copies of about one size together', () => {
    const insns = Array.from({ length: 400 }, (_, index) => insn(index, 'r1 = 1'));
    const code = { insns, fn: { end: 400 } } as unknown as Parameters<typeof aboutWords>[0]['code'];
    const of = (start: number, length: number, copies: number): Parameters<typeof aboutWords>[1][number] => ({
      start,
      length,
      copies,
      before: 0,
      after: 0,
      varies: [],
      inner: [],
    });
    expect(aboutWords({ code }, [of(0, 52, 3), of(160, 55, 4)])).toBe('7 × about 54');
    expect(aboutWords({ code }, [of(0, 52, 3), of(160, 30, 4)])).toBeNull();
    expect(aboutWords({ code }, [of(0, 52, 3)])).toBeNull();
  });
  it('of a head tell of a few that were not visited', () => {
    const graph = graphOf(
      [[...Array.from({ length: 99 }, (_, i) => insn(i, 'r1 = 1')), insn(99, 'exit', { states: 0, visit: 'unreachable' })]],
      [],
    );
    expect(headWords(programOf(graph).staves[0]!)).toBe('100 insns · 1 block · 1 never run');
  });
});

it('gives the words of what is released', () => {
  const held = resource('ref@0');
  const graph = graphOf(
    [
      [
        insn(0, 'call get#1', { effects: [takes('ref@0')] }),
        insn(1, 'call put#1', { held: [held], effects: [gives('ref@0')] }),
        insn(2, 'exit'),
      ],
    ],
    [],
  );
  expect(staveWords(programOf(graph), programOf(graph).staves[0]!, [])).toContain('holds ref');
});
