// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { type FieldAnswer, fieldsHover, fieldsOf } from '../../../src/extension/field-hover';
import type { FieldUse, SinceKernel } from '../../../src/protocol/since';
import { insn } from '../webview/graph';

const field = (...path: string[]): FieldUse => ({ keyword: 'struct', type: 'task_struct', path, offset: 0, core: true });
const kernels = (...has: boolean[]): SinceKernel[] =>
  has.map((h, i) => ({ series: ['6.1', '7.3'][i]!, has: h, ...(h ? { field: { bitOffset: 0, type: 'int' } } : {}) }));
const all = (path: string): FieldAnswer => ({ use: field(path), kernels: kernels(true, true) });
const came = (path: string): FieldAnswer => ({ use: field(path), kernels: kernels(false, true) });

it('says of each field that differs how, and names the others together', () => {
  expect(fieldsHover([all('pid'), came('scx'), all('tgid')])).toEqual([
    'Of the known kernels: `task_struct.scx` came between 6.1 and 7.3. `bpf_core_field_exists(struct task_struct, scx)` asks for it.  \n' +
      '`task_struct.pid`, `task_struct.tgid` are in all of 6.1, 7.3.',
  ]);
  expect(fieldsHover([all('pid')])).toEqual(['Of the known kernels: `task_struct.pid` is in all of 6.1, 7.3.']);
  expect(fieldsHover([])).toEqual([]);
});

it('stays short', () => {
  const [text] = fieldsHover(['a', 'b', 'c', 'd', 'e', 'f'].map(came));
  expect(text!.split('\n')).toHaveLength(5);
  expect(text).toMatch(/2 more fields differ between the known kernels\.$/);
});

it('asks about each field of a line once', () => {
  const insns = [field('pid'), field('tgid'), field('pid')].map((f, i) => ({ ...insn(i, 'r0 = 0'), field: f }));
  expect(fieldsOf([...insns, insn(9, 'r0 = 0')])).toEqual([field('pid'), field('tgid')]);
});
