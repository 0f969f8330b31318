// SPDX-License-Identifier: GPL-2.0-only
/**
 * The search for a known state that covers the current one, at every pruning point (`kernel/bpf/states.c: bpf_is_state_visited`).
 * What is kept, missed and thrown out follows the kernel step by step: the counters in its log depend on it.
 */
import { isMayGoto } from '../../isa/flow';
import { RegType } from '../../kernel/types';
import { constLow32 } from '../domain';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { verboseLinfo } from '../log/linfo';
import { printVerifierState } from '../log/state';
import { IterState } from '../state/reg';
import { SlotType, slotIndex } from '../state/stack';
import type { VerifierState } from '../state/state';
import { cleanState, clearSingularIds, forgetDead } from './clean';
import { Exact, maybeLooping, sameCallsites, statesEqual } from './equal';
import { pushJmpHistory } from './history';
import { enterLoop, isInOpenLoop, outermostEntry } from './loop-entry';
import { connectMarks, forgetUnread, propagateMarks } from './marks';
import { propagatePrecision } from './precision';
import { addBackedge, incompleteMarks, maybeEnterScc, maybeExitScc, updatePeakStates } from './scc';

/** `BPF_COMPLEXITY_LIMIT_STATES`: for loaders without CAP_BPF. */
const MAX_UNPRIVILEGED_STATES = 64;
/** A longer history forces a new state. */
const MAX_HISTORY = 40;
/** Misses that a state survives, per hit and to begin with; more for checkpoints of loops. */
const PATIENCE = 3;
const LOOP_PATIENCE = 64;

/** Number of the bucket for an instruction in the current frame (`bpf_explored_state`). */
export function bucketOf(env: VerifierEnv, insnIdx: number): number {
  // as a small integer: V8 divides floating point numbers otherwise
  return (((insnIdx ^ env.frame.callsite) >>> 0) % env.insns.length) | 0;
}

/** The iterator that the call at hand takes, in the current state's stack, is active. */
function iteratorIsActive(env: VerifierEnv): boolean {
  const reg = env.regs[1]!;
  if (reg.type !== RegType.PTR_TO_STACK) return false;
  const slot = env.cur.frames[reg.frameno]?.stack[slotIndex(constLow32(reg.val))];
  return slot?.reg.iterState === IterState.ACTIVE;
}

/** An active iterator of the old state has another depth now: another iteration, not an endless loop. */
function iteratorDepthsDiffer(old: VerifierState, cur: VerifierState): boolean {
  for (let f = old.curframe; f >= 0; f--) {
    const stack = old.frames[f]!.stack;
    for (let spi = 0; spi < stack.length; spi++) {
      const slot = stack[spi]!;
      if (slot.kind(0) !== SlotType.ITER || slot.reg.iterState !== IterState.ACTIVE) continue;
      if (cur.frames[f]!.stack[spi]!.reg.iterDepth !== slot.reg.iterDepth) return true;
    }
  }
  return false;
}

function rejectInfiniteLoop(env: VerifierEnv, known: VerifierState, insnIdx: number): never {
  const { cur } = env;
  verboseLinfo(env, insnIdx, '; ');
  env.verbose(`infinite loop detected at insn ${insnIdx}\n`);
  if (env.kernel.features['words.loopStates']) {
    env.log.append('cur state:');
    printVerifierState(env, cur, cur.curframe, true);
    env.log.append('old state:');
    printVerifierState(env, known, cur.curframe, true);
  }
  return env.reject(Errno.EINVAL, '', undefined, { kind: 'infinite-loop' });
}

