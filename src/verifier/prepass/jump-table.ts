// SPDX-License-Identifier: GPL-2.0-only
/** Targets of indirect jumps. Facts: `kernel/bpf/cfg.c: create_jt`. */
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { BpfMap } from '../state/map';
import { isInsnArray } from './map-compat';
import { subprogOf } from './subprog-table';

/** Distinct instruction indices in entries `start` to `end` (inclusive) of an instruction array, ascending (`bpf_copy_insn_array_uniq`). */
export function insnArrayTargets(map: BpfMap, start: number, end: number): number[] {
  const entries = (map.def.insnArray ?? []).slice(start, end + 1);
  return [...new Set(entries)].sort((a, b) => a - b);
}

/** All places that `gotox` at `idx` may go to: every table of the program that starts in this subprogram. */
export function jumpTargets(env: VerifierEnv, idx: number): readonly number[] {
  const subprog = subprogOf(env, idx);
  const start = env.subprogs[subprog]!.start;
  const end = env.subprogs[subprog + 1]!.start;
  const targets = new Set<number>();
  let found = false;
  for (const map of env.usedMaps) {
    if (!isInsnArray(env, map)) continue;
    const table = insnArrayTargets(map, 0, map.maxEntries - 1);
    if (table.length === 0) env.reject(Errno.EINVAL, '', undefined, { kind: 'jump-table', how: 'empty', arg: -1 });
    if (table[0]! < start || table[0]! >= end) continue;
    found = true;
    for (const t of table) targets.add(t);
  }
  if (!found)
    env.reject(Errno.EINVAL, `no jump tables found for subprog starting at ${start}\n`, () => why.noJumpTable(start), {
      kind: 'jump-table',
      how: 'empty',
      arg: -1,
    });
  const sorted = [...targets].sort((a, b) => a - b);
  if (sorted.some((t) => t < start || t >= end)) {
    env.reject(
      Errno.EINVAL,
      `jump table for insn ${idx} points outside of the subprog [${start},${end}]\n`,
      () => why.jumpTableOutside(idx, start, end),
      { kind: 'jump-table', how: 'outside', arg: -1 },
    );
  }
  return sorted;
}
