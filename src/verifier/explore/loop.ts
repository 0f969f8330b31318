// SPDX-License-Identifier: GPL-2.0-only
/** The main loop: one instruction of one path after the other (`kernel/bpf/verifier.c: do_check`). */
import type { Insn } from '../../isa/insn';
import { INSN_LIMIT } from '../../isa/limits';
import { EXIT } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { Fact } from '../aux';
import { constLow32, isConst } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { printInsnLine } from '../log/insn';
import { markScratched, printPendingState, printVerifierState } from '../log/state';
import { accountInsn, accountPath } from '../engine/account';
import { pushJmpHistory } from '../engine/history';
import { popStack } from '../engine/stack';
import { stepInsn } from './step';
import { findVisited, updateBranchCounts } from '../engine/visited';

/** The watcher is asked every so many instructions; a power of two. */
const TICK = 256;

/** Errors that a speculative path may have: a barrier will be put before the instruction (`error_recoverable_with_nospec`). */
function recoverable(error: unknown): boolean {
  return error instanceof Refused && (error.errno === Errno.EPERM || error.errno === Errno.EACCES || error.errno === Errno.EINVAL);
}

/** Constants that the prepass found must agree with the state. */
function checkConstants(env: VerifierEnv, mask: number): void {
  const { regs, constants, insnIdx } = env;
  for (let left = mask; left !== 0; left &= left - 1) {
    const r = 31 - Math.clz32(left & -left);
    const reg = regs[r]!;
    if (reg.type !== RegType.SCALAR_VALUE || !isConst(reg.val)) continue;
    const value = constants.value(insnIdx, r);
    if (constLow32(reg.val) !== value) env.reject(Errno.EFAULT, `verifier bug: const R${r}: ${value >>> 0} != ${constLow32(reg.val)}\n`);
  }
}

function fromLine(env: VerifierEnv): string {
  return `\nfrom ${env.prevInsnIdx} to ${env.insnIdx}${env.cur.speculative ? ' (speculative execution)' : ''}:`;
}

/** Where the loop stands between two instructions. */
interface Progress {
  /** A path was just taken up, or a subprogram returned: the next line shows the whole state. */
  showState: boolean;
  prevInsnIdx: number;
}

/** Executes the instruction at `env.insnIdx`. False when the path ends. */
function checkInsn(env: VerifierEnv, insn: Insn, facts: number, progress: Progress): boolean {
  const { cur } = env;
  if (cur.speculative) {
    const at = env.insnIdx;
    if ((facts & Fact.NOSPEC) !== 0) return false;
    try {
      return advance(env, insn, progress);
    } catch (error) {
      if (!recoverable(error)) throw error;
      env.aux.set(at, Fact.NOSPEC);
      if (env.aux.rare(at).aluState !== 0) env.aux.rareOf(at).aluState = 0;
      return false;
    }
  }
  const known = env.constants.scalars(env.insnIdx);
  if (known !== 0) checkConstants(env, known);
  return advance(env, insn, progress);
}

function advance(env: VerifierEnv, insn: Insn, progress: Progress): boolean {
  const at = env.insnIdx;
  const depth = env.cur.frames.length;
  const nested = depth > 1;
  const live = env.liveStack;
  if (live !== null && nested && insn.code === EXIT) live.update(env.cur);
  const next = stepInsn(env, insn);
  live?.endInsn(env.cur.frames.length !== depth);
  env.diag?.syncHeld();
  if (next === null) return false;
  if (nested && insn.code === EXIT) progress.showState = true;
  env.insnIdx = next;
  return !(env.cur.speculative && env.aux.has(at, Fact.NOSPEC_RESULT));
}

/** What comes before the instruction itself: limits, pruning, log. False when the path ends here. */
function arrive(env: VerifierEnv, facts: number, progress: Progress): boolean {
  const { cur, log } = env;
  accountInsn(env);
  if (env.insnProcessed > INSN_LIMIT)
    env.reject(Errno.E2BIG, `BPF program is too large. Processed ${env.insnProcessed} insn\n`, undefined, {
      kind: 'too-many-insns',
    });
  if ((env.insnProcessed & (TICK - 1)) === 0) env.breathe();
  cur.lastInsnIdx = env.prevInsnIdx;
  cur.insnIdx = env.insnIdx;
  env.diag?.arrive(env.prevInsnIdx, env.insnIdx);

  if ((facts & Fact.PRUNE_POINT) !== 0) {
    const known = findVisited(env, env.insnIdx);
    if (known !== null) {
      if (log.detailed) log.append(progress.showState ? `${fromLine(env)} safe\n` : `${env.insnIdx}: safe\n`);
      env.options.recorder?.onPruned(env, known);
      return false;
    }
  }
  if ((facts & Fact.JMP_POINT) !== 0) pushJmpHistory(env, 0, 0, 0);
  if (log.detailed) {
    if (log.full && progress.showState) {
      log.append(fromLine(env));
      printVerifierState(env, cur, cur.curframe, true);
      progress.showState = false;
    }
    printPendingState(env);
    printInsnLine(env);
  } else {
    log.startInsn();
  }
  env.exploration.namedInsn = env.insnIdx;
  env.options.recorder?.onInsn(env);
  if (!cur.speculative) env.aux.seen[env.insnIdx] = env.passCnt;
  return true;
}

/** The path is over: takes up the one that was put away last. False when none waits. */
function nextPath(env: VerifierEnv, progress: Progress): boolean {
  accountPath(env);
  markScratched(env);
  updateBranchCounts(env, env.cur);
  env.liveStack?.update(env.cur);
  const from = popStack(env);
  if (from === null) return false;
  progress.prevInsnIdx = from;
  progress.showState = true;
  return true;
}

/** Explores everything that follows from the current state at `env.insnIdx`. Returns when all paths are safe; rejects otherwise. */
export function explore(env: VerifierEnv): void {
  const progress: Progress = { showState: false, prevInsnIdx: -1 };
  const { insns, aux } = env;
  for (;;) {
    env.curHistEnt = null;
    env.prevInsnIdx = progress.prevInsnIdx;
    const at = env.insnIdx;
    const insn = insns[at];
    if (insn === undefined) env.reject(Errno.EFAULT, `invalid insn idx ${at} insn_cnt ${insns.length}\n`);
    const facts = aux.of(at);
    let goesOn = arrive(env, facts, progress);
    if (goesOn) {
      progress.prevInsnIdx = at;
      goesOn = checkInsn(env, insn, facts, progress);
    }
    if (!goesOn && !nextPath(env, progress)) return;
  }
}
