// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which members of kernel structs programs may write, by the program type's or struct_ops owner's `btf_struct_access`.
 * Rows name structs and members; offsets come from the kernel's BTF.
 */
import { Kind, type Btf } from '../../../btf/types';
import { memberByPath, resolveSize } from '../../../btf/util';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import type { RegState } from '../../state/reg';

/** Checks a write of `size` bytes at `off`; 0, or the errno after its own text was written to the log. */
export type StructWriter = (env: VerifierEnv, reg: RegState, off: number, size: number) => Errno | 0;

/** A range of bytes that may be written. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Bytes of a member in the outermost struct; the range is empty when the kernel lacks the member. */
function memberRange(btf: Btf, struct: string, path: string): Range {
  const id = btf.findByNameKind(struct, Kind.STRUCT);
  const found = id < 0 ? null : memberByPath(btf, id, path);
  if (found === null) return { start: -1, end: -1 };
  const start = found.bitOffset >>> 3;
  const size = found.member.bitfieldSize !== 0 ? 0 : (resolveSize(btf, found.member.type) ?? 0);
  return { start, end: start + size };
}

/** The kernel's lists name the first struct of that name: a module's own copy of a struct that the base has too is another type. */
function isStruct(reg: RegState, name: string): boolean {
  return reg.btfId === reg.btf.findByNameKind(name, Kind.STRUCT);
}

/** A member that may be written: from its first byte only, or from any of its bytes. */
interface Member {
  readonly struct: string;
  readonly path: string;
  readonly from: 'start' | 'any';
}

/** A struct that may be written, and how refusals call it. */
interface Writable {
  readonly structs: readonly string[];
  readonly label: string;
  readonly members: readonly Member[];
}

/** The common form: the write must begin at one of the members and end within it. */
function byMembers(tables: readonly Writable[]): StructWriter {
  return (env, reg, off, size) => {
    const table = tables.find((t) => t.structs.some((name) => isStruct(reg, name)));
    if (table === undefined) {
      env.verbose('only read is supported\n');
      return Errno.EACCES;
    }
    for (const member of table.members) {
      const range = memberRange(reg.btf, member.struct, member.path);
      if (member.from === 'start' ? off !== range.start : off < range.start || off >= range.end) continue;
      if (off + size <= range.end) return 0;
      env.verbose(`write access at off ${off} with size ${size} beyond the member of ${table.label} ended at ${range.end}\n`);
      return Errno.EACCES;
    }
    env.verbose(`no write support to ${table.label} at off ${off}\n`);
    return Errno.EACCES;
  };
}

const start = (struct: string, ...paths: string[]): Member[] => paths.map((path) => ({ struct, path, from: 'start' }));
const any = (struct: string, path: string): Member => ({ struct, path, from: 'any' });

/** `net/netfilter/nf_conntrack_bpf.c: _nf_conntrack_btf_struct_access`. */
const nfConn = byMembers([{ structs: ['nf_conn', 'nf_conn___init'], label: 'nf_conn', members: start('nf_conn', 'mark') }]);

/** Classifiers and XDP write connection marks, if connection tracking is there (`net/core/filter.c: tc_cls_act_btf_struct_access`). */
const netWriter: StructWriter = (env, reg, off, size) => {
  const present = env.kernel.config.get('CONFIG_NF_CONNTRACK') === 'y' || env.kernel.modules.some((m) => m.name === 'nf_conntrack');
  return present ? nfConn(env, reg, off, size) : Errno.EACCES;
};

/** `net/ipv4/bpf_tcp_ca.c: bpf_tcp_ca_btf_struct_access`. */
const tcpCa = byMembers([
  {
    structs: ['tcp_sock'],
    label: 'tcp_sock',
    members: [
      ...start('sock', 'sk_pacing_rate', 'sk_pacing_status'),
      any('inet_connection_sock', 'icsk_ca_priv'),
      ...start('inet_connection_sock', 'icsk_ack.pending'),
      ...start('tcp_sock', 'snd_cwnd', 'snd_cwnd_cnt', 'snd_cwnd_stamp', 'snd_ssthresh', 'ecn_flags', 'app_limited'),
    ],
  },
]);

/** Private bytes of `sk_buff.cb` behind the queueing discipline's own header (`QDISC_CB_PRIV_LEN`). */
const QDISC_PRIVATE = 20;

/** `net/sched/bpf_qdisc.c: bpf_qdisc_btf_struct_access`. */
const qdisc: StructWriter = (env, reg, off, size) => {
  if (isStruct(reg, 'sk_buff')) {
    const btf = env.kernel.btf;
    const cb = memberRange(btf, 'sk_buff', 'cb').start;
    const first = cb + memberRange(btf, 'qdisc_skb_cb', 'data').start;
    if (off >= first && off < first + QDISC_PRIVATE) {
      if (off + size <= first + QDISC_PRIVATE) return 0;
      env.verbose(`write access at off ${off} with size ${size} beyond the member of sk_buff ended at ${first + QDISC_PRIVATE}\n`);
      return Errno.EACCES;
    }
  }
  return qdiscMembers(env, reg, off, size);
};
const qdiscMembers = byMembers([
  { structs: ['sk_buff'], label: 'sk_buff', members: start('sk_buff', 'tstamp') },
  { structs: ['Qdisc'], label: 'Qdisc', members: [...start('Qdisc', 'limit', 'q.qlen'), any('Qdisc', 'qstats')] },
]);

