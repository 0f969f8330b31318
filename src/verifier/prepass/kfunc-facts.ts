// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../../btf/types';
import type { Insn } from '../../isa/insn';
import type { Behaviour } from '../../kernel/behaviour';
import type { VerifierEnv } from '../env';
import { fetchAllowedKfunc } from '../kfuncs/collect';
import type { KfuncMeta } from '../kfuncs/meta';

/** The kfunc that an instruction calls, null if this program may not call it; writes what the kernel writes then (`bpf_fetch_kfunc_arg_meta`). */
export function kfuncFacts(env: VerifierEnv, insn: Insn): KfuncMeta | null {
  return fetchAllowedKfunc(env, insn);
}

/** Behaviour tag of a kfunc, whoever may call it; writes nothing. */
export function kfuncBehaviour(env: VerifierEnv, insn: Insn): Behaviour | null {
  const btf = insn.off === 0 ? env.kernel.btf : env.prog.fdArray[insn.off];
  const func = btf?.type(insn.imm);
  if (btf === undefined || btf === null || func?.kind !== Kind.FUNC) return null;
  return env.kernel.kfunc(btf, insn.imm)?.behaviour ?? null;
}
