// SPDX-License-Identifier: GPL-2.0-only
/** Arguments of a kfunc call against its parameters, in order (`check_kfunc_args`). */
import type { Behaviour } from '../../kernel/behaviour';
import { words } from '../../kernel/words';
import { kindName, resolveSize } from '../../btf/util';
import { ArgType, Flag, RegType } from '../../kernel/types';
import { Kf } from '../../kernel/profile';
import { processMapPtrArg } from '../calls/args';
import { checkKeptLock } from '../calls/callbacks';
import { markArgPrecision, processConstAllocMemSize, processConstArg } from '../calls/const-arg';
import { checkArgConstStr } from '../calls/conststr';
import { type CallMeta, updateRefObj } from '../call-meta';
import { checkFuncArgRegOff } from '../calls/regtype';
import { checkOutgoingStackArgs } from '../calls/stackargs';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { regTypeStr } from '../log/regtype';
import { checkMemReg, isMemory, kernCtxBtfId } from '../memory';
import { isNullReg, mayBeNull } from '../state/reg-kinds';
import { processDynptr, dynptrTypeFlag } from '../objects/dynptr';
import { processIrqFlag } from '../objects/irq';
import { processIterArg } from '../objects/iter';
import { processSpinLock } from '../objects/lock';
import { processMapField, processTimer } from '../objects/timer';
import { FieldType } from '../state/map';
import type { RegState } from '../state/reg';
import { checkBtfArg, checkStructAsMem, knowsStruct, takesTrustedOnly } from './arg-btf';
import { admit, refuseUnsupported, requireMap } from './admit';
import { checkAllocArg, checkListNodeArg, checkRbNodeArg, checkRefcountedArg, checkRootArg } from './arg-local';
import { checkMemSizeArg, requireScalar } from './arg-scalar';
import { KfArg, type KfuncArg } from './kinds';
import { kernelStruct } from './params';
import { regIsReferenced } from '../objects/lookup';
import { argName, argRegno, argValue, kfuncArgName, namedArg } from '../arg-no';
import type { KfuncMeta } from './meta';

/** Checks all arguments; what they tell later steps is left in `meta`. */
export function checkKfuncArgs(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, insnIdx: number): void {
  checkOutgoingStackArgs(env, env.frame, kfunc.args.length, kfunc.name, kfunc.proto.params);
  const site = { insn: insnIdx, callee: meta.funcName };
  kfunc.args.forEach((param, i) => {
    const arg: ArgNo = -(i + 1);
    if (param.kind === KfArg.PROG_AUX) {
      noteProgAux(env, arg, meta);
    } else if (param.kind !== KfArg.SKIPPED) {
      checkOne(env, kfunc, param, arg, meta, site);
    }
  });
}

function noteProgAux(env: VerifierEnv, arg: ArgNo, meta: CallMeta): void {
  if (meta.argProg) env.reject(Errno.EFAULT, 'verifier bug: Only 1 prog->aux argument supported per-kfunc\n');
  const regno = argRegno(arg);
  if (regno < 0)
    env.reject(Errno.EINVAL, `${argName(arg)} prog->aux cannot be a stack argument\n`, undefined, {
      kind: 'unsupported',
      name: 'an implicit argument on the stack',
    });
  meta.argProg = true;
}

