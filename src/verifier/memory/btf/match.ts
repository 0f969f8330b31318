// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../../btf/types';
import type { VerifierEnv } from '../../env';
import { walkStruct } from './walk';

/** The BTF that defines a type id: a split BTF shares the ids of its base. */
export function definingBtf(btf: Btf, id: number): Btf {
  let at = btf;
  while (at.base !== null && id < at.startId) at = at.base;
  return at;
}

/** Whether two ids are one type; ids of a split BTF may lie in the shared base (`btf_types_are_same`). */
export function btfTypesAreSame(btf1: Btf, id1: number, btf2: Btf, id2: number): boolean {
  return id1 === id2 && (btf1 === btf2 || definingBtf(btf1, id1) === definingBtf(btf2, id2));
}

/**
 * Whether the struct `id` at `off` bytes is, or begins with, the wanted one (`kernel/bpf/btf.c: btf_struct_ids_match`).
 * Complaints of the walk go to the log, as in the kernel, also when the answer is only "no".
 * @param strict only the struct itself counts
 * @param walkFlex whether a flexible array may be walked beyond the struct's end
 */
export function btfStructIdsMatch(
  env: VerifierEnv,
  btf: Btf,
  id: number,
  off: number,
  needBtf: Btf,
  needId: number,
  strict: boolean,
  walkFlex: boolean,
): boolean {
  if (off === 0 && btfTypesAreSame(btf, id, needBtf, needId)) return true;
  if (strict) return false;
  let at = id;
  let from = off;
  for (;;) {
    if (btf.type(at) === undefined) return false;
    const step = walkStruct(env, btf, at, from, 1, 0, walkFlex);
    if (step.kind !== 'inner') return false;
    if (btfTypesAreSame(btf, step.btfId, needBtf, needId)) return true;
    at = step.btfId;
    from = 0;
  }
}
