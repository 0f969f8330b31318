// SPDX-License-Identifier: GPL-2.0-only
/** Contexts of struct_ops programs, by the owner's `is_valid_access`. */
import { Kind } from '../../../btf/types';
import { baseType, Flag, RegType } from '../../../kernel/types';
import { hasUnsafeModifiers } from '../../state/reg-kinds';
import { SCALAR, type CtxRule } from './rules';
import { tracing } from './tracing';

/** Congestion control gets its sockets as TCP sockets (`net/ipv4/bpf_tcp_ca.c: bpf_tcp_ca_is_valid_access`). */
const tcpCa: CtxRule = (q) => {
  const result = tracing(q);
  if (result === null || result.btf === null) return result;
  const { btf } = q.env.kernel;
  const isSock = baseType(result.regType) === RegType.PTR_TO_BTF_ID && !hasUnsafeModifiers(result.regType);
  if (!isSock || result.btfId !== btf.findByNameKind('sock', Kind.STRUCT)) return result;
  return { ...result, btfId: btf.findByNameKind('tcp_sock', Kind.STRUCT) };
};

/** The list of packets to free of `enqueue` is a struct of its own (`net/sched/bpf_qdisc.c: bpf_qdisc_is_valid_access`). */
const qdisc: CtxRule = (q) => {
  const isEnqueue = q.env.attach.structOps?.member === 'enqueue';
  if (!isEnqueue || q.write || q.off < 16 || q.off >= 24) return tracing(q);
  const btf = q.env.prog.attachBtf ?? q.env.kernel.btf;
  const btfId = btf.findByNameKind('bpf_sk_buff_ptr', Kind.STRUCT);
  return { ...SCALAR, regType: RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED, btf, btfId };
};

/** By the C name of the callback; all others end in the common rule. */
const SPECIAL: ReadonlyMap<string, CtxRule> = new Map([
  ['bpf_tcp_ca_is_valid_access', tcpCa],
  ['bpf_qdisc_is_valid_access', qdisc],
]);
const COMMON: ReadonlySet<string> = new Set([
  'bpf_tracing_btf_ctx_access',
  'bpf_scx_is_valid_access',
  'hid_bpf_ops_is_valid_access',
  'bpf_dummy_ops_is_valid_access',
  'bpf_io_is_valid_access',
  'bpf_testmod_ops_is_valid_access',
]);

/** A program of a struct_ops member. */
export const structOps: CtxRule = (q) => {
  const owner = q.env.attach.structOps;
  if (owner === null) return q.env.unmodelled('struct_ops program without owner');
  const callback = q.env.kernel.structOps(owner.typeName)?.isValidAccess ?? '';
  // an owner without the callback gives its programs no context
  if (callback === '') return null;
  const rule = SPECIAL.get(callback) ?? (COMMON.has(callback) ? tracing : null);
  return rule === null ? q.env.unmodelled(`context of struct_ops ${owner.typeName}`) : rule(q);
};
