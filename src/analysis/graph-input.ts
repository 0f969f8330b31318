// SPDX-License-Identifier: GPL-2.0-only
import type { GraphInput } from '../graph/input';
import type { StateRecorder } from '../graph/record';
import { isKfuncCall } from '../isa/insn';
import type { VerifyResult } from '../verifier/check';
import { namedInsnText, regText } from '../verifier/log';

/** The graph room's view of a finished verification. */
export function graphInput(verified: VerifyResult, recorder: StateRecorder): GraphInput {
  const { env } = verified;
  return {
    env,
    recorder,
    verdict: verified.verdict,
    insn: verified.insn,
    insnText: (index) => namedInsnText(env, index).replace(/^\([0-9a-f]{2}\) /, ''),
    regText: (reg, frame) => regText(frame, reg),
    kfunc: (index) => {
      const insn = env.insns[index];
      if (insn === undefined || !isKfuncCall(insn)) return null;
      const btf = insn.off === 0 ? env.kernel.btf : env.prog.fdArray[insn.off];
      return btf == null ? null : env.kernel.kfunc(btf, insn.imm);
    },
  };
}
