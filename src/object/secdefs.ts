// SPDX-License-Identifier: GPL-2.0-only
/** What `SEC()` names mean: program type, attach type and load flags. Facts: `tools/lib/bpf/libbpf.c: section_defs`. */
import { AttachType, ProgType } from './uapi';

/** Program type and attachment that a section name stands for. */
export interface SecDef {
  readonly progType: ProgType;
  /** Initial expected attach type. */
  readonly attachType: AttachType;
  /** The attach target is a BTF type that is named after the `/`. */
  readonly attachBtf: boolean;
  readonly sleepable: boolean;
  /** XDP program that handles frames of several buffers. */
  readonly xdpFrags: boolean;
  /** USDT program: loaded for multi-uprobe links. */
  readonly usdt: boolean;
}

const BTF = 1;
const SLEEP = 2;
const FRAGS = 4;
const USDT = 8;

/** Section name (`+`: alone or followed by `/…`), program type, attach type, flags. The first match counts. */
const SECTION_DEFS: readonly (readonly [string, ProgType, AttachType, number?])[] = [
  ['socket', ProgType.SOCKET_FILTER, 0],
  ['sk_reuseport/migrate', ProgType.SK_REUSEPORT, AttachType.SK_REUSEPORT_SELECT_OR_MIGRATE],
  ['sk_reuseport', ProgType.SK_REUSEPORT, AttachType.SK_REUSEPORT_SELECT],
  ['kprobe+', ProgType.KPROBE, 0],
  ['uprobe+', ProgType.KPROBE, 0],
  ['uprobe.s+', ProgType.KPROBE, 0, SLEEP],
  ['kretprobe+', ProgType.KPROBE, 0],
  ['uretprobe+', ProgType.KPROBE, 0],
  ['uretprobe.s+', ProgType.KPROBE, 0, SLEEP],
  ['kprobe.multi+', ProgType.KPROBE, AttachType.TRACE_KPROBE_MULTI],
  ['kretprobe.multi+', ProgType.KPROBE, AttachType.TRACE_KPROBE_MULTI],
  ['kprobe.session+', ProgType.KPROBE, AttachType.TRACE_KPROBE_SESSION],
  ['uprobe.multi+', ProgType.KPROBE, AttachType.TRACE_UPROBE_MULTI],
  ['uretprobe.multi+', ProgType.KPROBE, AttachType.TRACE_UPROBE_MULTI],
  ['uprobe.session+', ProgType.KPROBE, AttachType.TRACE_UPROBE_SESSION],
  ['uprobe.multi.s+', ProgType.KPROBE, AttachType.TRACE_UPROBE_MULTI, SLEEP],
  ['uretprobe.multi.s+', ProgType.KPROBE, AttachType.TRACE_UPROBE_MULTI, SLEEP],
  ['uprobe.session.s+', ProgType.KPROBE, AttachType.TRACE_UPROBE_SESSION, SLEEP],
  ['ksyscall+', ProgType.KPROBE, 0],
  ['kretsyscall+', ProgType.KPROBE, 0],
  ['usdt+', ProgType.KPROBE, 0, USDT],
  ['usdt.s+', ProgType.KPROBE, 0, USDT | SLEEP],
  ['tc/ingress', ProgType.SCHED_CLS, AttachType.TCX_INGRESS],
  ['tc/egress', ProgType.SCHED_CLS, AttachType.TCX_EGRESS],
  ['tcx/ingress', ProgType.SCHED_CLS, AttachType.TCX_INGRESS],
  ['tcx/egress', ProgType.SCHED_CLS, AttachType.TCX_EGRESS],
  ['tc', ProgType.SCHED_CLS, 0],
  ['classifier', ProgType.SCHED_CLS, 0],
  ['action', ProgType.SCHED_ACT, 0],
  ['netkit/primary', ProgType.SCHED_CLS, AttachType.NETKIT_PRIMARY],
  ['netkit/peer', ProgType.SCHED_CLS, AttachType.NETKIT_PEER],
  ['tracepoint+', ProgType.TRACEPOINT, 0],
  ['tp+', ProgType.TRACEPOINT, 0],
  ['tracepoint.s+', ProgType.TRACEPOINT, 0, SLEEP],
  ['tp.s+', ProgType.TRACEPOINT, 0, SLEEP],
  ['raw_tracepoint+', ProgType.RAW_TRACEPOINT, 0],
  ['raw_tp+', ProgType.RAW_TRACEPOINT, 0],
  ['raw_tracepoint.s+', ProgType.RAW_TRACEPOINT, 0, SLEEP],
  ['raw_tp.s+', ProgType.RAW_TRACEPOINT, 0, SLEEP],
  ['raw_tracepoint.w+', ProgType.RAW_TRACEPOINT_WRITABLE, 0],
  ['raw_tp.w+', ProgType.RAW_TRACEPOINT_WRITABLE, 0],
  ['tp_btf+', ProgType.TRACING, AttachType.TRACE_RAW_TP, BTF],
  ['tp_btf.s+', ProgType.TRACING, AttachType.TRACE_RAW_TP, BTF | SLEEP],
  ['fentry+', ProgType.TRACING, AttachType.TRACE_FENTRY, BTF],
  ['fmod_ret+', ProgType.TRACING, AttachType.MODIFY_RETURN, BTF],
  ['fexit+', ProgType.TRACING, AttachType.TRACE_FEXIT, BTF],
  ['fentry.s+', ProgType.TRACING, AttachType.TRACE_FENTRY, BTF | SLEEP],
  ['fmod_ret.s+', ProgType.TRACING, AttachType.MODIFY_RETURN, BTF | SLEEP],
  ['fexit.s+', ProgType.TRACING, AttachType.TRACE_FEXIT, BTF | SLEEP],
  ['fsession+', ProgType.TRACING, AttachType.TRACE_FSESSION, BTF],
  ['fsession.s+', ProgType.TRACING, AttachType.TRACE_FSESSION, BTF | SLEEP],
  ['fsession.multi+', ProgType.TRACING, AttachType.TRACE_FSESSION_MULTI],
  ['fsession.multi.s+', ProgType.TRACING, AttachType.TRACE_FSESSION_MULTI, SLEEP],
  ['fentry.multi+', ProgType.TRACING, AttachType.TRACE_FENTRY_MULTI],
  ['fexit.multi+', ProgType.TRACING, AttachType.TRACE_FEXIT_MULTI],
  ['fentry.multi.s+', ProgType.TRACING, AttachType.TRACE_FENTRY_MULTI, SLEEP],
  ['fexit.multi.s+', ProgType.TRACING, AttachType.TRACE_FEXIT_MULTI, SLEEP],
  ['freplace+', ProgType.EXT, 0, BTF],
  ['lsm+', ProgType.LSM, AttachType.LSM_MAC, BTF],
  ['lsm.s+', ProgType.LSM, AttachType.LSM_MAC, BTF | SLEEP],
  ['lsm_cgroup+', ProgType.LSM, AttachType.LSM_CGROUP, BTF],
  ['iter+', ProgType.TRACING, AttachType.TRACE_ITER, BTF],
  ['iter.s+', ProgType.TRACING, AttachType.TRACE_ITER, BTF | SLEEP],
  ['syscall', ProgType.SYSCALL, 0, SLEEP],
  ['xdp.frags/devmap', ProgType.XDP, AttachType.XDP_DEVMAP, FRAGS],
  ['xdp/devmap', ProgType.XDP, AttachType.XDP_DEVMAP],
  ['xdp.frags/cpumap', ProgType.XDP, AttachType.XDP_CPUMAP, FRAGS],
  ['xdp/cpumap', ProgType.XDP, AttachType.XDP_CPUMAP],
  ['xdp.frags', ProgType.XDP, AttachType.XDP, FRAGS],
  ['xdp', ProgType.XDP, AttachType.XDP],
  ['perf_event', ProgType.PERF_EVENT, 0],
  ['lwt_in', ProgType.LWT_IN, 0],
  ['lwt_out', ProgType.LWT_OUT, 0],
  ['lwt_xmit', ProgType.LWT_XMIT, 0],
  ['lwt_seg6local', ProgType.LWT_SEG6LOCAL, 0],
  ['sockops', ProgType.SOCK_OPS, AttachType.CGROUP_SOCK_OPS],
  ['sk_skb/stream_parser', ProgType.SK_SKB, AttachType.SK_SKB_STREAM_PARSER],
  ['sk_skb/stream_verdict', ProgType.SK_SKB, AttachType.SK_SKB_STREAM_VERDICT],
  ['sk_skb/verdict', ProgType.SK_SKB, AttachType.SK_SKB_VERDICT],
  ['sk_skb', ProgType.SK_SKB, 0],
  ['sk_msg', ProgType.SK_MSG, AttachType.SK_MSG_VERDICT],
  ['lirc_mode2', ProgType.LIRC_MODE2, AttachType.LIRC_MODE2],
  ['flow_dissector', ProgType.FLOW_DISSECTOR, AttachType.FLOW_DISSECTOR],
  ['cgroup_skb/ingress', ProgType.CGROUP_SKB, AttachType.CGROUP_INET_INGRESS],
  ['cgroup_skb/egress', ProgType.CGROUP_SKB, AttachType.CGROUP_INET_EGRESS],
  ['cgroup/skb', ProgType.CGROUP_SKB, 0],
  ['cgroup/sock_create', ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_CREATE],
  ['cgroup/sock_release', ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_RELEASE],
  ['cgroup/sock', ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_CREATE],
  ['cgroup/post_bind4', ProgType.CGROUP_SOCK, AttachType.CGROUP_INET4_POST_BIND],
  ['cgroup/post_bind6', ProgType.CGROUP_SOCK, AttachType.CGROUP_INET6_POST_BIND],
  ['cgroup/bind4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_BIND],
  ['cgroup/bind6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_BIND],
  ['cgroup/connect4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_CONNECT],
  ['cgroup/connect6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_CONNECT],
  ['cgroup/connect_unix', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_CONNECT],
  ['cgroup/sendmsg4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP4_SENDMSG],
  ['cgroup/sendmsg6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP6_SENDMSG],
  ['cgroup/sendmsg_unix', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_SENDMSG],
  ['cgroup/recvmsg4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP4_RECVMSG],
  ['cgroup/recvmsg6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP6_RECVMSG],
  ['cgroup/recvmsg_unix', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_RECVMSG],
  ['cgroup/getpeername4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_GETPEERNAME],
  ['cgroup/getpeername6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_GETPEERNAME],
  ['cgroup/getpeername_unix', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_GETPEERNAME],
  ['cgroup/getsockname4', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_GETSOCKNAME],
  ['cgroup/getsockname6', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_GETSOCKNAME],
  ['cgroup/getsockname_unix', ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_GETSOCKNAME],
  ['cgroup/sysctl', ProgType.CGROUP_SYSCTL, AttachType.CGROUP_SYSCTL],
  ['cgroup/getsockopt', ProgType.CGROUP_SOCKOPT, AttachType.CGROUP_GETSOCKOPT],
  ['cgroup/setsockopt', ProgType.CGROUP_SOCKOPT, AttachType.CGROUP_SETSOCKOPT],
  ['cgroup/dev', ProgType.CGROUP_DEVICE, AttachType.CGROUP_DEVICE],
  ['struct_ops+', ProgType.STRUCT_OPS, 0],
  ['struct_ops.s+', ProgType.STRUCT_OPS, 0, SLEEP],
  ['sk_lookup', ProgType.SK_LOOKUP, AttachType.SK_LOOKUP],
  ['netfilter', ProgType.NETFILTER, AttachType.NETFILTER],
];

/** Every kind of section once, by the stem of its name; those that may sleep are left to the plain ones. */
export const SECTION_KINDS: readonly { readonly stem: string; readonly progType: ProgType; readonly attachType: AttachType }[] =
  SECTION_DEFS.filter(([, , , flags = 0]) => (flags & SLEEP) === 0 || flags === SLEEP).flatMap(([pattern, progType, attachType]) =>
    /\.s\+?$/.test(pattern) ? [] : [{ stem: pattern.replace(/\+$/, ''), progType, attachType }],
  );

function matches(pattern: string, section: string): boolean {
  if (!pattern.endsWith('+')) {
    return pattern === section;
  }
  const stem = pattern.slice(0, -1);
  return section === stem || section.startsWith(`${stem}/`);
}

/** A section name with its definition. */
export interface SectionName extends SecDef {
  /** `fentry.s`, without what follows a `/` that the name leaves open. */
  readonly name: string;
  /** May be followed by `/` and a target. */
  readonly takesTarget: boolean;
}

function definitionOf([, progType, attachType, flags = 0]: (typeof SECTION_DEFS)[number]): SecDef {
  return {
    progType,
    attachType,
    attachBtf: (flags & BTF) !== 0,
    sleepable: (flags & SLEEP) !== 0,
    xdpFrags: (flags & FRAGS) !== 0,
    usdt: (flags & USDT) !== 0,
  };
}

/** Stem of the section names that a section name (without a leading `?`) belongs to: `fentry` for `fentry/do_exit`. Null if it is unknown. */
export function sectionStem(section: string): string | null {
  const row = SECTION_DEFS.find(([pattern]) => matches(pattern, section));
  return row === undefined ? null : row[0].replace(/\+$/, '');
}

/** Stem of the sections for the same programs that may sleep: `uprobe.multi.s` for `uprobe.multi/x`. Null if libbpf knows none. */
export function sleepableStem(section: string): string | null {
  const stem = sectionStem(section);
  if (stem === null) return null;
  const row = SECTION_DEFS.find(([pattern, , , flags = 0]) => (flags & SLEEP) !== 0 && pattern.replace(/\+$/, '') === `${stem}.s`);
  return row === undefined ? null : `${stem}.s`;
}

/** Stem of the sections for the same programs that do not sleep: `uprobe.multi` for `uprobe.multi.s/x`, the stem itself for others. */
export function plainStem(section: string): string | null {
  const stem = sectionStem(section);
  if (stem === null) return null;
  const unslept = SECTION_DEFS.map(([pattern]) => pattern.replace(/\+$/, '')).find((plain) => `${plain}.s` === stem);
  return unslept ?? stem;
}

/** All section names, in order of the table. */
export const SECTION_NAMES: readonly SectionName[] = SECTION_DEFS.map((row) => ({
  ...definitionOf(row),
  name: row[0].replace(/\+$/, ''),
  takesTarget: row[0].endsWith('+'),
}));

/** The definition that a section name (without a leading `?`) falls under, or null if it is unknown. */
export function findSecDef(section: string): SecDef | null {
  const row = SECTION_DEFS.find(([pattern]) => matches(pattern, section));
  return row === undefined ? null : definitionOf(row);
}
