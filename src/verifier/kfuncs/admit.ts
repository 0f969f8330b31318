// SPDX-License-Identifier: GPL-2.0-only
/** What decides whether an argument can be of its parameter's kind, which older kernels look at before the offset. */
import { isComposite } from '../../btf/util';
import { Kind } from '../../btf/types';
import { RegType } from '../../kernel/types';
import type { CallMeta } from '../call-meta';
import type { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { argName, argValue } from '../arg-no';
import { mayBeNull } from '../state/reg-kinds';
import type { RegState } from '../state/reg';
import { admitStruct, checkStructAsMem, knowsStruct, refusePointee } from './arg-btf';
import { KfArg, type KfuncArg } from './kinds';
import type { KfuncMeta } from './meta';

/** Refuses what `param` cannot be given whatever its offset is (`get_kfunc_ptr_arg_type`). */
export function admit(env: VerifierEnv, kfunc: KfuncMeta, param: KfuncArg, arg: ArgNo, meta: CallMeta, site: why.CallSite): void {
  const kindByType = env.kernel.features['kfunc.kindByType'];
  const reg = argValue(env.frame, arg);
  if (param.kind === KfArg.BTF_ID && param.isMap) {
    if (!kindByType && reg.obj === null && reg.num === 0) requireMap(env, reg, arg, site);
    return;
  }
  if (param.kind === KfArg.UNSUPPORTED) refuseUnsupported(env, kfunc, param, arg, meta, site);
  const isMem = param.kind === KfArg.MEM && !kindByType;
  const wanted = { btf: kfunc.btf, id: param.refId };
  const ref = kfunc.btf.type(param.refId);
  if ((param.kind === KfArg.BTF_ID || (isMem && knowsStruct(env, reg))) && ref !== undefined && isComposite(ref)) {
    admitStruct(env, reg, arg, wanted, meta, site);
  }
  // only a number is the length of the memory before it
  const isPair = isMem && !param.fixedSize && argValue(env.frame, arg - 1).type === RegType.SCALAR_VALUE;
  if (isMem && !param.fixedSize && !isPair && ref?.kind === Kind.VOID) refusePointee(env, wanted, arg, meta);
}

/** Refuses every argument for a parameter that points to what kfuncs cannot take. */
export function refuseUnsupported(
  env: VerifierEnv,
  kfunc: KfuncMeta,
  param: KfuncArg,
  arg: ArgNo,
  meta: CallMeta,
  site: why.CallSite,
): never {
  const wanted = { btf: kfunc.btf, id: param.refId };
  const reg = argValue(env.frame, arg);
  if (knowsStruct(env, reg)) checkStructAsMem(env, reg, arg, wanted, meta, site);
  return refusePointee(env, wanted, arg, meta, param.fixedSize ? '' : 'void, ');
}

/** A map itself. */
export function requireMap(env: VerifierEnv, reg: RegState, arg: ArgNo, site: why.CallSite): void {
  if (reg.base !== RegType.CONST_PTR_TO_MAP || mayBeNull(reg.type)) {
    env.reject(Errno.EINVAL, `pointer in ${argName(arg)} isn't map pointer\n`, undefined, {
      kind: 'argument',
      arg,
      callee: site.callee,
      needs: 'a map',
    });
  }
}
