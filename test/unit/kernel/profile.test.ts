// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { KFUNC_FILTERS, KFUNC_HOOKS } from '../../../src/kernel/filters';
import { parseKfFlags } from '../../../src/kernel/flags';
import { HELPER_BEHAVIOUR, KFUNC_BEHAVIOUR } from '../../../src/kernel/behaviour';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { Kf } from '../../../src/kernel/profile';
import { ArgType, Flag, RegType, RetType } from '../../../src/kernel/types';
import { sourceFiles } from '../../support/sources';
import { caller, kfunc, shippedKernel } from './shipped';

const kernel = shippedKernel();
const helperId = (name: string): number => kernel.constantNamed(`BPF_FUNC_${name}`);
const protoName = (name: string, type: string, changes = {}): string | null =>
  kernel.helperProto(helperId(name), caller(kernel, type, changes))?.protoName ?? null;
const allowed = (name: string, type: string, changes = {}, module?: string): boolean =>
  kernel.kfuncAllowed(kfunc(kernel, name, module), caller(kernel, type, changes));
const attach = (name: string) => ({ expectedAttachType: kernel.constantNamed(name) });

describe('helper prototypes', () => {
  it('knows numbers and names', () => {
    expect(kernel.helperName(148)).toBe('bpf_copy_from_user');
    expect(kernel.helperName(1)).toBe('bpf_map_lookup_elem');
    expect(kernel.helperName(kernel.helperCount)).toBeUndefined();
  });

  it('keeps flags, types and sizes', () => {
    const copy = kernel.helperProto(148, caller(kernel, 'KPROBE'));
    expect(copy?.mightSleep).toBe(true);
    expect(copy?.args.map((a) => a.type)).toEqual([
      ArgType.PTR_TO_MEM | Flag.MEM_UNINIT | Flag.MEM_WRITE,
      ArgType.MEM_SIZE_OR_ZERO,
      ArgType.ANYTHING,
      ArgType.DONTCARE,
      ArgType.DONTCARE,
    ]);
    const lookup = kernel.helperProto(1, caller(kernel, 'XDP'));
    expect(lookup).toMatchObject({
      pktAccess: true,
      mightSleep: false,
      ret: RetType.PTR_TO_MAP_VALUE | Flag.PTR_MAYBE_NULL,
      behaviour: 'map_lookup_elem',
    });
    const xchg = kernel.anyHelperProto(helperId('kptr_xchg'));
    expect(xchg?.retBtfName).toBe('*');
    expect(xchg?.args[1]?.btfNames).toEqual(['*']);
    const syncookie = kernel.helperProto(helperId('tcp_raw_check_syncookie_ipv4'), caller(kernel, 'XDP'));
    expect(syncookie?.args.slice(0, 2).map((a) => a.size)).toEqual([20, 20]);
    expect(kernel.anyHelperProto(helperId('get_current_task_btf'))?.retBtfName).toBe('task_struct');
  });

  it('marks packet-changing helpers', () => {
    expect(kernel.anyHelperProto(44)?.changesPktData).toBe(true);
    expect(kernel.anyHelperProto(helperId('tail_call'))?.changesPktData).toBe(true);
    expect(kernel.anyHelperProto(1)?.changesPktData).toBe(false);
  });

  it('chooses by program type', () => {
    expect(protoName('xdp_adjust_head', 'XDP')).toBe('bpf_xdp_adjust_head_proto');
    expect(protoName('xdp_adjust_head', 'KPROBE')).toBeNull();
    expect(protoName('perf_event_output', 'SCHED_CLS')).toBe('bpf_skb_event_output_proto');
    expect(protoName('perf_event_output', 'KPROBE')).toBe('bpf_perf_event_output_proto');
    expect(protoName('skb_load_bytes', 'LWT_XMIT')).toBe('bpf_skb_load_bytes_proto');
    expect(protoName('skb_pull_data', 'LWT_SEG6LOCAL')).toBeNull();
    expect(protoName('override_return', 'KPROBE')).toBeNull();
  });

  it('chooses by attach type, sleepability and hook', () => {
    expect(protoName('bind', 'CGROUP_SOCK_ADDR', attach('BPF_CGROUP_INET4_CONNECT'))).toBe('bpf_bind_proto');
    expect(protoName('bind', 'CGROUP_SOCK_ADDR', attach('BPF_CGROUP_INET4_BIND'))).toBeNull();
    expect(protoName('get_stack', 'KPROBE', { sleepable: true })).toBe('bpf_get_stack_sleepable_proto');
    expect(protoName('get_stack', 'KPROBE')).toBe('bpf_get_stack_proto');
    expect(protoName('seq_printf', 'TRACING', attach('BPF_TRACE_ITER'))).toBe('bpf_seq_printf_proto');
    expect(protoName('seq_printf', 'TRACING', attach('BPF_TRACE_FENTRY'))).toBeNull();
    expect(protoName('setsockopt', 'TRACING', { ...attach('BPF_TRACE_ITER'), attachName: 'bpf_iter_tcp' })).toBe('bpf_sk_setsockopt_proto');
    expect(protoName('setsockopt', 'TRACING', { ...attach('BPF_TRACE_ITER'), attachName: 'bpf_iter__task' })).toBeNull();
    expect(protoName('setsockopt', 'LSM', { ...attach('BPF_LSM_CGROUP'), attachName: 'bpf_lsm_sock_graft' })).toBe(
      'bpf_sk_setsockopt_proto',
    );
    expect(protoName('setsockopt', 'LSM', { ...attach('BPF_LSM_CGROUP'), attachName: 'bpf_lsm_socket_post_create' })).toBe(
      'bpf_unlocked_sk_setsockopt_proto',
    );
    expect(protoName('get_func_ret', 'TRACING', attach('BPF_TRACE_FEXIT'))).toBe('bpf_get_func_ret_proto');
    expect(protoName('get_func_ret', 'TRACING', attach('BPF_TRACE_RAW_TP'))).toBeNull();
    expect(protoName('get_retval', 'CGROUP_SKB', attach('BPF_CGROUP_INET_EGRESS'))).toBeNull();
    expect(protoName('get_retval', 'CGROUP_DEVICE', attach('BPF_CGROUP_DEVICE'))).toBe('bpf_get_retval_proto');
  });

  it('asks the owner of a struct_ops program', () => {
    const ops = (type: string, member: string) => ({ structOps: { type, member } });
    expect(protoName('setsockopt', 'STRUCT_OPS', ops('tcp_congestion_ops', 'init'))).toBe('bpf_sk_setsockopt_nodelay_proto');
    expect(protoName('setsockopt', 'STRUCT_OPS', ops('tcp_congestion_ops', 'release'))).toBeNull();
    expect(protoName('map_lookup_elem', 'STRUCT_OPS', ops('sched_ext_ops', 'enqueue'))).toBe('bpf_map_lookup_elem_proto');
    expect(protoName('map_lookup_elem', 'STRUCT_OPS', ops('bpf_dummy_ops', 'test_1'))).toBeNull();
  });

  it('has three tiers of capabilities', () => {
    const none = { capBpf: false, capPerfmon: false, capNetAdmin: false, capSysAdmin: false };
    expect(protoName('map_lookup_elem', 'SOCKET_FILTER', none)).toBe('bpf_map_lookup_elem_proto');
    expect(protoName('spin_lock', 'SOCKET_FILTER', none)).toBeNull();
    expect(protoName('spin_lock', 'SOCKET_FILTER', { ...none, capBpf: true })).toBe('bpf_spin_lock_proto');
    expect(protoName('probe_read_kernel', 'SOCKET_FILTER', { ...none, capBpf: true })).toBeNull();
    expect(protoName('probe_read_kernel', 'SOCKET_FILTER', { ...none, capSysAdmin: true })).toBe('bpf_probe_read_kernel_proto');
  });

  it('can evaluate every helper for every program type', () => {
    for (const type of Object.keys(KERNEL_TABLES.progTypes)) {
      const c = caller(kernel, type.slice('BPF_PROG_TYPE_'.length));
      for (let id = 0; id < kernel.helperCount; id++) {
        const p = kernel.helperProto(id, c);
        if (p !== null && p.args.length !== 5) expect.fail(`${p.name} has ${p.args.length} arguments`);
      }
    }
  });
});

