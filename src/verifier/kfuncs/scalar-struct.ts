// SPDX-License-Identifier: GPL-2.0-only
import { type Btf, type BtfType, Kind } from '../../btf/types';
import { isComposite, isScalar, skipModsAndTypedefs } from '../../btf/util';
import type { VerifierEnv } from '../env';

/** Deepest nesting of structs within a struct of scalars. */
const MAX_NESTING = 3;

/** Whether a struct is made of scalars, arrays of them and such structs only (`__btf_type_is_scalar_struct`). Too deep nesting is logged. */
export function isScalarStruct(env: VerifierEnv, btf: Btf, type: BtfType, depth = 0): boolean {
  if (!isComposite(type)) return false;
  for (const member of type.members) {
    const t = skipModsAndTypedefs(btf, member.type);
    if (t === undefined) return false;
    if (isComposite(t)) {
      if (depth >= MAX_NESTING) {
        env.verbose('max struct nesting depth exceeded\n');
        return false;
      }
      if (!isScalarStruct(env, btf, t, depth + 1)) return false;
    } else if (t.kind === Kind.ARRAY) {
      const elem = skipModsAndTypedefs(btf, t.type);
      if (t.nelems === 0 || elem === undefined || !isScalar(elem)) return false;
    } else if (!isScalar(t)) {
      return false;
    }
  }
  return true;
}
