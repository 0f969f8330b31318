// SPDX-License-Identifier: GPL-2.0-only
/** The sentences that say why: one a situation. */
import { describe, expect, it } from 'vitest';
import { assignedVariable, callArguments } from '../../../src/graph/names';
import type { HeldResource } from '../../../src/protocol/graph';
import { resource } from '../webview/graph';
import { richText } from '../../../src/protocol/rich';
import { type Cause, type WhyFacts, whySentence } from '../../../src/graph/why';

const line = (n: number) => ({ file: 'a.bpf.c', line: n, column: 1, text: '' });
const cause = (held: Partial<HeldResource>, over: Partial<Cause> = {}): Cause => ({
  held: resource('nofault@8', { title: 'VMA', ...held }),
  flags: false,
  source: line(18),
  ...over,
});
const rcu = (takenAt = 42, at = 21): Cause =>
  cause({ key: `rcu@${takenAt}`, kind: 'rcu', holding: 'region', title: 'RCU read section', takenAt }, { source: line(at) });
const facts = (over: Partial<WhyFacts>): WhyFacts => ({
  ownSleepable: true,
  section: 'fentry.s',
  where: 'main',
  sleepableSection: null,
  causes: [],
  harmless: [],
  ended: [],
  until: [],
  ...over,
});
const said = (over: Partial<WhyFacts>): string => {
  const { answer, reason, until } = whySentence(facts(over));
  return [answer, richText(reason), richText(until)].filter((part) => part !== '').join(' ');
};

describe('why sleeping is allowed or not', () => {
  it.each<[string, Partial<WhyFacts>, string]>([
    ['nothing is held', {}, 'May sleep here. The program is sleepable (`fentry.s`) and nothing that is held forbids it.'],
    [
      'a plain reference',
      { harmless: [resource('ref@2', { title: 'task_struct', variable: 'p', id: 2 })] },
      'May sleep here. The task_struct `p` #2 is held, which forbids nothing; it must be released before exit.',
    ],
    [
      'a program that is not sleepable',
      { ownSleepable: false, section: 'tc' },
      'Must not sleep here. `SEC("tc")` programs are never sleepable.',
    ],
    [
      'one that could be made sleepable',
      { ownSleepable: false, section: 'raw_tracepoint', sleepableSection: 'raw_tracepoint.s' },
      'Must not sleep here. This is `raw_tracepoint`; only `raw_tracepoint.s` programs may sleep.',
    ],
    [
      'one of a section that nobody knows',
      { ownSleepable: false, section: null },
      'Must not sleep here. The program is not loaded as one that may sleep.',
    ],
    ['a callback', { ownSleepable: false, where: 'callback' }, 'Must not sleep here. This callback never sleeps, whatever the program is.'],
    [
      'a global function of a sleepable program',
      { ownSleepable: false, where: 'function' },
      'Must not sleep here. This global function is called where sleeping is not allowed, and is verified for that.',
    ],
    [
      'one region',
      { causes: [rcu()], until: [{ insn: 16, source: line(24) }] },
      'Must not sleep here. The RCU read section entered at 42 (line 21) is still open; it is left at 16 (line 24).',
    ],
    [
      'a nested region',
      { causes: [rcu(4, 12)], ended: [{ held: rcu(9).held, taken: { insn: 9, source: line(15) }, left: { insn: 20, source: line(22) } }] },
      'Must not sleep here. The RCU read section was entered twice, at 4 (line 12) and 9 (line 15), and left once, at 20 (line 22).',
    ],
    [
      'a region entered twice and never left',
      { causes: [rcu(4, 12), rcu(9, 15)] },
      'Must not sleep here. The RCU read section was entered twice, at 4 (line 12) and 9 (line 15).',
    ],
    [
      'two causes',
      { causes: [cause({}), rcu()] },
      'Must not sleep here. Two things held here forbid it: the VMA acquired at 8 (line 18) and the RCU read section entered at 42 (line 21).',
    ],
    [
      'only faults',
      { causes: [cause({ object: 'it', forbids: ['fault'] })] },
      'May sleep here, but must not fault. The VMA of `it` acquired at 8 (line 18) forbids faults; a call that sleeps without touching user memory is allowed.',
    ],
    [
      'the inner one released, the outer one held',
      {
        causes: [cause({ object: 'outer' }, { source: line(42) })],
        ended: [{ held: cause({ object: 'inner' }).held, taken: { insn: 18, source: line(44) }, left: { insn: 23, source: null } }],
        until: [{ insn: 42, source: line(57) }],
      },
      'Must not sleep here. The VMA of `outer`, acquired at 8 (line 42), is still held; releasing that of `inner` at 23 ended only the inner one. Sleeping is allowed again after 42 (line 57).',
    ],
    [
      'a lock',
      {
        causes: [
          cause(
            { title: 'spin lock', variable: '&q->lock', holding: 'lock', takenAt: 12, forbids: ['fault', 'sleep', 'call'] },
            { source: line(30) },
          ),
        ],
        until: [{ insn: 19, source: line(34) }],
      },
      'Must not sleep here, and most calls are refused. The spin lock `&q->lock` taken at 12 (line 30) allows only a few calls until it is released at 19 (line 34).',
    ],
    [
      'IRQs',
      {
        causes: [cause({ title: 'IRQ-off section', variable: 'flags', holding: 'region', takenAt: 7 }, { flags: true, source: line(14) })],
        until: [{ insn: 15, source: line(19) }],
      },
      'Must not sleep here. IRQs are off since 7 (line 14); the flags saved there are restored at 15 (line 19).',
    ],
  ])('%s', (_, given, want) => expect(said(given)).toBe(want));
});

describe('names from C', () => {
  it('are what a call is given', () => {
    expect(callArguments('\tif (bpf_iter_task_vma_new(&outer, task, f(1, 2)))', 'bpf_iter_task_vma_new')).toEqual([
      '&outer',
      'task',
      'f(1, 2)',
    ]);
    expect(callArguments('bpf_spin_lock(&q->flows[i].lock);', 'bpf_spin_lock')).toEqual(['&q->flows[i].lock']);
  });
  it('are what its result is put into', () => {
    expect(assignedVariable('struct task_struct *p = bpf_task_from_pid(pid);', 'bpf_task_from_pid')).toBe('p');
    expect(assignedVariable('while ((vma = bpf_iter_task_vma_next(&it))) {', 'bpf_iter_task_vma_next')).toBe('vma');
    expect(assignedVariable('e->task = (struct task_struct *)bpf_task_acquire(t);', 'bpf_task_acquire')).toBe('e->task');
  });
  it('are not guessed', () => {
    expect(callArguments('bpf_for_each(task_vma, vma, task, 0) {', 'bpf_iter_task_vma_new')).toBeNull();
    expect(callArguments('my_bpf_iter_new(&x)', 'bpf_iter_new')).toBeNull();
    expect(callArguments('f(&x, g(&y),', 'f')).toBeNull();
    expect(callArguments('f(&x); f(&y);', 'f')).toBeNull();
    expect(callArguments('anything(&x)', 'helper 7')).toBeNull();
    expect(assignedVariable('if (p == bpf_task_from_pid(pid))', 'bpf_task_from_pid')).toBeNull();
    expect(assignedVariable('a[i] = bpf_task_from_pid(pid);', 'bpf_task_from_pid')).toBeNull();
  });
});