/** Compares with a state whose paths are not all explored: true if the loop converged; rejects one that never ends. */
function loopConverged(env: VerifierEnv, known: VerifierState, insnIdx: number): boolean {
  const { cur } = env;
  const frame = known.cur;
  if (frame.inAsyncCallbackFn && frame.asyncEntryCnt !== cur.cur.asyncEntryCnt) return false;
  if (env.aux.has(insnIdx, Fact.IS_ITER_NEXT)) {
    return statesEqual(env, known, cur, Exact.RANGE_WITHIN) && iteratorIsActive(env);
  }
  if (isMayGoto(env.insns[insnIdx]!) && known.mayGotoDepth !== cur.mayGotoDepth && statesEqual(env, known, cur, Exact.RANGE_WITHIN)) {
    return true;
  }
  const { features } = env.kernel;
  if (env.aux.has(insnIdx, Fact.CALLS_CALLBACK) && features['callback.loops']) return statesEqual(env, known, cur, Exact.RANGE_WITHIN);
  if (
    maybeLooping(known, cur) &&
    statesEqual(env, known, cur, features['loops.exact'] ? Exact.EXACT : Exact.NOT_EXACT) &&
    !iteratorDepthsDiffer(known, cur) &&
    known.mayGotoDepth === cur.mayGotoDepth &&
    known.callbackUnrollDepth === cur.callbackUnrollDepth
  ) {
    rejectInfiniteLoop(env, known, insnIdx);
  }
  return false;
}

/** The current path ends here: what `known` needed precisely is needed here too; a closed loop is remembered. */
function hit(env: VerifierEnv, known: VerifierState, insnIdx: number, loop: boolean): void {
  const { cur } = env;
  const { features } = env.kernel;
  known.hitCnt++;
  if (!features['liveness.dataFlow']) propagateMarks(known, cur);
  if (env.aux.has(env.insnIdx, Fact.JMP_POINT)) pushJmpHistory(env, 0, 0, 0);
  propagatePrecision(env, known, cur);
  if (!loop) return;
  if (!features['loops.components']) {
    if (known.branches === 0) enterLoop(cur, outermostEntry(known)!);
    else if (!env.aux.has(insnIdx, Fact.CALLS_CALLBACK)) enterLoop(cur, known);
    return;
  }
  const backedge = cur.copy();
  backedge.equalState = known;
  backedge.insnIdx = insnIdx;
  addBackedge(env, known, backedge);
}

/** Whether marks of a state without open branches may still grow, because its loop is not fully explored. */
function isInUnfinishedLoop(env: VerifierEnv, state: VerifierState): boolean {
  return env.kernel.features['loops.components'] ? incompleteMarks(state) : isInOpenLoop(state);
}

/** A state that was taken out of its bucket goes when nothing needs it any more (`maybe_free_verifier_state`). */
function maybeFree(env: VerifierEnv, state: VerifierState): void {
  if (!state.evicted || state.branches !== 0 || incompleteMarks(state)) return;
  state.evicted = false;
  env.freeListSize--;
}

/** A state that does not help leaves its bucket; it is freed once nothing needs it, which older kernels decide at once. */
function evict(env: VerifierEnv, state: VerifierState): void {
  if (!env.kernel.features['loops.components']) {
    if (state.cleaned && !state.isLoopEntry) env.peakStates--;
    return;
  }
  state.evicted = true;
  env.freeListSize++;
  env.exploredStatesSize--;
  maybeFree(env, state);
}

/** Keeps the current state for later comparisons; it becomes the parent of what follows. */
function keep(env: VerifierEnv, insnIdx: number, bucket: number): void {
  const { cur, exploration } = env;
  const { features } = env.kernel;
  env.totalStates++;
  env.exploredStatesSize++;
  if (features['loops.components']) updatePeakStates(env);
  else env.peakStates++;
  env.prevJmpsProcessed = env.jmpsProcessed;
  env.prevInsnProcessed = env.insnProcessed;
  // nothing to forget of precision (`mark_all_scalars_imprecise`): walks mark kept states only, and the state at hand is no copy of one
  if (features['pruning.singularIds']) clearSingularIds(cur);

  const history = cur.jmpHistory;
  cur.jmpHistory = null;
  const kept = cur.copy();
  kept.jmpHistory = history;
  kept.insnIdx = insnIdx;
  if (features['loops.components']) maybeEnterScc(env, kept);
  if (!features['liveness.dataFlow']) connectMarks(kept, cur);
  cur.parent = kept;
  cur.firstInsnIdx = insnIdx;
  cur.dfsDepth = kept.dfsDepth + 1;
  kept.nextInBucket = exploration.buckets[bucket] ?? null;
  exploration.buckets[bucket] = kept;
}

