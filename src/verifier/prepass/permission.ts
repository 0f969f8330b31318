// SPDX-License-Identifier: GPL-2.0-only
/** What the system call asks of the loader before the verifier sees the program. Facts: `kernel/bpf/syscall.c: bpf_prog_load`. */
import { INSN_LIMIT } from '../../isa/limits';
import type { ProgTypeConstant } from '../../kernel/constants';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';

/** Program types that anybody may load. */
const ANYBODY = ['SOCKET_FILTER', 'CGROUP_SKB'] as const;
/** `is_net_admin_prog_type`. */
const NET_ADMIN = [
  'SCHED_CLS',
  'SCHED_ACT',
  'XDP',
  'LWT_IN',
  'LWT_OUT',
  'LWT_XMIT',
  'LWT_SEG6LOCAL',
  'SK_SKB',
  'SK_MSG',
  'FLOW_DISSECTOR',
  'CGROUP_DEVICE',
  'CGROUP_SOCK',
  'CGROUP_SOCK_ADDR',
  'CGROUP_SOCKOPT',
  'CGROUP_SYSCTL',
  'SOCK_OPS',
  'EXT',
  'NETFILTER',
] as const;
/** `is_perfmon_prog_type`. */
const PERFMON = [
  'KPROBE',
  'TRACEPOINT',
  'PERF_EVENT',
  'RAW_TRACEPOINT',
  'RAW_TRACEPOINT_WRITABLE',
  'TRACING',
  'LSM',
  'STRUCT_OPS',
  'EXT',
] as const;
/** Most instructions without CAP_BPF (`BPF_MAXINSNS`). */
const MAX_INSNS = 4096;

/** Refuses, without a word in the log, a program that this loader may not load. */
export function checkPermission(env: VerifierEnv): void {
  const { capabilities: caps, kernel, prog } = env;
  const isOneOf = (names: readonly ProgTypeConstant[]): boolean =>
    names.some((n) => kernel.constant(`BPF_PROG_TYPE_${n}`) === prog.progType);
  if (env.insns.length === 0 || env.insns.length > (caps.bpf ? INSN_LIMIT : MAX_INSNS))
    env.reject(Errno.E2BIG, '', undefined, {
      kind: 'limit',
      name: 'instructions',
    });
  if (!caps.bpf && !isOneOf(ANYBODY)) env.reject(Errno.EPERM, '', undefined, { kind: 'capability', name: '', callee: '' });
  if (!caps.netAdmin && isOneOf(NET_ADMIN)) env.reject(Errno.EPERM, '', undefined, { kind: 'capability', name: '', callee: '' });
  if (!caps.perfmon && isOneOf(PERFMON)) env.reject(Errno.EPERM, '', undefined, { kind: 'capability', name: '', callee: '' });
}
