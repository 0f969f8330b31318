// SPDX-License-Identifier: GPL-2.0-only
/** Where programs may be attached and what follows from it for sleeping and for calls, where the kernel decides it in code. */
import { Kf, type CallerContext, type KernelProfile } from './profile';

/** What `check_member` of a struct_ops type refuses and asks for, by the C name of the callback. */
export interface MemberRule {
  /** Members that a sleepable program may implement; null: all. */
  readonly sleepable: readonly string[] | null;
  /** Members that may nest and ask for a private stack. */
  readonly privateStack: readonly string[];
  /** Members that no program may implement, where the callback says so and not the stubs. */
  readonly refused?: readonly string[];
}

/** The kernel asks for offsets: a member of `sched_ext_ops_cid` counts as the one of `sched_ext_ops` in its place, whatever their names. */
const SCHED_EXT: MemberRule = {
  sleepable: [
    'init_task',
    'cgroup_init',
    'cgroup_exit',
    'cgroup_prep_move',
    'cgroup_set_bandwidth',
    'cpu_online',
    'cpu_offline',
    'init_cids',
    'init',
    'exit',
    'sub_attach',
    'sub_detach',
    'cpuctl_init',
    'cpuctl_exit',
    'cpuctl_prep_move',
    'cpuctl_set_bandwidth',
    'cid_online',
    'cid_offline',
  ],
  privateStack: ['dispatch', 'sub_caps_updated'],
};

/**
 * Facts: the callbacks themselves (`net/bpf/bpf_dummy_struct_ops.c`, `drivers/hid/bpf/…`, `kernel/sched/ext/ext.c`, `io_uring/bpf-ops.c`,
 * `net/ipv4/bpf_tcp_ca.c` of 6.1).
 */
export const MEMBER_RULES: ReadonlyMap<string, MemberRule> = new Map([
  ['bpf_dummy_ops_check_member', { sleepable: ['test_sleepable'], privateStack: [] }],
  ['hid_bpf_ops_check_member', { sleepable: ['hid_rdesc_fixup', 'hid_hw_request', 'hid_hw_output_report'], privateStack: [] }],
  ['bpf_scx_check_member', SCHED_EXT],
  ['bpf_tcp_ca_check_member', { sleepable: null, privateStack: [], refused: ['get_info'] }],
  ['bpf_io_check_member', { sleepable: null, privateStack: [] }],
  ['st_ops3_check_member', { sleepable: null, privateStack: ['test_1'] }],
]);

/** What is asked of a caller: types by number, as in {@link CallerContext}. */
type Attached = Pick<CallerContext, 'progType' | 'expectedAttachType' | 'attachName'>;

function isType(kernel: KernelProfile, at: Pick<Attached, 'progType'>, name: string): boolean {
  return kernel.constantNamed(`BPF_PROG_TYPE_${name}`) === at.progType;
}

function attachesAs(kernel: KernelProfile, at: Pick<Attached, 'expectedAttachType'>, ...names: readonly string[]): boolean {
  return names.some((n) => kernel.constantNamed(n) === at.expectedAttachType);
}

/** Whether programs of that type and attach type may be sleepable at all (`kernel/bpf/verifier.c: can_be_sleepable`). Syscall programs have to be. */
export function canBeSleepable(kernel: KernelProfile, at: Pick<Attached, 'progType' | 'expectedAttachType'>): boolean {
  const tracing = kernel.list('sleepable_tracing_attach');
  if (isType(kernel, at, 'TRACING')) return tracing.length === 0 || attachesAs(kernel, at, ...tracing);
  if (isType(kernel, at, 'LSM')) return !attachesAs(kernel, at, 'BPF_LSM_CGROUP');
  return isType(kernel, at, 'SYSCALL') || kernel.list('sleepable_prog_types').some((name) => isType(kernel, at, name));
}

/** Wrappers of system calls on x86-64, the only other functions that may sleep or be modified without error injection. */
const SYSCALL_PREFIX = '__x64_';

/** Functions that fault injection may fail; in a kernel without it, system calls. */
export function isInjectable(kernel: KernelProfile, name: string): boolean {
  if (kernel.config.get('CONFIG_FUNCTION_ERROR_INJECTION') === 'y') return kernel.listHas('error_injection', name);
  return kernel.features['attach.syscallSleepable'] && name.startsWith(SYSCALL_PREFIX);
}

/** Whether a sleepable tracing or LSM program may attach to the function or hook (`kernel/bpf/verifier.c: btf_id_allow_sleepable`). */
export function functionMaySleep(kernel: KernelProfile, progType: number, name: string): boolean {
  if (isType(kernel, { progType }, 'LSM')) return kernel.listHas('sleepable_lsm_hooks', name);
  if (!isType(kernel, { progType }, 'TRACING')) return false;
  const injectable = isInjectable(kernel, name) && !kernel.listHas('btf_non_sleepable_error_inject', name);
  return injectable || ((kernel.fmodret.get(name) ?? 0) & Kf.SLEEPABLE) !== 0;
}

/**
 * A helper's own condition on where the program is attached (`struct bpf_func_proto.allowed`), by the C name of the callback; null for one
 * that is not known.
 */
export function helperAllowedAt(kernel: KernelProfile, callback: string, at: Attached): boolean | null {
  const { attachName } = at;
  const hookMaySleep = (): boolean => kernel.listHas('sleepable_lsm_hooks', attachName);
  switch (callback) {
    case 'bpf_ima_inode_hash_allowed':
      return hookMaySleep();
    case 'bpf_d_path_allowed':
      if (isType(kernel, at, 'TRACING') && attachesAs(kernel, at, 'BPF_TRACE_ITER')) return true;
      return isType(kernel, at, 'LSM') ? hookMaySleep() : kernel.listHas(D_PATH_FUNCTIONS, attachName);
    case 'bpf_sk_storage_tracing_allowed':
      if (attachesAs(kernel, at, 'BPF_TRACE_ITER', 'BPF_TRACE_RAW_TP')) return true;
      return (
        attachesAs(kernel, at, 'BPF_TRACE_FENTRY', 'BPF_TRACE_FEXIT', 'BPF_TRACE_FSESSION') && !attachName.startsWith('bpf_sk_storage')
      );
    default:
      return null;
  }
}

const D_PATH_FUNCTIONS = 'btf_allowlist_d_path';

/** Functions that the condition of a helper names one by one; [] if it names none. */
export function namedTargets(kernel: KernelProfile, callback: string | null): readonly string[] {
  return callback === 'bpf_d_path_allowed' ? kernel.list(D_PATH_FUNCTIONS).filter((name) => name !== '') : [];
}
