// SPDX-License-Identifier: GPL-2.0-only
/** What a kfunc returns: registers after the call. */
import { Kind } from '../../btf/types';
import { isComposite, isScalar, kindName, resolveSize, skipModifiers } from '../../btf/util';
import { Flag, RegType } from '../../kernel/types';
import { Kf } from '../../kernel/profile';
import { invalidateStackArgs } from '../calls/clobber';
import type { CallMeta } from '../call-meta';
import { regPlace } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regBtfRecord } from '../memory';
import { elementOf, releaseElement } from '../objects/element';
import { asNonOwning } from '../objects/graph';
import { iterRecord } from '../objects/iter-next';
import { acquireReference } from '../objects/refs';
import { unknownScalar, zeroReg } from '../regs';
import { FieldType } from '../state/map';
import { NOT_INIT, pointerReg, type RegState } from '../state/reg';
import { isGraphNodeType, isObjNew, isPercpuObjNew, isRefcountAcquire, specialResult } from './special';
import type { KfuncMeta } from './meta';

/** R0 to R5. */
const CALLER_SAVED = 6;

/** Clears the caller-saved registers and puts the result into R0; the change of R0 is left open for reports. */
export function setKfuncResult(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, insnIdx: number): void {
  const { regs } = env;
  env.diag?.scrubCallerSaved(env.frame);
  env.diag?.begin(regPlace(env.frame, 0));
  for (let i = 0; i < CALLER_SAVED; i++) regs[i] = NOT_INIT;
  invalidateStackArgs(env, env.frame);

  const { btf } = kfunc;
  const type = btf.type(skipModifiers(btf, kfunc.proto.ret))!;
  const acquires = (kfunc.flags & Kf.ACQUIRE) !== 0;
  if (acquires && !returnsOwnable(env, kfunc))
    env.reject(Errno.EINVAL, 'acquire kernel function does not return PTR_TO_BTF_ID\n', undefined, {
      kind: 'kfunc-prototype',
      callee: meta.funcName,
    });

  if (isScalar(type)) {
    // of a lock that can fail, the failure was forked off before
    regs[0] = locks(kfunc) ? zeroReg(env) : unknownScalar(env);
  } else if (type.kind === Kind.PTR) {
    const pointee = skipModifiers(btf, type.type);
    regs[0] = pointerResult(env, kfunc, meta, pointee);
    if (returnsNull(kfunc, meta)) regs[0] = regs[0].with({ type: regs[0].type | Flag.PTR_MAYBE_NULL, id: env.nextId() });
    if (acquires) regs[0] = regs[0].withId(acquireResult(env, kfunc, meta, insnIdx));
    else if (btf === env.kernel.btf && isGraphNodeType(env, pointee)) regs[0] = asNonOwning(env, regs[0]);
    const mask = regBtfRecord(env, regs[0])?.fieldMask ?? 0;
    if ((mask & (FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK)) !== 0 && regs[0].id === 0) regs[0] = regs[0].withId(env.nextId());
  }
}

/** A kfunc that enters something and may fail to. */
export function locks(kfunc: KfuncMeta): boolean {
  return kfunc.effect !== null && kfunc.effect.enter && kfunc.effect.cls.mayFail;
}

function returnsOwnable(env: VerifierEnv, kfunc: KfuncMeta): boolean {
  const { btf, behaviour } = kfunc;
  const type = btf.type(skipModifiers(btf, kfunc.proto.ret))!;
  if (type.kind === Kind.PTR && isComposite(btf.type(skipModifiers(btf, type.type))!)) return true;
  return btf === env.kernel.btf && (isObjNew(behaviour) || isPercpuObjNew(behaviour) || isRefcountAcquire(behaviour));
}

/** `is_kfunc_ret_null`: taking another reference of an object that one owns cannot fail. */
function returnsNull(kfunc: KfuncMeta, meta: CallMeta): boolean {
  return (kfunc.flags & Kf.RET_NULL) !== 0 && !(isRefcountAcquire(kfunc.behaviour) && meta.argOwningRef);
}

/** Takes the reference that the call returns. An iterator's element hangs on the iterator, whose former element is given up. */
function acquireResult(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, insnIdx: number): number {
  const isElement = (kfunc.flags & Kf.ITER_NEXT) !== 0 && env.rules.iteratorElements;
  const parentId = isElement ? iterRecord(env.cur, meta).id : 0;
  if (elementOf(env, parentId) !== undefined) releaseElement(env, parentId);
  return acquireReference(env, insnIdx, parentId, kfunc.kfunc.acquires);
}

function pointerResult(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, pointee: number): RegState {
  const special = specialResult(env, meta, pointee);
  if (special !== null) return special;
  const type = kfunc.btf.type(pointee)!;
  if (type.kind === Kind.VOID) return unknownScalar(env);
  if (type.kind !== Kind.STRUCT) return memoryResult(env, kfunc, meta, pointee);
  return pointerReg(RegType.PTR_TO_BTF_ID | trust(env, kfunc, meta), { obj: kfunc.btf, num2: pointee });
}

function memoryResult(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, pointee: number): RegState {
  const isRcu = (kfunc.flags & Kf.RCU_PROTECTED) !== 0;
  if (!meta.retMem.found) {
    const size = resolveSize(kfunc.btf, pointee);
    if (size !== null) {
      meta.retMem.found = true;
      meta.retMem.size = size;
      meta.r0Rdonly = true;
    }
    if (kfunc.behaviour === 'session_cookie') meta.r0Rdonly = false;
  }
  if (!meta.retMem.found) {
    const type = kfunc.btf.type(pointee)!;
    env.reject(
      Errno.EINVAL,
      `kernel function ${kfunc.name} returns pointer type ${kindName(type.kind)} ${type.name} is not supported\n`,
      undefined,
      {
        kind: 'kfunc-prototype',
        callee: kfunc.name,
      },
    );
  }
  if (meta.refObj.id !== 0 && meta.refObj.cnt > 1) {
    env.reject(Errno.EFAULT, `verifier bug: function expects only one referenced object but got ${meta.refObj.cnt}\n\n`);
  }
  return pointerReg(RegType.PTR_TO_MEM | (meta.r0Rdonly ? Flag.MEM_RDONLY : 0) | (isRcu ? Flag.MEM_RCU : 0), {
    num: meta.retMem.size,
    parentId: meta.refObj.id,
  });
}

/** How far a returned kernel object can be trusted. What an iterator made under RCU returns lives by RCU. */
function trust(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta): number {
  if (kfunc.behaviour === 'get_kmem_cache') return Flag.PTR_UNTRUSTED;
  const isNext = (kfunc.flags & Kf.ITER_NEXT) !== 0;
  const fromIter = isNext && (iterRecord(env.cur, meta).type & Flag.MEM_RCU) !== 0;
  if (!env.kernel.features['kfunc.trustedResult']) return fromIter ? Flag.MEM_RCU : isNext ? Flag.PTR_TRUSTED : 0;
  return (kfunc.flags & Kf.RCU_PROTECTED) !== 0 || fromIter ? Flag.MEM_RCU : Flag.PTR_TRUSTED;
}
