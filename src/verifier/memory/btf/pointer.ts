// SPDX-License-Identifier: GPL-2.0-only
/** Loads and stores through pointers that BTF describes. Facts: `kernel/bpf/verifier.c: check_ptr_to_btf_access, check_ptr_to_map_access`. */
import { Kind, type Btf, type BtfMember } from '../../../btf/types';
import { skipModifiers } from '../../../btf/util';
import { Flag, RegType } from '../../../kernel/types';
import { words } from '../../../kernel/words';
import { inRcuReadSection } from '../../contexts';
import { isConst, tnumString } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { regIsReferenced } from '../../objects/lookup';
import type { RegState } from '../../state/reg';
import type { AccessType } from '../access-type';
import { loadWalked } from '../load-result';
import { isAlloc, isAllocObj, isNonOwningRef, mayBeNull, mayFaultOnDeref, TRUSTED_MODIFIERS } from '../../state/reg-kinds';
import { isRcuReg, isTrustedReg } from '../trust';
import { btfStructAccess } from './access';
import { structWriter } from './writers';
import { argName } from '../../arg-no';

/** Whether the member is on an allow-list of the kernel: a struct `NAME + suffix` in its BTF repeats members (`btf_nested_type_is_trusted`). */
function isListed(btf: Btf, structId: number, suffix: string, member: string, pointeeId: number): boolean {
  return listOf(btf, structId, suffix).some((m) => {
    const target = btf.type(m.type);
    return target?.kind === Kind.PTR && m.name === member && skipModifiers(btf, target.type) === pointeeId;
  });
}

const NOBODY: readonly BtfMember[] = [];
const lists = new WeakMap<Btf, Map<string, Map<number, readonly BtfMember[]>>>();

/** The members that the struct of a suffix repeats, looked for once. */
function listOf(btf: Btf, structId: number, suffix: string): readonly BtfMember[] {
  let bySuffix = lists.get(btf);
  if (bySuffix === undefined) lists.set(btf, (bySuffix = new Map()));
  let byStruct = bySuffix.get(suffix);
  if (byStruct === undefined) bySuffix.set(suffix, (byStruct = new Map()));
  let found = byStruct.get(structId);
  if (found === undefined) byStruct.set(structId, (found = findList(btf, structId, suffix)));
  return found;
}

function findList(btf: Btf, structId: number, suffix: string): readonly BtfMember[] {
  const type = btf.type(structId);
  if (type === undefined || type.name.length + suffix.length >= 64) return NOBODY;
  const listId = btf.findByNameKind(type.name + suffix, type.kind);
  const list = listId < 0 ? undefined : btf.type(listId);
  return list === undefined || (list.kind !== Kind.STRUCT && list.kind !== Kind.UNION) ? NOBODY : list.members;
}

/** Flags of a struct pointer that was loaded from `member` of what `reg` points to. @param found flags from the member's type */
function inheritedFlags(env: VerifierEnv, reg: RegState, found: number, member: string, pointeeId: number): number {
  const plain = found & ~(TRUSTED_MODIFIERS | Flag.MEM_RCU);
  if (!env.kernel.features['btf.memberTrust']) {
    return (found & (Flag.MEM_USER | Flag.MEM_PERCPU)) | (reg.type & Flag.PTR_UNTRUSTED);
  }
  if ((reg.type & Flag.PTR_UNTRUSTED) !== 0) return Flag.PTR_UNTRUSTED;
  if (!isTrustedReg(env, reg) && !isRcuReg(reg)) return plain;
  const listed = (suffix: string): boolean => isListed(reg.btf, reg.btfId, suffix, member, pointeeId);
  if (listed('__safe_trusted')) return found | Flag.PTR_TRUSTED;
  if (listed('__safe_trusted_or_null')) return found | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL;
  if (!inRcuReadSection(env) || mayBeNull(reg.type)) return Flag.PTR_UNTRUSTED;
  if (listed('__safe_rcu')) return found | Flag.MEM_RCU;
  if (listed('__safe_rcu_or_null')) return (found & ~Flag.PTR_UNTRUSTED) | Flag.MEM_RCU | Flag.PTR_MAYBE_NULL;
  if ((found & Flag.MEM_RCU) !== 0) return found | Flag.PTR_MAYBE_NULL;
  return (found & (Flag.MEM_PERCPU | Flag.MEM_USER)) !== 0 ? found : plain;
}

function refuseStructWrite(env: VerifierEnv, errno: Errno, arg: ArgNo, name: string, off: number, size: number): never {
  const structWrite = words(env.kernel.features, 'words.structWrite');
  return env.reject(errno, structWrite(`${argName(arg)} cannot write into ptr_${name} at off=${off} size=${size}\n`), undefined, {
    kind: 'struct-write',
    arg,
    off,
    size,
    name,
  });
}

