// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../../btf/types';
import type { Features } from '../../../kernel/features';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { Flag } from '../../../kernel/types';
import type { WalkResult } from '../load-result';
import { isAlloc } from '../../state/reg-kinds';
import { fieldTypeName } from '../map/fields';
import { structMeta } from '../map/struct-meta';
import { walkStruct } from './walk';

/** What was found before, by kernel, BTF and place: structs of the kernel have hundreds of members, and programs ask for the same ones again and again. */
const known = new WeakMap<Features, WeakMap<Btf, Map<number, WalkResult>>>();
/** More are not kept of one BTF. */
const MAX_KNOWN = 1 << 14;

function knownOf(features: Features, btf: Btf): Map<number, WalkResult> {
  let byBtf = known.get(features);
  if (byBtf === undefined) known.set(features, (byBtf = new WeakMap()));
  let found = byBtf.get(btf);
  if (found === undefined) byBtf.set(btf, (found = new Map()));
  return found;
}

/**
 * What an access at `off` through a pointer to struct `btfId` finds (`kernel/bpf/btf.c: btf_struct_access`).
 * @param type register type of the pointer: objects of the program keep their special fields to themselves, and their pointer members are scalars
 */
export function btfStructAccess(env: VerifierEnv, type: number, btf: Btf, btfId: number, off: number, size: number): WalkResult {
  if (isAlloc(type) || off >>> 16 !== 0 || size > 8) return walkTo(env, type, btf, btfId, off, size);
  const results = knownOf(env.kernel.features, btf);
  const key = (btfId * 0x10000 + off) * 16 + size;
  let result = results.get(key);
  if (result === undefined) {
    result = walkTo(env, type, btf, btfId, off, size);
    if (results.size < MAX_KNOWN) results.set(key, result);
  }
  return result;
}

function walkTo(env: VerifierEnv, type: number, btf: Btf, btfId: number, off: number, size: number): WalkResult {
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
