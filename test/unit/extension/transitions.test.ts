// SPDX-License-Identifier: GPL-2.0-only
/** What is known of a file, event by event. */
import { describe, expect, it } from 'vitest';
import type { FileState } from '../../../src/extension/file-state';
import { isStale } from '../../../src/extension/file-state';
import type { FoundProgram } from '../../../src/extension/program-files';
import { type FileEvent, step, unverified } from '../../../src/extension/transitions';
import type { FileError, FileResult, ProgramResult } from '../../../src/protocol/model';

const URI = { toString: () => 'file:///a.bpf.c' } as FileState['uri'];
const RESULT = { programs: [], failed: [], warnings: [] } as unknown as FileResult;
const PROGRAM = { main: URI, others: [] } as unknown as FoundProgram;
const error = (kind: FileError['kind']): FileError => ({ kind, title: kind, message: '', details: [], diagnostics: [] });

const VERIFIED: FileEvent = { type: 'verified', result: RESULT, program: PROGRAM, choices: { values: {}, programs: {} }, edited: false };
const progress = (processed: number, ...names: string[]): FileEvent => ({
  type: 'progress',
  stage: 'verify',
  processed,
  finished: names.map((program) => ({ program }) as ProgramResult),
});

function after(...events: readonly FileEvent[]): FileState {
  return events.reduce(step, unverified(URI, 'linux'));
}

describe('a file', () => {
  it('is busy from the first stage to its result', () => {
    expect(after({ type: 'compiling' }).busy).toEqual({ stage: 'compile', progress: -1 });
    expect(after({ type: 'loading' }).busy).toEqual({ stage: 'load', progress: -1 });
    expect(after(progress(500_000)).busy).toEqual({ stage: 'verify', progress: 0.5 });
    expect(after(progress(5_000_000)).busy?.progress).toBe(1);
    expect(after({ type: 'loading' }, VERIFIED)).toMatchObject({ busy: null, result: RESULT, error: null, edits: 0 });
  });

  it('tells what a run has found on its way, until it is over or the text is another', () => {
    const found = (state: FileState): string[] => state.found.map((p) => p.program);
    const running = after({ type: 'loading' }, progress(1, 'a'), progress(2), progress(3, 'b', 'c'));
    expect(found(running)).toEqual(['a', 'b', 'c']);
    for (const event of [VERIFIED, { type: 'cancelled' }, { type: 'loading' }] satisfies FileEvent[])
      expect(found(step(running, event))).toEqual([]);
    expect(found(after(VERIFIED, progress(1, 'a'), { type: 'edited', back: false, due: false }))).toEqual([]);
  });

  it('is due from an edit to the next run, whatever older runs come to', () => {
    const typed: FileEvent = { type: 'edited', back: false, due: true };
    for (const event of [
      { ...VERIFIED, edited: true },
      { type: 'failed', error: error('compile-error') },
      { type: 'cancelled' },
    ] satisfies FileEvent[])
      expect(after(VERIFIED, { type: 'compiling' }, typed, event)).toMatchObject({ due: true, busy: null });
    expect(after(VERIFIED, typed, { type: 'compiling' }).due).toBe(false);
    expect(after(VERIFIED, typed, { type: 'read', origin: null }).due).toBe(false);
    expect(after(VERIFIED, typed, { type: 'edited', back: true, due: true }).due).toBe(false);
  });

  it('is stale when it was edited while it was verified', () => {
    expect(isStale(after({ ...VERIFIED, edited: true }))).toBe(true);
  });

  it('keeps its last result, stale, while there is none newer', () => {
    const edited = after(VERIFIED, { type: 'edited', back: false, due: false }, { type: 'edited', back: false, due: false });
    expect([edited.edits, isStale(edited)]).toEqual([2, true]);
    const broken = step(after(VERIFIED), { type: 'failed', error: error('compile-error') });
    expect([broken.result, broken.edits, isStale(broken)]).toEqual([RESULT, 1, true]);
    expect(step(after(VERIFIED), { type: 'failed', error: error('unreadable') }).edits).toBe(0);
  });

  it('is fresh again when its text is what the result was made from', () => {
    const back = after(VERIFIED, { type: 'failed', error: error('compile-error') }, { type: 'edited', back: true, due: false });
    expect([back.error, back.edits, isStale(back)]).toEqual([null, 0, false]);
    expect(after(VERIFIED, { type: 'failed', error: error('unreadable') }, { type: 'edited', back: true, due: false }).error?.kind).toBe(
      'unreadable',
    );
  });

  it('does not age before anything is known of it, nor with a part of a program that has no result', () => {
    const fresh = unverified(URI, 'linux');
    expect(step(fresh, { type: 'edited', back: false, due: false })).toBe(fresh);
    expect(step(fresh, { type: 'partEdited', back: false })).toBe(fresh);
    expect(after(VERIFIED, { type: 'partEdited', back: false }).edits).toBe(1);
    expect(after(VERIFIED, { type: 'partEdited', back: false }, { type: 'partEdited', back: true }).edits).toBe(0);
  });

  it('is compared with another policy than its own only, and with the one that was asked for last', () => {
    expect(after({ type: 'compareWith', policy: 'linux' }).compare).toBeNull();
    const asked = after({ type: 'compareWith', policy: 'other' });
    expect(asked.compare).toEqual({ policy: 'other', busy: true, result: null, error: null });
    expect(step(asked, { type: 'compared', policy: 'third', result: RESULT, error: null })).toBe(asked);
    const compared = step(asked, { type: 'compared', policy: 'other', result: RESULT, error: null });
    expect(compared.compare).toMatchObject({ busy: false, result: RESULT });
    expect(step(compared, { type: 'compareWith', policy: '' }).compare).toBeNull();
  });

  it('compares a new result anew, and no more with the policy that is now its own', () => {
    const compared = after({ type: 'compareWith', policy: 'other' }, { type: 'compared', policy: 'other', result: RESULT, error: null });
    expect(step(compared, VERIFIED).compare).toMatchObject({ policy: 'other', busy: true, result: RESULT });
    expect([{ type: 'policy', policy: 'other' } as const, VERIFIED].reduce<FileState>(step, compared).compare).toBeNull();
  });

  it('that is closed keeps what is looked at; one that is gone keeps nothing, and cannot be closed', () => {
    expect(after(VERIFIED, { type: 'left', name: 'a.bpf.c' })).toMatchObject({ result: RESULT, error: { kind: 'closed' }, busy: null });
    const gone = after(VERIFIED, { type: 'compareWith', policy: 'other' }, { type: 'gone', name: 'a.bpf.c' });
    expect(gone).toMatchObject({ result: null, compare: null, edits: 0, error: { kind: 'gone' } });
    expect(step(gone, { type: 'left', name: 'a.bpf.c' })).toBe(gone);
  });

  it('that is cancelled keeps what it had', () => {
    expect(after(VERIFIED, { type: 'loading' }, { type: 'cancelled' })).toMatchObject({ busy: null, result: RESULT });
  });
});
