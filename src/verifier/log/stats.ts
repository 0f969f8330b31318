// SPDX-License-Identifier: GPL-2.0-only
import { Linkage } from '../../btf/types';
import { INSN_LIMIT } from '../../isa/limits';
import type { VerifierEnv } from '../env';

/** Writes the statistics that end every log (`print_verification_stats`). */
export function printStats(env: VerifierEnv, timeUs: number): void {
  if (env.log.level === 0) return;
  if ((env.log.level & 4) !== 0) {
    env.log.append(`verification time ${timeUs} usec\n`);
    env.log.append(`stack depth max ${env.maxStackDepth}\n`);
    const kept = env.subprogs.slice(0, -1).filter((s) => !s.removed);
    for (const [i, info] of kept.entries()) {
      const kind = i === 0 ? 'main' : info.linkage === Linkage.GLOBAL ? 'global' : 'static';
      const name = info.name === '' ? '<unknown>' : info.name;
      env.log.append(
        `subprog ${i} (${name}) ${kind} insns_self ${info.insnsSelf} insns_total ${info.insnsTotal} stack ${info.stackDepth}\n`,
      );
    }
  }
  env.log.append(
    `processed ${env.insnProcessed} insns (limit ${INSN_LIMIT}) max_states_per_insn ${env.maxStatesPerInsn} ` +
      `total_states ${env.totalStates} peak_states ${env.peakStates} mark_read 0\n`,
  );
}
