// SPDX-License-Identifier: GPL-2.0-only
/** Calls of BPF subprograms. */
import { calledSlot } from '../../isa/flow';
import { words } from '../../kernel/words';
import { Linkage } from '../../btf/types';
import type { Insn } from '../../isa/insn';
import { Op } from '../../policy/types';
import { allows, forbiddingClass, inSleepableContext, nonSleepableDescription } from '../contexts';
import { regPlace, why } from '../diag';
import { pushStack } from '../engine/stack';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { printVerifierState } from '../log/state';
import { subprogName } from '../prepass/topo';
import { markUnknown } from '../regs';
import { checkSubprogArgs } from './argmatch';
import { setCalleeState, setupFuncEntry } from './call-frame';
import { clearAllPktPointers, clearCallerSaved, invalidateStackArgs } from './clobber';
import { processExit } from './exit';
import { subprogReturnsVoid } from './retcode';
import { inStackArgs } from './stackargs';
import { findSubprog } from '../prepass/subprog-table';

/** Whether a subprogram is global, by the linkage in BTF (`bpf_subprog_is_global`). */
export function isGlobalSubprog(env: VerifierEnv, subprog: number): boolean {
  return env.given.funcInfo.length > 0 && env.subprogs[subprog]!.linkage === Linkage.GLOBAL;
}

/** A global subprogram is verified on its own: the call is checked against its prototype only. */
function callGlobal(env: VerifierEnv, subprog: number, argsErrno: Errno | 0, insnIdx: number): number | null {
  const sub = env.subprogs[subprog]!;
  const name = subprogName(env, subprog);
  const forbidding = forbiddingClass(env.cur, Op.GLOBAL_CALL);
  if (forbidding !== null) {
    env.reject(
      Errno.EINVAL,
      `${forbidding.words.globalCalls ?? `global function calls are not allowed in ${forbidding.describe}`}\n`,
      () =>
        why.stillInside(
          env,
          insnIdx,
          `global function ${name}()`,
          forbidding,
          'Release the lock before calling the global function, or use a static function instead.',
        ),
      { kind: 'call-inside', callee: name, cls: forbidding, global: true },
    );
  }
  const sleepable = inSleepableContext(env.cur);
  const demand = (sub.mightSleep ? Op.SLEEP : 0) | (sub.mightFault ? Op.FAULT : 0);
  if (!allows(env.cur, demand)) {
    env.reject(
      Errno.EINVAL,
      `${words(env.kernel.features, 'words.sleepGlobal')(name, nonSleepableDescription(env.cur, demand))}\n`,
      () =>
        why.sleepForbidden(
          env,
          insnIdx,
          `sleepable global function ${name}()`,
          'Move the call outside the critical section, or use a non-sleepable function.',
        ),
      { kind: 'sleep', callee: name, demand, subprog },
    );
  }
  if (argsErrno !== 0)
    env.reject(argsErrno, `${words(env.kernel.features, 'words.invalidArgs')(subprog, name)}\n`, undefined, {
      kind: 'subprog-arguments',
      callee: name,
      inner: env.argsRefusal,
    });
  if (env.log.detailed) env.verbose(`Func#${subprog} ('${name}') is global and assumed valid.\n`);
  sub.called[sleepable ? 1 : 0] = true;
  if (sub.changesPktData) clearAllPktPointers(env);
  const isVoid = subprogReturnsVoid(env, subprog);
  const result = regPlace(env.frame, 0);
  if (isVoid) env.diag?.scrub(result, 'call');
  else env.diag?.begin(result);
  clearCallerSaved(env);
  invalidateStackArgs(env, env.frame);
  if (!isVoid) {
    markUnknown(env, 0);
    env.diag?.end();
  }
  if (!sub.mightThrow) return insnIdx + 1;
  pushStack(env, insnIdx + 1, insnIdx, false);
  return processExit(env, true);
}

/** Checks a call of a BPF subprogram; returns the next instruction, null when the path ends (`check_func_call`). */
export function checkFuncCall(env: VerifierEnv, insn: Insn, insnIdx: number): number | null {
  const target = calledSlot(insn, insnIdx);
  const subprog = findSubprog(env, target);
  if (subprog < 0) env.reject(Errno.EFAULT, `verifier bug: target of func call at insn ${target} is not a program (subprog < 0)\n`);
  const argsErrno = checkSubprogArgs(env, subprog);
  if (isGlobalSubprog(env, subprog)) return callGlobal(env, subprog, argsErrno, insnIdx);

  const caller = env.frame;
  const callerInfo = env.subprogs[caller.subprogno]!;
  const callee = env.subprogs[subprog]!;
  callerInfo.stackArgCnt = Math.max(callerInfo.stackArgCnt, inStackArgs(callerInfo.argCnt) + inStackArgs(callee.argCnt));
  setupFuncEntry(env, subprog, insnIdx, setCalleeState, env.cur);
  env.diag?.scrub(regPlace(caller, 0), 'call');
  clearCallerSaved(env, caller);
  if (env.log.detailed) {
    env.verbose('caller:\n');
    printVerifierState(env, env.cur, caller.frameno, true);
    env.verbose('callee:\n');
    printVerifierState(env, env.cur, env.cur.curframe, true);
  }
  return callee.start;
}
