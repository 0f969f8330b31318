// SPDX-License-Identifier: GPL-2.0-only
/** A comparison never says "same" of two answers that are shown differently: it differs for certain, or cannot be compared. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareGraphs } from '../../../src/analysis/compare';
import type { Compared } from '../../../src/analysis/compare-words';
import { type AnalysisEngine } from '../../../src/analysis/engine';
import { compareRow, compareText } from '../../../src/cli/compare-output';
import type { RuleDifference } from '../../../src/protocol/compare';
import type { GraphInsn } from '../../../src/protocol/graph';
import { richText } from '../../../src/protocol/rich';
import type { ProgramResult } from '../../../src/protocol/model';
import { graphOf, insn, resource, RESULT } from '../../unit/webview/graph';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

const ended = (policy: string, at: number | null): ProgramResult => ({
  ...RESULT,
  policy,
  verdict: at === null ? 'accept' : 'reject',
  insn: at,
  message: at === null ? [] : ['rejected'],
  errno: at === null ? 0 : -22,
});
const side = (policy: string, at: number | null, insns: readonly GraphInsn[]): Compared => ({
  title: policy,
  result: ended(policy, at),
  graph: graphOf([insns], []),
});

const NOFAULT: RuleDifference = { id: 'class nofault', kind: 'class', name: 'nofault', a: '', b: 'forbids sleep', text: 'class nofault' };
const F = resource('nofault@8', { inStates: 1 });
const mixed = { maySleep: 'mixed', mayFault: 'mixed', held: [F], states: 2 } as const;
const rest = [insn(2, 'exit', { rejected: true })];

describe('two answers at one instruction', () => {
  it('differ for certain where a class is held that the other policy does not have, even if that ended early', () => {
    const c = compareGraphs(side('a', 2, [insn(0, 'r1 = 1'), ...rest]), side('b', 2, [insn(0, 'r1 = 1', mixed), ...rest]), [NOFAULT]);
    expect(c.differences.map((d) => [d.insn, d.kinds])).toEqual([[0, ['held']]]);
    expect(c.incomparable).toEqual([]);
    expect(c.nodes.map((n) => n.kinds)).toEqual([['held']]);
  });
  it('are not comparable where the side that ended early may not have seen the other answer', () => {
    const c = compareGraphs(
      side('a', 2, [insn(0, 'r1 = 1'), ...rest]),
      side('b', 2, [insn(0, 'r1 = 1', { ...mixed, held: [] }), ...rest]),
      [],
    );
    expect(c.differences).toEqual([]);
    expect(c.incomparable.map((d) => [d.insn, d.last, richText(d.sentence)])).toEqual([
      [0, 0, 'Not comparable: verification under a ended at 2 and b ended at 2, before all states came here.'],
    ]);
    expect(c.nodes).toMatchObject([{ node: 'f0b0', kinds: [] }]);
  });
  it('are not comparable where one of them was not visited', () => {
    const never = insn(1, 'r2 = 1', { visit: 'not-visited', reachable: false, maySleep: null, mayFault: null, states: 0 });
    const c = compareGraphs(
      side('a', 2, [insn(0, 'r1 = 1'), never, ...rest]),
      side('b', null, [insn(0, 'r1 = 1'), insn(1, 'r2 = 1'), insn(2, 'exit')]),
      [],
    );
    expect(c.incomparable.map((d) => d.insn)).toEqual([1]);
  });
});

describe('on the examples, under every pair of policies', () => {
  const POLICIES = ['linux-7.3', 'forbid-sleep', 'forbid-fault', 'forbid-fault-sound', 'acquire-lock'];
  it.each(['vma_walk', 'vma_nosleep', 'contexts'])('%s: whatever is shown differently is told', (name) => {
    const reply = engine.compare(
      {
        type: 'compare',
        file: `${name}.bpf.o`,
        object: readFileSync(path.join(ROOT, 'examples', `${name}.bpf.o`)),
        policies: POLICIES.map((policy) => ({ policy })),
        kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' },
        overlays: [],
        program: '',
        unprivileged: false,
        timeoutS: 60,
      },
      () => undefined,
    );
    const graphs = new Map(POLICIES.map((policy) => [policy, graphsOf(engine, name, policy)]));
    for (const p of reply.programs) {
      for (const c of p.comparisons) {
        if (c === null) continue;
        const a = insnsOf(graphs.get(c.a.policy)!, p.program);
        const b = insnsOf(graphs.get(c.b.policy)!, p.program);
        const told = (at: number): boolean => [...c.differences, ...c.incomparable].some((d) => at >= d.insn && at <= d.last);
        const shown = (i: GraphInsn): string =>
          JSON.stringify([i.visit, i.maySleep, i.mayFault, i.held.map((h) => [h.key, h.forbids, h.inStates < i.states])]);
        for (const [at, insn] of b) {
          if (shown(a.get(at)!) !== shown(insn))
            expect(told(at), `${p.program} at ${at}: ${shown(a.get(at)!)} under ${c.a.policy}, ${shown(insn)} under ${c.b.policy}`).toBe(
              true,
            );
        }
        if (c.incomparable.length > 0) {
          expect(compareRow(name, POLICIES, p)).toMatchObject({ same: false });
          expect(compareText(name, POLICIES, [p], true)).toContain('? at ');
        }
      }
    }
  });
});

function graphsOf(engine: AnalysisEngine, name: string, policy: string): { engine: AnalysisEngine; key: string } {
  const key = `${name} ${policy}`;
  engine.analyze(requestFor(`${name}.bpf.o`, readFileSync(path.join(ROOT, 'examples', `${name}.bpf.o`)), { key, policy }), QUIET);
  return { engine, key };
}

function insnsOf({ engine, key }: { engine: AnalysisEngine; key: string }, program: string): ReadonlyMap<number, GraphInsn> {
  return new Map((engine.graph(key, program)?.nodes ?? []).flatMap((n) => n.instructions).map((i) => [i.index, i]));
}
