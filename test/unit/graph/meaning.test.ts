// SPDX-License-Identifier: GPL-2.0-only
/** What edges say, and which of them are loops: on the examples, verified for real. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { kernelCallee } from '../../../src/protocol/insns';
import { describe, expect, it } from 'vitest';
import { diagramOf } from '../../../webview/drawing/diagram';
import { labelPlaces } from '../../../webview/drawing/labels';
import { neverSleeps, toldGlyph } from '../../../webview/model/sleep-once';
import type { GraphEdge } from '../../../src/protocol/graph';
import { graphOf, insn } from '../webview/graph';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

function edgesOf(file: string, policy: string, program: string, folder = 'examples'): readonly GraphEdge[] {
  engine.analyze(requestFor(file, readFileSync(path.join(ROOT, folder, file)), { policy, program }), QUIET);
  return engine.graph(file, program)!.edges;
}

const OPTIONS = { mode: 'all' as const, open: new Set<number>(), folded: new Set<string>() };
const labels = (graph: Parameters<typeof diagramOf>[0]): string[] =>
  diagramOf(graph, graph.functions[0]!, OPTIONS).edges.map((e) => e.label);

describe('what an edge means', () => {
  it('is said where an iterator is drained', () => {
    const edges = edgesOf('vma_walk.bpf.o', 'forbid-fault', 'copy_heads');
    const meant = edges.filter((e) => e.meaning !== '');
    // twice the loop's head, and once a file that a VMA does not have
    expect(meant.map((e) => [/= 0$/.test(e.label), e.meaning]).sort()).toEqual([
      [true, 'NULL'],
      [true, 'drained'],
      [true, 'drained'],
    ]);
  });
  it('is said where a pointer is NULL', () => {
    const meant = edgesOf('contexts.bpf.o', 'linux-7.3', 'task_leak').filter((e) => e.meaning !== '');
    expect(meant.map((e) => [/= 0/.test(e.label), e.meaning])).toEqual([[true, 'NULL']]);
  });
  it('is said where a lock may not be had, and not on the way that has it', () => {
    const edges = edgesOf('lock_failed.bpf.o', 'linux-7.3', 'count_or_give_up', 'test/edges');
    const taken = engine
      .graph('lock_failed.bpf.o', 'count_or_give_up')!
      .nodes.find((n) => n.instructions.some((i) => kernelCallee(i) === 'bpf_res_spin_lock'))!;
    const ways = edges.filter((e) => e.from === taken.id);
    expect(ways.map((e) => [e.label, e.meaning]).sort()).toEqual([
      ['w0 = 0', ''],
      ['w0 ≠ 0', 'lock failed'],
    ]);
    // the lookup before it, whose result may be NULL, is the only other branch
    expect(edges.filter((e) => e.from !== taken.id && e.meaning !== '').map((e) => e.meaning)).toEqual(['NULL']);
  });
  it('stands behind the condition', () => {
    const graph = graphOf(
      [[insn(0, 'if r7 == 0 goto pc+1')], [insn(1, 'r0 = 0')], [insn(2, 'exit')]],
      [
        [0, 1, 'fall', 'r7 ≠ 0'],
        [0, 2, 'taken', 'r7 = 0'],
        [1, 2],
      ],
    );
    const edges = graph.edges.map((e) => (e.kind === 'taken' ? { ...e, meaning: 'drained' } : e));
    expect(labels({ ...graph, edges })).toEqual(['r7 ≠ 0', 'taken · r7 = 0, drained', '']);
  });
});

describe('edges that go up', () => {
  /** b0 jumps over b1, which is dead and leads back up to b0 by its place only: nothing comes to it. */
  const dead = insn(9, 'r1 = 1', { visit: 'unreachable', reachable: false, maySleep: null, mayFault: null, states: 0 });
  const graph = graphOf(
    [[insn(0, 'r0 = 0')], [insn(1, 'exit')], [dead]],
    [
      [0, 1],
      [2, 1, 'jump'],
      [2, 0, 'jump'],
    ],
  );
  it('are called loops only where they are', () => {
    expect(labels(graph)).toEqual(['', '', '']);
    const loop = graphOf(
      [[insn(0, 'r0 = 0')], [insn(1, 'if r1 != 0 goto pc-2')], [insn(2, 'exit')]],
      [
        [0, 1],
        [1, 2, 'fall', 'r1 = 0'],
        [1, 0, 'back', 'r1 ≠ 0'],
      ],
    );
    expect(labels(loop)).toEqual(['', 'r1 = 0', 'loop · r1 ≠ 0']);
  });
  it('stay with their labels inside of the drawing', () => {
    const long = graphOf(
      [[insn(0, 'r0 = 0')], [insn(1, 'if r1 != 0 goto pc-2')], [insn(2, 'exit')]],
      [
        [0, 1],
        [1, 2],
        [1, 0, 'back', 'r1 s≥ 1234567890'],
      ],
    );
    const d = diagramOf(long, long.functions[0]!, OPTIONS);
    for (const { way, label } of d.edges) {
      expect(Math.min(...way.points.map((p) => p.x))).toBeGreaterThanOrEqual(0);
      if (way.labelOn) expect(way.label.x - label.length * 2.8).toBeGreaterThanOrEqual(0);
      expect(Math.max(...way.points.map((p) => p.x))).toBeLessThanOrEqual(d.width);
    }
  });
});

