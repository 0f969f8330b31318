// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { diagramOf } from '../../../webview/drawing/diagram';
import { overviewOf } from '../../../webview/drawing/overview';
import { detailPlaces, nearest, overviewPlaces, rectOf } from '../../../webview/drawing/places';
import { panTo, wholePan } from '../../../webview/drawing/reveal';
import { graphOf, insn } from './graph';

const GRAPH = graphOf(
  [[insn(0, 'if r1 == 0x0 goto pc+1')], [insn(1, 'r2 = 1')], [insn(2, 'exit')]],
  [
    [0, 1, 'fall'],
    [0, 2, 'taken'],
    [1, 2],
  ],
);
const MAIN = GRAPH.functions[0]!;
const detail = detailPlaces(GRAPH, diagramOf(GRAPH, MAIN, { mode: 'all', open: new Set(), folded: new Set() }));
const open = overviewPlaces(overviewOf(GRAPH, [MAIN], new Set()));
const closed = overviewPlaces(overviewOf(GRAPH, [MAIN], new Set(['main'])));

describe('places', () => {
  it('find the same point of the same block in every layout', () => {
    const block = detail.block('f0b1')!;
    const anchor = nearest(detail, { x: block.x + block.width / 4, y: block.y + block.height / 2 })!;
    expect(anchor).toEqual({ node: 'f0b1', fn: 'main', fx: 0.25, fy: 0.5 });
    expect(rectOf(open, anchor)).toEqual(open.block('f0b1'));
  });
  it('fall back on the function where its blocks have no place', () => {
    expect(closed.block('f0b1')).toBeUndefined();
    expect(rectOf(closed, { node: 'f0b1', fn: 'main' })).toEqual(closed.fn('main'));
    expect(nearest(closed, { x: 0, y: 0 })).toMatchObject({ node: null, fn: 'main' });
    expect(rectOf(detail, { node: null, fn: 'main' })).toEqual(detail.block('f0b0'));
  });
  it('take the nearest from outside everything, at its border', () => {
    const exit = detail.block('f0b2')!;
    expect(nearest(detail, { x: exit.x - 50, y: exit.y + exit.height + 900 })).toEqual({ node: 'f0b2', fn: 'main', fx: 0, fy: 1 });
  });
  it('know nothing of an empty layout', () =>
    expect(nearest({ block: () => undefined, fn: () => undefined, all: [] }, { x: 0, y: 0 })).toBeNull());
});

describe('bringing into view', () => {
  const view = { zoom: 1, x: 0, y: 0, width: 1000, height: 500 };
  const rect = (x: number, y: number): { x: number; y: number; width: number; height: number } => ({ x, y, width: 300, height: 100 });
  it('does nothing for what is in view', () => expect(panTo(rect(100, 200), 50, view)).toBeNull());
  it('moves no further than to the inner part', () => {
    expect(panTo(rect(100, 600), 0, view)).toEqual({ x: 0, y: -200 });
    expect(panTo(rect(900, 200), 0, view)).toEqual({ x: -250, y: 0 });
    expect(panTo(rect(-400, 200), 0, view)).toEqual({ x: 450, y: 0 });
  });
  it('puts what is far away into the upper third', () => expect(panTo(rect(100, 5000), 0, view)!.y).toBeCloseTo(500 / 3 - 5000));
  it('keeps what fits wholly in view', () => {
    const first = panTo(rect(100, 0), 20, view)!;
    expect(first).toEqual({ x: 0, y: 80 });
    expect(wholePan(first, { width: 600, height: 480 }, view)).toEqual({ x: 0, y: 20 });
    expect(wholePan(first, { width: 600, height: 900 }, view)).toEqual(first);
  });
});
