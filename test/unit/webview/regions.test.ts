// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { diagramOf } from '../../../webview/drawing/diagram';
import { outlines, rounded } from '../../../webview/layout/outline';
import { labelWords } from '../../../webview/drawing/region-layer';
import { enters, graphOf, insn, resource, takes } from './graph';

const OPTIONS = { mode: 'all' as const, open: new Set<number>(), folded: new Set<string>() };
const RCU = resource('rcu@0', { title: 'RCU read section' });
const VMA = resource('nofault@0', { title: 'VMA' });

const inside = (rects: readonly { x: number; y: number; width: number; height: number }[], x: number, y: number): boolean =>
  rects.some((r) => x > r.x && x < r.x + r.width && y > r.y && y < r.y + r.height);

describe('the union of rectangles', () => {
  const square = (x: number, y: number, width = 10, height = 10) => ({ x, y, width, height });
  it('is one ring of corners, clockwise, without those on a straight line', () => {
    expect(outlines([square(0, 0), square(0, 10)])).toEqual([
      [
        { x: 10, y: 0 },
        { x: 10, y: 20 },
        { x: 0, y: 20 },
        { x: 0, y: 0 },
      ],
    ]);
  });
  it('keeps apart what does not touch, and what touches in a corner only', () => {
    expect(outlines([square(0, 0), square(30, 0)])).toHaveLength(2);
    expect(outlines([square(0, 0), square(10, 10)]).map((r) => r.length)).toEqual([4, 4]);
  });
  it('has a ring for a hole', () => {
    const rings = outlines([square(0, 0, 30, 10), square(0, 20, 30, 10), square(0, 0, 10, 30), square(20, 0, 10, 30)]);
    expect(rings.map((r) => r.length).sort()).toEqual([4, 4]);
  });
  it('covers the same area as its rectangles, on random ones', () => {
    let seed = 3;
    const rnd = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let round = 0; round < 40; round++) {
      const rects = Array.from({ length: 1 + rnd(8) }, () => square(rnd(12), rnd(12), 1 + rnd(6), 1 + rnd(6)));
      let cells = 0;
      for (let x = 0; x < 20; x++) for (let y = 0; y < 20; y++) if (inside(rects, x + 0.5, y + 0.5)) cells++;
      const area = outlines(rects).reduce(
        (sum, ring) =>
          sum + ring.reduce((s, p, i) => s + (p.x * ring[(i + 1) % ring.length]!.y - ring[(i + 1) % ring.length]!.x * p.y) / 2, 0),
        0,
      );
      expect(area, `round ${round}`).toBe(cells);
    }
  });
  it('is written with rounded corners that fit short sides', () => {
    const path = rounded(outlines([square(0, 0, 4, 40)])[0]!, 9);
    expect(path).toMatch(/^M.*Z$/);
    expect(path.match(/Q/g)).toHaveLength(4);
    expect(path).toContain('Q4 0');
  });
});

describe('regions', () => {
  it('begin and end with the rows that hold it, not with the block', () => {
    const g = graphOf(
      [
        [
          insn(0, 'call bpf_rcu_read_lock#1', { effects: [takes('rcu@0')] }),
          insn(1, 'r1 = 1', { held: [RCU] }),
          insn(2, 'call bpf_rcu_read_unlock#2', { held: [RCU] }),
          insn(3, 'exit'),
        ],
      ],
      [],
    );
    const { regions, blocks } = diagramOf(g, g.functions[0]!, OPTIONS);
    expect(regions).toHaveLength(1);
    const [r] = regions;
    const row = (i: number): number => blocks[0]!.y + 24 + i * 17;
    expect(r!.y).toBeGreaterThan(row(0));
    expect(r!.y).toBeLessThan(row(1) + 3);
    expect(r!.y + r!.height).toBeLessThan(row(3) + 8);
    expect(r!.label.x).toBeGreaterThan(blocks[0]!.x + blocks[0]!.width);
  });
  it('are joined along edges, and leave out a block beside them that holds nothing', () => {
    const held = { held: [VMA] };
    // 0 holds; 1 is an arm that does not; 2 and 3 hold
    const g = graphOf(
      [[insn(0, 'if r1 == 0x0 goto pc+2', held)], [insn(1, 'r2 = 0')], [insn(2, 'r3 = 0', held)], [insn(3, 'exit', held)]],
      [
        [0, 1],
        [0, 2, 'taken'],
        [1, 3],
        [2, 3],
      ],
    );
    const { regions, blocks } = diagramOf(g, g.functions[0]!, OPTIONS);
    const middle = (i: number): [number, number] => [blocks[i]!.x + blocks[i]!.width / 2, blocks[i]!.y + blocks[i]!.height / 2];
    const covers = (i: number): boolean => regions.some((r) => inside(r.rects, ...middle(i)));
    expect([0, 1, 2, 3].map(covers)).toEqual([true, false, true, true]);
    for (const r of regions)
      for (const c of r.rects)
        expect(
          c.x < blocks[1]!.x + blocks[1]!.width &&
            c.x + c.width > blocks[1]!.x &&
            c.y < blocks[1]!.y + blocks[1]!.height &&
            c.y + c.height > blocks[1]!.y,
          'a corridor under a block that holds nothing',
        ).toBe(false);
  });
  it('have no slit between a corridor and a block beside it', () => {
    const held = { held: [VMA] };
    const g = graphOf(
      [[insn(0, 'if r1 == 0x0 goto pc+2', held)], [insn(1, 'r2 = 0', held)], [insn(2, 'exit', held)]],
      [
        [0, 1],
        [0, 2, 'taken'],
        [1, 2],
      ],
    );
    const { regions, blocks } = diagramOf(g, g.functions[0]!, OPTIONS);
    expect(blocks[1]!.x).toBeGreaterThan(blocks[0]!.x);
    expect(regions.map((r) => r.path.match(/M/g)!.length)).toEqual([1]);
  });
  it('nest by the order in which things are held, 7 px each', () => {
    const both = { held: [VMA, RCU] };
    const g = graphOf([[insn(0, 'r1 = 1', { held: [VMA] }), insn(1, 'r2 = 1', both), insn(2, 'exit', both)]], []);
    const [outer, inner] = diagramOf(g, g.functions[0]!, OPTIONS).regions;
    expect([outer!.key, inner!.key]).toEqual(['nofault@0', 'rcu@0']);
    expect(inner!.x - outer!.x).toBe(7);
  });
  it('are apart for rows that hold it in some states, and say in how many', () => {
    const some = { held: [{ ...VMA, inStates: 1 }], states: 2 };
    const g = graphOf([[insn(0, 'r1 = 1', some), insn(1, 'r2 = 1', { held: [VMA] }), insn(2, 'exit')]], []);
    const { regions } = diagramOf(g, g.functions[0]!, OPTIONS);
    expect(regions.map((r) => r.partial).sort()).toEqual([false, true]);
    expect(
      labelWords(
        regions.find((r) => r.partial)!,
        false,
      ),
    ).toBe('held in 1 of 2 states');
    expect(
      labelWords(
        regions.find((r) => !r.partial)!,
        false,
      ),
    ).toBe('VMA held: must not sleep');
  });
  it('of an entered section are not called held', () => {
    const g = graphOf([[insn(0, 'call bpf_rcu_read_lock#1', { effects: [enters('rcu@0')] }), insn(1, 'exit', { held: [RCU] })]], []);
    expect(labelWords(diagramOf(g, g.functions[0]!, OPTIONS).regions[0]!, false)).toBe('RCU read section: must not sleep');
  });
});
