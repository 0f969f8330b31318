// SPDX-License-Identifier: GPL-2.0-only
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { TypingRuns } from '../../../src/extension/typing';

const FILE = { toString: () => 'file:///a.bpf.c' } as vscode.Uri;
const OTHER = { toString: () => 'file:///b.bpf.c' } as vscode.Uri;

/** Runs that take so long, and what became of each. */
function runsOf(ms: number) {
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const runs = new TypingRuns(
    (uri) =>
      new Promise<void>((resolve) => {
        log.push('run');
        ends.set(uri.toString(), resolve);
        setTimeout(() => {
          if (ends.get(uri.toString()) !== resolve) return;
          log.push('done');
          resolve();
        }, ms);
      }),
    (uri) => {
      log.push('stop');
      ends.get(uri.toString())?.();
      ends.delete(uri.toString());
    },
  );
  return { runs, log };
}

describe('a file that is typed in', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Types so often, with so long between. */
  async function type(runs: TypingRuns, times: number, between: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      runs.typed(FILE);
      await vi.advanceTimersByTimeAsync(between);
    }
  }

  it('is verified once after a burst', async () => {
    const { runs, log } = runsOf(100);
    await type(runs, 40, 120);
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(log).toEqual(['run', 'done']);
  });

  it.each([510, 600, 900, 1100, 2100])('costs few runs however slow it is typed in: %d ms between changes', async (between) => {
    const cost = 1000;
    const { runs, log } = runsOf(cost);
    await type(runs, 40, between);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(log.at(-1)).toBe('done');
    const stopped = log.filter((what) => what === 'stop').length;
    const done = log.filter((what) => what === 'done').length;
    // a run is stopped at most three times until the pause is the longest, and whoever pauses for longer than it took gets what he waited for
    expect(stopped).toBeLessThanOrEqual(between < 2000 ? 3 : 40);
    expect(done).toBeLessThanOrEqual(between < 2000 ? 1 : 40);
  });

  it('waits as long as a run takes, at most four seconds', async () => {
    const { runs, log } = runsOf(9000);
    runs.typed(FILE);
    await vi.advanceTimersByTimeAsync(9600);
    expect(log).toEqual(['run', 'done']);
    runs.typed(FILE);
    await vi.advanceTimersByTimeAsync(3900);
    expect(log).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(log.at(-1)).toBe('run');
  });

  it('needs no other run when it is saved while the one for its text is under way', async () => {
    const { runs, log } = runsOf(100);
    runs.typed(FILE);
    await vi.advanceTimersByTimeAsync(550);
    expect(runs.saved(FILE)).toBe(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toEqual(['run', 'done']);
    expect(runs.saved(FILE)).toBe(false);
  });

  it('is left alone once it is saved or closed, and others with it are not', async () => {
    const { runs, log } = runsOf(100);
    runs.typed(FILE);
    runs.typed(OTHER);
    expect(runs.saved(FILE)).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toEqual(['run', 'done']);
    runs.typed(FILE);
    runs.closed(FILE);
    runs.typed(OTHER);
    runs.dispose();
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toHaveLength(2);
  });
});
