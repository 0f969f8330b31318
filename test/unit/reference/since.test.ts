// SPDX-License-Identifier: GPL-2.0-only
/** Which kernels have what a section name stands for, and fields, as their own types say. */
import { expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { memberByPath } from '../../../src/btf/util';
import { DEFAULT_POLICY } from '../../../src/policy';
import type { SinceAnswer, SinceKernel, SinceSubject } from '../../../src/protocol/since';
import { choiceOf, kernelOf } from '../../support/kernel';
import { engineWith } from '../../support/verify';

const engine = engineWith();
const kernel = choiceOf();

async function since(...subjects: SinceSubject[]): Promise<SinceAnswer['subjects']> {
  const answer = await engine.reference({ question: { ask: 'since', subjects }, policy: DEFAULT_POLICY.id, kernel, overlays: [] });
  return answer.ask === 'since' ? answer.subjects : [];
}

const inKernels = (kernels: readonly SinceKernel[]): string =>
  kernels
    .filter((k) => k.has)
    .map((k) => k.series)
    .join(' ');

it.each([
  ['tc', '6.1 6.12 6.18 7.3'],
  ['fentry/vfs_read', '6.1 6.12 6.18 7.3'],
  // attach types
  ['fsession/vfs_read', '7.3'],
  ['uprobe.multi', '6.12 6.18 7.3'],
  ['tcx/ingress', '6.12 6.18 7.3'],
  // targets
  ['fentry/page_add_new_anon_rmap', '6.1'],
  ['fentry/no_such_function_at_all', ''],
  ['tp_btf/sched_switch', '6.1 6.12 6.18 7.3'],
])('%s is in: %s', async (section, expected) => {
  const [kernels] = await since({ what: 'section', section });
  expect(inKernels(kernels!)).toBe(expected);
});

it('says nothing of a name that libbpf does not know, and keeps the order of what is asked', async () => {
  const [known, own] = await since({ what: 'section', section: 'tc' }, { what: 'section', section: 'mine/own' });
  expect([known?.length, own]).toEqual([4, null]);
});

it.each([
  ['struct task_struct.pid', 'struct', 'task_struct', ['pid'], '6.1 6.12 6.18 7.3'],
  ['struct kernfs_node.parent', 'struct', 'kernfs_node', ['parent'], '6.1 6.12'],
  ['struct kernfs_node.__parent', 'struct', 'kernfs_node', ['__parent'], '6.18 7.3'],
  ['the type of a flavor', 'struct', 'kernfs_node___before', ['parent'], '6.1 6.12'],
  ['a member of an inner struct', 'struct', 'task_struct', ['se', 'vruntime'], '6.1 6.12 6.18 7.3'],
  // an array of counters since 6.2
  ['a member of what became an array', 'struct', 'mm_struct', ['rss_stat', 'count'], '6.1'],
  ['an element of an array', 'struct', 'mm_struct', ['rss_stat', 1, 'count'], '6.12 6.18 7.3'],
  ['an element that no array has', 'struct', 'mm_struct', ['rss_stat', 99, 'count'], ''],
  ['another kind of type', 'union', 'task_struct', ['pid'], ''],
  ['a type of a module', 'struct', 'nf_conn', ['mark'], '6.1 6.12 6.18 7.3'],
] as const)('%s', async (_, keyword, type, path, expected) => {
  const [kernels] = await since({ what: 'field', field: { keyword, type, path } });
  expect(inKernels(kernels!)).toBe(expected);
});

it('says where a field is and what it is in each kernel', async () => {
  const [kernels] = await since({ what: 'field', field: { keyword: 'struct', type: 'mm_struct', path: ['rss_stat'] } });
  expect(kernels!.map(({ field }) => field!.type)).toEqual(['struct mm_rss_stat', ...Array<string>(3).fill('struct percpu_counter[4]')]);
  const { btf } = kernelOf('6.12.118').profile;
  const { bitOffset } = memberByPath(btf, btf.findByNameKind('mm_struct', Kind.STRUCT), 'rss_stat')!;
  expect(kernels![1]!.field!.bitOffset).toBe(bitOffset);
});
