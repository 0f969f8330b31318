// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { callHover, paramName, prototype, sectionHover } from '../../../src/extension/call-hover';
import { commandLink } from '../../../src/extension/markdown';
import { callAround, NOWHERE, programPlace, typedSection } from '../../../src/extension/program-place';
import { rejectionHover } from '../../../src/extension/rejection-hover';
import type { CallFacts } from '../../../src/protocol/reference';
import { RESULT } from '../webview/graph';

const FACTS: CallFacts = {
  name: 'bpf_d_path',
  kind: 'helper',
  number: 147,
  module: null,
  returns: 'long',
  params: [{ text: 'const struct path *path', means: 'pointer to `struct path`' }],
  summary: 'Copies the full path.',
  effects: [],
  flags: [],
  sleeps: 'no',
  places: [
    { allowed: false, here: true, text: '`fentry/vfs_read`: not on its list of attach points' },
    { allowed: true, here: false, text: '`lsm`: hooks that may sleep' },
  ],
  since: { first: '6.12', notIn: '6.1' },
  link: 'https://example.org/',
};

describe('the hover of a section name', () => {
  const section = { name: 'fsession/vfs_read', takesTarget: false, progType: 'tracing', sleepable: false, text: 'never sleeps' };
  const on = (...has: boolean[]) => ['6.1', '6.12', '7.3'].map((series, i) => ({ series, has: has[i]! }));
  it('says which of the known kernels have it', () => {
    expect(sectionHover(section, on(false, false, true))).toBe(
      '`SEC("fsession/vfs_read")`: a `tracing` program that never sleeps. Of the known kernels it came between 6.12 and 7.3.',
    );
    expect(sectionHover(section, on(true, true, true))).toContain('it is in all of 6.1, 6.12, 7.3.');
    expect(sectionHover(section, null)).not.toContain('kernels');
  });
});

describe('the hover of a call', () => {
  it('has prototype, words, arguments, places and since when', () => {
    const text = callHover(FACTS);
    expect(text).toContain('**`bpf_d_path()`** helper 147');
    expect(text).toContain('long bpf_d_path(const struct path *path)');
    expect(text).toContain('- `path`: pointer to `struct path`');
    expect(text).toContain('**May not be called here:** `fentry/vfs_read`: not on its list of attach points');
    expect(text).toContain('May be called in: `lsm`: hooks that may sleep');
    expect(text).toContain('New after Linux 6.1: 6.12 has it.');
  });

  it('breaks long prototypes and finds names of parameters', () => {
    expect(
      prototype({
        ...FACTS,
        params: Array.from({ length: 4 }, (_, i) => ({ text: `const struct something_long *argument${i}`, means: '' })),
      }),
    ).toMatch(/\(\n {4}const/);
    expect(['void *dst', 'int (*callback_fn)(void *, int *)', 'struct path *path', 'u32 size'].map(paramName)).toEqual([
      'dst',
      'callback_fn',
      'path',
      'size',
    ]);
  });
});

describe('the hover of a rejection', () => {
  it('has headline, code, message, steps and what makes it right, with everything from files escaped', () => {
    const text = rejectionHover(
      {
        ...RESULT,
        verdict: 'reject',
        insn: 14,
        message: ['Unreleased reference id=2'],
        explanation: {
          code: 'reference-leak',
          category: 'Resource Lifetime Safety',
          summary: 'Task `p` is not released [on one](command:evil) branch',
          detail: '',
          refused: { insn: 14, source: null },
          cause: [
            {
              event: 'taken',
              insn: 2,
              source: { file: 'a.bpf.c', line: 19, column: 1, text: '' },
              variable: '`p`',
              text: '`bpf_task_from_pid()` takes the task',
              guilty: false,
            },
            { event: 'branch', insn: 9, source: null, variable: null, text: 'this branch skips the release', guilty: true },
          ],
          suggestion: 'Release `p` before the return.',
          fixes: [],
        },
      },
      { place: (e) => `[${e.insn}]`, page: (code) => `<${code}>` },
    );
    expect(text).toContain('**Task `p` is not released \\[on one\\](command:evil) branch** · <reference-leak>');
    expect(text).toContain('1. [2] `bpf_task_from_pid()` takes the task · 2');
    expect(text).toContain('2. [9] **this branch skips the release** · 9');
    expect(text).toContain('**To make it right**\n\nRelease `p` before the return.');
    expect(text.indexOf('Unreleased reference')).toBeGreaterThan(text.indexOf('reference-leak'));
  });
});

describe('links', () => {
  it('keep their argument whole', () => {
    expect(commandLink('t', 'bpfContext.x', { a: 'b)' })).toBe('[t](command:bpfContext.x?%5B%7B%22a%22%3A%22b%29%22%7D%5D)');
  });
});

describe('the program around a line', () => {
  const lines = [
    'struct { int a; } m SEC(".maps");', // 0
    'static int helper(void)', // 1
    '{', // 2
    '\treturn bpf_get_prandom_u32();', // 3
    '}', // 4
    'SEC("fentry/vfs_read")', // 5
    'int BPF_PROG(on_read, struct file *f)', // 6
    '{', // 7
    '\treturn 0;', // 8
    '}', // 9
    'SEC("struct_ops/enq")', // 10
    'void BPF_PROG(enq, struct task_struct *p, u64 flags)', // 11
    '{', // 12
    '}', // 13
    'SEC(".struct_ops.link")', // 14
    'struct sched_ext_ops ops = {', // 15
    '\t.enqueue = (void *)enq,', // 16
    '};', // 17
  ];

  it('is read from the text', () => {
    expect(programPlace(lines, 3)).toEqual(NOWHERE);
    expect(programPlace(lines, 8)).toEqual({ section: 'fentry/vfs_read', structOps: null });
    expect(programPlace(lines, 12)).toEqual({ section: 'struct_ops/enq', structOps: { type: 'sched_ext_ops', member: 'enqueue' } });
    expect(programPlace(lines, 16)).toEqual(NOWHERE);
    expect(
      programPlace(
        ['void BPF_STRUCT_OPS_SLEEPABLE(my_init)', '{', '', '}', 'struct sched_ext_ops o = {', '.init = (void *)my_init,', '};'],
        2,
      ),
    ).toEqual({
      section: 'struct_ops.s/my_init',
      structOps: { type: 'sched_ext_ops', member: 'init' },
    });
  });

  it('finds unfinished sections and calls', () => {
    expect(typedSection('SEC("fentry/vf')).toBe('fentry/vf');
    expect(typedSection('SEC("fentry/vf")')).toBeNull();
    expect(callAround('x = bpf_copy_from_user(buf, sizeof(buf), ')).toEqual({ name: 'bpf_copy_from_user', argument: 2 });
    expect(callAround('x = bpf_copy_from_user(buf, sizeof(')).toEqual({ name: 'sizeof', argument: 0 });
    expect(callAround('foo(1); bar')).toBeNull();
  });
});
