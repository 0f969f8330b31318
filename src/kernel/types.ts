// SPDX-License-Identifier: GPL-2.0-only
/**
 * Numbers that the verifier's tables are written in: register, argument and return types, type flags.
 * A type is `base | flags`: the low eight bits are the base type, the rest are {@link Flag} bits.
 * Facts: `include/linux/bpf.h` (enum bpf_reg_type, bpf_arg_type, bpf_return_type, bpf_type_flag).
 */

/** Mask of the base type (`BPF_BASE_TYPE_MASK`). */
export const BASE_TYPE_MASK = 0xff;

/** `enum bpf_type_flag`. */
export const enum Flag {
  PTR_MAYBE_NULL = 1 << 8,
  MEM_RDONLY = 1 << 9,
  MEM_RINGBUF = 1 << 10,
  MEM_USER = 1 << 11,
  MEM_PERCPU = 1 << 12,
  OBJ_RELEASE = 1 << 13,
  PTR_UNTRUSTED = 1 << 14,
  MEM_UNINIT = 1 << 15,
  DYNPTR_TYPE_LOCAL = 1 << 16,
  DYNPTR_TYPE_RINGBUF = 1 << 17,
  MEM_FIXED_SIZE = 1 << 18,
  MEM_ALLOC = 1 << 19,
  PTR_TRUSTED = 1 << 20,
  MEM_RCU = 1 << 21,
  NON_OWN_REF = 1 << 22,
  DYNPTR_TYPE_SKB = 1 << 23,
  DYNPTR_TYPE_XDP = 1 << 24,
  MEM_ALIGNED = 1 << 25,
  MEM_WRITE = 1 << 26,
  DYNPTR_TYPE_SKB_META = 1 << 27,
  DYNPTR_TYPE_FILE = 1 << 28,
}

/** All dynptr kinds (`DYNPTR_TYPE_FLAG_MASK`). */
export const DYNPTR_TYPE_FLAG_MASK =
  Flag.DYNPTR_TYPE_LOCAL |
  Flag.DYNPTR_TYPE_RINGBUF |
  Flag.DYNPTR_TYPE_SKB |
  Flag.DYNPTR_TYPE_XDP |
  Flag.DYNPTR_TYPE_SKB_META |
  Flag.DYNPTR_TYPE_FILE;

/** `enum bpf_reg_type`, base types. */
export const enum RegType {
  NOT_INIT = 0,
  SCALAR_VALUE,
  PTR_TO_CTX,
  CONST_PTR_TO_MAP,
  PTR_TO_MAP_VALUE,
  PTR_TO_MAP_KEY,
  PTR_TO_STACK,
  PTR_TO_PACKET_META,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_FLOW_KEYS,
  PTR_TO_SOCKET,
  PTR_TO_SOCK_COMMON,
  PTR_TO_TCP_SOCK,
  PTR_TO_TP_BUFFER,
  PTR_TO_XDP_SOCK,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TO_ARENA,
  PTR_TO_BUF,
  PTR_TO_FUNC,
  PTR_TO_INSN,
  CONST_PTR_TO_DYNPTR,
}

/** `enum bpf_arg_type`, base types. */
export const enum ArgType {
  DONTCARE = 0,
  CONST_MAP_PTR,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_ARENA,
  MEM_SIZE,
  MEM_SIZE_OR_ZERO,
  PTR_TO_CTX,
  ANYTHING,
  SCALAR,
  PTR_TO_SPIN_LOCK,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_BTF_ID,
  PTR_TO_RINGBUF_MEM,
  CONST_ALLOC_SIZE_OR_ZERO,
  PTR_TO_BTF_ID_SOCK_COMMON,
  PTR_TO_PERCPU_BTF_ID,
  PTR_TO_FUNC,
  PTR_TO_STACK,
  PTR_TO_CONST_STR,
  PTR_TO_TIMER,
  KPTR_XCHG_DEST,
  PTR_TO_DYNPTR,
}

/** `enum bpf_return_type`, base types. */
export const enum RetType {
  INTEGER = 0,
  VOID,
  PTR_TO_MAP_VALUE,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_SOCK_COMMON,
  PTR_TO_MEM,
  PTR_TO_MEM_OR_BTF_ID,
  PTR_TO_BTF_ID,
}

/** Base type of a register, argument or return type. */
export function baseType(type: number): number {
  return type & BASE_TYPE_MASK;
}

/** Flags of a register, argument or return type. */
export function typeFlags(type: number): number {
  return type & ~BASE_TYPE_MASK;
}
