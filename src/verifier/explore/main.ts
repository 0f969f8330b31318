// SPDX-License-Identifier: GPL-2.0-only
/** Which functions are explored, in which context and order (`do_check_common`, `do_check_main`, `do_check_subprogs`). */
import { Linkage } from '../../btf/types';
import { initEntryFrameArgs } from '../calls';
import type { VerifierEnv } from '../env';
import { NOTHING_HELD } from '../state/held';
import { VerifierState } from '../state/state';
import { accountPath } from '../engine/account';
import { explore } from './loop';
import { ENTRY_CALLSITE, newFrame } from '../engine/stack';

function entryState(env: VerifierEnv, subprog: number, isSleepable: boolean): VerifierState {
  const state = new VerifierState();
  state.branches = 1;
  state.inSleepable = isSleepable;
  state.enter(newFrame(env, ENTRY_CALLSITE, 0, subprog));
  state.firstInsnIdx = env.subprogs[subprog]!.start;
  state.lastInsnIdx = -1;
  return state;
}

/** Explores one function from its entry. Returns when it is safe; rejects otherwise. */
function exploreFunction(env: VerifierEnv, subprog: number, isSleepable: boolean): void {
  const info = env.subprogs[subprog]!;
  const totalBefore = info.insnsTotal;
  const processedBefore = env.insnProcessed;
  env.logCursor.linfo = null;
  env.passCnt++;
  env.insnIdx = info.start;
  env.cur = entryState(env, subprog, isSleepable);
  try {
    initEntryFrameArgs(env, subprog);
    explore(env);
  } finally {
    accountPath(env);
    // asynchronous callbacks have frames of their own and count for the function that set them
    info.insnsTotal = totalBefore + (env.insnProcessed - processedBefore);
  }
  if (!env.log.full) env.log.reset(0);
  env.diag?.resume(0, NOTHING_HELD);
  env.exploration.clear();
}

/** Explores the main program. */
export function exploreMain(env: VerifierEnv): void {
  exploreFunction(env, 0, env.sleepable);
}

/** Explores every global function, called or not (`do_check_subprogs` before 6.8). */
export function exploreAllGlobals(env: VerifierEnv): void {
  if (env.given.funcInfo.length === 0) return;
  for (let i = 1; i < env.subprogs.length - 1; i++) {
    if (env.subprogs[i]!.linkage !== Linkage.GLOBAL) continue;
    exploreFunction(env, i, env.sleepable);
    if (env.log.detailed) env.verbose(`Func#${i} is safe for any args that match its prototype\n`);
  }
}

/**
 * Explores the global functions that are called, once for each kind of context they are called from, until no new one is called.
 */
export function exploreGlobals(env: VerifierEnv): void {
  if (env.given.funcInfo.length === 0) return;
  const count = env.subprogs.length - 1;
  if (env.exceptionCallbackSubprog !== 0) env.subprogs[env.exceptionCallbackSubprog]!.called[env.sleepable ? 1 : 0] = true;
  for (let found = true; found;) {
    found = false;
    for (let i = 1; i < count; i++) {
      const info = env.subprogs[i]!;
      if (info.linkage !== Linkage.GLOBAL) continue;
      for (const context of [0, 1] as const) {
        if (!info.called[context] || info.verified[context]) continue;
        exploreFunction(env, i, context === 1);
        if (env.log.detailed) env.verbose(`Func#${i} ('${info.name}') is safe for any args that match its prototype\n`);
        info.verified[context] = true;
        found = true;
      }
    }
  }
}
