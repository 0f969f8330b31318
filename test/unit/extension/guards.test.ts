// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { guardFor } from '../../../src/extension/guards';
import type { MissingThing } from '../../../src/protocol/loads-on';

const kfunc: MissingThing = { what: 'kfunc', name: 'bpf_task_from_pid' };
const helper: MissingThing = { what: 'helper', name: 'bpf_get_attach_cookie' };
const field: MissingThing = {
  what: 'field',
  name: 'kernfs_node.__parent',
  of: { keyword: 'struct', type: 'kernfs_node', path: ['__parent'] },
};

/** The source with its guard; the line is the one that is marked with a comment. */
function guarded(text: string, thing: MissingThing): string | null {
  const line = text.split('\n').findIndex((l) => l.includes('/*here*/')) + 1;
  const guard = guardFor(text, line, thing);
  return guard === null ? null : [...guard.edits].reverse().reduce((t, e) => t.slice(0, e.from) + e.text + t.slice(e.to), text);
}

describe('the guard of a kfunc', () => {
  it('is a choice where its value is used, and makes the declaration weak', () => {
    expect(
      guarded('extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;\n\tp = bpf_task_from_pid(f(t)->pid); /*here*/\n', kfunc),
    ).toBe(
      'extern struct task_struct *bpf_task_from_pid(s32 pid) __weak __ksym;\n' +
        '\tp = (bpf_ksym_exists(bpf_task_from_pid) ? bpf_task_from_pid(f(t)->pid) : 0); /*here*/\n',
    );
  });
  it('is an if where it is called for itself, and leaves a weak declaration as it is', () => {
    const text = 'extern void bpf_preempt_disable(void) __weak __ksym;\n{\n\tbpf_preempt_disable(); /*here*/\n}';
    expect(guarded(text, { what: 'kfunc', name: 'bpf_preempt_disable' })).toBe(
      'extern void bpf_preempt_disable(void) __weak __ksym;\n{\n\tif (bpf_ksym_exists(bpf_preempt_disable))\n\t\tbpf_preempt_disable(); /*here*/\n}',
    );
  });
  it.each([
    ['it is asked about already', '\tif (bpf_ksym_exists(bpf_task_from_pid))\n\t\tp = bpf_task_from_pid(1); /*here*/'],
    ['there are two on the line', '\tp = bpf_task_from_pid(1), q = bpf_task_from_pid(2); /*here*/'],
    ['the call goes on in another line than it can be followed', '\tp = bpf_task_from_pid(x("("); /*here*/'],
    ['another function is called', '\tp = my_bpf_task_from_pid(1); /*here*/'],
  ])('is not offered where %s', (_, text) => {
    expect(guarded(text, kfunc)).toBeNull();
  });
  it('follows a call over several lines', () => {
    expect(guarded('\tp = bpf_task_from_pid( /*here*/\n\t\t1);', { ...kfunc })).toBeNull();
    expect(guarded('/*here*/ p = bpf_task_from_pid(\n\t1);', kfunc)).toBe(
      '/*here*/ p = (bpf_ksym_exists(bpf_task_from_pid) ? bpf_task_from_pid(\n\t1) : 0);',
    );
  });
});

describe('the guard of other things', () => {
  it('asks for the number of a helper', () => {
    expect(guarded('\treturn bpf_get_attach_cookie(ctx); /*here*/', helper)).toBe(
      '\treturn (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_attach_cookie) ? bpf_get_attach_cookie(ctx) : 0); /*here*/',
    );
  });
  it('asks for the field that BPF_CORE_READ reads last', () => {
    expect(guarded('\tn = BPF_CORE_READ(kn, __parent); /*here*/', field)).toBe(
      '\tn = (bpf_core_field_exists(struct kernfs_node, __parent) ? BPF_CORE_READ(kn, __parent) : 0); /*here*/',
    );
    expect(guarded('\tn = BPF_CORE_READ(kn, __parent, name); /*here*/', field)).toBeNull();
  });
  it('is not there for what no expression asks about', () => {
    expect(guarded('\tbpf_task_from_pid(1); /*here*/', { what: 'struct_ops', name: 'Qdisc_ops' })).toBeNull();
    const bits: MissingThing = {
      what: 'field',
      name: 'task_struct.cpus_mask.bits[0]',
      of: { keyword: 'struct', type: 'task_struct', path: ['cpus_mask', 'bits', 0] },
    };
    expect(guarded('\tBPF_CORE_READ(t, cpus_mask); /*here*/', bits)).toBeNull();
  });
});
