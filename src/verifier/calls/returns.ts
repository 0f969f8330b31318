// SPDX-License-Identifier: GPL-2.0-only
/** What a helper leaves in R0. */
import { Kind } from '../../btf/types';
import { isComposite, resolveSize, skipModifiers } from '../../btf/util';
import { MAX_ERRNO } from '../../isa/limits';
import { behaviours } from '../../kernel/behaviour';
import { baseType, Flag, RegType, RetType, typeFlags } from '../../kernel/types';
import { DEFAULT_ACQUIRE_CLASS } from '../../policy/types';
import { sync, UNKNOWN, withS32Range, withS64Range, withU32Range, withU64Range, type Scalar } from '../domain';
import { regPlace } from '../diag';
import { pushStack } from '../engine/stack';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { refineMapValue } from '../memory';
import { mayBeNull } from '../state/reg-kinds';
import { acquireReference } from '../objects/refs';
import { sliceOwner } from '../objects/dynptr-slots';
import { unknownScalar, zeroReg } from '../regs';
import { FieldType } from '../state/map';
import { NOT_INIT, pointerReg, type RegState } from '../state/reg';
import { canElideNullness } from './map-key';
import type { CallMeta } from '../call-meta';
import { attachesAs, isLsmCgroup, isProgType, lsmHookIsVoid, lsmRetvalRange } from './retcode';
import { findReference } from '../objects/lookup';

/** Helpers that return the socket that they are given as another type. */
const PTR_CASTS = behaviours(
  'tcp_sock',
  'sk_fullsock',
  'skc_to_tcp_sock',
  'skc_to_tcp6_sock',
  'skc_to_udp6_sock',
  'skc_to_mptcp_sock',
  'skc_to_tcp_timewait_sock',
  'skc_to_tcp_request_sock',
);
const SIZE_OR_ERROR = behaviours('get_stack', 'get_task_stack', 'probe_read_str', 'probe_read_kernel_str', 'probe_read_user_str');

/** Class of the reference that a helper takes for what it returns, null if it takes none (`is_acquire_function`). */
function acquires(env: VerifierEnv, meta: CallMeta): string | null {
  const cls = env.rules.helper(meta.funcName).acquires;
  if (cls !== null) return cls.name;
  if (meta.behaviour !== 'map_lookup_elem' || meta.map.ptr === null) return null;
  const type = env.kernel.mapTypeName(meta.map.ptr.type);
  return type === 'sockmap' || type === 'sockhash' ? DEFAULT_ACQUIRE_CLASS : null;
}

function mapValue(env: VerifierEnv, meta: CallMeta, retFlags: number): RegState {
  const map = meta.map.ptr;
  if (map === null) env.reject(Errno.EFAULT, 'verifier bug: unexpected null map_ptr\n');
  let flags = retFlags;
  const found =
    meta.behaviour === 'map_lookup_elem' && canElideNullness(env, map) && meta.constMapKey >= 0 && meta.constMapKey < map.maxEntries;
  if (found) flags &= ~Flag.PTR_MAYBE_NULL;
  const hasLock = ((map.record?.fieldMask ?? 0) & (FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK)) !== 0;
  const id = mayBeNull(flags) || hasLock ? env.nextId() : 0;
  const value = pointerReg(RegType.PTR_TO_MAP_VALUE | flags, { obj: map, mapUid: meta.map.uid, id });
  return mayBeNull(flags) && !env.kernel.features['lookup.refined'] ? value : refineMapValue(env, value);
}

/** A per-CPU variable, or this CPU's part of a per-CPU object. */
function memOrBtf(env: VerifierEnv, meta: CallMeta, flags: number, cpuSpecificAlloc: boolean): RegState {
  const btf = meta.retBtf!;
  const id = skipModifiers(btf, meta.retBtfId);
  const type = btf.type(id)!;
  if (!isComposite(type)) {
    const size = resolveSize(btf, id);
    if (size === null)
      env.reject(Errno.EINVAL, `unable to resolve the size of type '${type.name}': ${-Errno.EINVAL}\n`, undefined, {
        kind: 'unsupported',
        name: `the size of ${type.name}`,
      });
    return pointerReg(RegType.PTR_TO_MEM | flags, { num: size });
  }
  const regType = cpuSpecificAlloc
    ? RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC | Flag.MEM_RCU
    : RegType.PTR_TO_BTF_ID | (flags & ~Flag.MEM_RDONLY);
  return pointerReg(regType, { obj: btf, num2: meta.retBtfId });
}

function btfPointer(env: VerifierEnv, meta: CallMeta, flags: number): RegState {
  const fn = meta.fn!;
  let type = RegType.PTR_TO_BTF_ID | flags;
  let btf = env.kernel.btf;
  let btfId: number;
  if (meta.behaviour === 'kptr_xchg') {
    const field = meta.kptrField!;
    ({ btf, btfId } = field.kptr!);
    if (!btf.isKernel) {
      type |= Flag.MEM_ALLOC;
      if (field.type === FieldType.KPTR_PERCPU) type |= Flag.MEM_PERCPU;
    }
  } else {
    if (fn.retBtfName === '*' || fn.retBtfName === null) {
      env.reject(Errno.EFAULT, `verifier bug: func ${fn.name} has non-overwritten BPF_PTR_POISON return type\n`);
    }
    btfId = Math.max(0, btf.findByNameKind(fn.retBtfName, Kind.STRUCT));
  }
  if (btfId === 0) env.reject(Errno.EINVAL, `invalid return type ${RetType.PTR_TO_BTF_ID} of func ${fn.name}#${fn.id}\n`);
  return pointerReg(type, { obj: btf, num2: btfId });
}

