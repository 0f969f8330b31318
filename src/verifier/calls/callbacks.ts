// SPDX-License-Identifier: GPL-2.0-only
/** Callbacks: what they get, what they may return, how their exploration begins. */
import { Kind } from '../../btf/types';
import type { Insn } from '../../isa/insn';
import { Flag, RegType } from '../../kernel/types';
import type { ContextClass } from '../../policy/types';
import { calleeRule } from '../contexts';
import { constNum, constNumber } from '../domain';
import { newFrame, pushAsyncCb, pushStack } from '../engine/stack';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { printVerifierState } from '../log/state';
import { recordFindField, regBtfRecord } from '../memory';
import { activeLock, enterCallback } from '../objects/context';
import { markDynptrCbReg } from '../objects/dynptr';
import { calleeBehaviour, callsAsyncCallback, callsSyncCallback } from '../prepass/call-kinds';
import { unknownScalar } from '../regs';
import type { FuncState } from '../state/frame';
import { FieldType, type BpfMap, type BtfField } from '../state/map';
import { makeReg, NOT_INIT, pointerReg, type RegState } from '../state/reg';
import { checkSubprogArgs } from './argmatch';
import { checkCallDepth, passReg, setupFuncEntry, type SetCalleeState } from './call-frame';
import { range } from './range-check';
import { DynptrType } from '../objects/dynptr-slots';

const S32_MIN = -0x80000000;
const S32_MAX = 0x7fffffff;

/** R1 and following; what is left out up to R5 is unreadable. */
function setArgs(callee: FuncState, ...args: readonly RegState[]): void {
  for (let i = 0; i < 5; i++) callee.regs[i + 1] = args[i] ?? NOT_INIT;
}

function mapPart(type: RegType, map: BpfMap, mapUid: number, id = 0): RegState {
  return pointerReg(type, { obj: map, mapUid, id });
}

/** Identity of a map value that a callback takes, 0 where the kernel gives none. */
function valueId(env: VerifierEnv): number {
  return env.kernel.features['callback.valueIds'] ? env.nextId() : 0;
}

/** `(map, key, value)` of the map that a register of the caller belongs to; the value has an identity of its own. */
function setMapKeyValue(env: VerifierEnv, callee: FuncState, owner: RegState): void {
  const { map, mapUid } = owner;
  setArgs(
    callee,
    mapPart(RegType.CONST_PTR_TO_MAP, map, mapUid),
    mapPart(RegType.PTR_TO_MAP_KEY, map, mapUid),
    mapPart(RegType.PTR_TO_MAP_VALUE, map, mapUid, valueId(env)),
  );
}

/** `bpf_for_each_map_elem`: map, key, value, context (`set_map_elem_callback_state`). */
export const setMapElemCallbackState: SetCalleeState = (env, caller, callee, insnIdx) => {
  const { callMap } = env.aux.rare(insnIdx);
  if (callMap === null || env.kernel.mapType(callMap.type)?.hasForEachCallback !== true) {
    env.reject(Errno.ENOTSUPP, 'callback function not allowed for map\n', undefined, {
      kind: 'map-type',
      callee: 'bpf_for_each_map_elem',
      map: callMap,
    });
  }
  const owner = caller.regs[1]!;
  const { map, mapUid } = owner;
  setArgs(callee, owner, mapPart(RegType.PTR_TO_MAP_KEY, map, mapUid), mapPart(RegType.PTR_TO_MAP_VALUE, map, mapUid, valueId(env)));
  passReg(caller, 1, callee, 1);
  passReg(caller, 3, callee, 4);
  callee.inCallbackFn = true;
  callee.callbackRetRange = range(0, 1);
};

/** `bpf_loop`: index, context (`set_loop_callback_state`). */
export const setLoopCallbackState: SetCalleeState = (env, caller, callee) => {
  setArgs(callee, unknownScalar(env));
  passReg(caller, 3, callee, 2);
  callee.inCallbackFn = true;
  callee.callbackRetRange = range(0, 1);
};

/** Arguments of a timer or workqueue callback: map, key, value (`set_timer_callback_state`). */
export const setTimerCallbackState: SetCalleeState = (env, caller, callee) => {
  setMapKeyValue(env, callee, caller.regs[1]!);
  callee.inAsyncCallbackFn = true;
  callee.callbackRetRange = range(0, 0);
};

/** `bpf_find_vma`: task, vma, context (`set_find_vma_callback_state`). */
export const setFindVmaCallbackState: SetCalleeState = (env, caller, callee) => {
  const { btf } = env.kernel;
  const vma = pointerReg(RegType.PTR_TO_BTF_ID, { obj: btf, num2: Math.max(0, btf.findByNameKind('vm_area_struct', Kind.STRUCT)) });
  setArgs(callee, caller.regs[1]!, vma);
  passReg(caller, 1, callee, 1);
  passReg(caller, 4, callee, 3);
  callee.inCallbackFn = true;
  callee.callbackRetRange = range(0, 1);
};

/** `bpf_user_ringbuf_drain`: dynptr, context (`set_user_ringbuf_callback_state`). */
export const setUserRingbufCallbackState: SetCalleeState = (env, caller, callee) => {
  setArgs(callee, markDynptrCbReg(env, DynptrType.LOCAL));
  passReg(caller, 3, callee, 2);
  callee.inCallbackFn = true;
  callee.callbackRetRange = range(0, 1);
};

