// SPDX-License-Identifier: GPL-2.0-only
import { Linkage } from '../../btf/types';
import { INSN_LIMIT } from '../../isa/limits';
import type { SubprogInfo } from '../aux';
import type { VerifierEnv } from '../env';

function printSubprogs(env: VerifierEnv, subprogs: readonly SubprogInfo[]): void {
  env.log.append(`stack depth max ${env.maxStackDepth}\n`);
  for (const [i, info] of subprogs.entries()) {
    const kind = i === 0 ? 'main' : info.linkage === Linkage.GLOBAL ? 'global' : 'static';
    const name = info.name === '' ? '<unknown>' : info.name;
    env.log.append(`subprog ${i} (${name}) ${kind} insns_self ${info.insnsSelf} insns_total ${info.insnsTotal} stack ${info.stackDepth}\n`);
  }
}

/** Writes the statistics that end every log (`print_verification_stats`). */
export function printStats(env: VerifierEnv, timeUs: number): void {
  if (env.log.level === 0) return;
  if ((env.log.level & 4) !== 0) {
    env.log.append(`verification time ${timeUs} usec\n`);
    const kept = env.subprogs.slice(0, -1).filter((s) => !s.removed);
    if (env.kernel.features['log.subprogLines']) printSubprogs(env, kept);
    else env.log.append(`stack depth ${[...kept.map((s) => s.stackDepth), ...(env.hiddenSubprog ? [0] : [])].join('+')}\n`);
  }
  env.log.append(
    `processed ${env.insnProcessed} insns (limit ${INSN_LIMIT}) max_states_per_insn ${env.maxStatesPerInsn} ` +
      `total_states ${env.totalStates} peak_states ${env.peakStates} mark_read ${env.exploration.readWalks.longest}\n`,
  );
}