/** The returned value by the prototype's return type. */
function byReturnType(env: VerifierEnv, meta: CallMeta, cpuSpecificAlloc: boolean): RegState {
  const { ret, name, id } = meta.fn!;
  const flags = typeFlags(ret);
  switch (baseType(ret)) {
    case RetType.INTEGER:
      return unknownScalar(env);
    case RetType.VOID:
      return NOT_INIT;
    case RetType.PTR_TO_MAP_VALUE:
      return mapValue(env, meta, flags);
    case RetType.PTR_TO_SOCKET:
      return pointerReg(RegType.PTR_TO_SOCKET | flags);
    case RetType.PTR_TO_SOCK_COMMON:
      return pointerReg(RegType.PTR_TO_SOCK_COMMON | flags);
    case RetType.PTR_TO_TCP_SOCK:
      return pointerReg(RegType.PTR_TO_TCP_SOCK | flags);
    case RetType.PTR_TO_MEM:
      return pointerReg(RegType.PTR_TO_MEM | flags, { num: meta.retMem.size });
    case RetType.PTR_TO_MEM_OR_BTF_ID:
      return memOrBtf(env, meta, flags, cpuSpecificAlloc);
    case RetType.PTR_TO_BTF_ID:
      return btfPointer(env, meta, flags);
    default:
      return env.reject(Errno.EINVAL, `unknown return type ${baseType(ret)} of func ${name}#${id}\n`);
  }
}

/** Number of possible CPUs of the modelled machine (`nr_cpu_ids`), from the profile; 2 if it does not say. */
function cpuCount(env: VerifierEnv): number {
  return Number(env.kernel.config.get('nr_cpu_ids') ?? 2);
}

const signedRange = (min: number, max: number): Scalar => sync(withS32Range(withS64Range(UNKNOWN, min, max), min, max));
const unsignedRange = (min: number, max: number): Scalar => sync(withU32Range(withU64Range(UNKNOWN, min, max), min, max));

/** Bounds of the result of helpers that promise some, null for others (`do_refine_retval_range`). */
function resultRange(env: VerifierEnv, meta: CallMeta): Scalar | null {
  const helper = meta.behaviour;
  if (meta.fn!.ret !== RetType.INTEGER || helper === null) return null;
  if (SIZE_OR_ERROR.has(helper)) return signedRange(-MAX_ERRNO, meta.msizeMaxValue);
  const { features } = env.kernel;
  if (helper === 'get_smp_processor_id') return !features['helper.cpuIdRange'] ? null : unsignedRange(0, cpuCount(env) - 1);
  if (helper !== 'get_retval' || !features['helper.retvalRange']) return null;
  if (isProgType(env, 'CGROUP_SOCKOPT') && attachesAs(env, ['BPF_CGROUP_GETSOCKOPT'])) return null;
  if (!isLsmCgroup(env)) return signedRange(-MAX_ERRNO, 0);
  if (lsmHookIsVoid(env)) return null;
  const { min, max } = lsmRetvalRange(env);
  return signedRange(min, max);
}

/** Only one argument may have led to a referenced object (`validate_ref_obj`). */
export function validateRefObj(env: VerifierEnv, meta: CallMeta): void {
  const { cnt } = meta.refObj;
  if (cnt > 1) env.reject(Errno.EFAULT, `verifier bug: function expects only one referenced object but got ${cnt}\n\n`);
}

/** A cast of a referenced socket may fail: NULL is explored apart, so that the result can share the reference. */
function castReferenced(env: VerifierEnv, meta: CallMeta, result: RegState): RegState {
  if (!env.kernel.features['cast.nullApart']) return result.with({ parentId: meta.refObj.id });
  validateRefObj(env, meta);
  env.diag?.end();
  pushStack(env, env.insnIdx + 1, env.insnIdx, false).cur.regs[0] = zeroReg(env);
  env.diag?.begin(regPlace(env.frame, 0));
  return result.with({ type: result.type & ~Flag.PTR_MAYBE_NULL, id: meta.refObj.id });
}

/**
 * Sets R0, with references taken and bounds known (the middle of `kernel/bpf/verifier.c: check_helper_call`).
 * @param cpuSpecificAlloc the helper returns this CPU's part of an allocated object
 */
export function setReturnValue(env: VerifierEnv, meta: CallMeta, insnIdx: number, cpuSpecificAlloc: boolean): void {
  let result = byReturnType(env, meta, cpuSpecificAlloc);
  const taken = acquires(env, meta);
  if (mayBeNull(result.type) && result.id === 0) result = result.withId(env.nextId());
  env.regs[0] = result;
  if (PTR_CASTS.has(meta.behaviour) && findReference(env, meta.refObj.id)) {
    result = castReferenced(env, meta, result);
  } else if (taken !== null) {
    result = result.withId(acquireReference(env, insnIdx, 0, taken));
  }
  if (meta.behaviour === 'dynptr_data') result = result.with(sliceOwner(env, meta.dynptr, false));
  const range = resultRange(env, meta);
  env.regs[0] = range === null ? result : result.withVal(range);
}
