// SPDX-License-Identifier: GPL-2.0-only
/** Contexts of cgroup device, sysctl and socket option programs. Facts: `kernel/bpf/cgroup.c`. */
import { RegType } from '../../../kernel/types';
import { byTable, exact, fieldBytes, narrow, type CtxRule } from './rules';

/** These two look at the end of the access, not only at its start. */
function endsInside(struct: string, rule: CtxRule): CtxRule {
  return (q) => (q.off + q.size > fieldBytes(q.env, struct, '').end ? null : rule(q));
}

/** `cgroup_dev_is_valid_access`. */
export const device = endsInside(
  'bpf_cgroup_dev_ctx',
  byTable({ struct: 'bpf_cgroup_dev_ctx', rows: [{ fields: ['access_type'], read: narrow(4) }], other: { read: exact(4) } }),
);

/** `sysctl_is_valid_access`. */
export const sysctl = endsInside(
  'bpf_sysctl',
  byTable({
    struct: 'bpf_sysctl',
    rows: [
      { fields: ['write'], read: narrow(4) },
      { fields: ['file_pos'], read: narrow(4), write: exact(4) },
    ],
    other: {},
  }),
);

/** `cg_sockopt_is_valid_access`. */
export const sockopt = byTable({
  struct: 'bpf_sockopt',
  rows: [
    {
      fields: ['retval'],
      read: exact(4),
      write: exact(4),
      readAttach: ['BPF_CGROUP_GETSOCKOPT'],
      writeAttach: ['BPF_CGROUP_GETSOCKOPT'],
    },
    { fields: ['optname', 'level'], atStart: true, read: exact(4), write: exact(4), writeAttach: ['BPF_CGROUP_SETSOCKOPT'] },
    { fields: ['optlen'], atStart: true, read: exact(4), write: exact(4) },
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCKET },
    { fields: ['optval'], read: exact(8), type: RegType.PTR_TO_PACKET },
    { fields: ['optval_end'], read: exact(8), type: RegType.PTR_TO_PACKET_END },
  ],
  other: { read: exact(4) },
});
