// SPDX-License-Identifier: GPL-2.0-only
/** Returning from a frame, and leaving the program. */
import { RegType } from '../../kernel/types';
import { regPlace } from '../diag';
import { accountFrame } from '../engine/account';
import { markChainPrecision } from '../engine/precision';
import { findPrevEntry, widenImpreciseScalars } from '../engine/widen';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { printVerifierState } from '../log/state';
import { leaveCallback } from '../objects/context';
import { passReg } from './call-frame';
import { invalidateStackArgs } from './clobber';
import { checkResourceLeak } from './leak';
import { requireWithin } from './range-check';
import { checkGlobalSubprogReturnCode, checkReturnCode } from './retcode';

/**
 * Returns from the innermost frame to its caller; returns the next instruction (`prepare_func_exit`). A callback goes back to the call
 * that runs it, which then decides about another round.
 */
export function prepareFuncExit(env: VerifierEnv): number {
  const state = env.cur;
  const callee = state.cur;
  const caller = state.frames[state.frames.length - 2]!;
  const isCallback = callee.inCallbackFn;
  if (callee.regs[0]!.type === RegType.PTR_TO_STACK)
    env.reject(Errno.EINVAL, 'cannot return stack pointer to the caller\n', undefined, {
      kind: 'return-stack',
    });
  if (isCallback) {
    if (callee.regs[0]!.type !== RegType.SCALAR_VALUE)
      env.reject(Errno.EACCES, 'R0 not a scalar value\n', undefined, {
        kind: 'return-type',
        arg: 0,
        where: 'callback',
      });
    callee.marks?.readReg(0);
    markChainPrecision(env, 0);
    requireWithin(env, callee.regs[0]!, callee.callbackRetRange, 'At callback return', 'R0');
    if (!env.aux.has(callee.callsite, Fact.CALLS_CALLBACK)) {
      env.reject(Errno.EFAULT, `verifier bug: in callback at ${env.insnIdx}, callsite ${callee.callsite} !calls_callback\n`);
    }
  } else {
    env.diag?.begin(regPlace(caller, 0), 'write', regPlace(callee, 0));
    passReg(callee, 0, caller, 0);
    env.diag?.end();
  }
  const loops = isCallback && env.kernel.features['callback.loops'];
  const next = loops ? callee.callsite : callee.callsite + 1;
  if (env.log.detailed) {
    env.verbose('returning from callee:\n');
    printVerifierState(env, state, callee.frameno, true);
    env.verbose(`to caller at ${next}:\n`);
    printVerifierState(env, state, caller.frameno, true);
  }
  accountFrame(env, callee, caller);
  state.leave();
  if (isCallback) leaveCallback(env, callee.callsite);
  invalidateStackArgs(env, caller);
  if (loops) {
    // as at an iterator's next: what a round changes must not keep the loop from converging
    const previous = findPrevEntry(env, state, next);
    if (previous !== null) widenImpreciseScalars(env, previous, state);
  }
  return next;
}

/**
 * Leaves the program or frame by exit or by exception: leak checks, return to the caller, return code
 * (`process_bpf_exit_full`). Returns the next instruction, or null when the path ends.
 */
export function processExit(env: VerifierEnv, exceptionExit: boolean): number | null {
  const isNested = env.cur.curframe !== 0;
  const { features } = env.kernel;
  const throws = exceptionExit && features['exit.throwLocks'];
  const checkLock = throws || !isNested || !features['lock.staticCalls'];
  checkResourceLeak(env, exceptionExit, checkLock, throws ? 'bpf_throw' : 'BPF_EXIT instruction in main prog');
  if (exceptionExit) return null;
  if (isNested) return prepareFuncExit(env);
  const { frame } = env;
  if (frame.subprogno !== 0 && !frame.inAsyncCallbackFn && !frame.inExceptionCallbackFn) checkGlobalSubprogReturnCode(env);
  else checkReturnCode(env, 0, 'R0');
  return null;
}