/** The pointer in messages. */
function who(arg: ArgNo, struct: string): string {
  return `${argName(arg)} is ptr_${struct}`;
}

/**
 * Load or store through PTR_TO_BTF_ID.
 * @param dst register that receives a loaded value, −1 when only the access is checked
 */
export function checkPtrToBtfAccess(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  access: AccessType,
  dst: number,
): void {
  const name = reg.btf.type(reg.btfId)?.name ?? '';
  if (!env.allowPtrLeaks) {
    env.reject(Errno.EPERM, `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n`, undefined, {
      kind: 'capability',
      name: 'CAP_PERFMON',
      callee: '',
    });
  }
  if (!env.gplCompatible && reg.btf.isKernel && env.kernel.features['btf.gplOnly']) {
    env.reject(Errno.EINVAL, `Cannot access kernel 'struct ${name}' from non-GPL compatible program\n`, undefined, {
      kind: 'licence',
      name,
    });
  }
  if (!isConst(reg.val)) {
    env.reject(Errno.EACCES, `${who(arg, name)} invalid variable offset: off=${off}, var_off=${tnumString(reg.val)}\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  }
  const at = (off + reg.val.vLo) | 0;
  if (at < 0)
    env.reject(Errno.EACCES, `${who(arg, name)} invalid negative access: off=${at}\n`, undefined, { kind: 'struct-access', off: at, size });
  if ((reg.type & Flag.MEM_USER) !== 0)
    env.reject(Errno.EACCES, `${who(arg, name)} access user memory: off=${at}\n`, undefined, {
      kind: 'other-space',
      arg,
      how: 'user',
    });
  if ((reg.type & Flag.MEM_PERCPU) !== 0)
    env.reject(Errno.EACCES, `${who(arg, name)} access percpu memory: off=${at}\n`, undefined, {
      kind: 'other-space',
      arg,
      how: 'percpu',
    });
  const { features } = env.kernel;
  const readOnly = features['btf.plainReadOnly'] ? mayFaultOnDeref(reg.type) : (reg.type & Flag.PTR_UNTRUSTED) !== 0;
  if (access === 'write' && readOnly && features['btf.untrustedReadOnly'])
    env.reject(Errno.EACCES, 'only read is supported\n', undefined, {
      kind: 'read-only',
      arg,
    });

  const writer = access === 'write' && !isAlloc(reg.type) ? structWriter(env) : null;
  if (writer !== null) {
    if (!reg.btf.isKernel) env.reject(Errno.EFAULT, 'verifier bug: reg->btf must be kernel btf\n');
    const errno = writer(env, reg, at, size);
    if (errno !== 0) refuseStructWrite(env, errno, arg, name, at, size);
    return;
  }
  if (access === 'write' && !isAllocObj(reg.type))
    env.reject(Errno.EACCES, 'only read is supported\n', undefined, {
      kind: 'read-only',
      arg,
    });
  if (isAlloc(reg.type) && !mayFaultOnDeref(reg.type) && !isNonOwningRef(reg.type) && !isRcuReg(reg) && !regIsReferenced(env, reg)) {
    env.reject(Errno.EFAULT, 'verifier bug: allocated object must have a referenced id\n');
  }
  const found = btfStructAccess(env, reg.type, reg.btf, reg.btfId, at, size);
  if (access !== 'read' || dst < 0) return;
  const flags = found.kind === 'struct' ? inheritedFlags(env, reg, found.flags, found.member, found.btfId) : 0;
  loadWalked(env, dst, found, reg.btf, flags);
}

/** Load of a field of the kernel's own map struct through CONST_PTR_TO_MAP. */
export function checkPtrToMapAccess(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  access: AccessType,
  dst: number,
): void {
  const name = env.kernel.mapType(reg.map.type)?.btfStruct ?? '';
  const btf = env.kernel.btf;
  const id = name === '' ? -1 : btf.findByNameKind(name, Kind.STRUCT);
  if (id < 0)
    env.reject(Errno.ENOTSUPP, `map_ptr access not supported for map type ${reg.map.type}\n`, undefined, {
      kind: 'map-type',
      callee: '',
      map: reg.map,
    });
  if (!env.allowPtrLeaks) {
    env.reject(Errno.EPERM, `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n`, undefined, {
      kind: 'capability',
      name: 'CAP_PERFMON',
      callee: '',
    });
  }
  if (off < 0)
    env.reject(Errno.EACCES, `${argName(arg)} is ${name} invalid negative access: off=${off}\n`, undefined, {
      kind: 'struct-access',
      off,
      size,
    });
  if (access === 'write') env.reject(Errno.EACCES, `only read from ${name} is supported\n`, undefined, { kind: 'read-only', arg });
  const result = btfStructAccess(env, RegType.PTR_TO_BTF_ID, btf, id, off, size);
  if (dst >= 0) loadWalked(env, dst, result, btf);
}
