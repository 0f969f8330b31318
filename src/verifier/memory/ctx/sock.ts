// SPDX-License-Identifier: GPL-2.0-only
/** Socket structs, as contexts and behind socket pointers. Facts: `net/core/filter.c: bpf_sock_is_valid_access` and neighbours. */
import type { Constant } from '../../../kernel/constants';
import { RegType } from '../../../kernel/types';
import { smin } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { regTypeStr } from '../../log/regtype';
import type { RegState } from '../../state/reg';
import { attachedAs, byTable, coveringField, either, exact, narrow, type CtxQuery, type CtxRule, type Field } from './rules';
import { argName } from '../../arg-no';

const readable = { read: narrow(4), write: narrow(4) };

/** `struct bpf_sock`; sizes only. */
const sock = byTable({
  struct: 'bpf_sock',
  rows: [
    { fields: ['state', 'family', 'type', 'protocol', 'src_port', 'rx_queue_mapping'], atStart: true, ...readable },
    { fields: ['src_ip4', 'src_ip6', 'dst_ip4', 'dst_ip6'], ...readable },
    { fields: ['dst_port'], read: either(exact(4), narrow(2)), write: either(exact(4), narrow(2)) },
    { fields: ['dst_port>dst_ip4'] },
  ],
  other: { read: exact(4), write: exact(4) },
});

/** `struct bpf_sock` of sockets that may be time-wait or request sockets. */
const sockCommon: CtxRule = (q) => (coveringField(q, 'bpf_sock', ['type..priority']) !== null ? null : sock(q));

const tcpSock = byTable({
  struct: 'bpf_tcp_sock',
  last: 'icsk_retransmits',
  rows: [{ fields: ['bytes_received', 'bytes_acked'], atStart: true, read: exact(8) }],
  other: { read: exact(4) },
});

const xdpSock = byTable({ struct: 'bpf_xdp_sock', last: 'queue_id', rows: [], other: { read: exact(4) } });

const BY_TYPE: ReadonlyMap<number, CtxRule> = new Map([
  [RegType.PTR_TO_SOCK_COMMON, sockCommon],
  [RegType.PTR_TO_SOCKET, sock],
  [RegType.PTR_TO_TCP_SOCK, tcpSock],
  [RegType.PTR_TO_XDP_SOCK, xdpSock],
]);

/** Load from a socket struct (`kernel/bpf/verifier.c: check_sock_access`). */
export function checkSockAccess(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number): void {
  if (smin(reg.val) < 0) {
    env.reject(
      Errno.EACCES,
      `${argName(arg)} min value is negative, either use unsigned index or do a if (index >=0) check.\n`,
      undefined,
      {
        kind: 'outside',
        arg,
        how: 'negative',
        off,
        size,
        limit: 0,
      },
    );
  }
  const result = BY_TYPE.get(reg.type)!({ env, off, size, write: false, isLdsx: false });
  if (result === null) {
    env.reject(Errno.EACCES, `${argName(arg)} invalid ${regTypeStr(reg.type)} access off=${off} size=${size}\n`, undefined, {
      kind: 'struct-access',
      off,
      size,
    });
  }
}

/** Fields of the context of socket programs, by what they are attached to. */
const BY_ATTACH: readonly {
  readonly fields: readonly Field[];
  readonly atStart: boolean;
  readonly attach: readonly Constant[];
  readonly write: boolean;
}[] = [
  {
    fields: ['bound_dev_if', 'mark', 'priority'],
    atStart: true,
    attach: ['BPF_CGROUP_INET_SOCK_CREATE', 'BPF_CGROUP_INET_SOCK_RELEASE'],
    write: true,
  },
  { fields: ['src_ip4'], atStart: false, attach: ['BPF_CGROUP_INET4_POST_BIND'], write: false },
  { fields: ['src_ip6'], atStart: false, attach: ['BPF_CGROUP_INET6_POST_BIND'], write: false },
  { fields: ['src_port'], atStart: false, attach: ['BPF_CGROUP_INET4_POST_BIND', 'BPF_CGROUP_INET6_POST_BIND'], write: false },
];

function attachAllows(q: CtxQuery): boolean {
  for (const row of BY_ATTACH) {
    if (coveringField(q, 'bpf_sock', row.fields, row.atStart) === null) continue;
    return attachedAs(q.env, row.attach) && (row.write || !q.write);
  }
  return !q.write;
}

/** Context of cgroup socket programs (`sock_filter_is_valid_access`). */
export const cgroupSock: CtxRule = (q) => {
  const result = sock(q);
  return result !== null && attachAllows(q) ? result : null;
};
