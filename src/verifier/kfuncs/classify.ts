// SPDX-License-Identifier: GPL-2.0-only
/** Classification of a kfunc's parameters, once when it is collected (`gen_kfunc_arg_proto`, `get_kfunc_arg_type`). */
import { type BtfParam, Kind } from '../../btf/types';
import { isComposite, isScalar, kindName, resolveFuncPtr, skipModifiers } from '../../btf/util';
import { behaviours } from '../../kernel/behaviour';
import { Kf } from '../../kernel/profile';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { isProgCtxType } from '../memory';
import { KfArg, type KfuncArg } from './kinds';
import { hasSuffix, isArena, isConstMemSize, isIgnored, isMemSize, isNullable, isProgAux, pointsToKernelStruct } from './params';
import { isScalarStruct } from './scalar-struct';
import { argName, kfuncArgName } from '../arg-no';
import type { KfuncMeta } from './meta';

/** `MAX_BPF_FUNC_ARGS`. */
export const MAX_FUNC_ARGS = 12;
/** `MAX_BPF_FUNC_REG_ARGS`. */
export const MAX_REG_ARGS = 5;

/** Kfuncs whose first argument is the context whatever its type says, by behaviour tag. */
const CTX_BY_IDENTITY = behaviours('cast_to_kern_ctx', 'session_is_return', 'session_cookie');

/** Kernel structs that decide the kind of a pointer to them; tried in order between other rules. */
const STRUCTS_FIRST: readonly (readonly [string, KfArg])[] = [
  ['bpf_list_head', KfArg.LIST_HEAD],
  ['bpf_list_node', KfArg.LIST_NODE],
  ['bpf_rb_root', KfArg.RB_ROOT],
  ['bpf_rb_node', KfArg.RB_NODE],
];
const STRUCTS_LATER: readonly (readonly [string, KfArg])[] = [
  ['bpf_wq', KfArg.WORKQUEUE],
  ['bpf_timer', KfArg.TIMER],
  ['bpf_task_work', KfArg.TASK_WORK],
];

/** Kinds of all parameters; what cannot be passed is refused. */
export function classifyParams(env: VerifierEnv, kfunc: KfuncMeta): KfuncArg[] {
  const { params } = kfunc.proto;
  if (params.length > MAX_FUNC_ARGS)
    env.reject(Errno.EINVAL, `Function ${kfunc.name} has ${params.length} > ${MAX_FUNC_ARGS} args\n`, undefined, {
      kind: 'kfunc-prototype',
      callee: kfunc.name,
    });
  return params.map((param, i) => {
    const refId = pointee(kfunc, param);
    const plain = {
      nullable: false,
      fixedSize: false,
      name: param.name,
      type: param.type,
      refId,
      uninit: hasSuffix(param, '__uninit'),
      isMap: hasSuffix(param, '__map'),
      nonownAllowed: hasSuffix(param, '__nonown_allowed'),
    };
    if (isProgAux(env, kfunc.btf, param)) return { kind: KfArg.PROG_AUX, ...plain };
    if (isIgnored(param) || i >= kfunc.implicitFrom) return { kind: KfArg.SKIPPED, ...plain };
    if (refId < 0) return { kind: scalarKind(env, kfunc, i), ...plain };
    const { kind, fixedSize } = pointerKind(env, kfunc, i, refId);
    return { ...plain, kind, fixedSize, nullable: isNullable(param) };
  });
}

function pointee(kfunc: KfuncMeta, param: BtfParam): number {
  const type = kfunc.btf.type(skipModifiers(kfunc.btf, param.type));
  return type?.kind === Kind.PTR ? skipModifiers(kfunc.btf, type.type) : -1;
}

function scalarKind(env: VerifierEnv, kfunc: KfuncMeta, index: number): KfArg {
  const { btf } = kfunc;
  const param = kfunc.proto.params[index]!;
  const type = btf.type(skipModifiers(btf, param.type));
  if (type === undefined || !isScalar(type)) {
    env.reject(Errno.EINVAL, `Unrecognized ${kfuncArgName(env, -(index + 1))} type ${kindName(type?.kind ?? Kind.VOID)}\n`, undefined, {
      kind: 'kfunc-prototype',
      callee: kfunc.name,
    });
  }
  if (hasSuffix(param, '__k')) return KfArg.CONST;
  if (isConstMemSize(btf, param)) return KfArg.CONST_MEM_SIZE;
  if (isMemSize(btf, param)) return KfArg.MEM_SIZE;
  if (param.name === 'rdonly_buf_size' || param.name === 'rdwr_buf_size') return KfArg.CONST_ALLOC_SIZE;
  return KfArg.ANYTHING;
}

