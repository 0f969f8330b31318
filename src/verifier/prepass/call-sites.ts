// SPDX-License-Identifier: GPL-2.0-only
import { isFuncRef } from '../../isa/insn';
import { CALL } from '../../isa/opcode';
import type { VerifierEnv } from '../env';

/** Fills `env.callSites`. */
export function findCallSites(env: VerifierEnv): void {
  const { insns, callSites } = env;
  for (let i = 0; i < insns.length; i++) {
    const insn = insns[i]!;
    if (insn.code === CALL || isFuncRef(insn)) callSites.push(i);
  }
}

/** Place in `env.callSites` of the first one at an instruction or behind it. */
export function callSiteFrom({ callSites }: VerifierEnv, insn: number): number {
  let lo = 0;
  let hi = callSites.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (callSites[mid]! < insn) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
