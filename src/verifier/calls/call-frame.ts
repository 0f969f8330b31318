// SPDX-License-Identifier: GPL-2.0-only
import { newFrame } from '../engine/stack';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { FuncState } from '../state/frame';
import type { VerifierState } from '../state/state';

/** Deepest chain of frames (`MAX_CALL_FRAMES`). */
export const MAX_CALL_FRAMES = 16;

/** Prepares the registers of a callee's frame from the caller's (`set_callee_state_fn`). */
export type SetCalleeState = (env: VerifierEnv, caller: FuncState, callee: FuncState, insnIdx: number) => void;

/** Register `to` of the callee is the caller's `from`, with all that is known of where it came from. */
export function passReg(caller: FuncState, from: number, callee: FuncState, to: number): void {
  callee.regs[to] = caller.regs[from]!;
  if (callee.marks !== null && caller.marks !== null) callee.marks.inherit(to, caller.marks, from);
}

/** A direct call: R1 to R5 are the caller's (`set_callee_state`). */
export const setCalleeState: SetCalleeState = (_env, caller, callee) => {
  for (let i = 1; i <= 5; i++) passReg(caller, i, callee, i);
};

/** Refuses one more frame than there may be. @param depth frames that there are */
export function checkCallDepth(env: VerifierEnv, depth: number): void {
  if (depth < MAX_CALL_FRAMES) return;
  env.reject(Errno.E2BIG, `the call stack of ${depth + 1} frames is too deep\n`, undefined, { kind: 'call-depth', depth: depth + 1 });
}

/** Adds the frame of a called subprogram to a state (`setup_func_entry`). */
export function setupFuncEntry(env: VerifierEnv, subprog: number, callsite: number, setState: SetCalleeState, state: VerifierState): void {
  const { frames } = state;
  checkCallDepth(env, frames.length);
  const callee = newFrame(env, callsite, frames.length, subprog);
  setState(env, state.cur, callee, callsite);
  state.enter(callee);
}
