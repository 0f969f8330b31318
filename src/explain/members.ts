// SPDX-License-Identifier: GPL-2.0-only
/** Names of members by their place in a struct. */
import { membersAt } from '../btf/members';
import { type Btf, Kind } from '../btf/types';

import { RegType } from '../kernel/types';
import type { RegState } from '../verifier/state/reg';
import type { Case } from './case';
import { structOfType } from './words';

/** The member that begins at a byte of a struct or union, `a.b` for one of a nested struct; '' if none begins there. */
function memberAt(btf: Btf, id: number, off: number): string {
  return membersAt(btf, id, off)?.join('.') ?? '';
}

/** Name of the member at an offset of what a register points to; '' if there is none. */
export function memberName(reg: RegState, off: number): string {
  return reg.base === RegType.PTR_TO_BTF_ID ? memberAt(reg.btf, reg.btfId, off) : '';
}

/** The member of the program's context at an offset, with its struct: `__sk_buff->napi_id`; '' where the context is no struct. */
export function contextMember(c: Case, off: number): string {
  const struct = structOfType(c.env.kernel.progType(c.env.progType)?.ctxUser ?? '');
  const own = c.env.prog.btf;
  for (const btf of own === null ? [c.env.kernel.btf] : [own, c.env.kernel.btf]) {
    const id = struct === '' ? -1 : btf.findByNameKind(struct, Kind.STRUCT);
    const member = id > 0 ? memberAt(btf, id, off) : '';
    if (member !== '') return `${struct}->${member}`;
  }
  return '';
}
