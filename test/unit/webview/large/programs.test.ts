// SPDX-License-Identifier: GPL-2.0-only
/** Two programs of several functions as their pictures tell them: `test/media/balancer.bpf.c`, which is refused, and `scheduler.bpf.c`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ProgramDetail } from '../../../../src/protocol/model';
import type { PathView } from '../../../../src/protocol/path';
import { differences, formsWords } from '../../../../webview/large/differs';
import { failingPath } from '../../../../webview/large/failing-path';
import { layStaves } from '../../../../webview/large/layout';
import { programSections } from '../../../../webview/large/page';
import { opensOnStaves, programOf } from '../../../../webview/large/program';
import { notesOf } from '../../../../webview/large/words';
import { engine, QUIET, requestFor, ROOT } from '../../../support/verify';

interface Seen {
  readonly detail: ProgramDetail;
  readonly rejection: PathView | null;
}

function seen(name: string): Seen {
  const object = readFileSync(path.join(ROOT, 'test/media', name));
  const { result, error } = engine.analyze(requestFor(name, object, { explain: true, timeoutS: 0 }), QUIET);
  const own = result?.programs[0];
  if (own === undefined) throw new Error(error?.message ?? `no program in ${name}`);
  const graph = engine.graph(name, own.program)!;
  const rejection = own.verdict === 'reject' ? engine.path(name, own.program, own.insn ?? 0, -1) : null;
  return { detail: { result: own, graph, offer: null }, rejection };
}

it('a program that is refused tells what costs most, where locks lie, how it fails, what repeats, what was not visited', () => {
  const { detail, rejection } = seen('balancer.bpf.o');
  const { graph, result } = detail;
  expect([result.verdict, opensOnStaves(graph)]).toEqual(['reject', true]);
  const program = programOf(graph);
  expect(program.staves.map((s) => `${'  '.repeat(s.depth)}${s.fn.name}`)).toEqual([
    'balance',
    '  parse',
    '  lookup',
    '  pick',
    '  encap',
    '  sample',
  ]);
  const notes = (name: string): string[] =>
    notesOf(
      program,
      program.staves.find((s) => s.fn.name === name)!,
      failingPath(graph, result, rejection),
    ).map((n) => n.text);
  expect(notes('parse')).toEqual(['72 of 338 not visited: verification ended first', '24 × the same 14 instructions · 99 % of its work']);
  expect(notes('lookup')).toEqual(['RCU read section held in 40 of 46 instructions', 'spin lock &f->lock held in 28 of 46 instructions']);
  expect(notes('pick')).toEqual(['loop of 16 instructions · its head was visited once']);
  expect(notes('encap')).toEqual(['2 · line 89: this branch skips the release of line 93']);
  const legs = failingPath(graph, result, rejection);
  expect(legs.map((l) => l.fn)).toEqual(['balance', 'encap', 'balance']);
  expect(legs.flatMap((l) => l.points.filter((p) => p.number > 0).map((p) => [p.number, l.fn, p.guilty]))).toEqual([
    [1, 'encap', false],
    [2, 'encap', true],
    [3, 'balance', false],
  ]);
  const drawn = layStaves({ program, legs, width: 700, measure: (t) => t.length * 6, opened: new Map() });
  expect(drawn.strokes.filter((s) => s.guilty).length).toBeGreaterThan(0);
  // no line of the path runs through a skyline
  for (const { points } of drawn.strokes)
    points.slice(1).forEach((b, i) => {
      const a = points[i]!;
      for (const box of drawn.boxes) {
        const over = Math.max(a.x, b.x) > box.x && Math.min(a.x, b.x) < box.x + box.width;
        if (over) expect(Math.max(a.y, b.y) > box.base || Math.min(a.y, b.y) < box.top).toBe(true);
        if (over) expect(a.y === b.y && a.y > box.top && a.y < box.base).toBe(false);
      }
    });
});

it('a scheduler tells its locks, its loop and what its copies differ in', () => {
  const { detail } = seen('scheduler.bpf.o');
  const program = programOf(detail.graph);
  const [work, contexts, repeats, missed] = programSections(program, detail.result);
  expect([missed!.title, missed!.right, missed!.rows, missed!.note]).toEqual(['Not visited', '0', [], 'Every instruction was visited.']);
  expect(work!.rows[0]!.head).toBe('slice_of');
  expect(contexts!.rows.map((r) => r.text)).toEqual(['RCU read section, entered in charge', 'spin lock &l->lock, taken in charge']);
  expect(repeats!.rows.map((r) => r.text)).toEqual([
    '15 × the same 12 instructions in weigh',
    'loop of 14 instructions · at most 151 rounds in slice_of',
  ]);
  const weigh = program.staves.find((s) => s.fn.name === 'weigh')!;
  expect(differences(weigh, weigh.repeats[0]!).map(formsWords)).toEqual([
    'r1 = *(u64 *)(r1 +8), r1 = *(u64 *)(r1 +16) … r1 = *(u64 *)(r1 +120)',
  ]);
  expect(weigh.loops).toEqual([]);
  expect(failingPath(detail.graph, detail.result, null)).toEqual([]);
});
