// SPDX-License-Identifier: GPL-2.0-only
/** What a kernel offers, asked as hovers and completion ask it. */
import { describe, expect, it } from 'vitest';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { FORBID_FAULT } from '../../../src/policy/forbid';
import { applyOverlay } from '../../../src/policy/overlay';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import type { CallFacts, ProgramPlace, SectionOffer } from '../../../src/protocol/reference';
import { Reference } from '../../../src/reference';
import words from '../../../src/reference/data/words.json';
import { shippedKernel } from '../kernel/shipped';

const reference = new Reference(shippedKernel(), LINUX_7_3);
const at = (section: string, structOps: ProgramPlace['structOps'] = null): ProgramPlace => ({ section, structOps });
const NOWHERE = at('');
const call = (name: string, place = NOWHERE): CallFacts => {
  const facts = reference.call(name, place);
  if (facts === null) throw new Error(`nothing is known of ${name}`);
  return facts;
};
const where = (facts: CallFacts): string[] => facts.places.map((p) => `${p.here ? 'here ' : ''}${p.allowed ? 'yes' : 'no'}: ${p.text}`);

describe('who may make a call', () => {
  it('names the attach points of a helper with a list of its own, nearest first, and says why not here', () => {
    expect(where(call('bpf_d_path', at('fentry/vfs_read')))).toEqual([
      'here no: `fentry/vfs_read`: not on its list of attach points',
      'yes: `tracing`: `iter`, `iter.s`, `vfs_truncate`, `vfs_fallocate`, `vfs_getattr`, …6 more',
      'yes: `lsm`: hooks that may sleep',
    ]);
    expect(where(call('bpf_d_path', at('fentry/filp_close')))[0]).toBe('here yes: `fentry/filp_close`');
    expect(where(call('bpf_d_path', at('lsm/file_open')))[0]).toBe('here yes: `lsm/file_open`');
  });

  it('asks for a sleepable program where a call may sleep', () => {
    expect(where(call('bpf_copy_from_user', at('xdp')))).toEqual([
      'here no: `xdp`: it may sleep, and this program must not',
      'yes: `syscall`',
      'yes: sleepable programs: `kprobe`, `tracepoint`, `raw_tracepoint`, `tracing`, `lsm`, `struct_ops`',
    ]);
    expect(where(call('bpf_copy_from_user', at('fentry.s/__x64_sys_getpid')))[0]).toMatch(/^here yes/);
  });

  it('knows the operations of sched_ext', () => {
    const enqueue = at('struct_ops/enq', { type: 'sched_ext_ops', member: 'enqueue' });
    expect(where(call('scx_bpf_dsq_move_to_local', enqueue))).toEqual([
      'here no: `struct_ops/enq (sched_ext_ops.enqueue)`: not for this program',
      'yes: `struct_ops`: `sched_ext_ops` (`dispatch`), `sched_ext_ops_cid` (`dispatch`, `sub_ecaps_updated`)',
    ]);
    expect(where(call('scx_bpf_create_dsq')).join('\n')).toMatch(/`struct_ops`, sleepable: `sched_ext_ops` \(`init_task`/);
  });

  it('says nothing of a place that it does not know', () => {
    expect(call('bpf_task_from_pid', at('nonsense')).places.some((p) => p.here)).toBe(false);
    expect(where(call('bpf_task_from_pid', at('kprobe/x')))[0]).toBe('here no: `kprobe/x`: not for this program');
    expect(where(call('bpf_map_lookup_elem'))).toEqual(['yes: every program type but `lirc_mode2`']);
    expect(where(call('bpf_rcu_read_lock'))).toEqual(['yes: every program type']);
  });
});

describe('what a call does', () => {
  it('comes from prototype, flags and policy', () => {
    expect(call('bpf_task_from_pid').effects).toEqual([
      'acquires a reference to `struct task_struct`; release it with `bpf_task_release()`',
      'may return NULL',
    ]);
    expect(call('bpf_ringbuf_reserve').effects[0]).toContain('release it with `bpf_ringbuf_submit()` or `bpf_ringbuf_discard()`');
    expect(call('bpf_sk_lookup_tcp').effects[0]).toContain('release it with `bpf_sk_release()`');
    expect(call('bpf_skb_pull_data').effects).toEqual(['invalidates all packet pointers']);
    expect(call('bpf_xdp_pull_data').effects).toContain('invalidates all packet pointers');
    expect(call('bpf_rcu_read_lock').effects[0]).toMatch(/^enters the RCU read section, which forbids page faults, sleeping/);
    expect(call('bpf_timer_set_callback').effects).toContain('its callback runs later in an interrupt, and must not sleep');
    expect(call('bpf_copy_from_user').sleeps).toBe('fault');
    expect(call('bpf_get_dentry_xattr').sleeps).toBe('sleep');
  });

  it('follows the policy', () => {
    expect(call('bpf_iter_task_vma_next').effects.join('\n')).not.toContain('acquires');
    const changed = applyOverlay(shippedKernel(), FORBID_FAULT.annotations, FORBID_FAULT.id);
    const under = new Reference(changed, FORBID_FAULT);
    expect(under.call('bpf_iter_task_vma_next', NOWHERE)!.effects[0]).toBe(
      'acquires a reference to `struct vm_area_struct`, which forbids page faults, sleeping; release it with `bpf_iter_task_vma_release()`',
    );
  });

  it('has prototypes and what is wanted of each argument', () => {
    expect(call('bpf_copy_from_user')).toMatchObject({ number: 148, returns: 'long', flags: ['might_sleep'] });
    expect(call('bpf_copy_from_user').params[0]).toEqual({
      text: 'void *dst',
      means: 'memory that the call fills; it need not be initialised',
    });
    expect(call('bpf_iter_num_new').params.map((p) => p.text)).toEqual(['struct bpf_iter_num *it', 'int start', 'int end']);
    expect(call('bpf_sk_storage_get').params[2]).toEqual({ text: 'void *value', means: 'pointer to a value of the map, or NULL' });
  });

  it('knows since which kernel it exists, as far as kernels were looked at', () => {
    expect(call('bpf_map_lookup_elem').since).toEqual({ first: '6.1', notIn: null });
    expect(call('bpf_task_from_pid').since).toEqual({ first: '6.12', notIn: '6.1' });
    expect(call('bpf_res_spin_lock').since).toEqual({ first: '6.18', notIn: '6.12' });
  });

  it('is told in words for every helper, and for no function that the kernel lacks', () => {
    const kfuncs = new Set(Object.values(KERNEL_TABLES.kfuncs).flatMap((set) => Object.keys(set)));
    const helpers = KERNEL_TABLES.helpers.slice(1);
    expect(helpers.filter((name) => !Object.hasOwn(words, name))).toEqual([]);
    expect(Object.keys(words).filter((name) => !helpers.includes(name) && !kfuncs.has(name))).toEqual([]);
    for (const name of helpers) expect(reference.call(name, NOWHERE)?.places.length ?? 1, name).toBeGreaterThan(0);
  });

  it('knows nothing of a function of the program', () => {
    expect(reference.call('my_function', NOWHERE)).toBeNull();
    expect(reference.call('constructor', NOWHERE)).toBeNull();
  });
});

describe('completion', () => {
  const sections = (typed: string): readonly SectionOffer[] => {
    const answer = reference.answer({ ask: 'sections', typed });
    return answer.ask === 'sections' ? answer.sections : [];
  };

  it('offers section names with the program type and whether it may sleep', () => {
    expect(sections('fen').map((s) => `${s.name} ${s.progType}: ${s.text}`)).toEqual([
      'fentry tracing: must not sleep; `fentry.s` may',
      'fentry.s tracing: may sleep, where the attach point allows it',
      'fentry.multi tracing: must not sleep; `fentry.multi.s` may',
      'fentry.multi.s tracing: may sleep, where the attach point allows it',
    ]);
    expect(sections('xdp')[0]?.text).toBe('can never sleep');
  });

  it('offers targets that the kernel has, and for .s only those that may sleep', () => {
    expect(sections('lsm.s/file_o').map((s) => s.name)).toEqual(['lsm.s/file_open']);
    expect(sections('fentry.s/vfs_read')).toEqual([]);
    expect(sections('fentry/vfs_read').map((s) => s.name)).toContain('fentry/vfs_read');
    expect(sections('fentry.s/__x64_sys_nanosl').map((s) => s.text)).toContain('may sleep');
    expect(sections('tp_btf.s/').map((s) => s.name)).toEqual(['tp_btf.s/sys_enter', 'tp_btf.s/sys_exit']);
    expect(sections('struct_ops/select').map((s) => s.name)).toContain('struct_ops/select_cpu');
    expect(sections('struct_ops.s/select_cpu')).toEqual([]);
    expect(sections('struct_ops.s/init_t').map((s) => `${s.name}: ${s.text}`)).toContain('struct_ops.s/init_task: may sleep');
    expect(sections('iter/task').map((s) => s.name)).toEqual(['iter/task', 'iter/task_file', 'iter/task_vma']);
  });

  it('offers kfuncs, first those that may be called at the place', () => {
    const enqueue = at('struct_ops/enq', { type: 'sched_ext_ops', member: 'enqueue' });
    const answer = reference.answer({ ask: 'calls', kind: 'kfunc', prefix: 'scx_bpf_dsq', at: enqueue });
    const calls = answer.ask === 'calls' ? answer.calls : [];
    expect(calls.find((c) => c.name === 'scx_bpf_dsq_insert')?.allowedHere).toBe(true);
    expect(calls.find((c) => c.name === 'scx_bpf_dsq_move_to_local')?.allowedHere).toBe(false);
    expect(calls.map((c) => c.allowedHere)).toEqual([...calls.map((c) => c.allowedHere)].sort((a, b) => Number(b) - Number(a)));
  });
});
