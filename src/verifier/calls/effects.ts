// SPDX-License-Identifier: GPL-2.0-only
/** What single helpers check and do once their arguments are fine. Facts: the first switch of `kernel/bpf/verifier.c: check_helper_call`. */
import { isComposite } from '../../btf/util';
import type { Insn } from '../../isa/insn';
import { MAX_ERRNO } from '../../isa/limits';
import { Flag, RegType } from '../../kernel/types';
import { Op } from '../../policy/types';
import { constNum, tnumValueBig, umax } from '../domain';
import { markChainPrecision } from '../engine/precision';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { isNullReg } from '../state/reg-kinds';
import { isValidFormat } from './bprintf';
import {
  pushCallbackCall,
  setFindVmaCallbackState,
  setLoopCallbackState,
  setMapElemCallbackState,
  setTimerCallbackState,
  setUserRingbufCallbackState,
} from './callbacks';
import { stringAt } from './conststr';
import { checkResourceLeak } from './leak';
import type { CallMeta } from '../call-meta';
import { requireWithin } from './range-check';
import { attachesAs, isLsmCgroup, isProgType, lsmHookIsVoid, lsmRetvalRange } from './retcode';
import { DynptrType } from '../objects/dynptr-slots';

/** What the switch leaves for the rest of the call. */
export interface CallEffects {
  /** Packet pointers do not survive. */
  changesData: boolean;
  /** R0 points to this CPU's part of an allocated per-CPU object. */
  cpuSpecificAlloc: boolean;
}

/** The format of `bpf_snprintf` must go with the number of values (`check_bpf_snprintf_call`). */
function checkSnprintf(env: VerifierEnv): void {
  const format = env.regs[3]!;
  const length = Number(tnumValueBig(env.regs[5]!.val));
  if (length % 8 !== 0) env.reject(Errno.EINVAL, '', undefined, { kind: 'format' });
  const text = stringAt(env, format.map, constNum(format.val));
  if (text === null || !isValidFormat(text, length / 8)) env.reject(Errno.EINVAL, 'Invalid format string\n', undefined, { kind: 'format' });
}

/** Whether `bpf_loop`'s flags are a known zero. */
function loopFlagsAreZero(env: VerifierEnv): boolean {
  if (!isNullReg(env.regs[4]!)) return false;
  markChainPrecision(env, 4);
  return true;
}

/** Whether the loop can be inlined: always the same callback and no flags (`update_loop_inline_state`). */
function updateLoopInline(env: VerifierEnv, subprogno: number): void {
  const aux = env.aux.rareOf(env.insnIdx);
  const known = aux.loopInline;
  if (known === undefined) aux.loopInline = { fit: loopFlagsAreZero(env), subprogno };
  else if (known.fit) aux.loopInline = { fit: loopFlagsAreZero(env) && known.subprogno === subprogno, subprogno: known.subprogno };
}

/** `bpf_loop`: another round, unless as many were explored as there can be; where callbacks run once, one whatever their number is. */
function loop(env: VerifierEnv, insn: Insn, insnIdx: number, meta: CallMeta): void {
  updateLoopInline(env, meta.subprogno);
  const once = !env.kernel.features['callback.loops'];
  if (!once) markChainPrecision(env, 1);
  if (once || env.frame.callbackDepth < umax(env.regs[1]!.val)) {
    pushCallbackCall(env, insn, insnIdx, meta.subprogno, setLoopCallbackState);
    return;
  }
  env.frame.callbackDepth = 0;
  if (env.log.full) env.verbose(`frame${env.cur.curframe} bpf_loop iteration limit reached\n`);
}

