// SPDX-License-Identifier: GPL-2.0-only
/** Contexts of the other network programs. Facts: the `*_is_valid_access` functions of `net/core/filter.c`, `net/netfilter/nf_bpf_link.c`. */
import { Kind } from '../../../btf/types';
import type { Constant } from '../../../kernel/constants';
import { Flag, RegType } from '../../../kernel/types';
import {
  byTable,
  coveringField,
  either,
  exact,
  fieldBytes,
  narrow,
  SCALAR,
  type CtxQuery,
  type CtxRule,
  type Row,
  type SizeRule,
} from './rules';

/** `xdp_is_valid_access`. */
export const xdp = byTable({
  struct: 'xdp_md',
  rows: [
    { fields: ['data'], atStart: true, read: exact(4), noSignExtend: true, type: RegType.PTR_TO_PACKET },
    { fields: ['data_meta'], atStart: true, read: exact(4), noSignExtend: true, type: RegType.PTR_TO_PACKET_META },
    { fields: ['data_end'], atStart: true, read: exact(4), noSignExtend: true, type: RegType.PTR_TO_PACKET_END },
    { fields: ['egress_ifindex'], atStart: true, read: exact(4), readAttach: ['BPF_XDP_DEVMAP'] },
  ],
  other: { read: exact(4) },
});

const V4: readonly Constant[] = [
  'BPF_CGROUP_INET4_BIND',
  'BPF_CGROUP_INET4_CONNECT',
  'BPF_CGROUP_INET4_GETPEERNAME',
  'BPF_CGROUP_INET4_GETSOCKNAME',
  'BPF_CGROUP_UDP4_SENDMSG',
  'BPF_CGROUP_UDP4_RECVMSG',
];
const V6: readonly Constant[] = [
  'BPF_CGROUP_INET6_BIND',
  'BPF_CGROUP_INET6_CONNECT',
  'BPF_CGROUP_INET6_GETPEERNAME',
  'BPF_CGROUP_INET6_GETSOCKNAME',
  'BPF_CGROUP_UDP6_SENDMSG',
  'BPF_CGROUP_UDP6_RECVMSG',
];

/** Eight aligned bytes of one of the IPv6 addresses (`bpf_ctx_wide_access_ok`). */
const wide: SizeRule = {
  fieldSize: 0,
  allows: (q) => {
    if (q.size !== 8 || q.off % 8 !== 0) return false;
    return ['user_ip6', 'msg_src_ip6'].some((name) => {
      const bytes = fieldBytes(q.env, 'bpf_sock_addr', name);
      return q.off >= bytes.start && q.off + 8 <= bytes.end;
    });
  },
};
const address = { read: either(wide, narrow(4)), write: either(wide, exact(4)) };
const attached = (names: readonly Constant[]): Pick<Row, 'readAttach' | 'writeAttach'> => ({
  readAttach: names,
  writeAttach: names,
});

/** `sock_addr_is_valid_access`. */
export const sockAddr = byTable({
  struct: 'bpf_sock_addr',
  rows: [
    { fields: ['user_ip4'], ...address, ...attached(V4) },
    { fields: ['user_ip6'], ...address, ...attached(V6) },
    { fields: ['msg_src_ip4'], ...address, ...attached(['BPF_CGROUP_UDP4_SENDMSG']) },
    { fields: ['msg_src_ip6'], ...address, ...attached(['BPF_CGROUP_UDP6_SENDMSG']) },
    { fields: ['user_port'], ...address },
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCKET },
    { fields: ['user_family', 'family', 'type', 'protocol'], read: exact(4) },
  ],
  other: {},
});

/** `sock_ops_is_valid_access`. */
export const sockOps = byTable({
  struct: 'bpf_sock_ops',
  rows: [
    { fields: ['reply', 'sk_txhash'], atStart: true, read: exact(4), write: exact(4) },
    { fields: ['bytes_received..bytes_acked'], read: exact(8) },
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCKET | Flag.PTR_MAYBE_NULL },
    { fields: ['skb_data'], read: exact(8), type: RegType.PTR_TO_PACKET },
    { fields: ['skb_data_end'], read: exact(8), type: RegType.PTR_TO_PACKET_END },
    { fields: ['skb_tcp_flags'], atStart: true, read: narrow(4) },
    { fields: ['skb_hwtstamp'], read: exact(8) },
  ],
  other: { read: exact(4) },
});

/** `sk_msg_is_valid_access`. */
export const skMsg = byTable({
  struct: 'sk_msg_md',
  rows: [
    { fields: ['data'], read: exact(8), type: RegType.PTR_TO_PACKET },
    { fields: ['data_end'], read: exact(8), type: RegType.PTR_TO_PACKET_END },
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCKET },
    {
      fields: ['family', 'remote_ip4', 'local_ip4', 'remote_ip6', 'local_ip6', 'remote_port', 'local_port', 'size'],
      read: exact(4),
    },
  ],
  other: {},
});

/** `sk_reuseport_is_valid_access`; the protocol is two bytes in the kernel and cannot be read bytewise. */
export const skReuseport = byTable({
  struct: 'sk_reuseport_md',
  rows: [
    { fields: ['data'], atStart: true, read: exact(8), type: RegType.PTR_TO_PACKET },
    { fields: ['data_end'], atStart: true, read: exact(8), type: RegType.PTR_TO_PACKET_END },
    { fields: ['hash'], atStart: true, read: exact(4) },
    { fields: ['sk'], atStart: true, read: exact(8), type: RegType.PTR_TO_SOCKET },
    { fields: ['migrating_sk'], atStart: true, read: exact(8), type: RegType.PTR_TO_SOCK_COMMON | Flag.PTR_MAYBE_NULL },
    { fields: ['eth_protocol'], read: { fieldSize: 4, allows: (q) => q.size === 2 || q.size === 4 } },
    { fields: ['ip_protocol', 'bind_inany', 'len'], read: narrow(4) },
  ],
  other: {},
});

/** `sk_lookup_is_valid_access`. */
export const skLookup = byTable({
  struct: 'bpf_sk_lookup',
  rows: [
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCKET | Flag.PTR_MAYBE_NULL },
    {
      fields: ['family', 'protocol', 'remote_ip4', 'local_ip4', 'remote_ip6', 'local_ip6', 'local_port', 'ingress_ifindex'],
      read: narrow(4),
    },
    { fields: ['remote_port'], read: either(exact(4), narrow(2)) },
    { fields: ['remote_port>local_ip4'], read: narrow(2) },
  ],
  other: {},
});

/** `nf_is_valid_access`: pointers to kernel structs. */
export const netfilter: CtxRule = (q: CtxQuery) => {
  const end = fieldBytes(q.env, 'bpf_nf_ctx', '').end;
  if (q.off < 0 || q.off >= end || q.off % q.size !== 0 || q.write || q.size !== 8) return null;
  const struct = coveringField(q, 'bpf_nf_ctx', ['skb']) !== null ? 'sk_buff' : 'nf_hook_state';
  if (struct === 'nf_hook_state' && coveringField(q, 'bpf_nf_ctx', ['state']) === null) return null;
  const { btf } = q.env.kernel;
  const btfId = btf.findByNameKind(struct, Kind.STRUCT);
  return btfId < 0 ? null : { ...SCALAR, regType: RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED, btf, btfId };
};