describe('kfuncs', () => {
  it('gives registered kfuncs their flags and tags', () => {
    expect(kfunc(kernel, 'bpf_rcu_read_lock')).toMatchObject({ registered: true, flags: 0, behaviour: null });
    expect(kfunc(kernel, 'bpf_task_acquire').flags).toBe(Kf.ACQUIRE | Kf.RCU | Kf.RET_NULL);
    expect(kfunc(kernel, 'bpf_iter_task_new').flags).toBe(Kf.ITER_NEW | Kf.RCU_PROTECTED);
    expect(kfunc(kernel, 'vfs_read')).toMatchObject({ registered: false, flags: 0, behaviour: null });
    expect(kernel.kfunc(kernel.btf, kernel.btf.findByNameKind('task_struct', Kind.STRUCT))).toBeNull();
  });

  it('allows by hook', () => {
    for (const type of ['XDP', 'KPROBE', 'SK_LOOKUP', 'LSM']) expect(allowed('bpf_rcu_read_lock', type)).toBe(true);
    expect(allowed('bpf_task_acquire', 'TRACING')).toBe(true);
    expect(allowed('bpf_task_acquire', 'LSM')).toBe(true);
    expect(allowed('bpf_task_acquire', 'KPROBE')).toBe(false);
    expect(allowed('bpf_xdp_pull_data', 'XDP')).toBe(true);
    expect(allowed('bpf_xdp_pull_data', 'SCHED_CLS')).toBe(false);
    expect(allowed('bpf_xdp_metadata_rx_hash', 'XDP')).toBe(true);
    expect(allowed('vfs_read', 'TRACING')).toBe(false);
  });

  it('applies the filters', () => {
    const scx = (member: string, type = 'sched_ext_ops') => ({ structOps: { type, member } });
    expect(allowed('scx_bpf_dsq_insert', 'STRUCT_OPS', scx('enqueue'))).toBe(true);
    expect(allowed('scx_bpf_dsq_insert', 'STRUCT_OPS', scx('tick'))).toBe(false);
    expect(allowed('scx_bpf_dsq_insert', 'STRUCT_OPS', scx('enqueue', 'tcp_congestion_ops'))).toBe(false);
    expect(allowed('scx_bpf_dsq_insert', 'TRACING')).toBe(false);
    expect(allowed('scx_bpf_create_dsq', 'SYSCALL')).toBe(true);
    expect(allowed('scx_bpf_kick_cpu', 'STRUCT_OPS', scx('select_cid', 'sched_ext_ops_cid'))).toBe(false);
    expect(allowed('scx_bpf_select_cpu_dfl', 'STRUCT_OPS', scx('select_cpu'))).toBe(true);
    expect(allowed('bpf_session_cookie', 'KPROBE', attach('BPF_TRACE_KPROBE_SESSION'))).toBe(true);
    expect(allowed('bpf_session_cookie', 'KPROBE', attach('BPF_TRACE_KPROBE_MULTI'))).toBe(false);
    expect(allowed('bpf_sock_destroy', 'TRACING', attach('BPF_TRACE_ITER'))).toBe(true);
    expect(allowed('bpf_sock_destroy', 'TRACING', attach('BPF_TRACE_FENTRY'))).toBe(false);
    expect(allowed('bpf_qdisc_skb_drop', 'STRUCT_OPS', { structOps: { type: 'Qdisc_ops', member: 'enqueue' } })).toBe(true);
    expect(allowed('bpf_qdisc_skb_drop', 'STRUCT_OPS', { structOps: { type: 'Qdisc_ops', member: 'dequeue' } })).toBe(false);
    expect(allowed('bpf_get_dentry_xattr', 'LSM')).toBe(true);
    expect(allowed('bpf_get_dentry_xattr', 'TRACING')).toBe(false);
    expect(allowed('bpf_ksock_send', 'LSM', { attachName: 'bpf_lsm_file_open' })).toBe(true);
    expect(allowed('bpf_ksock_send', 'LSM', { attachName: 'bpf_lsm_socket_sendmsg' })).toBe(false);
  });

  it('knows modules', () => {
    expect(kfunc(kernel, 'bpf_kfunc_call_test_acquire', 'bpf_testmod')).toMatchObject({
      registered: true,
      flags: Kf.ACQUIRE | Kf.RET_NULL,
    });
    expect(allowed('bpf_kfunc_call_test1', 'SCHED_CLS', {}, 'bpf_testmod')).toBe(true);
    expect(allowed('bpf_kfunc_call_test1', 'XDP', {}, 'bpf_testmod')).toBe(false);
    expect(allowed('bpf_ct_set_nat_info', 'XDP', {}, 'nf_nat')).toBe(true);
    // As the running kernel numbers it after relocation.
    expect(kfunc(kernel, 'bpf_kfunc_call_test1', 'bpf_testmod').id).toBe(127860);
  });

  it('registers each kfunc with the same flags everywhere', () => {
    const seen = new Map<string, number>();
    for (const [set, members] of Object.entries(KERNEL_TABLES.kfuncs)) {
      const row = KERNEL_TABLES.kfuncSets[set]!;
      if (row.hooks.includes('FMODRET')) continue;
      for (const [name, flags] of Object.entries(members)) {
        const bits = parseKfFlags(flags);
        const key = `${row.module ?? ''}:${name}`;
        expect(seen.get(key) ?? bits, key).toBe(bits);
        seen.set(key, bits);
      }
    }
    expect(seen.size).toBeGreaterThan(300);
  });

  it('has every filter and hook ported', () => {
    for (const row of Object.values(KERNEL_TABLES.kfuncSets)) {
      if (row.filter !== '') expect(KFUNC_FILTERS.has(row.filter), row.filter).toBe(true);
      for (const hook of row.hooks) expect(KFUNC_HOOKS[hook], hook).toBeDefined();
    }
  });
});

