// SPDX-License-Identifier: GPL-2.0-only
/**
 * Spills and fills around calls that compilers emit for kernels without `bpf_fastcall`: which they are, and what they mean for the
 * stack. Facts: `kernel/bpf/verifier.c: mark_fastcall_patterns`, `fixups.c: bpf_remove_fastcall_spills_fills`.
 */
import { Class, FP_REG, Mode, Size } from '../../isa/opcode';
import type { CallerContext } from '../../kernel/profile';
import { Fact, type SubprogInfo } from '../aux';
import type { VerifierEnv } from '../env';
import { callSiteFrom } from './call-sites';
import { callSummary } from './call-summary';
import { subprogCount } from './subprog-table';

const SPILL = Class.STX | Mode.MEM | Size.DW;
const FILL = Class.LDX | Mode.MEM | Size.DW;
/** Registers that a call may clobber, R0 to R5. */
const CALLER_SAVED = 6;

/** Marks the patterns in `env.aux` and their stack region in `env.subprogs`. */
export function markFastcallPatterns(env: VerifierEnv): void {
  const caller = env.caller();
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    const end = env.subprogs[s + 1]!.start;
    let lowest = 0;
    for (let i = info.start; i < end; i++) {
      const insn = env.insns[i]!;
      if (insn.code === SPILL && insn.dst === FP_REG) lowest = Math.min(lowest, insn.off);
    }
    for (let k = callSiteFrom(env, info.start); k < env.callSites.length && env.callSites[k]! < end; k++) {
      markCall(env, info, env.callSites[k]!, lowest, caller);
    }
  }
}

function markCall(env: VerifierEnv, info: SubprogInfo, at: number, lowest: number, caller: CallerContext): void {
  const summary = callSummary(env, env.insns[at]!, caller);
  if (summary === null) return;
  // registers that the call would leave alone: all but the result and the parameters
  const clobbered = ((1 << (summary.numParams + 1)) - 1) & (summary.isVoid ? ~1 : ~0);
  let expected = ~clobbered & ((1 << CALLER_SAVED) - 1);

  let pairs = 0;
  let off = lowest;
  for (let i = 1; i <= CALLER_SAVED; i++, off += 8) {
    const spill = env.insns[at - i];
    const fill = env.insns[at + i];
    if (spill === undefined || fill === undefined) break;
    if (env.aux.has(at - i + 1, Fact.JUMP_TARGET) || env.aux.has(at + i, Fact.JUMP_TARGET)) break;
    if (spill.code !== SPILL || fill.code !== FILL || spill.dst !== FP_REG || fill.src !== FP_REG) break;
    if (spill.src !== fill.dst || (expected & (1 << spill.src)) === 0) break;
    if (spill.off !== off || fill.off !== off) break;
    expected &= ~(1 << spill.src);
    env.aux.set(at - i, Fact.FASTCALL_PATTERN);
    env.aux.set(at + i, Fact.FASTCALL_PATTERN);
    pairs++;
  }
  if (pairs === 0) return;
  if (summary.fastcall) env.aux.rareOf(at).fastcallSpillsNum = pairs;
  else info.keepFastcallStack = true;
  info.fastcallStackOff = Math.min(info.fastcallStackOff, off);
}

/** After a successful check: the stack that is left when the patterns are removed. */
export function dropFastcallStack(env: VerifierEnv): void {
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    const end = env.subprogs[s + 1]!.start;
    let removed = false;
    for (let k = callSiteFrom(env, info.start); k < env.callSites.length && env.callSites[k]! < end; k++) {
      removed ||= env.aux.rare(env.callSites[k]!).fastcallSpillsNum > 0;
    }
    if (removed && !info.keepFastcallStack) info.stackDepth = -info.fastcallStackOff;
  }
}
