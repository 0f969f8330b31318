// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { isNullReg } from '../state/reg-kinds';
import { releaseDynptr as unmarkDynptr } from '../objects/dynptr';
import { convertAllocRcuProtected, releaseReference } from '../objects/refs';
import type { RegState } from '../state/reg';
import { regIsReferenced } from '../objects/lookup';

/**
 * Gives up what a release argument owns: a dynptr, an object, or (kptr_xchg of a per-CPU object) its protection becomes RCU's
 * (`kernel/bpf/verifier.c: release_reg`). NULL owns nothing. Refuses silently what owns nothing else.
 */
export function releaseReg(env: VerifierEnv, reg: RegState, convertRcu: boolean, releaseDynptr: boolean): void {
  if (isNullReg(reg)) return;
  if (releaseDynptr) unmarkDynptr(env, reg);
  else if (convertRcu) convertAllocRcuProtected(env, reg.id);
  else if (regIsReferenced(env, reg)) releaseReference(env, reg.id);
  else env.reject(Errno.EINVAL);
}
