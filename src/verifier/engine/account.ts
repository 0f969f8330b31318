// SPDX-License-Identifier: GPL-2.0-only
/** Instructions by subprogram, for the limit and the statistics. */
import type { VerifierEnv } from '../env';
import type { FuncState } from '../state/frame';

/** Counts the instruction at hand (`account_processed_insn`). */
export function accountInsn(env: VerifierEnv): void {
  const { frame } = env;
  env.insnProcessed++;
  frame.insnsSubtotal++;
  env.subprogs[frame.subprogno]!.insnsSelf++;
}

/** A frame is left: its instructions go to its subprogram's total and to the caller's (`account_processed_insns`). */
export function accountFrame(env: VerifierEnv, callee: FuncState, caller: FuncState | null): void {
  const count = callee.insnsSubtotal;
  env.subprogs[callee.subprogno]!.insnsTotal += count;
  if (caller !== null) caller.insnsSubtotal += count;
  callee.insnsSubtotal = 0;
}

/** The path ends: all frames are accounted, innermost first (`account_current_path`). */
export function accountPath(env: VerifierEnv): void {
  const { frames } = env.cur;
  for (let i = frames.length - 1; i >= 0; i--) accountFrame(env, frames[i]!, i > 0 ? frames[i - 1]! : null);
}
