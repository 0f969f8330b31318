// SPDX-License-Identifier: GPL-2.0-only
import { jumpTarget } from '../../isa/flow';
import { isLdImm64, type Insn } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, Mode, modeOf, PseudoCall, usesReg } from '../../isa/opcode';
import { Op } from '../../policy/types';
import { checkFuncCall, checkHelperCall, processExit } from '../calls';
import { calleeRule, forbiddingClass } from '../contexts';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkAlu, checkCondJmp } from '../insn';
import { checkKfuncCall, kfuncSpinAllowed } from '../kfuncs';
import { checkAtomic, checkLdImm64, checkLoad, checkStoreImm, checkStoreReg } from '../memory';
import { checkIndirectJump } from './gotox';
import { checkLdAbs } from '../calls/ld-abs';
import { checkLdImm64Offset, checkReserved } from '../prepass/fields';

/** Arguments beyond the fifth that a function was declared with. */
function incomingStackArgs(env: VerifierEnv): number {
  return Math.max(0, env.subprogs[env.frame.subprogno]!.argCnt - 5);
}

/** What is held may forbid calls of helpers and kfuncs. */
function callForbidden(env: VerifierEnv, insn: Insn): boolean {
  if ((env.cur.held.forbids & Op.CALL) === 0) return false;
  switch (insn.src) {
    case PseudoCall.HELPER:
      return !calleeRule(env, insn).callable;
    case PseudoCall.KFUNC:
      return !kfuncSpinAllowed(env, insn);
    default:
      return !env.kernel.features['lock.staticCalls'];
  }
}

function callInsn(env: VerifierEnv, insn: Insn): number | null {
  if (callForbidden(env, insn)) {
    const cls = forbiddingClass(env.cur, Op.CALL);
    env.reject(
      Errno.EINVAL,
      `${cls?.words.calls ?? `function calls are not allowed in ${cls?.describe ?? ''}`}\n`,
      () =>
        cls === null
          ? undefined
          : why.stillInside(
              env,
              env.insnIdx,
              'function call',
              cls,
              'Release the BPF spin lock before making this call, or move the call outside the locked region.',
            ),
      cls === null ? undefined : { kind: 'call-inside', callee: '', cls, global: false },
    );
  }
  env.scratchReg(0);
  if (incomingStackArgs(env) > 0) env.frame.noStackArgLoad = true;
  switch (insn.src) {
    case PseudoCall.CALL:
      return checkFuncCall(env, insn, env.insnIdx);
    case PseudoCall.KFUNC: {
      const next = checkKfuncCall(env, insn, env.insnIdx);
      return next === undefined ? env.insnIdx + 1 : next;
    }
    default:
      checkHelperCall(env, insn, env.insnIdx);
      return env.insnIdx + 1;
  }
}

function jmpInsn(env: VerifierEnv, insn: Insn): number | null {
  env.jmpsProcessed++;
  switch (jmpOp(insn.code)) {
    case Jmp.CALL:
      return callInsn(env, insn);
    case Jmp.JA:
      if (usesReg(insn.code)) return checkIndirectJump(env, insn);
      return jumpTarget(insn, env.insnIdx);
    case Jmp.EXIT:
      return processExit(env, false);
    default:
      return checkCondJmp(env, insn);
  }
}

function ldInsn(env: VerifierEnv, insn: Insn): void {
  const mode = modeOf(insn.code);
  if (mode === Mode.ABS || mode === Mode.IND) {
    checkLdAbs(env, insn);
  } else if (mode === Mode.IMM) {
    checkLdImm64(env, insn);
    env.insnIdx++;
    if (!env.cur.speculative) env.aux.seen[env.insnIdx] = env.passCnt;
  }
}

/**
 * Checks the instruction at `env.insnIdx` and applies it to the current state (`do_check_insn`).
 * Returns the next instruction, null when the path ends.
 */
export function stepInsn(env: VerifierEnv, insn: Insn): number | null {
  if (!env.kernel.features['prepass.kfuncsLast']) {
    if (isLdImm64(insn)) checkLdImm64Offset(env, insn);
    else checkReserved(env, insn, env.insnIdx);
  }
  switch (classOf(insn.code)) {
    case Class.ALU:
    case Class.ALU64:
      checkAlu(env, insn);
      break;
    case Class.LDX:
      checkLoad(env, insn);
      break;
    case Class.STX:
      if (modeOf(insn.code) === Mode.ATOMIC) checkAtomic(env, insn);
      else checkStoreReg(env, insn);
      break;
    case Class.ST:
      checkStoreImm(env, insn);
      break;
    case Class.LD:
      ldInsn(env, insn);
      break;
    default:
      return jmpInsn(env, insn);
  }
  // a check that leaves the frame sets `env.insnIdx` to the one before the next
  return env.insnIdx + 1;
}