describe('behaviour tags', () => {
  /** Special for the rewriting after verification only, which this verifier does not do. */
  const REWRITTEN = [
    'bpf_arena_alloc_pages',
    'bpf_arena_free_pages',
    'bpf_iter_num_destroy',
    'bpf_iter_num_new',
    'bpf_iter_num_next',
    'bpf_remove_dentry_xattr',
    'bpf_set_dentry_xattr',
  ];
  it('cover the special kfuncs of the verifier', () => {
    const special = kernel.list('special_kfunc_list').filter((n) => n !== '');
    // those that open or close a region are the policy's
    const regions = LINUX_7_3.kfuncs.filter((r) => r.enters !== undefined || r.leaves !== undefined).map((r) => r.name);
    expect([...KFUNC_BEHAVIOUR.keys(), ...regions, ...REWRITTEN].sort()).toEqual([...special].sort());
  });
  it('name helpers that exist, each with its own tag', () => {
    const names = new Set(KERNEL_TABLES.helpers);
    for (const name of HELPER_BEHAVIOUR.keys()) expect(names.has(name), name).toBe(true);
    expect(new Set(HELPER_BEHAVIOUR.values()).size).toBe(HELPER_BEHAVIOUR.size);
    expect(new Set(KFUNC_BEHAVIOUR.values()).size).toBe(KFUNC_BEHAVIOUR.size);
  });
  it('are asked for, each', () => {
    const code = sourceFiles('src/verifier', 'src/explain', 'src/reference').map((file) => file.text);
    const tags = [...HELPER_BEHAVIOUR.values(), ...KFUNC_BEHAVIOUR.values()];
    expect(tags.filter((tag) => !code.some((text) => text.includes(`'${tag}'`)))).toEqual([]);
  });
});

