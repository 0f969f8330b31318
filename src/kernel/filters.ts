// SPDX-License-Identifier: GPL-2.0-only
/** Filters of kfunc sets, by C name: code in the kernel, so ported by hand. */
import type { CallerContext } from './profile';

/** What a filter may ask. */
export interface FilterEnv {
  readonly caller: CallerContext;
  /** Name of the kfunc. */
  readonly kfunc: string;
  /** Whether the kfunc is in the set or list of that C name. */
  in(list: string): boolean;
  /** Whether the program is of that type, without `BPF_PROG_TYPE_`. */
  type(name: string): boolean;
  attach(...names: string[]): boolean;
}

/** Groups of sched_ext kfuncs that an operation may call (`kernel/sched/ext/ext.c: scx_kf_allow_flags`). */
const SCX_GROUPS: Readonly<Record<string, readonly string[]>> = {
  select_cpu: ['select_cpu', 'enqueue_dispatch'],
  enqueue: ['select_cpu', 'enqueue_dispatch'],
  dispatch: ['enqueue_dispatch', 'dispatch'],
  cpu_release: ['cpu_release'],
  init_task: ['unlocked'],
  dump: ['unlocked'],
  cgroup_init: ['unlocked'],
  cgroup_exit: ['unlocked'],
  cgroup_prep_move: ['unlocked'],
  cgroup_cancel_move: ['unlocked'],
  cgroup_set_weight: ['unlocked'],
  cgroup_set_bandwidth: ['unlocked'],
  cgroup_set_idle: ['unlocked'],
  sub_attach: ['unlocked'],
  sub_detach: ['unlocked'],
  sub_ecaps_updated: ['enqueue_dispatch', 'dispatch'],
  cpu_online: ['unlocked'],
  cpu_offline: ['unlocked'],
  init_cids: ['unlocked', 'init_cids'],
  init: ['unlocked'],
  exit: ['unlocked'],
};

/** Members of `struct sched_ext_ops_cid` whose name differs from the `sched_ext_ops` member at the same offset. */
const SCX_CID_MEMBERS: Readonly<Record<string, string>> = {
  select_cid: 'select_cpu',
  cpuctl_init: 'cgroup_init',
  cpuctl_exit: 'cgroup_exit',
  cpuctl_prep_move: 'cgroup_prep_move',
  cpuctl_cancel_move: 'cgroup_cancel_move',
  cpuctl_set_weight: 'cgroup_set_weight',
  cpuctl_set_bandwidth: 'cgroup_set_bandwidth',
  cpuctl_set_idle: 'cgroup_set_idle',
  cid_online: 'cpu_online',
  cid_offline: 'cpu_offline',
};