/** A non-owning reference to a node of the graph with that root (`mark_reg_graph_node`, `ref_set_non_owning`). */
function graphNode(env: VerifierEnv, root: NonNullable<BtfField['graphRoot']>): RegState {
  if (activeLock(env) === undefined) {
    env.reject(Errno.EFAULT, 'verifier bug: ref_set_non_owning w/o active lock\n');
  }
  const node = makeReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC | Flag.NON_OWN_REF, constNumber(root.nodeOffset), {
    obj: root.btf,
    num2: root.valueBtfId,
  });
  const refcounted = (regBtfRecord(env, node)?.refcountOff ?? -1) >= 0;
  return refcounted ? node.withType(node.type | Flag.MEM_RCU) : node;
}

/** Arguments of an rbtree less callback: two non-owning nodes (`set_rbtree_add_callback_state`). */
export const setRbtreeAddCallbackState: SetCalleeState = (env, caller, callee) => {
  const root = caller.regs[1]!;
  const field = recordFindField(regBtfRecord(env, root), constNum(root.val), FieldType.RB_ROOT);
  const contents = field?.graphRoot ?? null;
  if (contents === null || contents.valueBtfId === 0) return env.reject(Errno.EFAULT);
  setArgs(callee, graphNode(env, contents), graphNode(env, contents));
  callee.inCallbackFn = true;
  callee.callbackRetRange = range(0, 1);
};

/** Arguments of a task work callback: map, key, value (`set_task_work_schedule_callback_state`). */
export const setTaskWorkCallbackState: SetCalleeState = (env, caller, callee) => {
  setMapKeyValue(env, callee, caller.regs[3]!);
  callee.inAsyncCallbackFn = true;
  callee.callbackRetRange = range(S32_MIN, S32_MAX);
};

/**
 * Enqueues the exploration of a callback (`push_callback_call`). A synchronous one is explored from a copy of the state with a frame of
 * its own, while the current path goes on as if the call were over; an asynchronous one starts with nothing but its arguments.
 */
export function pushCallbackCall(env: VerifierEnv, insn: Insn, insnIdx: number, subprog: number, setState: SetCalleeState): void {
  const caller = env.frame;
  checkSubprogArgs(env, subprog);
  const sub = env.subprogs[subprog]!;
  sub.isCb = true;
  const behaviour = calleeBehaviour(env, insn);
  const rule = calleeRule(env, insn);
  if (callsAsyncCallback(behaviour)) {
    sub.isAsyncCb = true;
    const state = pushAsyncCb(env, sub.start, insnIdx, subprog, rule.callback?.sleepable ?? false);
    enterCallback(state, rule.holds, insnIdx);
    const callee = state.frames[0]!;
    callee.asyncEntryCnt = caller.asyncEntryCnt + 1;
    setState(env, caller, callee, insnIdx);
    return;
  }
  if (!callsSyncCallback(behaviour)) env.reject(Errno.EFAULT, `verifier bug: call at ${insnIdx} not marked as callback-calling\n`);
  if (!env.kernel.features['callback.loops']) {
    env.calledCallback = callbackFrame(env, subprog, insnIdx, setState);
    return;
  }
  const state = pushStack(env, sub.start, insnIdx, false);
  setupFuncEntry(env, subprog, insnIdx, setState, state);
  enterCallback(state, rule.holds, insnIdx);
  state.callbackUnrollDepth++;
  state.frames[state.curframe - 1]!.callbackDepth++;
  caller.callbackDepth = 0;
}

/** The frame of a callback that is entered once the call itself is checked, as that of a function. */
function callbackFrame(env: VerifierEnv, subprog: number, insnIdx: number, setState: SetCalleeState): FuncState {
  const { frames } = env.cur;
  checkCallDepth(env, frames.length);
  const callee = newFrame(env, insnIdx, frames.length, subprog);
  setState(env, env.frame, callee, insnIdx);
  return callee;
}

/** Enters the callback of the call at hand, which runs once and then goes on behind the call (`__check_func_call` before 6.7). */
export function enterCalledCallback(env: VerifierEnv, insn: Insn, insnIdx: number): void {
  const callee = env.calledCallback;
  if (callee === null) return;
  env.calledCallback = null;
  env.cur.enter(callee);
  enterCallback(env.cur, calleeRule(env, insn).holds, insnIdx);
  if (env.log.detailed) {
    env.verbose('caller:\n');
    printVerifierState(env, env.cur, callee.frameno - 1, true);
    env.verbose('callee:\n');
    printVerifierState(env, env.cur, callee.frameno, true);
  }
  env.insnIdx = env.subprogs[callee.subprogno]!.start - 1;
}

/** Whether the code runs in, or below, a callback under its caller's lock, as that of an rbtree (`in_rbtree_lock_required_cb`). */
export function inRbtreeLockRequiredCb(env: VerifierEnv): boolean {
  return env.cur.frames.some((frame, depth) => {
    if (depth === 0 || !frame.inCallbackFn) return false;
    return calleeRule(env, env.insns[frame.callsite]!).callback?.keepsLocks === true;
  });
}

/** Refuses to take or give back a lock in a callback that runs under its caller's. */
export function checkKeptLock(env: VerifierEnv, cls: ContextClass): void {
  if (inRbtreeLockRequiredCb(env))
    env.reject(Errno.EACCES, `${cls.words.inCallback ?? `can't enter or leave ${cls.title} in this callback`}\n`, undefined, {
      kind: 'lock-in-callback',
      cls,
    });
}
