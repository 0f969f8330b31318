// SPDX-License-Identifier: GPL-2.0-only
/** Look-ups in the sorted table of subprograms, whose last entry is a sentinel. */
import { Linkage } from '../../btf/types';
import type { VerifierEnv } from '../env';

/** Index of the subprogram that starts exactly at `insnIdx`, −1 if none (`bpf_find_subprog`). */
export function findSubprog(env: VerifierEnv, insnIdx: number): number {
  const i = subprogOf(env, insnIdx);
  return i >= 0 && env.subprogs[i]!.start === insnIdx ? i : -1;
}

/** Index of the subprogram that contains `insnIdx`, −1 when it is outside the program or none is known yet (`bpf_find_containing_subprog`). */
export function subprogOf(env: VerifierEnv, insnIdx: number): number {
  if (insnIdx < 0 || insnIdx >= env.insns.length || env.subprogs.length === 0) return -1;
  let lo = 0;
  let hi = env.subprogs.length - 2; // the last entry is the sentinel
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (env.subprogs[mid]!.start <= insnIdx) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

/** Number of subprograms, the sentinel not counted. */
export function subprogCount(env: VerifierEnv): number {
  return env.subprogs.length - 1;
}

/** Whether other programs may be called in its place: anything not static (`bpf_subprog_is_global`). */
export function isGlobal(env: VerifierEnv, subprog: number): boolean {
  return env.subprogs[subprog]!.linkage === Linkage.GLOBAL;
}