describe('types of programs and maps', () => {
  it('names them as bpftool does', () => {
    expect(kernel.progTypeName(3)).toBe('sched_cls');
    expect(kernel.progTypeName(28)).toBe('ext');
    expect(kernel.progTypeName(99)).toBe('99');
    expect(kernel.mapTypeName(1)).toBe('hash');
    expect(kernel.mapTypeName(19)).toBe('cgroup_storage');
    expect(kernel.mapTypeName(21)).toBe('percpu_cgroup_storage');
  });
  it('knows ops and context structs', () => {
    expect(kernel.progType(kernel.constant('BPF_PROG_TYPE_XDP'))).toMatchObject({
      ctxUser: 'struct xdp_md',
      ctxKernel: 'struct xdp_buff',
      hasConvertCtxAccess: true,
      hasGenLdAbs: false,
      hasBtfStructAccess: true,
      isValidAccess: 'xdp_is_valid_access',
    });
    expect(kernel.progType(kernel.constant('BPF_PROG_TYPE_SOCKET_FILTER'))?.hasGenLdAbs).toBe(true);
    expect(kernel.progType(kernel.constant('BPF_PROG_TYPE_KPROBE'))?.hasConvertCtxAccess).toBe(false);
    expect(kernel.mapType(kernel.constant('BPF_MAP_TYPE_ARRAY'))).toMatchObject({
      btfStruct: 'bpf_array',
      hasDirectValueAddr: true,
      hasForEachCallback: true,
    });
    expect(kernel.mapType(kernel.constant('BPF_MAP_TYPE_RINGBUF'))).toMatchObject({
      btfStruct: 'bpf_ringbuf_map',
      hasDirectValueAddr: false,
    });
  });
  it('rejects unknown constants', () => {
    expect(kernel.constant('BPF_F_SLEEPABLE')).toBe(16);
    expect(() => kernel.constantNamed('BPF_NO_SUCH')).toThrow(RangeError);
  });
});

