// SPDX-License-Identifier: GPL-2.0-only
/** Which kernels have what a section name stands for, as their own types say. */
import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/policy';
import { choiceOf } from '../../support/kernel';
import { engineWith } from '../../support/verify';

const engine = engineWith();
const kernel = choiceOf();

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
  const answer = await engine.reference({ question: { ask: 'since', section }, policy: DEFAULT_POLICY.id, kernel, overlays: [] });
  const kernels = answer.ask === 'since' ? answer.kernels! : [];
  expect(
    kernels
      .filter((k) => k.has)
      .map((k) => k.series)
      .join(' '),
  ).toBe(expected);
});

it('says nothing of a name that libbpf does not know', async () => {
  const answer = await engine.reference({
    question: { ask: 'since', section: 'mine/own' },
    policy: DEFAULT_POLICY.id,
    kernel,
    overlays: [],
  });
  expect(answer).toEqual({ ask: 'since', kernels: null });
});
