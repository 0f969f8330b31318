// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../verifier/env';

/** Name of a subprogram by its number: what its type information says, else the program's for the main one, else one with its number. */
export function functionName(env: VerifierEnv, subprog: number): string {
  const name = env.subprogs[subprog]?.name ?? '';
  if (name !== '') return name;
  return subprog <= 0 ? env.prog.name : `subprog_${subprog}`;
}
