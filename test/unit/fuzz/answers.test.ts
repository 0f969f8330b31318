// SPDX-License-Identifier: GPL-2.0-only
/** What the fuzzer keeps of a kernel's answers, and programs that fit a kernel. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KeptAnswers } from '../../../scripts/fuzz/answers';
import { fits } from '../../../scripts/fuzz/generate/fits';
import { asm, insn } from '../../support/asm';
import { kernelOf } from '../../support/kernel';

const ANSWER = { verdict: 'reject', message: 'R1 !read_ok', insn: 3, processedInsns: 4, totalStates: 1, peakStates: 1, log: '' };
const OBJECT = Uint8Array.of(1, 2, 3);

describe('answers that are kept', () => {
  it('are those of the same object, kernel and options', () => {
    const dir = mkdtempSync(join(tmpdir(), 'bpf-answers-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'answers.jsonl');
    new KeptAnswers(file, '6.12').add(OBJECT, ANSWER);
    expect(new KeptAnswers(file, '6.12').get(OBJECT)).toEqual(ANSWER);
    expect(new KeptAnswers(file, '6.12').get(Uint8Array.of(1, 2, 4))).toBeUndefined();
    expect(new KeptAnswers(file, '6.1').get(OBJECT)).toBeUndefined();
  });
});

describe('what a kernel has for a program', () => {
  it('is told by its features, types and tables', () => {
    const old = kernelOf('6.1.192').profile;
    const current = kernelOf().profile;
    const signExtendingMove = { insn: insn`r1 = (s8)r2` };
    const kfunc = { insn: insn`call pc+0`, link: { kind: 'kfunc', name: 'bpf_rcu_read_lock' } } as const;
    const arena = { insn: asm`r1 = map 0 ll`[0]!, link: { kind: 'map', name: 'arena' } } as const;
    expect([signExtendingMove, kfunc, arena].map((item) => fits(current, [item]))).toEqual([true, true, true]);
    expect([signExtendingMove, kfunc, arena].map((item) => fits(old, [item]))).toEqual([false, false, false]);
    expect(fits(old, [{ insn: insn`r1 = r2` }])).toBe(true);
  });
});