/** Kept states of this place of which nothing is left to explore forget what is not needed (`clean_live_states`). */
function forgetInBucket(env: VerifierEnv, newest: VerifierState | null, insnIdx: number): void {
  const live = env.liveStack;
  for (let state = newest; state !== null; state = state.nextInBucket) {
    if (state.branches !== 0 || state.cleaned || state.insnIdx !== insnIdx || !sameCallsites(state, env.cur)) continue;
    if (isInUnfinishedLoop(env, state)) continue;
    if (live === null) forgetUnread(state);
    else forgetDead(env, live, state);
  }
}

/**
 * Looks for a state that covers the current one at instruction `insnIdx`, and keeps the current one if it is worth while.
 * Returns the state found, or null if the path goes on.
 */
export function findVisited(env: VerifierEnv, insnIdx: number): VerifierState | null {
  const { cur, exploration } = env;
  const { features } = env.kernel;
  const checkpoint = env.aux.has(insnIdx, Fact.FORCE_CHECKPOINT) && features['loops.exact'];
  const force = env.testStateFreq || checkpoint || (features['loops.exact'] && (cur.jmpHistory?.count ?? 0) > MAX_HISTORY);
  const jmps = env.jmpsProcessed - env.prevJmpsProcessed;
  const insns = env.insnProcessed - env.prevInsnProcessed;
  let add = force || (jmps >= 2 && insns >= 8);

  const bucket = bucketOf(env, insnIdx);
  if (features['liveness.stackAhead']) cleanState(env, cur);
  else forgetInBucket(env, exploration.buckets[bucket] ?? null, insnIdx);
  let count = 0;
  let newer: VerifierState | null = null;
  let known: VerifierState | null = exploration.buckets[bucket] ?? null;
  while (known !== null) {
    const older: VerifierState | null = known.nextInBucket;
    count++;
    if (known.insnIdx !== insnIdx) {
      newer = known;
      known = older;
      continue;
    }
    if (known.branches > 0) {
      if (loopConverged(env, known, insnIdx)) {
        hit(env, known, insnIdx, !env.aux.has(insnIdx, Fact.CALLS_CALLBACK) || features['loops.callbacks']);
        return known;
      }
      // iterations of a loop are all different: keeping many of them would not help
      if (!force && jmps < 20 && insns < 100) add = false;
    } else if (sameCallsites(known, cur)) {
      const loop = isInUnfinishedLoop(env, known);
      if (statesEqual(env, known, cur, loop ? Exact.RANGE_WITHIN : Exact.NOT_EXACT)) {
        hit(env, known, insnIdx, loop);
        return known;
      }
    }
    if (add) known.missCnt++;
    const patience = checkpoint && known.branches > 0 ? LOOP_PATIENCE : PATIENCE;
    if (known.missCnt > known.hitCnt * patience + patience) {
      if (newer === null) exploration.buckets[bucket] = older;
      else newer.nextInBucket = older;
      evict(env, known);
    } else {
      newer = known;
    }
    known = older;
  }

  if (env.maxStatesPerInsn < count) env.maxStatesPerInsn = count;
  if (!env.bpfCapable && count > MAX_UNPRIVILEGED_STATES) return null;
  if (add) keep(env, insnIdx, bucket);
  return null;
}

/** The path of `state` ended: parents of which nothing is left to explore are finished too (`bpf_update_branch_counts`). */
export function updateBranchCounts(env: VerifierEnv, ended: VerifierState): void {
  let state: VerifierState | null = ended;
  while (state !== null) {
    state.branches--;
    if (state.branches !== 0) break;
    const parent: VerifierState | null = state.parent;
    if (env.kernel.features['loops.components']) maybeExitScc(env, state);
    else if (parent !== null && state.loopEntry !== null) enterLoop(parent, state.loopEntry);
    if (state !== ended) maybeFree(env, state);
    state = parent;
  }
}
