// SPDX-License-Identifier: GPL-2.0-only
/** Loads from the packet by the classic instructions. Facts: `kernel/bpf/verifier.c: check_ld_abs`. */
import type { Insn } from '../../isa/insn';
import { Mode, modeOf } from '../../isa/opcode';
import type { Constant } from '../../kernel/constants';
import { RegType } from '../../kernel/types';
import { Op } from '../../policy/types';
import { regPlace } from '../diag';
import { ZERO } from '../domain';
import { pushStack } from '../engine';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkRegRead, markUnknown } from '../regs';
import { makeReg, NOT_INIT } from '../state/reg';
import { checkPtrOffReg } from '../memory/region';
import { prepareFuncExit } from './exit';
import { checkResourceLeak } from './leak';

/** Program types whose context is an skb that these loads can read (`may_access_skb`). */
const SKB_PROGRAMS: readonly Constant[] = ['BPF_PROG_TYPE_SOCKET_FILTER', 'BPF_PROG_TYPE_SCHED_CLS', 'BPF_PROG_TYPE_SCHED_ACT'];
/** Implicit operand: the skb. */
const CTX_REG = 6;
const CALLER_SAVED = 6;

/**
 * `R0 = skb[imm]` or `skb[src + imm]`. A failing load ends the program, or leaves the subprogram with 0: that path is followed first,
 * the other is queued, and `env.insnIdx` is set so that the instruction after the current index is the next one.
 */
export function checkLdAbs(env: VerifierEnv, insn: Insn): void {
  if (!SKB_PROGRAMS.some((name) => env.kernel.constant(name) === env.progType)) {
    env.reject(Errno.EINVAL, 'BPF_LD_[ABS|IND] instructions not allowed for this program type\n', undefined, {
      kind: 'ld-abs',
      how: 'program',
    });
  }
  const { frames } = env.cur;
  for (let i = frames.length - 1; i > 0; i--) {
    if (frames[i]!.inCallbackFn && env.kernel.features['callback.noLdAbs'])
      env.reject(Errno.EINVAL, 'cannot use BPF_LD_[ABS|IND] within callback\n', undefined, {
        kind: 'ld-abs',
        how: 'callback',
      });
  }
  checkRegRead(env, CTX_REG);
  checkResourceLeak(env, false, true, 'BPF_LD_[ABS|IND]', Op.LD_ABS);
  if (env.regs[CTX_REG]!.type !== RegType.PTR_TO_CTX) {
    env.reject(Errno.EINVAL, 'at the time of BPF_LD_ABS|IND R6 != pointer to skb\n', undefined, { kind: 'ld-abs', how: 'context' });
  }
  if (modeOf(insn.code) === Mode.IND) checkRegRead(env, insn.src);
  checkPtrOffReg(env, env.regs[CTX_REG]!, CTX_REG);

  env.diag?.scrubCallerSaved(env.frame);
  env.diag?.begin(regPlace(env.frame, 0));
  for (let regno = 0; regno < CALLER_SAVED; regno++) {
    env.regs[regno] = NOT_INIT;
    if (env.frame.marks !== null) env.frame.marks.regs[regno]!.written = true;
    env.scratchReg(regno);
  }
  markUnknown(env, 0);
  env.diag?.end();
  if (env.cur.curframe > 0 && env.kernel.features['ldAbs.returns']) {
    env.scratchReg(0);
    pushStack(env, env.insnIdx + 1, env.insnIdx, false);
    env.regs[0] = makeReg(RegType.SCALAR_VALUE, ZERO, { precise: env.regs[0]!.precise });
    env.insnIdx = prepareFuncExit(env) - 1;
  }
}