function checkOne(env: VerifierEnv, kfunc: KfuncMeta, param: KfuncArg, arg: ArgNo, meta: CallMeta, site: why.CallSite): void {
  const reg = argValue(env.frame, arg);
  const isNull = isNullReg(reg);
  if (param.refId >= 0 && (isNull || mayBeNull(reg.type)) && !param.nullable && takesTrustedOnly(env, meta.kfuncFlags)) {
    env.reject(
      Errno.EACCES,
      `Possibly NULL pointer passed to trusted ${words(env.kernel.features, 'words.trustedArg')(namedArg(arg))}\n`,
      () => why.maybeNull(env, site, arg, kfunc.btf, param.type),
      { kind: 'null-argument', arg, callee: site.callee },
    );
  }
  const releases = argRegno(arg) === meta.releaseRegno && !releasesElement(env, param, meta);
  const unowned = releases && param.kind !== KfArg.DYNPTR && !regIsReferenced(env, reg) && !isNull;
  const refuseUnowned = (): void =>
    env.reject(
      Errno.EINVAL,
      `${words(env.kernel.features, 'words.releasedByKfunc')(meta.funcName, argName(arg))}\n`,
      () => why.notOwned(env, site, arg, kfunc.btf, param.refId >= 0 ? param.refId : param.type),
      { kind: 'not-owned', arg, callee: site.callee },
    );
  // other wording, other place: before, what is released came after what is passed
  const atOnce = env.kernel.features['words.releasedByKfunc'];
  if (unowned && atOnce) refuseUnowned();
  if (regIsReferenced(env, reg)) updateRefObj(meta.refObj, reg);
  if (isNull && param.nullable) {
    markArgPrecision(env, arg);
    return;
  }
  const { features } = env.kernel;
  if (!features['kfunc.offsetFirst']) admit(env, kfunc, param, arg, meta, site);
  if (param.refId >= 0 || (features['kfunc.offsetFirst'] && features['kfunc.kindByType'])) {
    checkFuncArgRegOff(
      env,
      reg,
      arg,
      offsetRule(param.kind) | (releases && (atOnce || !unowned) ? Flag.OBJ_RELEASE : 0),
      param.kind !== KfArg.REFCOUNTED_KPTR,
    );
  }
  if (param.kind === KfArg.UNSUPPORTED) refuseUnsupported(env, kfunc, param, arg, meta, site);
  checkKind(env, kfunc, param, reg, arg, meta, site);
  if (unowned && !atOnce) refuseUnowned();
}

/** A release kfunc with an iterator argument gives back the element that the iterator holds, where the policy has such elements. */
export function releasesElement(env: VerifierEnv, param: KfuncArg, meta: CallMeta): boolean {
  return param.kind === KfArg.ITER && (meta.kfuncFlags & Kf.RELEASE) !== 0 && env.rules.iteratorElements;
}

/** The helper argument type whose offset rule applies. */
function offsetRule(kind: KfArg): number {
  switch (kind) {
    case KfArg.DYNPTR:
      return ArgType.PTR_TO_DYNPTR;
    case KfArg.CTX:
      return ArgType.PTR_TO_CTX;
    case KfArg.REFCOUNTED_KPTR:
      return ArgType.PTR_TO_BTF_ID;
    default:
      return ArgType.DONTCARE;
  }
}

/** Whether the memory that a length belongs to may be left out (`__opt`). */
function isOptionalMemory(kfunc: KfuncMeta, sizeArg: ArgNo): boolean {
  return kfunc.args[-sizeArg - 2]?.name.endsWith('__opt') === true;
}

