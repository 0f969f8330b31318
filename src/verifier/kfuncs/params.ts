// SPDX-License-Identifier: GPL-2.0-only
/** What names and types of a kfunc's parameters say. Rules: `Documentation/bpf/kfuncs.rst`, `kernel/bpf/verifier.c: is_kfunc_arg_*`. */
import { type Btf, type BtfParam, Kind } from '../../btf/types';
import { isScalar, resolvePtr, skipModsAndTypedefs } from '../../btf/util';
import type { VerifierEnv } from '../env';

/** Whether the name ends in the suffix and is more than it (`btf_param_match_suffix`). */
export function hasSuffix(param: BtfParam, suffix: string): boolean {
  return param.name.length > suffix.length && param.name.endsWith(suffix);
}

function isScalarParam(btf: Btf, param: BtfParam): boolean {
  const type = skipModsAndTypedefs(btf, param.type);
  return type !== undefined && isScalar(type);
}

/** Size of the memory that the parameter before points to. */
export function isMemSize(btf: Btf, param: BtfParam): boolean {
  return isScalarParam(btf, param) && hasSuffix(param, '__sz');
}
/** As {@link isMemSize}, known at load time. */
export function isConstMemSize(btf: Btf, param: BtfParam): boolean {
  return isScalarParam(btf, param) && hasSuffix(param, '__szk');
}
/** Not checked at all. */
export function isIgnored(param: BtfParam): boolean {
  return hasSuffix(param, '__ign');
}
export function isNullable(param: BtfParam): boolean {
  return hasSuffix(param, '__nullable') || hasSuffix(param, '__arena');
}
export function isArena(param: BtfParam): boolean {
  return hasSuffix(param, '__arena__nullable') || hasSuffix(param, '__arena');
}

const structIds = new WeakMap<Btf, Map<string, number>>();

/** Id of a kernel struct, -1 if the kernel has none. Calls ask for the same few again and again. */
export function kernelStruct(env: VerifierEnv, name: string): number {
  const { btf } = env.kernel;
  let ids = structIds.get(btf);
  if (ids === undefined) structIds.set(btf, (ids = new Map()));
  let id = ids.get(name);
  if (id === undefined) ids.set(name, (id = btf.findByNameKind(name, Kind.STRUCT)));
  return id;
}

/** Whether a parameter points to that struct of the kernel, itself and no namesake (`__is_kfunc_ptr_arg_type`). */
export function pointsToKernelStruct(env: VerifierEnv, btf: Btf, param: BtfParam, name: string): boolean {
  const id = resolvePtr(btf, param.type);
  return id !== null && id !== 0 && id === kernelStruct(env, name) && btf.type(id) === env.kernel.btf.type(id);
}

/** The `struct bpf_prog_aux *` that the verifier fills in itself. */
export function isProgAux(env: VerifierEnv, btf: Btf, param: BtfParam): boolean {
  return pointsToKernelStruct(env, btf, param, 'bpf_prog_aux');
}
