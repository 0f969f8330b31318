// SPDX-License-Identifier: GPL-2.0-only
/** `struct __sk_buff` for each program type that has it. Facts: `net/core/filter.c: bpf_skb_is_valid_access` and the functions that end in it. */
import { Flag, RegType } from '../../../kernel/types';
import { byTable, coveringField, exact, inside, narrow, SCALAR, type CtxRule, type Field } from './rules';

const STRUCT = '__sk_buff';

/** What all program types share. */
const base = byTable({
  struct: STRUCT,
  rows: [
    { fields: ['cb'], read: inside, write: inside },
    { fields: ['data', 'data_meta', 'data_end'], read: exact(4), write: exact(4), noSignExtend: true },
    { fields: ['remote_ip6', 'local_ip6', 'remote_ip4', 'local_ip4'], read: exact(4), write: exact(4) },
    { fields: ['flow_keys'] },
    { fields: ['hwtstamp'], read: exact(8) },
    { fields: ['tstamp'], read: exact(8), write: exact(8) },
    { fields: ['sk'], read: exact(8), type: RegType.PTR_TO_SOCK_COMMON | Flag.PTR_MAYBE_NULL },
    { fields: ['tstamp_type'], atStart: true },
    { fields: ['tstamp_type>hwtstamp'] },
  ],
  other: { read: narrow(4), write: exact(4) },
});

/** What a program type makes of the struct. */
interface SkbView {
  /** Fields out of reach. */
  readonly hidden: readonly Field[];
  /** Fields that may be written. */
  readonly writable: readonly Field[];
  /** Fields that are pointers. */
  readonly typed: Readonly<Record<string, number>>;
  /** Fields that need CAP_BPF, for any access and for stores. */
  readonly privileged?: readonly Field[];
  readonly privilegedStores?: readonly Field[];
  /** Readable in addition: the clock type of the time stamp, one byte. */
  readonly tstampType?: true;
}

const PACKET = { data: RegType.PTR_TO_PACKET, data_end: RegType.PTR_TO_PACKET_END };
const PACKET_AND_META = { ...PACKET, data_meta: RegType.PTR_TO_PACKET_META };

function byView(view: SkbView): CtxRule {
  return (q) => {
    const at = (fields: readonly Field[]): boolean => coveringField(q, STRUCT, fields) !== null;
    if (at(view.hidden)) return null;
    if (q.write && !at(view.writable)) return null;
    if (!q.env.bpfCapable && (at(view.privileged ?? []) || (q.write && at(view.privilegedStores ?? [])))) return null;
    if (view.tstampType === true && coveringField(q, STRUCT, ['tstamp_type'], true) !== null) return q.size === 1 ? SCALAR : null;
    const result = base(q);
    const field = Object.keys(view.typed).find((name) => at([name]));
    return result === null || field === undefined ? result : { ...result, regType: view.typed[field]! };
  };
}

/** `sk_filter_is_valid_access`. */
export const socketFilter = byView({
  hidden: ['tc_classid', 'data', 'data_meta', 'data_end', 'family..local_port', 'tstamp', 'wire_len', 'hwtstamp'],
  writable: ['cb'],
  typed: {},
});

/** `cg_skb_is_valid_access`. */
export const cgroupSkb = byView({
  hidden: ['tc_classid', 'data_meta', 'wire_len'],
  writable: ['mark', 'priority', 'cb', 'tstamp'],
  typed: PACKET,
  privileged: ['data', 'data_end'],
  privilegedStores: ['tstamp'],
});

/** `lwt_is_valid_access`. */
export const lwt = byView({
  hidden: ['tc_classid', 'family..local_port', 'data_meta', 'tstamp', 'wire_len', 'hwtstamp'],
  writable: ['mark', 'priority', 'cb'],
  typed: PACKET,
});

/** `tc_cls_act_is_valid_access`. */
export const classifier = byView({
  hidden: ['family..local_port'],
  writable: ['mark', 'tc_index', 'priority', 'tc_classid', 'cb', 'tstamp', 'queue_mapping'],
  typed: PACKET_AND_META,
  tstampType: true,
});

/** `sk_skb_is_valid_access`. */
export const skSkb = byView({
  hidden: ['tc_classid', 'data_meta', 'tstamp', 'wire_len', 'hwtstamp', 'mark'],
  writable: ['tc_index', 'priority'],
  typed: PACKET,
});

/** `flow_dissector_is_valid_access`. */
export const flowDissector = byTable({
  struct: STRUCT,
  rows: [
    { fields: ['data'], read: exact(4), noSignExtend: true, type: RegType.PTR_TO_PACKET },
    { fields: ['data_end'], read: exact(4), noSignExtend: true, type: RegType.PTR_TO_PACKET_END },
    { fields: ['flow_keys'], read: exact(8), type: RegType.PTR_TO_FLOW_KEYS },
  ],
  other: {},
});
