// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { labelPlaces } from '../../../webview/drawing/labels';
import { levelAt } from '../../../webview/drawing/levels';

describe('levels of zoom', () => {
  it.each([
    [0.05, 'functions'],
    [0.199, 'functions'],
    [0.2, 'chains'],
    [0.4, 'blocks'],
    [0.81, 'blocks'],
    [0.82, 'instructions'],
    [2, 'instructions'],
  ] as const)('at %d is %s', (zoom, level) => expect(levelAt(zoom, null)).toBe(level));
  it('are left 3 % later than entered', () => {
    expect(levelAt(0.8, 'instructions')).toBe('instructions');
    expect(levelAt(0.78, 'instructions')).toBe('blocks');
    expect(levelAt(0.8, 'blocks')).toBe('blocks');
    expect(levelAt(0.18, 'chains')).toBe('chains');
    expect(levelAt(0.1, 'instructions')).toBe('functions');
  });
});

describe('labels of regions', () => {
  const region = { x: 0, y: 0, width: 500, height: 1000 };
  it('stay in view while part of their region is', () => {
    const wish = { region, x: 400, y: 10, width: 80 };
    expect(labelPlaces([wish], [], { x: 0, y: 0, width: 600, height: 400 })).toEqual([{ x: 400, y: 10 }]);
    expect(labelPlaces([wish], [], { x: 0, y: 300, width: 600, height: 400 })).toEqual([{ x: 400, y: 306 }]);
    expect(labelPlaces([wish], [], { x: 0, y: 1100, width: 600, height: 400 })).toEqual([null]);
  });
  it('never stand over a block or another label', () => {
    const a = { region, x: 400, y: 10, width: 80 };
    const places = labelPlaces([a, a], [{ x: 380, y: 0, width: 100, height: 50 }], { x: 0, y: 0, width: 600, height: 400 });
    expect(places[0]!.y).toBeGreaterThanOrEqual(50);
    expect(places[1]!.y).toBeGreaterThanOrEqual(places[0]!.y + 18);
  });
  it('stand inside a view that is too narrow, below the block, and over no edge', () => {
    const wish = { region, x: 400, y: 10, width: 80 };
    const block = { x: 100, y: 0, width: 280, height: 50 };
    const edge = { x: 330, y: 50, width: 4, height: 60 };
    const [at] = labelPlaces([wish], [block], { x: 0, y: 0, width: 390, height: 400 }, [edge]);
    expect(at!.x + 80).toBeLessThanOrEqual(390);
    expect(at!.y).toBeGreaterThanOrEqual(110);
  });
});