/** `bpf_set_retval`: the value obeys the hook's range. */
function setRetval(env: VerifierEnv): void {
  const ranged = env.kernel.features['retval.setInRange'];
  if (!ranged && !isLsmCgroup(env)) return;
  if (ranged && env.regs[1]!.type !== RegType.SCALAR_VALUE)
    env.reject(Errno.EINVAL, 'R1 is not a scalar\n', undefined, {
      kind: 'argument',
      arg: 1,
      callee: '',
      needs: 'a number',
    });
  if (isProgType(env, 'CGROUP_SOCKOPT') && attachesAs(env, ['BPF_CGROUP_GETSOCKOPT'])) return;
  let allowed = { min: -MAX_ERRNO, max: 0 };
  if (isLsmCgroup(env)) {
    if (lsmHookIsVoid(env))
      env.reject(Errno.EINVAL, "BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n", undefined, {
        kind: 'void-hook',
      });
    if (!ranged) return;
    allowed = lsmRetvalRange(env);
  }
  markChainPrecision(env, 1);
  requireWithin(env, env.regs[1]!, { ...allowed, return32bit: true }, 'At bpf_set_retval', 'R1');
}

/** `bpf_per_cpu_ptr`, `bpf_this_cpu_ptr` of an allocated object. */
function perCpuPtr(env: VerifierEnv, effects: CallEffects): void {
  const reg = env.regs[1]!;
  if ((reg.type & Flag.MEM_RCU) === 0) return;
  const type = reg.btf.type(reg.btfId);
  if (type === undefined || !isComposite(type)) env.reject(Errno.EFAULT, 'Helper has invalid btf/btf_id in R1\n');
  effects.cpuSpecificAlloc = true;
}

/** Runs the helper's own checks and effects, by behaviour tag. */
export function applyHelperEffects(env: VerifierEnv, insn: Insn, insnIdx: number, meta: CallMeta): CallEffects {
  const effects: CallEffects = { changesData: meta.fn!.changesPktData, cpuSpecificAlloc: false };
  switch (meta.behaviour) {
    case 'tail_call':
      checkResourceLeak(env, false, true, 'tail_call', Op.TAIL_CALL);
      break;
    case 'get_local_storage':
      if (!isNullReg(env.regs[2]!))
        env.reject(Errno.EINVAL, "get_local_storage() doesn't support non-zero flags\n", undefined, {
          kind: 'argument',
          arg: 2,
          callee: meta.funcName,
          needs: 'the constant 0',
        });
      markChainPrecision(env, 2);
      break;
    case 'for_each_map_elem':
      pushCallbackCall(env, insn, insnIdx, meta.subprogno, setMapElemCallbackState);
      break;
    case 'timer_set_callback':
      pushCallbackCall(env, insn, insnIdx, meta.subprogno, setTimerCallbackState);
      break;
    case 'find_vma':
      pushCallbackCall(env, insn, insnIdx, meta.subprogno, setFindVmaCallbackState);
      break;
    case 'user_ringbuf_drain':
      pushCallbackCall(env, insn, insnIdx, meta.subprogno, setUserRingbufCallbackState);
      break;
    case 'snprintf':
      checkSnprintf(env);
      break;
    case 'loop':
      loop(env, insn, insnIdx, meta);
      break;
    case 'dynptr_from_mem':
      if (env.regs[1]!.type !== RegType.PTR_TO_MAP_VALUE) {
        env.reject(Errno.EACCES, `Unsupported reg type ${regTypeStr(env.regs[1]!.type)} for bpf_dynptr_from_mem data\n`, undefined, {
          kind: 'argument',
          arg: 1,
          callee: meta.funcName,
          needs: 'memory of a map value',
        });
      }
      break;
    case 'set_retval':
      setRetval(env);
      break;
    case 'dynptr_write':
      if (meta.dynptr.type === DynptrType.INVALID) env.reject(Errno.EFAULT);
      if (meta.dynptr.type === DynptrType.SKB || meta.dynptr.type === DynptrType.SKB_META) effects.changesData = true;
      break;
    case 'per_cpu_ptr':
    case 'this_cpu_ptr':
      perCpuPtr(env, effects);
      break;
  }
  return effects;
}
