// SPDX-License-Identifier: GPL-2.0-only
/** Questions about register types that memory checks share (`include/linux/bpf_verifier.h`). */
import { baseType, Flag, RegType, typeFlags } from '../../kernel/types';
import { isNull } from '../domain';
import type { RegState } from './reg';

/** Flags that make a pointer trusted (`BPF_REG_TRUSTED_MODIFIERS`). */
export const TRUSTED_MODIFIERS = Flag.MEM_ALLOC | Flag.PTR_TRUSTED | Flag.NON_OWN_REF;

/** True if a flag other than the trusting ones is set (`bpf_type_has_unsafe_modifiers`). */
export function hasUnsafeModifiers(type: number): boolean {
  return (typeFlags(type) & ~TRUSTED_MODIFIERS) !== 0;
}

/** A load through it needs fault protection (`bpf_may_fault_on_deref`). */
export function mayFaultOnDeref(type: number): boolean {
  return type === RegType.PTR_TO_BTF_ID || (type & Flag.PTR_UNTRUSTED) !== 0;
}

/** Object allocated by the program, reachable for writes (`type_is_ptr_alloc_obj`). */
export function isAllocObj(type: number): boolean {
  return baseType(type) === RegType.PTR_TO_BTF_ID && (type & Flag.MEM_ALLOC) !== 0 && (type & Flag.PTR_UNTRUSTED) === 0;
}

/** Reference to such an object that does not own it (`type_is_non_owning_ref`). */
export function isNonOwningRef(type: number): boolean {
  return isAllocObj(type) && (type & Flag.NON_OWN_REF) !== 0;
}

/** `type_is_alloc`. */
export function isAlloc(type: number): boolean {
  return (type & Flag.MEM_ALLOC) !== 0;
}

/** Packet or packet metadata (`type_is_pkt_pointer`). */
export function isPacketPointer(type: number): boolean {
  const base = baseType(type);
  return base === RegType.PTR_TO_PACKET || base === RegType.PTR_TO_PACKET_META;
}

/** One of the socket types without flags (`type_is_sk_pointer`). */
export function isSocketPointer(type: number): boolean {
  return (
    type === RegType.PTR_TO_SOCKET ||
    type === RegType.PTR_TO_SOCK_COMMON ||
    type === RegType.PTR_TO_TCP_SOCK ||
    type === RegType.PTR_TO_XDP_SOCK
  );
}

/** Memory that may only be read (`type_is_rdonly_mem`). */
export function isRdonlyMem(type: number): boolean {
  return (type & Flag.MEM_RDONLY) !== 0;
}

/** A pointer of any kind (`is_pointer_regtype`). */
export function isPointerType(type: number): boolean {
  return type !== RegType.SCALAR_VALUE && type !== RegType.NOT_INIT;
}

/** The scalar 0 (`bpf_register_is_null`). */
export function isNullReg(reg: RegState): boolean {
  return reg.type === RegType.SCALAR_VALUE && isNull(reg.val);
}

/** Whether a pointer of that type may be NULL (`type_may_be_null`). */
export function mayBeNull(type: number): boolean {
  return (type & Flag.PTR_MAYBE_NULL) !== 0;
}
