// SPDX-License-Identifier: GPL-2.0-only
/** One instruction, one kind of pointer. Facts: `kernel/bpf/verifier.c: save_aux_ptr_type, reg_type_mismatch, merge_ptr_types`. */
import { baseType, Flag, RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { mayFaultOnDeref } from '../state/reg-kinds';

/** Base types whose accesses are rewritten later, so that an instruction must see no other type. */
const REWRITTEN: ReadonlySet<number> = new Set([
  RegType.PTR_TO_CTX,
  RegType.PTR_TO_SOCKET,
  RegType.PTR_TO_SOCK_COMMON,
  RegType.PTR_TO_TCP_SOCK,
  RegType.PTR_TO_XDP_SOCK,
  RegType.PTR_TO_BTF_ID,
  RegType.PTR_TO_ARENA,
]);

function mayMix(type: number): boolean {
  return baseType(type) === RegType.PTR_TO_MEM ? !mayFaultOnDeref(type) : !REWRITTEN.has(baseType(type));
}

function isMemOrBtf(type: number): boolean {
  return baseType(type) === RegType.PTR_TO_MEM || baseType(type) === RegType.PTR_TO_BTF_ID;
}

/** The type that keeps fault protection when one of the two needs it. */
function merged(a: number, b: number): number {
  const mem = baseType(a) === RegType.PTR_TO_MEM || baseType(b) === RegType.PTR_TO_MEM;
  const base = mem ? RegType.PTR_TO_MEM : RegType.PTR_TO_BTF_ID;
  if (!mayFaultOnDeref(a) && !mayFaultOnDeref(b)) return base | ((a | b) & Flag.MEM_RDONLY);
  return base | Flag.PTR_UNTRUSTED | (mem ? Flag.MEM_RDONLY : 0);
}

/**
 * Remembers the pointer type that the current instruction used, and refuses it when another path used it with a type that is handled
 * differently.
 * @param mergeTrust loads may mix trusted and untrusted pointers
 */
export function savePtrType(env: VerifierEnv, type: number, mergeTrust: boolean): void {
  const { insnIdx } = env;
  const { ptrType } = env.aux;
  const known = ptrType[insnIdx]!;
  if (known === RegType.NOT_INIT) {
    ptrType[insnIdx] = type;
    return;
  }
  if (known === type || (mayMix(type) && mayMix(known))) return;
  if (!mergeTrust || !isMemOrBtf(type) || !isMemOrBtf(known)) {
    env.reject(Errno.EINVAL, 'same insn cannot be used with different pointers\n', undefined, { kind: 'mixed-pointers' });
  }
  ptrType[insnIdx] = merged(type, known);
}
