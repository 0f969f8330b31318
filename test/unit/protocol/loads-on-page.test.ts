// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import {
  insteadOf,
  lineOf,
  type LoadsOnCell,
  type LoadsOnProgram,
  type LoadsOnReply,
  type MissingThing,
} from '../../../src/protocol/loads-on';
import {
  cellLabel,
  cellText,
  lackWords,
  matches,
  nextSort,
  parseFromLoadsOn,
  parseLoadsOnKept,
  shareOf,
  sortedRows,
  sortWords,
  sumsText,
  tableOf,
} from '../../../src/protocol/loads-on-page';

const EMPTY = { processed: 0, word: '', reason: '', missing: null, insn: null, source: null } as const;
const loads = (processed: number): LoadsOnCell => ({ ...EMPTY, kind: 'loads', processed });
const noKfunc: LoadsOnCell = {
  ...EMPTY,
  kind: 'missing',
  word: 'no kfunc',
  reason: 'the kernel has no kfunc bpf_task_from_pid',
  missing: { what: 'kfunc', name: 'bpf_task_from_pid' },
  source: { file: 'a.bpf.c', line: 7, column: 3, text: '' },
};
const refused: LoadsOnCell = { ...EMPTY, kind: 'rejected', processed: 9, word: 'rule', reason: 'it sleeps in an RCU section' };
const kernels = ['6.1.192', '6.12.118', '7.3.4'].map((version, asked) => ({ version, series: version.replace(/\.\d+$/, ''), asked }));

const program = (name: string, cells: readonly LoadsOnCell[], difference: LoadsOnProgram['difference'] = null): LoadsOnProgram => ({
  program: name,
  section: 'tc',
  cells,
  difference,
  definition: { file: 'a.bpf.c', line: 1, column: 1, text: '' },
});
const came = { older: 0, newer: 1, text: 'the kfunc bpf_task_from_pid came between 6.1 and 6.12', instead: 'guard it', feature: null };
const reply: LoadsOnReply = {
  kernels,
  error: null,
  programs: [
    program('same', [loads(5), loads(5), loads(5)]),
    program('numbers', [loads(5), loads(6), loads(6)]),
    program('only_old', [loads(5), loads(5), refused]),
    program('middle', [loads(5), refused, loads(5)]),
    program('new_only', [noKfunc, loads(16), loads(16)], came),
  ],
};
const table = tableOf([{ uri: 'file:///a.bpf.c', file: 'a.bpf.c', reply }], '7.3.4');

describe('the table of programs and kernels', () => {
  it('has what does not load on the floor first, then on the default kernel, then elsewhere, then other numbers, then the same', () => {
    expect(table.rows.map((r) => r.program)).toEqual(['new_only', 'only_old', 'middle', 'numbers', 'same']);
  });
  it('names floor and default, and counts what loads on each', () => {
    expect(table.columns.map(({ series, floor, own, loads: n }) => [series, floor, own, n])).toEqual([
      ['6.1', true, false, 4],
      ['6.12', false, false, 4],
      ['7.3', false, true, 4],
    ]);
    expect(sumsText(table)).toBe('5 programs: 4 load on 6.1, 4 on 6.12, 4 on 7.3');
  });
  it('places a difference where the thing that is missing is used, and says what to use instead', () => {
    const [row] = table.rows;
    expect(row).toMatchObject({ first: came.text, instead: 'guard it', place: { line: 7 } });
  });
  it('tells a cell apart without colours: by its text, and in a sentence for a screen reader', () => {
    const label = (cell: LoadsOnCell): string => cellLabel({ program: 'sum' }, { series: '6.12' }, cell);
    expect([loads(1234), noKfunc, refused].map(cellText)).toEqual(['1,234', 'no kfunc', 'rule']);
    expect([loads(1234), noKfunc, refused].map(label)).toEqual([
      'sum on 6.12: loads, 1,234 instructions processed',
      'sum on 6.12: does not load, the kernel has no kfunc bpf_task_from_pid',
      'sum on 6.12: rejected, it sleeps in an RCU section',
    ]);
  });
  it('tells the share of the limit of a million of what loads only', () => {
    expect([loads(612_880), loads(2_000_000), refused].map(shareOf)).toEqual([0.61288, 1, 0]);
  });
  it('is filtered by names, kfuncs and reasons', () => {
    const found = (text: string): string[] => table.rows.filter((r) => matches(r, text)).map((r) => r.program);
    expect(found('task_from')).toEqual(['new_only']);
    expect(found(' RCU ')).toEqual(['only_old', 'middle']);
    expect(found('')).toHaveLength(5);
  });
  it('is empty while nothing was found', () => {
    expect(tableOf([], '7.3.4')).toEqual({ columns: [], rows: [] });
  });
});

describe('the line over a program', () => {
  const line = (name: string): ReturnType<typeof lineOf> =>
    lineOf(
      reply.programs.find((p) => p.program === name)!,
      kernels,
    );
  it('names the range where all load, else the kernels and one reason', () => {
    expect(line('same')).toEqual({ loads: '6.1 to 7.3', not: '' });
    expect(line('new_only')).toEqual({ loads: '6.12 7.3', not: '6.1: no bpf_task_from_pid' });
    expect(line('only_old')).toEqual({ loads: '6.1 6.12', not: '7.3: rule' });
  });
});

