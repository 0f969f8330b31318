// SPDX-License-Identifier: GPL-2.0-only
/** Whether the kernel can call a function of that prototype at all (`kernel/bpf/btf.c: btf_distill_func_proto`). */
import { type Btf, type BtfOf, type BtfType, Kind } from '../../btf/types';
import { isAnyEnum, isComposite, kindName, skipModsAndTypedefs } from '../../btf/util';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { MAX_FUNC_ARGS } from './classify';
import type { KfuncMeta } from './meta';

/** Largest struct passed by value, bytes. */
const MAX_BY_VALUE = 16;

interface TypeSize {
  /** Bytes, 0 for void, -1 for a type that is neither passed nor returned. */
  readonly size: number;
  readonly type: BtfType;
}

/** `__get_type_size`. */
function typeSize(btf: Btf, id: number): TypeSize {
  const nothing = btf.type(0)!;
  if (id === 0) return { size: 0, type: nothing };
  const type = skipModsAndTypedefs(btf, id);
  if (type === undefined) return { size: -1, type: nothing };
  if (type.kind === Kind.PTR) return { size: 8, type };
  if (type.kind === Kind.INT || isAnyEnum(type) || isComposite(type)) return { size: type.size, type };
  return { size: -1, type };
}

/** Refuses a kfunc with types that cannot be passed or returned. */
export function checkKfuncModel(env: VerifierEnv, kfunc: KfuncMeta): void {
  checkFuncModel(env, kfunc.btf, kfunc.proto, kfunc.name);
}

/** Refuses a prototype with types that cannot be passed or returned; answers the bytes that it returns. */
export function checkFuncModel(env: VerifierEnv, btf: Btf, proto: BtfOf<Kind.FUNC_PROTO>, name: string): number {
  const { params, ret } = proto;
  if (params.length > MAX_FUNC_ARGS)
    env.reject(Errno.EINVAL, `The function ${name} has ${params.length} arguments. Too many.\n`, undefined, {
      kind: 'kfunc-prototype',
      callee: name,
    });
  const result = typeSize(btf, ret);
  if (result.size < 0 || isComposite(result.type)) {
    env.reject(Errno.EINVAL, `The function ${name} return type ${kindName(result.type.kind)} is unsupported.\n`, undefined, {
      kind: 'kfunc-prototype',
      callee: name,
    });
  }
  params.forEach((param, i) => {
    if (i === params.length - 1 && param.type === 0)
      env.reject(Errno.EINVAL, `The function ${name} with variable args is unsupported.\n`, undefined, {
        kind: 'kfunc-prototype',
        callee: name,
      });
    const { size, type } = typeSize(btf, param.type);
    if (size < 0 || size > MAX_BY_VALUE)
      env.reject(Errno.EINVAL, `The function ${name} arg${i} type ${kindName(type.kind)} is unsupported.\n`, undefined, {
        kind: 'kfunc-prototype',
        callee: name,
      });
    if (size === 0)
      env.reject(Errno.EINVAL, `The function ${name} has malformed void argument.\n`, undefined, {
        kind: 'kfunc-prototype',
        callee: name,
      });
  });
  return result.size;
}