describe('edges of different meaning', () => {
  it('have lines of their own, and those of one meaning share one', () => {
    const blocks = [0, 1, 2, 3, 4].map((i) => [insn(i, i === 4 ? 'exit' : `if r${i} == 0 goto pc+1`)]);
    const ways = (meanings: readonly string[]): number => {
      const graph = graphOf(blocks, [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [0, 4, 'taken', 'x'],
        [1, 4, 'taken', 'x'],
      ]);
      let k = 0;
      const edges = graph.edges.map((e) => (e.kind === 'taken' ? { ...e, meaning: meanings[k++]! } : e));
      const d = diagramOf({ ...graph, edges }, graph.functions[0]!, OPTIONS);
      return new Set(d.edges.filter((e) => e.edge.kind === 'taken').map((e) => Math.max(...e.way.points.map((p) => p.x)))).size;
    };
    expect(ways(['NULL', 'NULL'])).toBe(1);
    expect(ways(['NULL', 'drained'])).toBe(2);
  });
});

describe('labels of regions', () => {
  const view = { x: 0, y: 0, width: 1000, height: 600 };
  const wish = { region: { x: 100, y: 100, width: 300, height: 60 }, x: 420, y: 110, width: 150 };
  it('never lie over an edge: they go to another side of their region, or are not there', () => {
    const line = { x: 480, y: 0, width: 4, height: 600 };
    const at = labelPlaces([wish], [], view, [line])[0]!;
    expect(at === null || at.x + wish.width <= line.x || at.x >= line.x + line.width).toBe(true);
    const everywhere = { x: 0, y: 0, width: 1000, height: 600 };
    expect(labelPlaces([wish], [], view, [everywhere])).toEqual([null]);
  });
});

describe('the glyph of a program that can never sleep', () => {
  const never = {
    maySleep: 'no',
    mayFault: 'no',
    because: [{ kind: 'program', takenAt: null, text: 'the program is not sleepable' }],
  } as const;
  it('stands once, at its first instruction', () => {
    const graph = graphOf(
      [[insn(0, 'r0 = 0', never), insn(1, 'r1 = 0', never)], [insn(2, 'exit', { ...never, rejected: true })]],
      [[0, 1]],
    );
    expect(neverSleeps(graph)).toBe(true);
    expect(graph.nodes.flatMap((n) => n.instructions).map((i) => toldGlyph(graph, i))).toEqual(['not', null, 'rejected']);
  });
  it('stands everywhere where something else forbids it', () => {
    const graph = graphOf([[insn(0, 'r0 = 0', never), insn(1, 'exit', { maySleep: 'no', mayFault: 'no' })]], []);
    expect(neverSleeps(graph)).toBe(false);
    expect(graph.nodes.flatMap((n) => n.instructions).map((i) => toldGlyph(graph, i))).toEqual(['not', 'not']);
  });
});
