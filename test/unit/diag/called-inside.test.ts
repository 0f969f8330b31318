// SPDX-License-Identifier: GPL-2.0-only
/** A call that a held thing forbids names what is held. Source: test/answers/global_in_preempt.bpf.c. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { kernelFolder } from '../../../src/analysis/kernel-folder';
import { plain } from '../../../src/protocol/explanation-text';
import { resultOf } from '../../support/verify';

const ROOT = path.join(import.meta.dirname, '../../..');

it('advises to call a global function after the preempt-off section is left, not after a lock is released', () => {
  const { programs } = resultOf('global_in_preempt.bpf.o', readFileSync(path.join(ROOT, 'test/answers/global_in_preempt.bpf.o')), {
    kernel: { bundle: kernelFolder(ROOT, '6.12'), btf: '' },
    explain: true,
  });
  const { summary, detail, suggestion, cause } = programs[0]!.explanation!;
  expect([summary, detail, suggestion, cause[0]?.text].map((text) => plain(text ?? ''))).toEqual([
    'slow_path() is called inside the preemption-off section',
    'Only a few functions may be called inside the preemption-off section entered at line 17; slow_path() is not one of them.',
    'Make slow_path static, or call it after the preemption-off section is left.',
    'bpf_preempt_disable enters the preemption-off section',
  ]);
});
