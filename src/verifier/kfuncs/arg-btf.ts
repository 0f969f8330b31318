// SPDX-License-Identifier: GPL-2.0-only
/** Pointer arguments to structs of the kernel or a module: trust and type. */
import type { Btf } from '../../btf/types';
import { isComposite, kindName, skipModifiers } from '../../btf/util';
import { baseType, RegType } from '../../kernel/types';
import { Kf } from '../../kernel/profile';
import { words } from '../../kernel/words';
import type { CallMeta } from '../call-meta';
import { constLow32 } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { btfStructIdsMatch, isRcuReg, isTrustedReg } from '../memory';
import { hasUnsafeModifiers, isAlloc } from '../state/reg-kinds';
import type { RegState } from '../state/reg';
import { regTypeOfStruct, structOfRegType } from './reg-struct';
import { isScalarStruct } from './scalar-struct';
import { regIsReferenced } from '../objects/lookup';
import { argName, kfuncArgName, namedArg } from '../arg-no';

/** `NOCAST_ALIAS_SUFFIX`. */
const NOCAST_SUFFIX = '___init';

/** A struct that a kfunc expects. */
export interface WantedStruct {
  readonly btf: Btf;
  readonly id: number;
}

/** Whether pointers to structs must be trusted and must not be NULL; in older kernels the kfunc's flags say so (`is_kfunc_trusted_args`). */
export function takesTrustedOnly(env: VerifierEnv, kfuncFlags: number): boolean {
  return env.kernel.features['kfunc.trustedByDefault'] || (kfuncFlags & (Kf.TRUSTED_ARGS | Kf.RELEASE | Kf.RCU)) !== 0;
}

/**
 * Whether an argument may be taken for a pointer to that struct at all: a struct that is trusted where that is needed; in older kernels
 * nothing else unless the struct holds scalars only (`get_kfunc_ptr_arg_type`).
 */
export function admitStruct(env: VerifierEnv, reg: RegState, arg: ArgNo, wanted: WantedStruct, meta: CallMeta, site: why.CallSite): void {
  if (!knowsStruct(env, reg)) {
    const fits = env.kernel.features['kfunc.kindByType'] || isScalarStruct(env, wanted.btf, wanted.btf.type(wanted.id)!);
    if (!fits) refusePointee(env, wanted, arg, meta);
    return;
  }
  if (!takesTrustedOnly(env, meta.kfuncFlags) || (isTrustedReg(env, reg) && !hasUnsafeModifiers(reg.type))) return;
  const rcu = (meta.kfuncFlags & Kf.RCU) !== 0;
  if (rcu && isRcuReg(reg)) return;
  env.reject(
    Errno.EINVAL,
    `${argName(arg)} must be ${rcu ? 'a rcu pointer' : 'referenced or trusted'}\n`,
    () => (rcu ? why.noRcuPointer : why.untrusted)(env, site, arg, reg, meta.btf!, wanted.id),
    { kind: 'untrusted', arg, callee: site.callee, wanted: wanted.btf.type(wanted.id)?.name ?? '', rcu },
  );
}

/**
 * A pointer to a struct (`KF_ARG_PTR_TO_BTF_ID`). Returns true when it was checked; false when the register knows no type but
 * the struct holds scalars only, so that plain memory of its size will do.
 */
export function checkBtfArg(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  wanted: WantedStruct,
  meta: CallMeta,
  site: why.CallSite,
): boolean {
  admitStruct(env, reg, arg, wanted, meta, site);
  if (knowsStruct(env, reg)) {
    matchStruct(env, reg, arg, wanted, meta);
    return true;
  }
  const ref = wanted.btf.type(wanted.id)!;
  if (isScalarStruct(env, wanted.btf, ref)) return false;
  const regType = regTypeOfStruct(env, wanted.id);
  const or = regType === RegType.NOT_INIT ? '' : ` or ${regTypeStr(regType)}`;
  return env.reject(
    Errno.EINVAL,
    `${argName(arg)} is ${regTypeStr(reg.type)} expected ${kindName(ref.kind)} ${ref.name}${or}\n`,
    () => why.noKernelObject(env, site, arg, reg, meta.btf!, wanted.id),
    { kind: 'argument-struct', arg, callee: site.callee, wanted: ref.name, have: '' },
  );
}