interface PointerKind {
  readonly kind: KfArg;
  readonly fixedSize: boolean;
}

function pointerKind(env: VerifierEnv, kfunc: KfuncMeta, index: number, refId: number): PointerKind {
  const special = specialPointerKind(env, kfunc, index);
  if (special !== null) return { kind: special, fixedSize: false };

  const { btf, proto } = kfunc;
  const ref = btf.type(refId)!;
  const next = proto.params[index + 1];
  if (next !== undefined && (isMemSize(btf, next) || isConstMemSize(btf, next))) {
    if (ref.kind !== Kind.VOID && !isScalar(ref) && !isScalarStruct(env, btf, ref)) {
      if (!env.kernel.features['kfunc.kindByType']) return { kind: KfArg.UNSUPPORTED, fixedSize: false };
      env.reject(
        Errno.EINVAL,
        `${kfuncArgName(env, -(index + 1))} pointer type ${kindName(ref.kind)} ${ref.name} must point to void, scalar, or struct with scalar\n`,
        undefined,
        {
          kind: 'kfunc-prototype',
          callee: kfunc.name,
        },
      );
    }
    return { kind: KfArg.MEM, fixedSize: false };
  }
  if (isComposite(ref)) return { kind: KfArg.BTF_ID, fixedSize: false };
  if (!isScalar(ref)) {
    if (!env.kernel.features['kfunc.kindByType']) return { kind: KfArg.UNSUPPORTED, fixedSize: true };
    env.reject(
      Errno.EINVAL,
      `${kfuncArgName(env, -(index + 1))} pointer type ${kindName(ref.kind)} ${ref.name} must point to scalar, or struct with scalar\n`,
      undefined,
      {
        kind: 'kfunc-prototype',
        callee: kfunc.name,
      },
    );
  }
  return { kind: KfArg.MEM, fixedSize: true };
}

function specialPointerKind(env: VerifierEnv, kfunc: KfuncMeta, index: number): KfArg | null {
  const { btf } = kfunc;
  const param = kfunc.proto.params[index]!;
  const struct = (name: string): boolean => pointsToKernelStruct(env, btf, param, name);
  const firstOf = (table: readonly (readonly [string, KfArg])[]): KfArg | null => table.find(([name]) => struct(name))?.[1] ?? null;

  if (CTX_BY_IDENTITY.has(kfunc.behaviour)) return KfArg.CTX;
  if (isProgCtxType(env, btf, skipModifiers(btf, param.type), env.progType, index)) return KfArg.CTX;
  if (hasSuffix(param, '__alloc')) return KfArg.ALLOC_BTF_ID;
  if (hasSuffix(param, '__refcounted_kptr')) return KfArg.REFCOUNTED_KPTR;
  if (struct('bpf_dynptr')) return KfArg.DYNPTR;
  if (isIterParam(kfunc, index)) return KfArg.ITER;
  const graph = firstOf(STRUCTS_FIRST);
  if (graph !== null) return graph;
  if (hasSuffix(param, '__str')) return KfArg.CONST_STR;
  if (hasSuffix(param, '__const_map')) return KfArg.CONST_MAP_PTR;
  if (hasSuffix(param, '__map')) return KfArg.BTF_ID;
  const field = firstOf(STRUCTS_LATER);
  if (field !== null) return field;
  if (hasSuffix(param, '__irq_flag')) return KfArg.IRQ_FLAG;
  if (struct('bpf_res_spin_lock')) return KfArg.RES_SPIN_LOCK;
  if (resolveFuncPtr(btf, param.type) !== null) return KfArg.CALLBACK;
  if (isArena(param)) {
    if (!env.usedMaps.some((map) => map.type === env.kernel.constant('BPF_MAP_TYPE_ARENA'))) {
      env.reject(Errno.EINVAL, `${argName(-(index + 1))} arena pointer requires a program with an associated arena\n`, undefined, {
        kind: 'arena-unused',
      });
    }
    if (index >= MAX_REG_ARGS)
      env.reject(Errno.EINVAL, `${argName(-(index + 1))} arena pointer cannot be a stack argument\n`, undefined, {
        kind: 'kfunc-prototype',
        callee: kfunc.name,
      });
    return KfArg.ARENA;
  }
  return null;
}

/** An iterator: the first parameter of an iterator's own kfuncs, or one named so (`is_kfunc_arg_iter`). */
function isIterParam(kfunc: KfuncMeta, index: number): boolean {
  if ((kfunc.flags & (Kf.ITER_NEW | Kf.ITER_NEXT | Kf.ITER_DESTROY)) !== 0) return index === 0;
  return hasSuffix(kfunc.proto.params[index]!, '__iter');
}
