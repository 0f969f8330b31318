// SPDX-License-Identifier: GPL-2.0-only
/** Paths, origins and uses on the examples, verified for real. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

function analyse(file: string, policy: string): void {
  engine.analyze(requestFor(file, readFileSync(path.join(ROOT, 'examples', file)), { policy }), QUIET);
}

analyse('vma_walk.bpf.o', 'forbid-fault');
analyse('contexts.bpf.o', 'linux-7.3');

/** First instruction of a program whose text matches. */
function at(file: string, program: string, text: RegExp): number {
  const insns = engine
    .graph(file, program)!
    .nodes.flatMap((n) => n.instructions)
    .sort((a, b) => a.index - b.index);
  return insns.find((i) => text.test(i.text))!.index;
}

describe('the path to a rejection', () => {
  const way = engine.path('vma_walk.bpf.o', 'nested_walk', -1, -1)!;
  const copy = at('vma_walk.bpf.o', 'nested_walk', /^call bpf_copy_from_user#/);
  it('leads from the entry to the failing instruction', () => {
    expect(way.insns[0]).toBe(0);
    expect(way.insns.at(-1)).toBe(copy);
    expect(way.rejected).toBe(true);
  });
  it('tells both elements, and that the inner one was given back', () => {
    const told = way.events.filter((e) => e.key?.startsWith('nofault') === true).map((e) => e.kind);
    expect(told).toEqual(['taken', 'taken', 'given back']);
    const elements = way.lanes.filter((l) => l.resource.kind === 'nofault');
    expect(elements.map((l) => l.to === null)).toEqual([true, false]);
  });
  it('knows from which step on sleeping is forbidden', () => {
    expect(way.sleep.map((s) => s.answer)).toEqual(['yes', 'no']);
    expect(way.sleep[1]!.from).toBe(way.insns.indexOf(way.lanes.find((l) => l.resource.kind === 'nofault')!.resource.takenAt) + 1);
  });
  it('does not exist for accepted programs', () => expect(engine.path('vma_walk.bpf.o', 'copy_heads', -1, -1)).toBeNull());
});

describe('one state among several', () => {
  const load = engine
    .graph('vma_walk.bpf.o', 'copy_heads')!
    .nodes.flatMap((n) => n.instructions)
    .find((i) => i.note === 'vm_file')!.index;
  const states = engine.states('vma_walk.bpf.o', 'copy_heads', load)!;
  it('says which pass of the loop it is', () => expect(states.states.map((s) => s.pass)).toEqual([1, 2]));
  it('says what was given back on its way', () => {
    const kinds = states.states.map((s) => s.given.map((g) => g.resource.kind));
    expect(kinds).toEqual([[], []]);
    const after = engine.states('vma_walk.bpf.o', 'copy_heads', at('vma_walk.bpf.o', 'copy_heads', /^call bpf_copy_from_user#/))!;
    expect(after.states[0]!.given.map((g) => g.resource.kind)).toEqual(['rcu', 'nofault']);
  });
  it('has a path of its own', () => {
    expect(engine.path('vma_walk.bpf.o', 'copy_heads', load, 1)!.states.at(-1)).toBe(1);
    const lengths = states.states.map((_, i) => engine.path('vma_walk.bpf.o', 'copy_heads', load, i)!.insns.length);
    expect(lengths[1]!).toBeGreaterThan(lengths[0]!);
  });
  it('knows where a register comes from', () => {
    const origins = states.states.map((_, i) => engine.origin('vma_walk.bpf.o', 'copy_heads', load, i, 7)!.steps);
    for (const steps of origins) expect(steps.map((s) => s.text)).toEqual(['r7 ≠ 0', 'r7 = r0', 'bpf_iter_task_vma_next']);
    expect(origins[0]![2]!.insn).not.toBe(origins[1]![2]!.insn);
  });
});

describe('a reference that leaks', () => {
  it('is held to the end of the path', () => {
    const way = engine.path('contexts.bpf.o', 'task_leak', -1, -1)!;
    expect(way.lanes.map((l) => [l.resource.title, l.to])).toEqual([['task_struct', null]]);
    expect(way.events.at(-1)).toMatchObject({ kind: 'failing' });
  });
  it('is followed through registers', () => {
    const key = engine.path('contexts.bpf.o', 'task_leak', -1, -1)!.lanes[0]!.resource.key;
    const facts = engine.follow('contexts.bpf.o', 'task_leak', key)!;
    expect(facts.carriers.map((c) => c.where)).toContain('r0');
    expect(facts.uses.map((u) => u.kind)).toContain('read');
  });
});

describe('a reference that turned out to be null', () => {
  it('is no effect of the branch', () => {
    const effects = engine
      .graph('contexts.bpf.o', 'task_leak')!
      .nodes.flatMap((n) => n.instructions)
      .filter((i) => i.text.startsWith('if '))
      .flatMap((i) => i.effects);
    expect(effects).toEqual([]);
  });
});