function checkKind(
  env: VerifierEnv,
  kfunc: KfuncMeta,
  param: KfuncArg,
  reg: RegState,
  arg: ArgNo,
  meta: CallMeta,
  site: why.CallSite,
): void {
  switch (param.kind) {
    case KfArg.PROG_AUX:
    case KfArg.SKIPPED:
    case KfArg.UNSUPPORTED:
      return;
    case KfArg.CONST:
      requireScalar(env, reg, arg, site);
      processConstArg(env, reg, arg, meta, () => why.noConstant(env, site, arg));
      return;
    case KfArg.ANYTHING:
      requireScalar(env, reg, arg, site);
      return;
    case KfArg.CONST_ALLOC_SIZE:
      requireScalar(env, reg, arg, site);
      if (param.name === 'rdonly_buf_size') meta.r0Rdonly = true;
      processConstAllocMemSize(env, reg, arg, meta, () => why.noBufferSize(env, site, arg));
      return;
    case KfArg.CONST_MEM_SIZE:
    case KfArg.MEM_SIZE:
      if (param.kind === KfArg.CONST_MEM_SIZE) processConstArg(env, reg, arg, meta, () => why.noConstantSize(env, site, arg));
      checkMemSizeArg(env, reg, arg, meta, site, isOptionalMemory(kfunc, arg));
      return;
    case KfArg.CTX:
      checkCtx(env, reg, arg, meta, site);
      return;
    case KfArg.ARENA:
      if (reg.type !== RegType.PTR_TO_ARENA && reg.type !== RegType.SCALAR_VALUE) {
        env.reject(Errno.EINVAL, `${argName(arg)} is not a pointer to arena or scalar\n`, undefined, {
          kind: 'argument',
          arg,
          callee: site.callee,
          needs: 'an arena pointer or a number',
        });
      }
      return;
    case KfArg.ALLOC_BTF_ID:
      checkAllocArg(env, reg, arg, meta, site);
      return;
    case KfArg.DYNPTR:
      processDynptr(env, reg, arg, site, dynptrArgType(env, param, meta), meta.refObj, meta.dynptr);
      return;
    case KfArg.ITER:
      if (meta.behaviour === 'iter_css_task_new' && !cssTaskIterAllowed(env)) {
        env.reject(Errno.EINVAL, 'css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs\n', undefined, {
          kind: 'kfunc-unavailable',
          callee: site.callee,
          how: 'css-task',
        });
      }
      processIterArg(env, reg, arg, site.insn, param.type, meta);
      return;
    case KfArg.LIST_HEAD:
      checkRootArg(env, reg, arg, FieldType.LIST_HEAD, meta);
      return;
    case KfArg.RB_ROOT:
      checkRootArg(env, reg, arg, FieldType.RB_ROOT, meta);
      return;
    case KfArg.LIST_NODE:
      checkListNodeArg(env, reg, arg, param, meta);
      return;
    case KfArg.RB_NODE:
      checkRbNodeArg(env, reg, arg, meta);
      return;
    case KfArg.CONST_MAP_PTR:
      requireMap(env, reg, arg, site);
      processMapPtrArg(env, reg, arg, meta);
      return;
    case KfArg.BTF_ID: {
      const wanted = param.isMap ? { btf: env.kernel.btf, id: kernelStruct(env, 'bpf_map') } : { btf: kfunc.btf, id: param.refId };
      if (!checkBtfArg(env, reg, arg, wanted, meta, site)) checkFixedMem(env, kfunc, param, reg, arg, meta, site);
      return;
    }
    case KfArg.MEM:
      checkMem(env, kfunc, param, reg, arg, meta, site);
      return;
    case KfArg.CALLBACK:
      if (reg.type !== RegType.PTR_TO_FUNC)
        env.reject(Errno.EINVAL, `${argName(arg)} expected pointer to func\n`, undefined, {
          kind: 'argument',
          arg,
          callee: site.callee,
          needs: 'a function of the program',
        });
      meta.subprogno = reg.subprogno;
      return;
    case KfArg.REFCOUNTED_KPTR:
      checkRefcountedArg(env, reg, arg, meta, site);
      return;
    case KfArg.CONST_STR:
      if (reg.type !== RegType.PTR_TO_MAP_VALUE) {
        env.reject(
          Errno.EINVAL,
          `${kfuncArgName(env, arg)} doesn't point to a const string\n`,
          () => why.noConstString(env, site, arg, reg),
          {
            kind: 'argument',
            arg,
            callee: site.callee,
            needs: 'a constant string',
          },
        );
      }
      checkArgConstStr(env, reg, arg);
      return;
    case KfArg.WORKQUEUE:
    case KfArg.TASK_WORK:
      requireMapValue(env, reg, arg);
      processMapField(env, reg, arg, param.kind === KfArg.WORKQUEUE ? FieldType.WORKQUEUE : FieldType.TASK_WORK, meta);
      return;
    case KfArg.TIMER:
      requireMapValue(env, reg, arg);
      processTimer(env, reg, arg, meta);
      return;
    case KfArg.IRQ_FLAG:
      if (reg.type !== RegType.PTR_TO_STACK) {
        env.reject(
          Errno.EINVAL,
          `${kfuncArgName(env, arg)} doesn't point to an irq flag on stack\n`,
          () => why.noFlagSlot(env, site, arg, reg),
          {
            kind: 'argument',
            arg,
            callee: site.callee,
            needs: 'the address of a variable on the stack',
          },
        );
      }
      processIrqFlag(env, reg, arg, kfunc.effect);
      return;
    case KfArg.RES_SPIN_LOCK:
      checkResLock(env, kfunc, reg, arg);
      return;
  }
}

function checkCtx(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, site: why.CallSite): void {
  if (reg.type !== RegType.PTR_TO_CTX) {
    env.reject(
      Errno.EINVAL,
      `${kfuncArgName(env, arg)} expected pointer to ctx, but got ${regTypeStr(reg.type)}\n`,
      () => why.noContext(env, site, arg, reg),
      {
        kind: 'argument',
        arg,
        callee: site.callee,
        needs: 'the context pointer',
      },
    );
  }
  if (meta.behaviour !== 'cast_to_kern_ctx') return;
  const id = kernCtxBtfId(env, env.progType);
  if (id < 0) env.reject(Errno.EINVAL, '', undefined, { kind: 'unsupported', name: 'the kernel context of this program type' });
  meta.retBtfId = id;
}

