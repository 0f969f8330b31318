// SPDX-License-Identifier: GPL-2.0-only
import { words } from '../../kernel/words';
import { RegType } from '../../kernel/types';
import type { CallMeta } from '../call-meta';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { checkMemSizeReg, notNull, sizeFits } from '../memory';
import { isNullReg, mayBeNull } from '../state/reg-kinds';
import type { RegState } from '../state/reg';
import { argName, argValue, namedArg } from '../arg-no';

/** Refuses anything but a scalar. */
export function requireScalar(env: VerifierEnv, reg: RegState, arg: ArgNo, site: why.CallSite): void {
  if (reg.type !== RegType.SCALAR_VALUE)
    env.reject(Errno.EINVAL, `${argName(arg)} is not a scalar\n`, () => why.noScalar(env, site, arg, reg), {
      kind: 'argument',
      arg,
      callee: site.callee,
      needs: 'a number',
    });
}

/** The size of the memory that the argument before points to; `optional`: that may be NULL in every kernel. */
export function checkMemSizeArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, site: why.CallSite, optional: boolean): void {
  if (reg.type !== RegType.SCALAR_VALUE)
    env.reject(Errno.EINVAL, `${argName(arg)} is not a scalar\n`, () => why.noSize(env, site, arg, reg), {
      kind: 'argument',
      arg,
      callee: site.callee,
      needs: 'a number',
    });
  const memArg = arg + 1;
  let mem = argValue(env.frame, memArg);
  if (mayBeNull(mem.type) && !env.kernel.features['lookup.refined']) mem = notNull(env, mem);
  if (isNullReg(mem) && (optional || env.kernel.features['kfunc.nullMemory'])) return;
  try {
    checkMemSizeReg(env, mem, reg, memArg, arg, 'read-write', true, meta);
  } catch (e) {
    if (e instanceof Refused) {
      env.verbose(
        `${words(env.kernel.features, 'words.memoryPair')(namedArg(memArg), namedArg(arg))} memory, len pair leads to invalid memory access\n`,
      );
      env.explain(() => (sizeFits(reg, true) ? why.badPairMemory(env, site, memArg, arg) : why.badPairSize(env, site, arg, reg)));
    }
    throw e;
  }
}
