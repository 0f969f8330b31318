// SPDX-License-Identifier: GPL-2.0-only
/**
 * Stays in loops. A state inside a strongly connected component belongs to the visit named by the call sites that lead there and the
 * component's number; states that close the loop are kept as backedges until everything that starts in the loop is explored.
 * Facts: `kernel/bpf/states.c: compute_scc_callchain, maybe_enter_scc, maybe_exit_scc, add_scc_backedge, incomplete_read_marks`.
 */
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { VerifierState } from '../state/state';
import { frameInsnIdx } from './equal';
import type { SccVisit } from './exploration';
import { forceAllPrecise, propagatePrecision } from './precision';

/** `MAX_BACKEDGE_ITERS`. */
const MAX_ROUNDS = 64;

/** Frame whose instruction is in a loop, outermost first; −1 if none is. */
function loopFrame(env: VerifierEnv, state: VerifierState): number {
  for (let i = 0; i < state.frames.length; i++) if (env.aux.scc[frameInsnIdx(state, i)] !== 0) return i;
  return -1;
}

function sameCallsites(visit: SccVisit, state: VerifierState, frameno: number): boolean {
  if (visit.callsites.length !== frameno) return false;
  for (let i = 0; i < frameno; i++) if (visit.callsites[i] !== frameInsnIdx(state, i)) return false;
  return true;
}

function findVisit(env: VerifierEnv, state: VerifierState, frameno: number): SccVisit | null {
  const list = env.exploration.visits[env.aux.scc[frameInsnIdx(state, frameno)]!];
  if (list === undefined) return null;
  for (const visit of list) if (sameCallsites(visit, state, frameno)) return visit;
  return null;
}

/** `(12,40,3)`: call sites, then the component. A call at instruction 0 ends the list of call sites, as in `format_callchain`. */
function chainText({ callsites, scc }: Pick<SccVisit, 'callsites' | 'scc'>): string {
  const end = callsites.indexOf(0);
  return `(${[...callsites.slice(0, end < 0 ? undefined : end), scc].join(',')})`;
}

/** The chain of a state whose loop has no visit. */
function chainOf(env: VerifierEnv, state: VerifierState, frameno: number): string {
  const callsites = Array.from({ length: frameno }, (_, i) => frameInsnIdx(state, i));
  return chainText({ callsites, scc: env.aux.scc[frameInsnIdx(state, frameno)]! });
}

/** Peak of all states kept (`update_peak_states`). */
export function updatePeakStates(env: VerifierEnv): void {
  env.peakStates = Math.max(env.peakStates, env.exploredStatesSize + env.freeListSize + env.numBackedges);
}

/** A newly kept state may enter a loop (`maybe_enter_scc`). */
export function maybeEnterScc(env: VerifierEnv, state: VerifierState): void {
  const frameno = loopFrame(env, state);
  if (frameno < 0) return;
  let visit = findVisit(env, state, frameno);
  if (visit === null) {
    const scc = env.aux.scc[frameInsnIdx(state, frameno)]!;
    const callsites = Array.from({ length: frameno }, (_, i) => frameInsnIdx(state, i));
    visit = { scc, callsites, entryState: null, backedges: [], numBackedges: 0 };
    (env.exploration.visits[scc] ??= []).push(visit);
  }
  state.visit = visit;
  if (visit.entryState !== null) return;
  visit.entryState = state;
  if (env.log.full) env.log.append(`SCC enter ${chainText(visit)}\n`);
}

/** Everything that started in `state` is explored: if it entered a loop, the loop is left (`maybe_exit_scc`). */
export function maybeExitScc(env: VerifierEnv, state: VerifierState): void {
  const frameno = loopFrame(env, state);
  if (frameno < 0) return;
  const visit = findVisit(env, state, frameno);
  if (visit === null) {
    if (!state.speculative)
      env.reject(Errno.EFAULT, `verifier bug: scc exit: no visit info for call chain ${chainOf(env, state, frameno)}\n`);
    return;
  }
  if (visit.entryState !== state) return;
  if (env.log.full) env.log.append(`SCC exit ${chainText(visit)}\n`);
  visit.entryState = null;
  env.numBackedges -= visit.numBackedges;
  visit.numBackedges = 0;
  updatePeakStates(env);
  propagateBackedges(env, visit);
}

/** Keeps a copy of a state that closed the loop in which `known` is (`add_scc_backedge`). */
export function addBackedge(env: VerifierEnv, known: VerifierState, backedge: VerifierState): void {
  const frameno = loopFrame(env, known);
  if (frameno < 0)
    env.reject(
      Errno.EFAULT,
      `verifier bug: add backedge: no SCC in verification path, insn_idx ${frameInsnIdx(known, known.frames.length - 1)}\n`,
    );
  const visit = findVisit(env, known, frameno);
  if (visit === null)
    env.reject(Errno.EFAULT, `verifier bug: add backedge: no visit info for call chain ${chainOf(env, known, frameno)}\n`);
  if (env.log.full) env.log.append(`SCC backedge ${chainText(visit)}\n`);
  visit.backedges.unshift(backedge);
  visit.numBackedges++;
  env.numBackedges++;
  updatePeakStates(env);
}

/** Whether precision marks of a kept state may still grow because its loop is not fully explored (`incomplete_read_marks`). */
export function incompleteMarks({ visit }: VerifierState): boolean {
  return visit !== null && visit.backedges.length > 0;
}

/** Carries precision over the backedges until nothing changes (`propagate_backedges`). */
function propagateBackedges(env: VerifierEnv, visit: SccVisit): void {
  let rounds = 0;
  let changed = true;
  while (changed) {
    if (rounds++ > MAX_ROUNDS) {
      if (env.log.full) env.log.append('propagate_backedges: too many iterations\n');
      for (const state of visit.backedges) forceAllPrecise(env, state);
      break;
    }
    changed = false;
    for (const state of visit.backedges) {
      if (propagatePrecision(env, state.equalState!, state)) changed = true;
    }
  }
  visit.backedges = [];
}
