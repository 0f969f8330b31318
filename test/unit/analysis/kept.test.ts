// SPDX-License-Identifier: GPL-2.0-only
/** States and graphs that went for lack of memory are made again, the same, when somebody asks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnalysisEngine } from '../../../src/analysis/engine';
import { KeptResults } from '../../../src/analysis/kept';
import type { AnalyzeRequest } from '../../../src/analysis/requests';
import { Cancelled } from '../../../src/verifier/errors';
import { count, objectOf } from '../../support/objects';
import { engineWith, QUIET, requestFor, ROOT } from '../../support/verify';

const quiet = QUIET;

function request(object: Uint8Array, key = 'k'): AnalyzeRequest {
  return requestFor('x.bpf.o', object, { key, explain: true, timeoutS: 0 });
}

/** Everything that views ask of a program. */
function views(engine: AnalysisEngine, program: string) {
  const graph = engine.graph('k', program)!;
  const insns = graph.nodes.flatMap((node) => node.instructions.map((insn) => insn.index));
  return {
    graph,
    states: insns.map((insn) => engine.states('k', program, insn)),
    paths: [engine.path('k', program, 0, -1), ...insns.map((insn) => engine.path('k', program, insn, 0))],
    compared: engine.compareKept('k', 'k', program)?.differences,
  };
}

describe('what is kept of verified programs', () => {
  it('is made again when it went, the same', () => {
    const object = new Uint8Array(readFileSync(join(ROOT, 'examples/contexts.bpf.o')));
    const results = new KeptResults(1);
    const [whole, poor] = [engineWith(new KeptResults(Infinity)), engineWith(results)];
    const programs = whole.analyze(request(object), quiet).result!.programs.map((p) => p.program);
    expect(programs.length).toBeGreaterThan(3);
    poor.analyze(request(object), quiet);
    expect(results.size).toBe(1);
    for (const program of programs) {
      expect(views(poor, program)).toEqual(views(whole, program));
      expect(results.size).toBe(1);
    }
  });

  const programs = objectOf(['a', 'b', 'c'].map((name) => ({ name, insns: count(2_000) })));

  it('stays while there is room, what was looked at last the longest', () => {
    const all = new KeptResults(Infinity);
    engineWith(all).analyze(request(programs), quiet);
    const results = new KeptResults((all.bytes / 3) * 2.5);
    const engine = engineWith(results);
    engine.analyze(request(programs), quiet);
    expect(results.size).toBe(2);
    const never = (): never => {
      throw new Error('made again');
    };
    expect(() => engine.graph('k', 'a', never)).toThrow('made again');
    expect(engine.graph('k', 'b', never)?.program).toBe('b');
    expect(engine.graph('k', 'a')?.program).toBe('a');
    expect(engine.graph('k', 'b', never)?.program).toBe('b');
    expect(() => engine.graph('k', 'c', never)).toThrow('made again');
  });

  it('goes with its file, and with an analysis that is cancelled', () => {
    const results = new KeptResults();
    const engine = engineWith(results);
    engine.analyze(request(programs), quiet);
    engine.analyze(request(programs), quiet);
    expect(results.size).toBe(3);
    engine.forget('k');
    expect(results.size).toBe(0);
    const check = (): void => {
      if (results.size === 2) throw new Cancelled();
    };
    expect(() => engine.analyze(request(programs), { ...quiet, check })).toThrow(Cancelled);
    expect(results.size).toBe(0);
    expect(engine.graph('k', 'a')).toBe(null);
  });

  it('can be cancelled while it is made again, and asked for later', () => {
    const engine = engineWith(new KeptResults(1));
    engine.analyze(request(programs), quiet);
    const check = (): never => {
      throw new Cancelled();
    };
    expect(() => engine.states('k', 'a', 0, check)).toThrow(Cancelled);
    expect(engine.states('k', 'a', 0)?.states).toHaveLength(1);
  });
});
