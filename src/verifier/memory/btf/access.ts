// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../../btf/types';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { Flag } from '../../../kernel/types';
import type { WalkResult } from '../load-result';
import { isAlloc } from '../../state/reg-kinds';
import { fieldTypeName } from '../map/fields';
import { structMeta } from '../map/struct-meta';
import { walkStruct } from './walk';

/**
 * What an access at `off` through a pointer to struct `btfId` finds (`kernel/bpf/btf.c: btf_struct_access`).
 * @param type register type of the pointer: objects of the program keep their special fields to themselves, and their pointer members are scalars
 */
export function btfStructAccess(env: VerifierEnv, type: number, btf: Btf, btfId: number, off: number, size: number): WalkResult {
  const alloc = isAlloc(type);
  const record = alloc ? structMeta(env, btf, btfId) : null;
  for (const field of record?.fields ?? []) {
    if (off < field.offset + field.size && field.offset < off + size) {
      env.reject(Errno.EACCES, `direct access to ${fieldTypeName(field.type)} is disallowed\n`, undefined, {
        kind: 'field-direct',
        name: fieldTypeName(field.type),
      });
    }
  }
  let id = btfId;
  let at = off;
  let flags = 0;
  for (;;) {
    const step = walkStruct(env, btf, id, at, size, flags, !alloc || !env.kernel.features['btf.ownFlexArrays']);
    switch (step.kind) {
      case 'error':
        return env.reject(step.errno, '', undefined, { kind: 'struct-access', off, size });
      case 'scalar':
        return { kind: 'scalar' };
      case 'opaque':
        if (!env.kernel.features['walk.opaquePointer']) return { kind: 'scalar' };
        return { kind: 'memory', flags: Flag.MEM_RDONLY | Flag.PTR_UNTRUSTED };
      case 'pointer':
        return alloc ? { kind: 'scalar' } : { kind: 'struct', flags: step.flags, btfId: step.btfId, member: step.member };
      case 'inner':
        id = step.btfId;
        at = 0;
        flags = step.flags;
    }
  }
}
