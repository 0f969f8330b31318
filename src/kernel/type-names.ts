// SPDX-License-Identifier: GPL-2.0-only
import { ArgType, Flag, RegType, RetType } from './types';

/**
 * The kernel's names of types and type flags, and the number that each has here. Numbers of other kernels differ from 7.3's, and some names too,
 * so tables spell types (`ARG_PTR_TO_MEM|MEM_RDONLY`) and this is where they become numbers.
 * Facts: `include/linux/bpf.h` (enum bpf_arg_type, bpf_return_type, bpf_reg_type, bpf_type_flag) of 6.1 to 7.3.
 */
const NUMBERS: ReadonlyMap<string, number> = new Map<string, number>([
  ['ARG_DONTCARE', ArgType.DONTCARE],
  ['ARG_CONST_MAP_PTR', ArgType.CONST_MAP_PTR],
  ['ARG_PTR_TO_MAP_KEY', ArgType.PTR_TO_MAP_KEY],
  ['ARG_PTR_TO_MAP_VALUE', ArgType.PTR_TO_MAP_VALUE],
  ['ARG_PTR_TO_MEM', ArgType.PTR_TO_MEM],
  ['ARG_PTR_TO_ARENA', ArgType.PTR_TO_ARENA],
  ['ARG_MEM_SIZE', ArgType.MEM_SIZE],
  ['ARG_MEM_SIZE_OR_ZERO', ArgType.MEM_SIZE_OR_ZERO],
  ['ARG_PTR_TO_CTX', ArgType.PTR_TO_CTX],
  ['ARG_ANYTHING', ArgType.ANYTHING],
  ['ARG_SCALAR', ArgType.SCALAR],
  ['ARG_PTR_TO_SPIN_LOCK', ArgType.PTR_TO_SPIN_LOCK],
  ['ARG_PTR_TO_SOCK_COMMON', ArgType.PTR_TO_SOCK_COMMON],
  ['ARG_PTR_TO_SOCKET', ArgType.PTR_TO_SOCKET],
  ['ARG_PTR_TO_BTF_ID', ArgType.PTR_TO_BTF_ID],
  ['ARG_PTR_TO_RINGBUF_MEM', ArgType.PTR_TO_RINGBUF_MEM],
  ['ARG_CONST_ALLOC_SIZE_OR_ZERO', ArgType.CONST_ALLOC_SIZE_OR_ZERO],
  ['ARG_PTR_TO_BTF_ID_SOCK_COMMON', ArgType.PTR_TO_BTF_ID_SOCK_COMMON],
  ['ARG_PTR_TO_PERCPU_BTF_ID', ArgType.PTR_TO_PERCPU_BTF_ID],
  ['ARG_PTR_TO_FUNC', ArgType.PTR_TO_FUNC],
  ['ARG_PTR_TO_STACK', ArgType.PTR_TO_STACK],
  ['ARG_PTR_TO_CONST_STR', ArgType.PTR_TO_CONST_STR],
  ['ARG_PTR_TO_TIMER', ArgType.PTR_TO_TIMER],
  ['ARG_KPTR_XCHG_DEST', ArgType.KPTR_XCHG_DEST],
  ['ARG_PTR_TO_DYNPTR', ArgType.PTR_TO_DYNPTR],
  // names of older kernels
  ['ARG_CONST_SIZE', ArgType.MEM_SIZE],
  ['ARG_CONST_SIZE_OR_ZERO', ArgType.MEM_SIZE_OR_ZERO],
  ['ARG_PTR_TO_ALLOC_MEM', ArgType.PTR_TO_RINGBUF_MEM],
  ['ARG_PTR_TO_KPTR', ArgType.KPTR_XCHG_DEST],

  ['RET_INTEGER', RetType.INTEGER],
  ['RET_VOID', RetType.VOID],
  ['RET_PTR_TO_MAP_VALUE', RetType.PTR_TO_MAP_VALUE],
  ['RET_PTR_TO_SOCKET', RetType.PTR_TO_SOCKET],
  ['RET_PTR_TO_TCP_SOCK', RetType.PTR_TO_TCP_SOCK],
  ['RET_PTR_TO_SOCK_COMMON', RetType.PTR_TO_SOCK_COMMON],
  ['RET_PTR_TO_MEM', RetType.PTR_TO_MEM],
  ['RET_PTR_TO_MEM_OR_BTF_ID', RetType.PTR_TO_MEM_OR_BTF_ID],
  ['RET_PTR_TO_BTF_ID', RetType.PTR_TO_BTF_ID],
  ['RET_PTR_TO_ALLOC_MEM', RetType.PTR_TO_MEM],

  ['SCALAR_VALUE', RegType.SCALAR_VALUE],
  ['PTR_TO_BTF_ID', RegType.PTR_TO_BTF_ID],
  ['PTR_TO_BUF', RegType.PTR_TO_BUF],
  ['PTR_TO_MEM', RegType.PTR_TO_MEM],
  ['PTR_TO_CTX', RegType.PTR_TO_CTX],
  ['PTR_TO_MAP_VALUE', RegType.PTR_TO_MAP_VALUE],
  ['PTR_TO_MAP_KEY', RegType.PTR_TO_MAP_KEY],

  ['PTR_MAYBE_NULL', Flag.PTR_MAYBE_NULL],
  ['MEM_RDONLY', Flag.MEM_RDONLY],
  ['MEM_RINGBUF', Flag.MEM_RINGBUF],
  ['MEM_USER', Flag.MEM_USER],
  ['MEM_PERCPU', Flag.MEM_PERCPU],
  ['OBJ_RELEASE', Flag.OBJ_RELEASE],
  ['PTR_UNTRUSTED', Flag.PTR_UNTRUSTED],
  ['MEM_UNINIT', Flag.MEM_UNINIT],
  ['DYNPTR_TYPE_LOCAL', Flag.DYNPTR_TYPE_LOCAL],
  ['DYNPTR_TYPE_RINGBUF', Flag.DYNPTR_TYPE_RINGBUF],
  ['MEM_FIXED_SIZE', Flag.MEM_FIXED_SIZE],
  ['MEM_ALLOC', Flag.MEM_ALLOC],
  ['PTR_TRUSTED', Flag.PTR_TRUSTED],
  ['MEM_RCU', Flag.MEM_RCU],
  ['NON_OWN_REF', Flag.NON_OWN_REF],
  ['DYNPTR_TYPE_SKB', Flag.DYNPTR_TYPE_SKB],
  ['DYNPTR_TYPE_XDP', Flag.DYNPTR_TYPE_XDP],
  ['MEM_ALIGNED', Flag.MEM_ALIGNED],
  ['MEM_WRITE', Flag.MEM_WRITE],
  ['DYNPTR_TYPE_SKB_META', Flag.DYNPTR_TYPE_SKB_META],
  ['DYNPTR_TYPE_FILE', Flag.DYNPTR_TYPE_FILE],
]);

/** `base | flags` of a spelling `BASE|FLAG|…`; 0 for ''. Throws RangeError for a name that no known kernel has. */
export function typeNumber(text: string): number {
  let type = 0;
  for (const name of text.split('|')) {
    if (name === '') continue;
    const n = NUMBERS.get(name);
    if (n === undefined) throw new RangeError(`unknown type ${name}`);
    type |= n;
  }
  return type;
}
