// SPDX-License-Identifier: GPL-2.0-only
/** Kfuncs of the kernel whose result no prototype tells, by behaviour tag (`check_special_kfunc`). */
import { Kind } from '../../btf/types';
import { isComposite } from '../../btf/util';
import type { Behaviour } from '../../kernel/behaviour';
import { Flag, RegType } from '../../kernel/types';
import type { CallMeta } from '../call-meta';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { structMeta } from '../memory';
import { mayAccessPacket } from '../memory/packet';
import { dynptrTypeFlag } from '../objects/dynptr';
import { sliceOwner } from '../objects/dynptr-slots';
import { graphNodeReg } from '../objects/graph';
import type { BtfRecord } from '../state/map';
import { pointerReg, type RegState } from '../state/reg';
import { kernelStruct } from './params';
import { isScalarStruct } from './scalar-struct';

/** `BPF_GLOBAL_PERCPU_MA_MAX_SIZE`, bytes. */
const PERCPU_MAX_SIZE = 512;
const U32_MAX = 0xffffffffn;

export function isObjNew(behaviour: Behaviour | null): boolean {
  return behaviour === 'obj_new' || behaviour === 'obj_new_impl';
}
export function isPercpuObjNew(behaviour: Behaviour | null): boolean {
  return behaviour === 'percpu_obj_new' || behaviour === 'percpu_obj_new_impl';
}
export function isObjDrop(behaviour: Behaviour | null): boolean {
  return behaviour === 'obj_drop' || behaviour === 'obj_drop_impl';
}
export function isPercpuObjDrop(behaviour: Behaviour | null): boolean {
  return behaviour === 'percpu_obj_drop' || behaviour === 'percpu_obj_drop_impl';
}
export function isRefcountAcquire(behaviour: Behaviour | null): boolean {
  return behaviour === 'refcount_acquire' || behaviour === 'refcount_acquire_impl';
}

/** Whether a type of the kernel's BTF is the list or tree node struct itself. */
export function isGraphNodeType(env: VerifierEnv, id: number): boolean {
  return id > 0 && (id === kernelStruct(env, 'bpf_list_node') || id === kernelStruct(env, 'bpf_rb_node'));
}

/**
 * R0 after a call whose result has its own rules, null for an ordinary one.
 * @param pointee type that the prototype's return type points to
 */
export function specialResult(env: VerifierEnv, meta: CallMeta, pointee: number): RegState | null {
  if (meta.btf !== env.kernel.btf) return null;
  const { behaviour } = meta;
  if (isObjNew(behaviour) || isPercpuObjNew(behaviour)) return newObject(env, meta, isPercpuObjNew(behaviour));
  if (isRefcountAcquire(behaviour)) {
    return pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC, { obj: meta.argBtf, num2: meta.argBtfId });
  }
  if (pointee > 0 && pointee === kernelStruct(env, 'bpf_list_node')) return graphNodeReg(meta.argListHead!);
  if (pointee > 0 && pointee === kernelStruct(env, 'bpf_rb_node')) return graphNodeReg(meta.argRbtreeRoot!);
  switch (behaviour) {
    case 'cast_to_kern_ctx':
      return pointerReg(RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED, { obj: meta.btf, num2: meta.retBtfId });
    case 'rdonly_cast':
      return rdonlyCast(env, meta);
    case 'dynptr_slice':
      return slice(env, meta, true);
    case 'dynptr_slice_rdwr':
      return slice(env, meta, false);
    default:
      return null;
  }
}

/** Special fields of the local object that an argument named. */
export function structOf(env: VerifierEnv, meta: CallMeta): BtfRecord | null {
  return meta.argBtf === null ? null : structMeta(env, meta.argBtf, meta.argBtfId);
}

function newObject(env: VerifierEnv, meta: CallMeta, percpu: boolean): RegState {
  const { value } = meta.argConstant;
  if (value > U32_MAX)
    env.reject(Errno.EINVAL, 'local type ID argument must be in range [0, U32_MAX]\n', undefined, {
      kind: 'type-id',
      callee: meta.funcName,
      how: 'range',
    });
  const id = Number(value);
  const { btf } = env.given;
  if (btf === null)
    env.reject(Errno.EINVAL, 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF\n', undefined, {
      kind: 'type-id',
      callee: meta.funcName,
      how: 'no-types',
    });
  const type = btf.type(id);
  if (type?.kind !== Kind.STRUCT)
    env.reject(Errno.EINVAL, 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct\n', undefined, {
      kind: 'type-id',
      callee: meta.funcName,
      how: 'no-struct',
    });
  if (percpu && type.size > PERCPU_MAX_SIZE) {
    env.reject(Errno.EINVAL, `bpf_percpu_obj_new type size (${type.size}) is greater than ${PERCPU_MAX_SIZE}\n`, undefined, {
      kind: 'type-id',
      callee: meta.funcName,
      how: 'too-large',
    });
  }
  const record = structMeta(env, btf, id);
  if (percpu) {
    if (!isScalarStruct(env, btf, type))
      env.reject(Errno.EINVAL, 'bpf_percpu_obj_new type ID argument must be of a struct of scalars\n', undefined, {
        kind: 'type-id',
        callee: meta.funcName,
        how: 'scalars',
      });
    if (record !== null)
      env.reject(Errno.EINVAL, 'bpf_percpu_obj_new type ID argument must not contain special fields\n', undefined, {
        kind: 'type-id',
        callee: meta.funcName,
        how: 'scalars',
      });
  }
  return pointerReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC | (percpu ? Flag.MEM_PERCPU : 0), { obj: btf, num2: id });
}

function rdonlyCast(env: VerifierEnv, meta: CallMeta): RegState {
  const { value } = meta.argConstant;
  const id = Number(BigInt.asUintN(32, value));
  const type = meta.btf!.type(id);
  if (type === undefined)
    env.reject(Errno.EINVAL, `Unknown type ID ${BigInt.asIntN(64, value)} passed to kfunc bpf_rdonly_cast\n`, undefined, {
      kind: 'type-id',
      callee: meta.funcName,
      how: 'range',
    });
  if (isComposite(type)) return pointerReg(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED, { obj: meta.btf, num2: id });
  const takesVoid = env.kernel.features['cast.void'];
  if (takesVoid && type.kind === Kind.VOID) return pointerReg(RegType.PTR_TO_MEM | Flag.MEM_RDONLY | Flag.PTR_UNTRUSTED);
  const needs = takesVoid ? 'a struct or void' : 'a struct';
  return env.reject(Errno.EINVAL, `kfunc bpf_rdonly_cast type ID argument must be of ${needs}\n`, undefined, {
    kind: 'type-id',
    callee: meta.funcName,
    how: 'no-struct',
  });
}

function slice(env: VerifierEnv, meta: CallMeta, readOnly: boolean): RegState {
  if (!meta.argConstant.found) env.reject(Errno.EFAULT, 'verifier bug: bpf_dynptr_slice(_rdwr) no constant size\n');
  if (!readOnly && !mayAccessPacket(env, null, 'write'))
    env.reject(Errno.EINVAL, 'the prog does not allow writes to packet data\n', undefined, {
      kind: 'packet-write',
    });
  if (meta.dynptr.id === 0) env.reject(Errno.EFAULT, 'verifier bug: no dynptr id\n');
  return pointerReg(RegType.PTR_TO_MEM | dynptrTypeFlag(meta.dynptr.type) | (readOnly ? Flag.MEM_RDONLY : 0), {
    num: Number(BigInt.asUintN(32, meta.argConstant.value)),
    ...sliceOwner(env, meta.dynptr, true),
  });
}
