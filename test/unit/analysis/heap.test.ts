// SPDX-License-Identifier: GPL-2.0-only
import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { HeapKeeper } from '../../../src/analysis/heap';

/** Some 200 MB, of which little stays. */
function work(): unknown[] {
  const made = Array.from({ length: 1_600_000 }, (_, i) => ({ i, list: [i, i] }));
  return made.filter(({ i }) => i % 100 === 0);
}

describe('the heap of a worker', () => {
  it('is given back when nobody asks for anything, whatever V8 would keep', () => {
    const keeper = new HeapKeeper();
    keeper.rest();
    const before = getHeapStatistics().total_heap_size;
    const kept = work();
    const grown = getHeapStatistics().total_heap_size - before;
    expect(grown).toBeGreaterThan(150e6);
    keeper.rest();
    expect(getHeapStatistics().total_heap_size - before).toBeLessThan(grown / 2);
    expect(kept).toHaveLength(16_000);
  });
});