describe('messages of the page', () => {
  it('are taken if they are well-formed', () => {
    expect(parseFromLoadsOn({ type: 'place', row: 2, column: -1 })).toEqual({ type: 'place', row: 2, column: -1 });
    expect(parseFromLoadsOn({ type: 'scope', scope: 'all' })).toEqual({ type: 'scope', scope: 'all' });
    expect(parseFromLoadsOn({ type: 'cancel', more: 1 })).toEqual({ type: 'cancel' });
  });
  it.each([
    null,
    'ready',
    {},
    { type: 'scope', scope: 'disk' },
    { type: 'place', row: 1.5, column: 0 },
    { type: 'compare', row: 0, column: -2 },
  ])('are left alone if not: %j', (raw) => {
    expect(parseFromLoadsOn(raw)).toBeNull();
  });
});

describe('what to use instead', () => {
  const on = (...cells: LoadsOnCell[]) => ({ cells });
  const lacks = (what: MissingThing['what'], name: string): LoadsOnCell => ({ ...noKfunc, missing: { what, name } });
  it.each([
    [
      'field',
      'struct',
      'kernfs_node',
      ['__parent'],
      'read it only if bpf_core_field_exists(struct kernfs_node, __parent), or a second flavour of the struct',
    ],
    [
      'field',
      'typedef',
      'atomic_t',
      ['counter'],
      'read it only if bpf_core_field_exists(atomic_t, counter), or a second flavour of the struct',
    ],
    ['value', 'enum', 'bpf_cmd', ['BPF_TOKEN_CREATE'], 'use it only if bpf_core_enum_value_exists(enum bpf_cmd, BPF_TOKEN_CREATE)'],
    ['type', 'union', 'bpf_iter_link_info', [], 'use it only if bpf_core_type_exists(union bpf_iter_link_info)'],
  ] as const)('is a guard that names the %s as C does: %s %s', (what, keyword, type, path, guard) => {
    const cell: LoadsOnCell = { ...noKfunc, missing: { what, name: `${type} of the program`, of: { keyword, type, path } } };
    expect(insteadOf(cell.missing!, on(cell, cell, loads(1)), kernels)).toBe(guard);
  });
  it('is none before or since a kernel where nothing can be asked', () => {
    const ops = lacks('struct_ops', 'Qdisc_ops');
    expect(insteadOf(ops.missing!, on(ops, ops, loads(1)), kernels)).toBe('none before 7.3');
    expect(insteadOf(ops.missing!, on(loads(1), ops, ops), kernels)).toBe('none since 6.12');
    expect(insteadOf(ops.missing!, on(ops, ops, ops), kernels)).toBe('none on 6.1, 6.12, 7.3');
  });
});

describe('what a cell lacks', () => {
  it('is told with since when, and what to use instead', () => {
    const row = { cells: [noKfunc, loads(1), loads(1)] };
    expect(lackWords(row, kernels, noKfunc)).toMatch(
      /^the kfunc \w+ came between 6\.1 and 6\.12\. Instead: declare \w+ __weak and call it only if /,
    );
    expect(lackWords(row, kernels, loads(1))).toBe('');
  });
});

describe('an order that a person chooses', () => {
  const names = (sort: Parameters<typeof sortedRows>[1]): string[] => sortedRows(table.rows, sort).map((i) => table.rows[i]!.program);
  it('is by program, by what loads on a kernel, or by the first difference; both ways, then as it was', () => {
    const up = nextSort(null, 1)!;
    expect(names(up)).toEqual(['only_old', 'same', 'numbers', 'new_only', 'middle']);
    const down = nextSort(up, 1)!;
    expect(names(down)).toEqual(['middle', 'new_only', 'numbers', 'only_old', 'same']);
    expect(nextSort(down, 1)).toBeNull();
    expect(names(null)).toEqual(table.rows.map((r) => r.program));
    expect(names(nextSort(down, -1))).toEqual(['middle', 'new_only', 'numbers', 'only_old', 'same']);
    expect(names({ column: 3, descending: true })[0]).toBe('new_only');
  });
  it('is told in words', () => {
    expect(sortWords({ column: 1, descending: true }, table.columns)).toBe('Sorted by 6.12: what does not load first');
    expect(sortWords({ column: -1, descending: false }, table.columns)).toBe('Sorted by program');
    expect(sortWords(null, table.columns)).toBe('Most different first');
  });
  it('is kept with filter and file, as far as what is read back is well-formed', () => {
    const kept = { uri: 'file:///a.bpf.c', folder: 'file:///b', sort: { column: 2, descending: true }, differences: true, wanted: 'rcu' };
    expect(parseLoadsOnKept(kept)).toEqual(kept);
    expect(parseLoadsOnKept({ uri: 3, sort: { column: -2, descending: true }, differences: 'yes' })).toEqual({
      uri: '',
      folder: '',
      sort: null,
      differences: false,
      wanted: '',
    });
    expect(parseLoadsOnKept(undefined).sort).toBeNull();
  });
});
