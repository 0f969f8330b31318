// SPDX-License-Identifier: GPL-2.0-only
/** Calls of helpers. */
import type { Insn } from '../../isa/insn';
import { ArgType, baseType, Flag, RegType } from '../../kernel/types';
import type { HelperProto } from '../../kernel/profile';
import { inRcuReadSection } from '../contexts';
import { regPlace } from '../diag';
import { constLow32, isConst } from '../domain';
import { pushStack } from '../engine/stack';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkMemAccess } from '../memory';
import { applyEffect } from '../objects/context';
import { markUnknown } from '../regs';
import { checkFuncArg } from './args';
import { enterCalledCallback } from './callbacks';
import { availableHelper } from './availability';
import { clearAllPktPointers, clearCallerSaved, invalidateStackArgs } from './clobber';
import { applyHelperEffects } from './effects';
import { prepareFuncExit } from './exit';
import { checkMapFuncCompatibility } from './map-compat';
import type { CallMeta } from '../call-meta';
import { recordFuncKey, recordFuncMap } from './record';
import { releaseReg } from './release';
import { setReturnValue } from './returns';

const TRAMPOLINE = ['FENTRY', 'FEXIT', 'FSESSION', 'FENTRY_MULTI', 'FEXIT_MULTI', 'FSESSION_MULTI'] as const;

/** Meta of a call with what the prototype alone says: the memory that is filled in, the register that is released. */
function metaOf(env: VerifierEnv, fn: HelperProto): CallMeta {
  const meta = env.callMeta.clear();
  meta.fn = fn;
  meta.funcName = fn.name;
  meta.behaviour = fn.behaviour;
  const { args } = fn;
  for (let index = 0; index < args.length; index++) {
    const { type } = args[index]!;
    const base = baseType(type);
    const isMemory = base === ArgType.PTR_TO_MEM || base === ArgType.PTR_TO_MAP_VALUE;
    if (isMemory && (type & Flag.MEM_UNINIT) !== 0) meta.argRawMem.regno = index + 1;
    if ((type & Flag.OBJ_RELEASE) !== 0) meta.releaseRegno = index + 1;
  }
  return meta;
}

/**
 * Memory that the call fills in counts as written byte by byte. Whole slots of the stack are written at once where that comes to the same: a write of
 * eight bytes counts for the marks of older kernels and for loaders from whom pointers are kept.
 */
function writeRawMem(env: VerifierEnv, meta: CallMeta, insnIdx: number): void {
  const { regno, size } = meta.argRawMem;
  if (size === 0) return;
  const reg = env.regs[regno]!;
  const inSlots = reg.type === RegType.PTR_TO_STACK && isConst(reg.val) && env.allowPtrLeaks && env.stackLiveness !== null;
  for (let i = 0; i < size;) {
    const step = inSlots && i + 8 <= size && ((constLow32(reg.val) + i) & 7) === 0 ? 8 : 1;
    checkMemAccess(env, insnIdx, env.regs[regno]!, regno, i, step, 'write', -1);
    i += step;
  }
}

function release(env: VerifierEnv, meta: CallMeta): void {
  if (meta.releaseRegno === 0) return;
  const reg = env.regs[meta.releaseRegno]!;
  const isPercpuObj = (reg.type & Flag.MEM_ALLOC) !== 0 && (reg.type & Flag.MEM_PERCPU) !== 0;
  const convertRcu = meta.behaviour === 'kptr_xchg' && isPercpuObj && inRcuReadSection(env);
  releaseReg(env, reg, convertRcu, meta.dynptr.type !== 0);
}

/** `bpf_get_func_ip` needs a trampoline or a kprobe (`check_get_func_ip`). */
function checkGetFuncIp(env: VerifierEnv, fn: HelperProto): void {
  const { kernel } = env;
  if (env.progType === kernel.constant('BPF_PROG_TYPE_KPROBE')) return;
  if (env.progType !== kernel.constant('BPF_PROG_TYPE_TRACING')) {
    env.reject(Errno.ENOTSUPP, `func ${fn.name}#${fn.id} not supported for program type ${env.progType}\n`, undefined, {
      kind: 'helper-unavailable',
      id: fn.id,
      callee: fn.name,
      how: 'program',
    });
  }
  const attached = env.expectedAttachType;
  const hasTrampoline =
    attached === kernel.constant('BPF_MODIFY_RETURN') || TRAMPOLINE.some((t) => attached === kernel.constant(`BPF_TRACE_${t}`));
  if (!hasTrampoline) {
    env.reject(Errno.ENOTSUPP, `func ${fn.name}#${fn.id} supported only for fentry/fexit/fsession/fmod_ret programs\n`, undefined, {
      kind: 'helper-unavailable',
      id: fn.id,
      callee: fn.name,
      how: 'attach',
    });
  }
}

/** A tail call from a subprogram: the called program returns to this frame's caller, with any value; or there was none to call. */
function leaveByTailCall(env: VerifierEnv): void {
  if (env.frame.inCallbackFn && env.kernel.features['callback.noTailCall'])
    env.reject(Errno.EINVAL, 'cannot tail call within callback\n', undefined, {
      kind: 'tail-call',
      how: 'callback',
    });
  env.scratchReg(0);
  pushStack(env, env.insnIdx + 1, env.insnIdx, false);
  clearAllPktPointers(env);
  markUnknown(env, 0);
  env.insnIdx = prepareFuncExit(env) - 1;
}

/**
 * Checks one helper call and leaves its effects in `env.cur` (`kernel/bpf/verifier.c: check_helper_call`).
 * A tail call in a subprogram returns from the frame: `env.insnIdx` is then one before the next instruction.
 */
export function checkHelperCall(env: VerifierEnv, insn: Insn, insnIdx: number): void {
  const fn = availableHelper(env, insn.imm, insnIdx);
  const meta = metaOf(env, fn);
  for (let i = 0; i < 5; i++) checkFuncArg(env, i, meta, insnIdx);
  recordFuncMap(env, meta, insnIdx);
  recordFuncKey(env, meta, insnIdx);
  writeRawMem(env, meta, insnIdx);
  release(env, meta);
  const effects = applyHelperEffects(env, insn, insnIdx, meta);
  applyEffect(env, env.rules.helper(fn.name).effect, fn.name, insnIdx);
  env.diag?.begin(regPlace(env.frame, 0));
  clearCallerSaved(env);
  invalidateStackArgs(env, env.frame);
  setReturnValue(env, meta, insnIdx, effects.cpuSpecificAlloc);
  env.diag?.end();
  checkMapFuncCompatibility(env, meta.map.ptr, meta);
  if (fn.behaviour === 'get_func_ip') checkGetFuncIp(env, fn);
  if (fn.behaviour === 'tail_call' && env.kernel.features['tailCall.returns']) {
    if (env.cur.curframe > 0) leaveByTailCall(env);
    else return;
  }
  if (effects.changesData) clearAllPktPointers(env);
  enterCalledCallback(env, insn, insnIdx);
}