/** Whether the filter refuses the kfunc to the caller. A struct_ops program whose struct is not known yet is let through where the kernel does so. */
export const KFUNC_FILTERS: ReadonlyMap<string, (env: FilterEnv) => boolean> = new Map<string, (env: FilterEnv) => boolean>([
  // kernel/trace/bpf_trace.c
  [
    'bpf_session_filter',
    (e) =>
      e.in('session_kfunc_set_ids') &&
      !(
        (e.type('KPROBE') && e.attach('BPF_TRACE_KPROBE_SESSION', 'BPF_TRACE_UPROBE_SESSION')) ||
        (e.type('TRACING') && e.attach('BPF_TRACE_FSESSION', 'BPF_TRACE_FSESSION_MULTI'))
      ),
  ],
  // net/core/filter.c
  ['tracing_iter_filter', (e) => e.in('bpf_sk_iter_kfunc_ids') && !e.attach('BPF_TRACE_ITER')],
  // fs/verity/measure.c
  ['bpf_get_fsverity_digest_filter', (e) => e.in('fsverity_set_ids') && !e.type('LSM')],
  // net/core/bpf_ksock.c
  [
    'bpf_ksock_kfunc_filter',
    (e) => e.in('ksock_kfunc_btf_ids') && !e.type('SYSCALL') && !(e.type('LSM') && e.caller.attachName !== 'bpf_lsm_socket_sendmsg'),
  ],
  // fs/bpf_fs_kfuncs.c
  [
    'bpf_fs_kfuncs_filter',
    (e) => {
      if (!e.in('bpf_fs_kfunc_set_ids') || e.type('LSM')) return false;
      if (!e.type('STRUCT_OPS')) return true;
      if (e.caller.structOps === null) return false;
      return !(e.caller.structOps.type === 'binfmt_misc_ops' && !e.in('bpf_fs_kfunc_lsm_only_ids'));
    },
  ],
  // fs/binfmt_misc_bpf.c
  [
    'bm_bpf_kfunc_filter',
    (e) => {
      if (!e.in('bm_bpf_kfunc_ids')) return false;
      if (!e.type('STRUCT_OPS')) return true;
      const ops = e.caller.structOps;
      return ops !== null && !(ops.type === 'binfmt_misc_ops' && ops.member === 'load');
    },
  ],
  // net/sched/bpf_qdisc.c
  [
    'bpf_qdisc_kfunc_filter',
    (e) => {
      if (!e.in('qdisc_kfunc_ids')) return false;
      const ops = e.caller.structOps;
      if (ops?.type !== 'Qdisc_ops') return true;
      if (ops.member === 'enqueue' && e.in('qdisc_enqueue_kfunc_set')) return false;
      if (ops.member === 'dequeue' && e.in('qdisc_dequeue_kfunc_set')) return false;
      return !e.in('qdisc_common_kfunc_set');
    },
  ],
  // kernel/sched/ext/ext.c
  [
    'scx_kfunc_context_filter',
    (e) => {
      const inGroup = (group: string): boolean => e.in(`scx_kfunc_ids_${group}`);
      const anywhere = inGroup('any') || inGroup('idle') || inGroup('cid');
      const groups = ['unlocked', 'init_cids', 'select_cpu', 'enqueue_dispatch', 'dispatch', 'cpu_release'];
      if (!anywhere && !groups.some(inGroup)) return false;
      if (e.type('SYSCALL')) return !(anywhere || inGroup('unlocked') || inGroup('select_cpu'));
      if (!e.type('STRUCT_OPS')) return !anywhere;
      const ops = e.caller.structOps;
      if (ops === null) return false;
      const cid = ops.type === 'sched_ext_ops_cid';
      if (!cid && ops.type !== 'sched_ext_ops') return true;
      if (cid && inGroup('cpu_only')) return true;
      if (anywhere) return false;
      const member = cid ? (SCX_CID_MEMBERS[ops.member] ?? ops.member) : ops.member;
      return !(SCX_GROUPS[member] ?? []).some(inGroup);
    },
  ],
]);

/** `bpf_prog_type_to_kfunc_hook` (`kernel/bpf/btf.c`): program type without `BPF_PROG_TYPE_` → hook; types without one have only the common hook. */
export const KFUNC_HOOKS: Readonly<Record<string, string>> = {
  UNSPEC: 'COMMON',
  XDP: 'XDP',
  SCHED_CLS: 'TC',
  STRUCT_OPS: 'STRUCT_OPS',
  TRACING: 'TRACING',
  TRACEPOINT: 'TRACING',
  RAW_TRACEPOINT: 'TRACING',
  PERF_EVENT: 'TRACING',
  LSM: 'TRACING',
  SYSCALL: 'SYSCALL',
  CGROUP_SKB: 'CGROUP',
  CGROUP_SOCK: 'CGROUP',
  CGROUP_DEVICE: 'CGROUP',
  CGROUP_SOCK_ADDR: 'CGROUP',
  CGROUP_SOCKOPT: 'CGROUP',
  CGROUP_SYSCTL: 'CGROUP',
  SOCK_OPS: 'CGROUP',
  SCHED_ACT: 'SCHED_ACT',
  SK_SKB: 'SK_SKB',
  SOCKET_FILTER: 'SOCKET_FILTER',
  LWT_OUT: 'LWT',
  LWT_IN: 'LWT',
  LWT_XMIT: 'LWT',
  LWT_SEG6LOCAL: 'LWT',
  NETFILTER: 'NETFILTER',
  KPROBE: 'KPROBE',
  FMODRET: 'FMODRET',
};
