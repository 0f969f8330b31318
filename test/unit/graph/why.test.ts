// SPDX-License-Identifier: GPL-2.0-only
/** The sentences that say why: one a situation. */
import { describe, expect, it } from 'vitest';
import { addressedVariable } from '../../../src/graph/names';
import { type Cause, type WhyFacts, whySentence } from '../../../src/graph/why';

const line = (n: number) => ({ file: 'a.bpf.c', line: n, column: 1, text: '' });
const cause = (over: Partial<Cause>): Cause => ({ title: 'VMA', object: null, kind: 'nofault', region: false, flags: false, takenAt: 8, source: line(18), forbidsSleep: true, forbidsCall: false, depth: 1, ...over });
const rcu = (over: Partial<Cause> = {}): Cause => cause({ title: 'RCU read section', kind: 'rcu', region: true, takenAt: 42, source: line(21), ...over });
const facts = (over: Partial<WhyFacts>): WhyFacts => ({ ownSleepable: true, section: 'fentry.s', where: 'main', sleepableSection: '', causes: [], harmless: [], ended: [], until: [], ...over });
const said = (over: Partial<WhyFacts>): string => {
  const { answer, reason, until } = whySentence(facts(over));
  return `${answer} ${reason}${until === '' ? '' : ` ${until}`}`;
};

describe('why sleeping is allowed or not', () => {
  it.each<[string, Partial<WhyFacts>, string]>([
    ['nothing is held', {}, 'May sleep here. The program is sleepable (fentry.s) and nothing that is held forbids it.'],
    ['a plain reference', { harmless: [{ title: 'task', id: 2 }] }, 'May sleep here. Task #2 is held, which forbids nothing; it must be given back before exit.'],
    ['a program that is not sleepable', { ownSleepable: false, section: 'tc' }, 'Must not sleep here. SEC("tc") programs are never sleepable.'],
    ['one that could be made sleepable', { ownSleepable: false, section: 'fentry', sleepableSection: 'fentry.s' }, 'Must not sleep here. This is fentry; only fentry.s programs may sleep.'],
    ['a callback', { ownSleepable: false, where: 'callback' }, 'Must not sleep here. This callback never sleeps, whatever the program is.'],
    ['one region', { causes: [rcu()], until: [{ insn: 16, source: line(24) }] }, 'Must not sleep here. The RCU read section entered at 42 (line 21) is still open; it is left at 16 (line 24).'],
    [
      'a nested region',
      { causes: [rcu({ takenAt: 4, source: line(12) })], ended: [{ object: null, takenAt: 9, takenSource: line(15), at: 20, source: line(22) }] },
      'Must not sleep here. RCU read section was entered twice, at 4 (line 12) and 9 (line 15), and left once, at 20 (line 22).',
    ],
    ['a region entered twice and never left', { causes: [rcu({ takenAt: 4, source: line(12) }), rcu({ takenAt: 9, source: line(15) })] }, 'Must not sleep here. RCU read section was entered twice, at 4 (line 12) and 9 (line 15).'],
    ['two causes', { causes: [cause({}), rcu()] }, 'Must not sleep here. Two things held here forbid it: the VMA taken at 8 (line 18) and the RCU read section entered at 42 (line 21).'],
    ['only faults', { causes: [cause({ object: 'it', forbidsSleep: false })] }, 'May sleep here, but must not fault. The VMA of it taken at 8 (line 18) forbids faults; a call that sleeps without touching user memory is allowed.'],
    [
      'the inner one given back, the outer one held',
      { causes: [cause({ object: 'outer', source: line(42) })], ended: [{ object: 'inner', takenAt: 18, takenSource: line(44), at: 23, source: null }], until: [{ insn: 42, source: line(57) }] },
      'Must not sleep here. The VMA of outer, taken at 8 (line 42), is still held; giving back that of inner at 23 ended only the inner one. Sleeping is allowed again after 42 (line 57).',
    ],
    ['a lock', { causes: [cause({ title: 'lock', kind: 'lock', takenAt: 12, source: line(30), forbidsCall: true })], until: [{ insn: 19, source: line(34) }] }, 'Must not sleep here, and must not call. The lock taken at 12 (line 30) allows only a few calls until it is given back at 19 (line 34).'],
    ['IRQs', { causes: [cause({ title: 'IRQs off', kind: 'irq', region: true, flags: true, takenAt: 7, source: line(14) })], until: [{ insn: 15, source: line(19) }] }, 'Must not sleep here. IRQs are off since 7 (line 14); the flags saved there are restored at 15 (line 19).'],
  ])('%s', (_, given, want) => expect(said(given)).toBe(want));
});

describe('names from C', () => {
  it('are the variable whose address a call is given first', () => {
    expect(addressedVariable('\tif (bpf_iter_task_vma_new(&outer, task, 0))', 'bpf_iter_task_vma_new')).toBe('outer');
  });
  it('are not guessed', () => {
    expect(addressedVariable('bpf_for_each(task_vma, vma, task, 0) {', 'bpf_iter_task_vma_new')).toBeNull();
    expect(addressedVariable('my_bpf_iter_new(&x)', 'bpf_iter_new')).toBeNull();
    expect(addressedVariable('f(&s->field)', 'f')).toBeNull();
    expect(addressedVariable('anything(&x)', 'helper 7')).toBeNull();
  });
});
