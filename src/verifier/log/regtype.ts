// SPDX-License-Identifier: GPL-2.0-only
import { BASE_TYPE_MASK, Flag, RegType } from '../../kernel/types';

const NAMES: Readonly<Record<number, string>> = {
  [RegType.NOT_INIT]: '?',
  [RegType.SCALAR_VALUE]: 'scalar',
  [RegType.PTR_TO_CTX]: 'ctx',
  [RegType.CONST_PTR_TO_MAP]: 'map_ptr',
  [RegType.PTR_TO_MAP_VALUE]: 'map_value',
  [RegType.PTR_TO_STACK]: 'fp',
  [RegType.PTR_TO_PACKET]: 'pkt',
  [RegType.PTR_TO_PACKET_META]: 'pkt_meta',
  [RegType.PTR_TO_PACKET_END]: 'pkt_end',
  [RegType.PTR_TO_FLOW_KEYS]: 'flow_keys',
  [RegType.PTR_TO_SOCKET]: 'sock',
  [RegType.PTR_TO_SOCK_COMMON]: 'sock_common',
  [RegType.PTR_TO_TCP_SOCK]: 'tcp_sock',
  [RegType.PTR_TO_TP_BUFFER]: 'tp_buffer',
  [RegType.PTR_TO_XDP_SOCK]: 'xdp_sock',
  [RegType.PTR_TO_BTF_ID]: 'ptr_',
  [RegType.PTR_TO_MEM]: 'mem',
  [RegType.PTR_TO_ARENA]: 'arena',
  [RegType.PTR_TO_BUF]: 'buf',
  [RegType.PTR_TO_FUNC]: 'func',
  [RegType.PTR_TO_INSN]: 'insn',
  [RegType.PTR_TO_MAP_KEY]: 'map_key',
  [RegType.CONST_PTR_TO_DYNPTR]: 'dynptr_ptr',
};

const PREFIXES: readonly (readonly [Flag, string])[] = [
  [Flag.MEM_RDONLY, 'rdonly_'],
  [Flag.MEM_RINGBUF, 'ringbuf_'],
  [Flag.MEM_USER, 'user_'],
  [Flag.MEM_PERCPU, 'percpu_'],
  [Flag.MEM_RCU, 'rcu_'],
  [Flag.PTR_UNTRUSTED, 'untrusted_'],
  [Flag.PTR_TRUSTED, 'trusted_'],
];

/** A register type as messages and states name it, e.g. `trusted_ptr_or_null_` (`kernel/bpf/log.c: reg_type_str`). */
export function regTypeStr(type: number): string {
  const base = type & BASE_TYPE_MASK;
  let text = '';
  for (const [flag, prefix] of PREFIXES) if ((type & flag) !== 0) text += prefix;
  text += NAMES[base] ?? '(null)';
  if ((type & Flag.PTR_MAYBE_NULL) !== 0) text += base === RegType.PTR_TO_BTF_ID ? 'or_null_' : '_or_null';
  return text;
}

const DYNPTR_NAMES: readonly string[] = ['<invalid>', 'local', 'ringbuf', 'skb', 'xdp', 'skb_meta', 'file'];

/** `enum bpf_dynptr_type` by number (`dynptr_type_str`). */
export function dynptrTypeStr(type: number): string {
  return DYNPTR_NAMES[type] ?? '<unknown>';
}
