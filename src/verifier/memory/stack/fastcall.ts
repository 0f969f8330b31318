// SPDX-License-Identifier: GPL-2.0-only
import { Fact } from '../../aux';
import type { VerifierEnv } from '../../env';
import type { FuncState } from '../../state/frame';

const S16_MIN = -32768;

/**
 * An access from outside the spill/fill patterns to the stack area that they use forbids removing them
 * (`kernel/bpf/verifier.c: check_fastcall_stack_contract`).
 * @param off lowest byte of the access, from the frame pointer
 */
export function checkFastcallContract(env: VerifierEnv, frame: FuncState, insnIdx: number, off: number): void {
  const subprog = env.subprogs[frame.subprogno]!;
  if (subprog.fastcallStackOff <= off || env.aux.has(insnIdx, Fact.FASTCALL_PATTERN)) return;
  subprog.fastcallStackOff = S16_MIN;
  const end = env.subprogs[frame.subprogno + 1]!.start;
  for (let i = subprog.start; i < end; i++) {
    if (env.aux.rare(i).fastcallSpillsNum !== 0) env.aux.rareOf(i).fastcallSpillsNum = 0;
    env.aux.clear(i, Fact.FASTCALL_PATTERN);
  }
}