/** Ranges that may be written without any text when they are missed. */
function within(struct: string, ...paths: string[]): StructWriter {
  return (_env, reg, off, size) => {
    const writable = isStruct(reg, struct) && paths.some((path) => inside(memberRange(reg.btf, struct, path), off, size));
    return writable ? 0 : Errno.EACCES;
  };
}

function inside(range: Range, off: number, size: number): boolean {
  return off >= range.start && off + size <= range.end;
}

/** `kernel/sched/ext/ext.c: bpf_scx_btf_struct_access`, and its form for topological CPU ids. */
const sched = within('task_struct', 'scx.slice', 'scx.dsq_vtime', 'scx.disallow');
const schedCid = within('task_struct', 'scx.disallow');

/** `drivers/hid/bpf/hid_bpf_struct_ops.c: hid_bpf_ops_btf_struct_access`: strings keep their last byte. */
const HID_RANGES: readonly (readonly [string, string, boolean])[] = [
  ['hid_bpf_ctx', 'retval', false],
  ['hid_device', 'name', true],
  ['hid_device', 'uniq', true],
  ['hid_device', 'phys', true],
];
const hid: StructWriter = (env, reg, off, size) => {
  const rows = HID_RANGES.filter(([struct]) => isStruct(reg, struct));
  const name = rows[0]?.[0];
  if (name === undefined) {
    env.verbose('write access to this struct is not supported\n');
    return Errno.EACCES;
  }
  if (off + size > (resolveSize(reg.btf, reg.btfId) ?? 0)) {
    env.verbose(`write access for struct ${name} at off ${off} with size ${size}\n`);
    return Errno.EACCES;
  }
  for (const [struct, path, isString] of rows) {
    const range = memberRange(reg.btf, struct, path);
    if (inside({ start: range.start, end: range.end - (isString ? 1 : 0) }, off, size)) return 0;
  }
  env.verbose(`write access at off ${off} with size ${size} on read-only part of ${name}\n`);
  return Errno.EACCES;
};

/** `net/bpf/bpf_dummy_struct_ops.c: bpf_dummy_ops_btf_struct_access`. */
const dummy: StructWriter = (env, reg, off, size) => {
  if (!isStruct(reg, 'bpf_dummy_ops_state')) {
    env.verbose('only access to bpf_dummy_ops_state is supported\n');
    return Errno.EACCES;
  }
  if (off + size <= (resolveSize(reg.btf, reg.btfId) ?? 0)) return 0;
  env.verbose(`write access at off ${off} with size ${size}\n`);
  return Errno.EACCES;
};

/** `io_uring/bpf-ops.c: bpf_io_btf_struct_access`: everything up to `cq_wait_idx`. */
const ioUring: StructWriter = (_env, reg, off, size) =>
  isStruct(reg, 'iou_loop_params') && off + size <= memberRange(reg.btf, 'iou_loop_params', 'cq_wait_idx').end ? 0 : Errno.EACCES;

/** bpf_testmod's `st_ops_btf_struct_access`: any struct, within the bytes of `struct st_ops_args`. */
const testArgs: StructWriter = (_env, reg, off, size) => {
  const id = reg.btf.findByNameKind('st_ops_args', Kind.STRUCT);
  return id >= 0 && off >= 0 && off + size <= (resolveSize(reg.btf, id) ?? 0) ? 0 : Errno.EACCES;
};

/** struct_ops owners by the C name of their callback. */
const BY_CALLBACK: ReadonlyMap<string, StructWriter> = new Map([
  ['bpf_tcp_ca_btf_struct_access', tcpCa],
  ['bpf_qdisc_btf_struct_access', qdisc],
  ['bpf_scx_btf_struct_access', sched],
  ['bpf_scx_cid_btf_struct_access', schedCid],
  ['hid_bpf_ops_btf_struct_access', hid],
  ['bpf_dummy_ops_btf_struct_access', dummy],
  ['bpf_io_btf_struct_access', ioUring],
  ['st_ops_btf_struct_access', testArgs],
]);

/** The write rule of the program at hand, null if its type has none and kernel structs are read-only. */
export function structWriter(env: VerifierEnv): StructWriter | null {
  const { structOps } = env.attach;
  if (structOps !== null) {
    const info = env.kernel.structOps(structOps.typeName);
    if (info === undefined) return env.unmodelled(`struct_ops ${structOps.typeName}`);
    if (info.btfStructAccess === '') return null;
    return BY_CALLBACK.get(info.btfStructAccess) ?? env.unmodelled(`writes by struct_ops ${structOps.typeName}`);
  }
  return env.kernel.progType(env.progType)?.hasBtfStructAccess === true ? netWriter : null;
}
