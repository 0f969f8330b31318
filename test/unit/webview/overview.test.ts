// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { diagramOf } from '../../../webview/drawing/diagram';
import { indexOf } from '../../../webview/model/graph-index';
import { OVERVIEW, overviewOf, worstOf } from '../../../webview/drawing/overview';
import { foldText, rowsOf } from '../../../webview/model/rows';
import { graphOf, insn, leaves, resource } from './graph';

const LOOP = graphOf(
  [
    [insn(0, 'r1 = 1'), insn(1, 'r2 = 1')],
    [insn(2, 'if r1 == 0x0 goto pc+3')],
    [insn(3, 'r1 += 1')],
    [insn(4, 'goto pc-3')],
    [insn(5, 'w0 = 0')],
    [insn(6, 'exit', { rejected: true })],
  ],
  [
    [0, 1],
    [1, 2, 'fall', 'r1 ≠ 0'],
    [1, 4, 'taken', 'r1 = 0'],
    [2, 3],
    [3, 1, 'back'],
    [4, 5],
  ],
);

describe('the overview', () => {
  it('has a small box for each block, none over another', () => {
    const { boxes } = overviewOf(LOOP, LOOP.functions, new Set());
    expect(boxes.map((b) => b.node.id)).toEqual(['f0b0', 'f0b1', 'f0b2', 'f0b3', 'f0b4', 'f0b5']);
    for (const a of boxes)
      for (const b of boxes)
        if (a !== b) expect(Math.abs(a.x - b.x) >= OVERVIEW.width || Math.abs(a.y - b.y) >= OVERVIEW.height).toBe(true);
  });
  it('stacks loops and chains', () => {
    const { chains } = overviewOf(LOOP, LOOP.functions, new Set());
    expect(chains.map((c) => [c.title, c.nodes])).toEqual([
      ['loop · 3 blocks', ['f0b1', 'f0b3', 'f0b2']],
      ['chain · 2 blocks', ['f0b4', 'f0b5']],
    ]);
    expect(chains[1]!.worst).toBe('rejected');
  });
  it('shows closed functions as cards with the worst glyph', () => {
    const { boxes, frames } = overviewOf(LOOP, LOOP.functions, new Set(['main']));
    expect(boxes).toHaveLength(0);
    expect(frames).toMatchObject([{ open: false, blocks: 6, worst: 'rejected' }]);
  });
  it('lays out 5,000 blocks', () => {
    const blocks = Array.from({ length: 5000 }, (_, i) => [insn(i, i === 4999 ? 'exit' : 'r1 = 1')]);
    const edges = blocks.slice(1).flatMap((_, i): (readonly [number, number, 'fall' | 'taken'])[] =>
      i % 3 === 0 && i < 4990
        ? [
            [i, i + 1, 'fall'],
            [i, i + 7, 'taken'],
          ]
        : [[i, i + 1, 'fall']],
    );
    const graph = graphOf(blocks, edges);
    expect(overviewOf(graph, graph.functions, new Set()).boxes).toHaveLength(5000);
    expect(diagramOf(graph, graph.functions[0]!, { mode: 'key', open: new Set(), folded: new Set() }).blocks).toHaveLength(5000);
  });
});

describe('worst glyph of a group', () => {
  it('is ordered: rejected, unknown, depends, must not, may', () => {
    expect(worstOf(['may', 'mixed', 'not'])).toBe('mixed');
    expect(worstOf(['may', 'rejected', 'unknown'])).toBe('rejected');
    expect(worstOf(['unvisited', 'may'])).toBe('may');
  });
});

describe('a diagram', () => {
  const options = { mode: 'key' as const, open: new Set<number>(), folded: new Set<string>() };
  it('labels edges with the condition, and says which is taken', () => {
    expect(diagramOf(LOOP, LOOP.functions[0]!, options).edges.map((e) => e.label)).toEqual([
      '',
      'r1 ≠ 0',
      'taken · r1 = 0',
      '',
      'loop',
      '',
    ]);
  });
  it('leads the way to a rejection straight down', () => {
    const short = (rejected: boolean) =>
      graphOf(
        [[insn(0, 'if r0 == 0x0 goto pc+1')], [insn(1, 'call bpf_x#1', { rejected })], [insn(2, 'exit')]],
        [
          [0, 1, 'fall', 'r0 ≠ 0'],
          [0, 2, 'taken', 'r0 = 0'],
          [1, 2],
        ],
      );
    const x = (rejected: boolean): number[] => {
      const g = short(rejected);
      return diagramOf(g, g.functions[0]!, options).blocks.map((b) => b.x);
    };
    expect(x(false)[1]).toBeGreaterThan(0);
    expect(x(true)).toEqual([0, 0, 0]);
  });
  it('gives blocks with a footer more height', () => {
    const plain = diagramOf(LOOP, LOOP.functions[0]!, options).blocks[0]!;
    const foot = diagramOf(LOOP, LOOP.functions[0]!, { ...options, footers: new Set(['f0b0']) }).blocks[0]!;
    expect(foot.height).toBeGreaterThan(plain.height);
  });
});

