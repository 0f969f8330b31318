// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it, vi } from 'vitest';
import { debounce, Heap } from '../../../webview/drawing/cytoscape-needs';

describe('a queue', () => {
  it('gives the first, also after what decides has changed', () => {
    const heap = new Heap<{ at: number }>((a, b) => a.at - b.at);
    const items = [5, 1, 4, 2, 3].map((at) => ({ at }));
    for (const item of items) heap.push(item);
    items[0]!.at = 0;
    heap.updateItem(items[0]!);
    items[1]!.at = 9;
    heap.updateItem(items[1]!);
    expect(heap.peek()).toBe(items[0]);
    const out: number[] = [];
    while (heap.size() > 0) out.push(heap.pop()!.at);
    expect(out).toEqual([0, 2, 3, 4, 9]);
    expect(heap.pop()).toBeUndefined();
  });
});

it('what is asked for again and again is done once, with what was said last', () => {
  vi.useFakeTimers();
  const done: unknown[] = [];
  const own = {
    ask: debounce(function (this: unknown, word: string) {
      done.push(this, word);
    }, 10),
  };
  own.ask('a');
  vi.advanceTimersByTime(9);
  own.ask('b');
  vi.advanceTimersByTime(10);
  expect(done).toEqual([own, 'b']);
  vi.useRealTimers();
});
