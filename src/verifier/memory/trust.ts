// SPDX-License-Identifier: GPL-2.0-only
import { baseType, Flag, RegType, typeFlags } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { regIsReferenced } from '../objects/lookup';
import type { RegState } from '../state/reg';
import { hasUnsafeModifiers, TRUSTED_MODIFIERS } from '../state/reg-kinds';

/** Register types that stand for a kernel struct and are trusted without flags (`reg2btf_ids`). */
const ALWAYS_TRUSTED: ReadonlySet<number> = new Set([
  RegType.PTR_TO_SOCKET,
  RegType.PTR_TO_SOCK_COMMON,
  RegType.PTR_TO_TCP_SOCK,
  RegType.CONST_PTR_TO_MAP,
]);

/** A pointer that certainly points to a live object (`kernel/bpf/verifier.c: is_trusted_reg`). */
export function isTrustedReg(env: VerifierEnv, reg: RegState): boolean {
  if (regIsReferenced(env, reg)) return true;
  if (hasUnsafeModifiers(reg.type)) return false;
  return ALWAYS_TRUSTED.has(baseType(reg.type)) || (typeFlags(reg.type) & TRUSTED_MODIFIERS) !== 0;
}

/** A pointer to an object that RCU protects now (`is_rcu_reg`). */
export function isRcuReg(reg: RegState): boolean {
  return (reg.type & Flag.MEM_RCU) !== 0;
}
