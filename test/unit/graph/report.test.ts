// SPDX-License-Identifier: GPL-2.0-only
/** What the kernel says of rejections, as views and the command line tell it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { programText } from '../../../src/cli/output';
import type { ProgramResult } from '../../../src/protocol/model';
import { reasonOf } from '../../../src/protocol/rejection';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

function results(explain: boolean): readonly ProgramResult[] {
  const reply = engine.analyze(
    requestFor('contexts.bpf.o', readFileSync(path.join(ROOT, 'examples/contexts.bpf.o')), { key: 'k', record: false, explain }),
    QUIET,
  );
  return reply.result!.programs;
}

describe('the report of a rejection', () => {
  const told = results(true);
  const of = (program: string): ProgramResult => told.find((p) => p.program === program)!;

  it('is there for rejected programs only, and only when asked for', () => {
    expect(told.filter((p) => p.report !== null).map((p) => p.program)).toEqual(
      told.filter((p) => p.verdict === 'reject').map((p) => p.program),
    );
    expect(results(false).every((p) => p.report === null)).toBe(true);
  });

  it('has category, problem, reason and suggestion', () => {
    expect(of('rcu_copy').report).toMatchObject({
      category: 'Execution Context Safety',
      problem: 'Operation is not allowed in this context',
    });
    expect(of('locked_call').report!.suggestion).toMatch(/Release the BPF spin lock/);
  });

  it('gives the reason where we have no sentence of our own', () => {
    expect(reasonOf(of('rcu_copy'))).toMatch(/^bpf_copy_from_user may sleep, and the RCU read section entered at \d+/);
    expect(reasonOf(of('locked_call'))).toMatch(/active lock region/);
    expect(of('locked_call').related.map((r) => r.text)).toEqual(['spin lock `&v->lock` in `counters` taken here']);
    const accepted = told.find((p) => p.verdict === 'accept')!;
    expect(reasonOf(accepted)).toBeNull();
  });

  it('stands in the text of the command line', () => {
    expect(programText('contexts.bpf.o', of('locked_call'))).toContain('\n  To make it right: Call bpf');
  });
});
