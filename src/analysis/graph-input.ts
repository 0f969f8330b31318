// SPDX-License-Identifier: GPL-2.0-only
import { functionName } from '../graph/functions';
import type { GraphInput } from '../graph/input';
import { LineTable } from '../graph/lines';
import type { StateRecorder } from '../graph/record';
import { isKfuncCall } from '../isa/insn';
import type { VerifyResult } from '../verifier/check';
import { namedInsnText, regText } from '../verifier/log';
import { findSubprog } from '../verifier/prepass/subprog-table';

/** The graph room's view of a finished verification. */
export function graphInput(verified: VerifyResult, recorder: StateRecorder): GraphInput {
  const { env } = verified;
  return {
    env,
    recorder,
    lines: new LineTable(env.prog.sourceLines),
    verdict: verified.verdict,
    insn: verified.insn,
    insnText: (index) => namedInsnText(env, index),
    insnShown: (index) =>
      namedInsnText(env, index, {
        jump: (distance) => String(index + 1 + distance),
        call: (distance) => {
          const subprog = findSubprog(env, index + 1 + distance);
          return subprog < 0 ? String(index + 1 + distance) : functionName(env, subprog);
        },
      }),
    regText: (reg, frame) => regText(env.kernel.features, frame, reg),
    kfunc: (index) => {
      const insn = env.insns[index];
      if (insn === undefined || !isKfuncCall(insn)) return null;
      const btf = insn.off === 0 ? env.kernel.btf : env.prog.fdArray[insn.off];
      return btf == null ? null : env.kernel.kfunc(btf, insn.imm);
    },
  };
}