describe('key rows', () => {
  const rows = (insns: Parameters<typeof graphOf>[0][number]): unknown[] =>
    rowsOf(graphOf([insns], []).nodes[0]!, 'key', new Set()).map((r) =>
      r.kind === 'fold' ? foldText(r) : r.kind === 'insn' ? r.insn.index : r.line,
    );
  const line = (n: number) => ({ source: { file: 'a.bpf.c', line: n, column: 1, text: `line ${n};` } });
  it('fold a run after a call that gives something back into one row', () => {
    const held = { held: [resource('rcu@1')] };
    expect(
      rows([
        insn(1, 'call bpf_rcu_read_unlock#1', { ...held, effects: [leaves('rcu@1')] }),
        insn(2, 'r1 = 1'),
        insn(3, 'r2 = 1'),
        insn(4, 'exit'),
      ]),
    ).toEqual([1, '2 · sets r1, r2', 4]);
  });
  it('never fold over a change of the answer: a row has one glyph', () => {
    const held = { held: [resource('rcu@1')] };
    expect(rows([insn(1, 'r1 = 1', held), insn(2, 'r2 = 1', held), insn(3, 'r3 = 1'), insn(4, 'r4 = 1')])).toEqual([
      '2 · sets r1, r2',
      '2 · sets r3, r4',
    ]);
  });
  it('show the C line only when the run is its rest', () => {
    expect(rows([insn(1, 'r1 = 1', line(7)), insn(2, 'r2 = 1', line(7)), insn(3, 'exit', line(8))])).toEqual(['2 · line 7;', 3]);
    expect(
      rows([insn(1, 'r1 = 1', line(7)), insn(2, 'r2 = 1', line(7)), insn(3, 'call bpf_x#1', line(7)), insn(4, 'exit', line(8))]),
    ).toEqual(['2 · sets r1, r2', 3, 4]);
  });
});

describe('rows that a lens wishes', () => {
  const node = LOOP.nodes[0]!;
  it('stand by themselves', () => {
    expect(rowsOf(node, 'key', new Set()).map((r) => r.kind)).toEqual(['fold']);
    expect(rowsOf(node, 'key', new Set(), { marked: new Set([1]), foldRest: false }).map((r) => r.kind)).toEqual(['insn', 'insn']);
  });
  it('are the only ones when the rest is folded', () => {
    const calls = graphOf(
      [[insn(0, 'call bpf_a#1'), insn(1, 'call bpf_b#2'), insn(2, 'call bpf_copy_from_user#148'), insn(3, 'exit')]],
      [],
    );
    expect(rowsOf(calls.nodes[0]!, 'key', new Set(), { marked: new Set([2]), foldRest: true }).map((r) => r.kind)).toEqual([
      'fold',
      'insn',
      'insn',
    ]);
  });
});

describe('the index of a graph', () => {
  it('finds instructions, blocks and lines', () => {
    const index = indexOf(LOOP);
    expect(index.at(3)?.node.id).toBe('f0b2');
    expect(index.at(99)).toBeNull();
    expect(index.lineOf(3)).toBe(13);
    expect(index.blocksOf('main')).toHaveLength(6);
    expect(indexOf(LOOP)).toBe(index);
  });
  it('knows who calls whom', () => {
    const node = (id: string, name: string) => ({ ...LOOP.nodes[0]!, id, function: name });
    const call = { ...LOOP.edges[0]!, kind: 'call' as const, from: 'x', to: 'y' };
    const index = indexOf({ ...LOOP, nodes: [node('x', 'main'), node('y', 'leaf')], edges: [call] });
    expect([index.callees('main'), index.callers('leaf'), index.callers('main')]).toEqual([['leaf'], ['main'], []]);
  });
  it('keeps resources on one letter', () => expect(resource('rcu@4').letter).toBe('R'));
});