/** Whether the register is of a type of the kernel, or stands for one. */
export function knowsStruct(env: VerifierEnv, reg: RegState): boolean {
  return reg.base === RegType.PTR_TO_BTF_ID || structOfRegType(env, reg.base) >= 0;
}

/** A struct of the kernel where a kfunc takes memory, as kernels have it that go by what is given: as that struct or not at all. */
export function checkStructAsMem(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  wanted: WantedStruct,
  meta: CallMeta,
  site: why.CallSite,
): void {
  const ref = wanted.btf.type(wanted.id)!;
  if (isComposite(ref)) {
    checkBtfArg(env, reg, arg, wanted, meta, site);
    return;
  }
  const name = words(env.kernel.features, 'words.kfuncStruct')(namedArg(arg));
  const what = `${name} pointer type ${kindName(ref.kind)} ${ref.name}`;
  env.reject(Errno.EINVAL, `kernel function ${meta.funcName} ${what} is not supported\n`, undefined, {
    kind: 'argument-struct',
    arg,
    callee: site.callee,
    wanted: '',
    have: reg.btf?.type(reg.btfId)?.name ?? '',
  });
}

/** Plain memory where a struct with more than numbers is wanted. */
export function refusePointee(env: VerifierEnv, wanted: WantedStruct, arg: ArgNo, meta: CallMeta, orVoid = ''): never {
  const ref = wanted.btf.type(wanted.id)!;
  const what = `${kfuncArgName(env, arg)} pointer type ${kindName(ref.kind)} ${ref.name}`;
  return env.reject(Errno.EINVAL, `${what} must point to ${orVoid}scalar, or struct with scalar\n`, undefined, {
    kind: 'argument-struct',
    arg,
    callee: meta.funcName,
    wanted: ref.name,
    have: '',
  });
}

/** `process_kf_arg_ptr_to_btf_id`. */
function matchStruct(env: VerifierEnv, reg: RegState, arg: ArgNo, wanted: WantedStruct, meta: CallMeta): void {
  const own = reg.base === RegType.PTR_TO_BTF_ID;
  const regBtf = own ? reg.btf : env.kernel.btf;
  const rawId = own ? reg.btfId : structOfRegType(env, baseType(reg.type));
  const strict = ((meta.kfuncFlags & Kf.RELEASE) !== 0 && regIsReferenced(env, reg)) || isNocastAlias(regBtf, rawId, wanted);
  const regId = skipModifiers(regBtf, rawId);
  const same = btfStructIdsMatch(env, regBtf, regId, constLow32(reg.val), wanted.btf, wanted.id, strict, !isAlloc(reg.type));
  const have = regBtf.type(regId)!;
  const want = wanted.btf.type(wanted.id)!;
  if (same || isProjectionOf(want.name, have.name)) return;
  env.reject(
    Errno.EINVAL,
    `kernel function ${meta.funcName} ${words(env.kernel.features, 'words.kfuncStruct')(namedArg(arg))} expected pointer to ${kindName(want.kind)} ${want.name} but ` +
      `${argName(arg)} has a pointer to ${kindName(have.kind)} ${have.name}\n`,
    undefined,
    {
      kind: 'argument-struct',
      arg,
      callee: meta.funcName,
      wanted: want.name,
      have: have.name,
    },
  );
}

/** Two names for one struct of which one must not be passed for the other: `nf_conn` and `nf_conn___init` (`btf_type_ids_nocast_alias`). */
function isNocastAlias(regBtf: Btf, regId: number, wanted: WantedStruct): boolean {
  const have = regBtf.type(regId)?.name ?? '';
  const want = wanted.btf.type(wanted.id)?.name ?? '';
  return have === want + NOCAST_SUFFIX || want === have + NOCAST_SUFFIX;
}

/** The user's view of a kernel struct (`btf_is_projection_of`). */
function isProjectionOf(view: string, real: string): boolean {
  return (view === '__sk_buff' && real === 'sk_buff') || (view === 'xdp_md' && real === 'xdp_buff');
}
