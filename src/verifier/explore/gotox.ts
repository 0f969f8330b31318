// SPDX-License-Identifier: GPL-2.0-only
import type { Insn } from '../../isa/insn';
import { RegType } from '../../kernel/types';
import { umaxBig, uminBig } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import type { BpfMap } from '../state/map';
import { pushStack } from '../engine/stack';

const ENTRY_BYTES = 8n;
const MAX_OFFSET = 0xffffffffn * ENTRY_BYTES;

/** Entries of the jump table that the register may point to. */
function tableRange(env: VerifierEnv, regno: number, map: BpfMap): { first: number; last: number } {
  const { val } = env.regs[regno]!;
  const min = uminBig(val);
  const max = umaxBig(val);
  if (min > MAX_OFFSET)
    env.reject(Errno.ERANGE, `the sum of R${regno} umin_value ${min} is too big\n`, undefined, {
      kind: 'jump-table',
      how: 'bounds',
      arg: regno,
    });
  if (max > MAX_OFFSET)
    env.reject(Errno.ERANGE, `the sum of R${regno} umax_value ${max} is too big\n`, undefined, {
      kind: 'jump-table',
      how: 'bounds',
      arg: regno,
    });
  const first = min / ENTRY_BYTES;
  const last = max / ENTRY_BYTES;
  if (last >= BigInt(map.maxEntries)) {
    env.reject(Errno.EINVAL, `R${regno} points to outside of jump table: [${first},${last}] max_entries ${map.maxEntries}\n`, undefined, {
      kind: 'jump-table',
      how: 'bounds',
      arg: regno,
    });
  }
  return { first: Number(first), last: Number(last) };
}

/**
 * `gotox rX`: all targets but the highest are put away for later; returns the highest, the next instruction
 * (`check_indirect_jump`).
 */
export function checkIndirectJump(env: VerifierEnv, insn: Insn): number {
  const reg = env.regs[insn.dst]!;
  if (reg.type !== RegType.PTR_TO_INSN) {
    env.reject(Errno.EINVAL, `R${insn.dst} has type ${regTypeStr(reg.type)}, expected PTR_TO_INSN\n`, undefined, {
      kind: 'jump-table',
      how: 'type',
      arg: insn.dst,
    });
  }
  const { map } = reg;
  const { first, last } = tableRange(env, insn.dst, map);
  const entries = map.def.insnArray;
  if (entries === null) env.unmodelled('jump table without contents');
  const targets = [...new Set(entries.slice(first, last + 1))].sort((a, b) => a - b);
  if (targets.length === 0)
    env.reject(Errno.EINVAL, `register R${insn.dst} doesn't point to any offset in map id=0\n`, undefined, {
      kind: 'jump-table',
      how: 'empty',
      arg: insn.dst,
    });
  for (const target of targets.slice(0, -1)) pushStack(env, target, env.insnIdx, env.cur.speculative);
  return targets[targets.length - 1]!;
}