const DYNPTR_BY_IDENTITY: ReadonlyMap<Behaviour | null, number> = new Map<Behaviour | null, number>([
  ['dynptr_from_skb', Flag.DYNPTR_TYPE_SKB],
  ['dynptr_from_xdp', Flag.DYNPTR_TYPE_XDP],
  ['dynptr_from_skb_meta', Flag.DYNPTR_TYPE_SKB_META],
  ['dynptr_from_file', Flag.DYNPTR_TYPE_FILE],
  ['dynptr_file_discard', Flag.DYNPTR_TYPE_FILE | Flag.OBJ_RELEASE],
]);

function dynptrArgType(env: VerifierEnv, param: KfuncArg, meta: CallMeta): number {
  const base = ArgType.PTR_TO_DYNPTR | (param.uninit ? Flag.MEM_UNINIT : 0);
  if (meta.behaviour === 'dynptr_clone' && param.uninit) {
    if (meta.dynptr.type === 0) env.reject(Errno.EFAULT, 'verifier bug: no dynptr type for parent of clone\n');
    return base | dynptrTypeFlag(meta.dynptr.type);
  }
  return base | (DYNPTR_BY_IDENTITY.get(meta.behaviour) ?? 0);
}

/** Where the css_task iterator cannot deadlock (`check_css_task_iter_allowlist`). */
function cssTaskIterAllowed(env: VerifierEnv): boolean {
  const { kernel } = env;
  if (env.progType === kernel.constant('BPF_PROG_TYPE_LSM')) return true;
  const isIter = env.progType === kernel.constant('BPF_PROG_TYPE_TRACING') && env.expectedAttachType === kernel.constant('BPF_TRACE_ITER');
  return isIter || env.cur.inSleepable;
}

/** Memory: of a length that comes after it, or of a type; kernels that go by what is given take a struct for one. */
function checkMem(
  env: VerifierEnv,
  kfunc: KfuncMeta,
  param: KfuncArg,
  reg: RegState,
  arg: ArgNo,
  meta: CallMeta,
  site: why.CallSite,
): void {
  if (!env.kernel.features['kfunc.kindByType'] && knowsStruct(env, reg))
    checkStructAsMem(env, reg, arg, { btf: kfunc.btf, id: param.refId }, meta, site);
  else if (param.fixedSize) checkFixedMem(env, kfunc, param, reg, arg, meta, site);
}

/** Memory of the size of the type that the parameter points to. */
function checkFixedMem(
  env: VerifierEnv,
  kfunc: KfuncMeta,
  param: KfuncArg,
  reg: RegState,
  arg: ArgNo,
  meta: CallMeta,
  site: why.CallSite,
): void {
  const size = resolveSize(kfunc.btf, param.refId);
  if (size === null) {
    const ref = kfunc.btf.type(param.refId)!;
    env.reject(
      Errno.EINVAL,
      `${kfuncArgName(env, arg)} reference type('${kindName(ref.kind)} ${ref.name}') size cannot be determined: -22\n`,
      undefined,
      {
        kind: 'unsupported',
        name: `the size of ${ref.name}`,
      },
    );
  }
  try {
    checkMemReg(env, reg, arg, size, 'read-write', meta);
  } catch (e) {
    if (e instanceof Refused) env.explain(() => why.badMemory(env, site, arg, reg, size, kfunc.btf, param.refId, isMemory(reg)));
    throw e;
  }
}

function requireMapValue(env: VerifierEnv, reg: RegState, arg: ArgNo): void {
  if (reg.type !== RegType.PTR_TO_MAP_VALUE)
    env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} doesn't point to a map value\n`, undefined, {
      kind: 'argument',
      arg,
      callee: '',
      needs: 'a map value',
    });
}

function checkResLock(env: VerifierEnv, kfunc: KfuncMeta, reg: RegState, arg: ArgNo): void {
  const { effect } = kfunc;
  if (effect === null || effect.cls.token !== 'object') env.reject(Errno.EFAULT);
  checkKeptLock(env, effect.cls);
  if (reg.type !== RegType.PTR_TO_MAP_VALUE && reg.type !== (RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC)) {
    env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} doesn't point to map value or allocated object\n`, undefined, {
      kind: 'argument',
      arg,
      callee: kfunc.name,
      needs: 'a map value or an object that the program allocated',
    });
  }
  processSpinLock(env, reg, arg, effect.cls, effect.enter, FieldType.RES_SPIN_LOCK);
}
