// SPDX-License-Identifier: GPL-2.0-only
/** A graph that is too large, or has no time left, is told as missing; the verdict stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptResults } from '../../../src/analysis/kept';
import type { AnalyzeRequest } from '../../../src/analysis/requests';
import { graphWithin } from '../../../src/analysis/run';
import { verdictReason } from '../../../src/protocol/explanation-text';
import { whyNoGraph } from '../../../src/protocol/without-graph';
import { engineWith, QUIET, requestFor, ROOT } from '../../support/verify';
import { jumpTables } from '../../programs/bombs/bombs';

const request = (object: Uint8Array): AnalyzeRequest => requestFor('x.bpf.o', object, { key: 'k', graphs: true, timeoutS: 0 });

describe('a program without a graph', () => {
  it('has too many ways of indirect jumps: its verdict stands, views have nothing', () => {
    const engine = engineWith();
    const { result, extras } = engine.analyze(request(jumpTables(800)), QUIET);
    const [program] = result!.programs;
    expect(program).toMatchObject({ withoutGraph: { kind: 'ways', ways: 640_000 }, verdict: expect.stringMatching(/accept|reject/) });
    expect(extras.get(program!.program)!.graph).toBeNull();
    expect(engine.graph('k', program!.program)).toBeNull();
    expect(engine.states('k', program!.program, 0)).toBeNull();
  });

  it('has no time left', () => {
    const kept = new KeptResults();
    const object = new Uint8Array(readFileSync(join(ROOT, 'examples/contexts.bpf.o')));
    const [program] = engineWith(kept).analyze(request(object), QUIET).result!.programs;
    const { input } = kept.look('k', program!.program, QUIET.check)!;
    expect(graphWithin(input, { ms: -1000, reason: '' }, () => undefined)).toEqual({ kind: 'time' });
    expect(graphWithin(input, { ms: Infinity, reason: '' }, () => undefined)).toMatchObject({ program: input.env.prog.name });
  });

  it('says what became of it', () => {
    expect(whyNoGraph({ verdict: 'accept', reason: null, withoutGraph: { kind: 'time' } })).toBe(
      'it is accepted; making its graph took longer than the time limit allows',
    );
    expect(whyNoGraph({ verdict: 'unknown', reason: 'verification took longer than 3 s' })).toBe(
      'it has no verdict: verification took longer than 3 s',
    );
  });
});

describe('why a program has its verdict', () => {
  it('is its headline, not the last line that the log says', () => {
    const engine = engineWith();
    const { result } = engine.analyze({ ...request(jumpTables(3)), explain: true }, QUIET);
    const [program] = result!.programs;
    expect(program!.message.at(-1)).toBe('old state: R1=insn() R10=fp0');
    expect(verdictReason(program!)).toMatch(/^The loop at instruction 4 may never end/);
  });
});
