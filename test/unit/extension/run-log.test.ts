// SPDX-License-Identifier: GPL-2.0-only
/** Lines of the output channel. */
import { describe, expect, it } from 'vitest';
import type { FileState } from '../../../src/extension/file-state';
import { RunTimes } from '../../../src/extension/run-log';
import { step, unverified } from '../../../src/extension/transitions';
import type { FileResult } from '../../../src/protocol/model';
import { Uri } from '../../support/vscode';

const URI = Uri.file('/w/a.bpf.c') as unknown as FileState['uri'];
const RESULT = { programs: [{ verdict: 'accept' }, { verdict: 'accept' }, { verdict: 'reject' }], failed: [{}], warnings: [] };

describe('a run', () => {
  const clock = { at: 0 };
  const lines = (...events: readonly (readonly [number, Parameters<typeof step>[1]])[]): (string | null)[] => {
    const times = new RunTimes(() => clock.at);
    let state = unverified(URI, 'linux');
    return events.map(([at, event]) => {
      clock.at = at;
      state = step(state, event);
      return times.take(state);
    });
  };

  it('is one line at its end, with the time of each stage', () => {
    expect(
      lines(
        [0, { type: 'compiling' }],
        [100, { type: 'loading' }],
        [130, { type: 'progress', stage: 'verify', finished: [], processed: 10 }],
        [180, { type: 'progress', stage: 'verify', finished: [], processed: 20 }],
        [
          330,
          {
            type: 'verified',
            result: RESULT as unknown as FileResult,
            program: {} as never,
            choices: { values: {}, programs: {} },
            edited: false,
          },
        ],
      ),
    ).toEqual([
      null,
      null,
      null,
      null,
      'a.bpf.c: compiled in 100 ms, loaded in 30 ms, verified in 200 ms: 2 accepted, 1 rejected, 1 not loaded',
    ]);
  });

  it('that fails or is cancelled says so, and what changes without a run says nothing', () => {
    const error = { kind: 'compile-error', title: 'a.bpf.c does not compile', message: 'no x', details: [], diagnostics: [] } as const;
    expect(lines([0, { type: 'edited', back: false, due: false }], [0, { type: 'compiling' }], [7, { type: 'failed', error }])).toEqual([
      null,
      null,
      'a.bpf.c: compiled in 7 ms: a.bpf.c does not compile: no x',
    ]);
    expect(lines([0, { type: 'loading' }], [5, { type: 'cancelled' }]).at(-1)).toBe('a.bpf.c: loaded in 5 ms: ended without a result');
  });
});