describe('attach targets', () => {
  it('lists struct_ops with their stubs', () => {
    const tcp = kernel.structOps('tcp_congestion_ops');
    expect(tcp).toMatchObject({ module: null, object: 'bpf_tcp_congestion_ops', isValidAccess: 'bpf_tcp_ca_is_valid_access' });
    expect(tcp?.stubs.get('ssthresh')).toBe('bpf_tcp_ca_ssthresh');
    expect(kernel.structOps('bpf_testmod_ops')).toMatchObject({ module: 'bpf_testmod' });
    expect(kernel.structOps('bpf_testmod_st_ops')?.callbacks.get('gen_prologue')).toBe('st_ops_gen_prologue');
    expect(kernel.structOps('smc_hs_ctrl')).toBeUndefined();
  });
  it('lists LSM hooks', () => {
    expect(kernel.lsm.hooks.get('file_open')).toEqual({ ret: 'int', defaultValue: '0' });
    expect(kernel.listHas('bpf_lsm_hooks', 'bpf_lsm_file_open')).toBe(true);
    expect(kernel.listHas('void_lsm_hooks', 'bpf_lsm_sb_delete')).toBe(true);
    expect(kernel.listHas('sleepable_lsm_hooks', 'bpf_lsm_task_free')).toBe(false);
    expect(kernel.listHas('untrusted_lsm_hooks', 'bpf_lsm_task_free')).toBe(true);
  });
  it('knows tracepoints, iterators and safe members', () => {
    expect(kernel.tracepoints.rawArgs.get('cachefiles_lookup')).toBe(0x201n);
    expect([...kernel.tracepoints.faultable]).toEqual(['sys_enter', 'sys_exit']);
    expect(kernel.iterators.get('bpf_map_elem')).toEqual({
      target: 'bpf_map_elem',
      resched: false,
      getFuncProto: '',
      args: [
        { offset: 16, type: RegType.PTR_TO_BUF | Flag.PTR_MAYBE_NULL | Flag.MEM_RDONLY, btfName: null },
        { offset: 24, type: RegType.PTR_TO_BUF | Flag.PTR_MAYBE_NULL, btfName: null },
      ],
    });
    expect(kernel.iterators.get('task')).toMatchObject({
      resched: true,
      args: [{ offset: 8, type: RegType.PTR_TO_BTF_ID | Flag.PTR_MAYBE_NULL | Flag.PTR_TRUSTED, btfName: 'task_struct' }],
    });
    expect(kernel.safeMembers('__safe_rcu', 'task_struct')).toEqual(['cpus_ptr', 'cgroups', 'real_parent', 'group_leader']);
    expect(kernel.safeMembers('__safe_trusted_or_null', 'dentry')).toEqual(['d_inode']);
    expect(kernel.safeMembers('__safe_rcu', 'dentry')).toEqual([]);
  });
  it('knows destructors, modify-return targets and lists', () => {
    expect(kernel.dtors.get('task_struct')).toBe('bpf_task_release_dtor');
    expect(kernel.dtors.get('bpf_testmod_ctx')).toBe('bpf_testmod_ctx_release_dtor');
    expect(kernel.fmodret.get('bpf_fentry_test1')).toBe(Kf.SLEEPABLE);
    expect(kernel.list('kf_arg_btf_ids')[0]).toBe('bpf_dynptr');
    expect(kernel.list('btf_sock_ids')).toHaveLength(16);
    expect(kernel.list('error_injection')).toEqual([]);
    expect(kernel.list('no_such_list')).toEqual([]);
    expect(kernel.listHas('btf_id_deny', 'migrate_disable')).toBe(true);
    expect(kernel.listHas('rcu_protected_types', 'task_struct')).toBe(true);
  });
});
