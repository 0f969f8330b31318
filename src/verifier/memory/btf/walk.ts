// SPDX-License-Identifier: GPL-2.0-only
/** One step of a walk through a struct to the member at an offset. Facts: `kernel/bpf/btf.c: btf_struct_walk, btf_type_tag_walk`. */
import { Kind, type Btf, type BtfMember, type BtfType } from '../../../btf/types';
import { isComposite, isModifier, kindName, nameOrAnon, resolveElements, skipModsAndTypedefs, type CompositeType } from '../../../btf/util';
import { Flag } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';

/** What is at an offset of a struct. `flags` collects PTR_UNTRUSTED of unions passed on the way. */
export type WalkStep =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'pointer'; readonly btfId: number; readonly flags: number; readonly member: string }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'inner'; readonly btfId: number; readonly flags: number }
  | { readonly kind: 'error'; readonly errno: Errno };

/** Type tags that become pointer flags. */
const MEMBER_TAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['user', Flag.MEM_USER],
  ['percpu', Flag.MEM_PERCPU],
  ['rcu', Flag.MEM_RCU],
]);

/** What a tagged pointer points to. Null if it carries several of the tags. */
export function walkTags(btf: Btf, pointer: BtfType, tags: ReadonlyMap<string, number>): { id: number; flags: number } | null {
  let flags = 0;
  let id = 'type' in pointer ? pointer.type : 0;
  let type = btf.type(id);
  while (type !== undefined && isModifier(type)) {
    if (type.kind === Kind.TYPE_TAG && type.attribute !== true) flags |= tags.get(type.name) ?? 0;
    id = type.type;
    type = btf.type(id);
  }
  return (flags & (flags - 1)) === 0 ? { id, flags } : null;
}

function fail(env: VerifierEnv, errno: Errno, text: string): WalkStep {
  env.verbose(text);
  return { kind: 'error', errno };
}

/** The struct of a trailing flexible array and the offset in its element; 'int' for an array of integers, null if there is none. */
function flexibleTail(btf: Btf, type: CompositeType, off: number): { type: CompositeType; off: number } | 'int' | null {
  const last = type.members.at(-1);
  if (last === undefined) return null;
  const array = skipModsAndTypedefs(btf, last.type);
  if (array?.kind !== Kind.ARRAY || array.nelems !== 0) return null;
  const start = last.bitOffset >>> 3;
  if (off < start) return null;
  const elem = skipModsAndTypedefs(btf, array.type);
  if (elem?.kind === Kind.INT) return 'int';
  if (elem === undefined || !isComposite(elem) || elem.size === 0) return null;
  return { type: elem, off: (off - start) % elem.size };
}

/** Id of a member's type without modifiers; of an array member the element's type as it is declared (`__btf_resolve_size`). */
function innerId(btf: Btf, member: BtfMember, elemId: number): number {
  let declared: number | null = null;
  let type = btf.type(member.type);
  while (type !== undefined && (isModifier(type) || type.kind === Kind.ARRAY)) {
    if (type.kind === Kind.ARRAY) declared = type.type;
    type = btf.type(type.type);
  }
  return declared ?? elemId;
}

/** True if the access covers the bit field and starts no later than it. */
function coversBitfield(member: BtfMember, off: number, size: number): boolean {
  const endByte = (member.bitOffset + member.bitfieldSize + 7) >> 3;
  return off <= member.bitOffset >>> 3 && endByte <= off + size;
}

/**
 * Walks from the struct `id` to what lies at `[off, off + size)`: stops at a scalar, a pointer, or an inner struct that starts there.
 * Refusals are written to the log and returned.
 * @param flags flags collected so far
 * @param walkFlex whether a trailing flexible array may be entered beyond the struct's end
 */
export function walkStruct(env: VerifierEnv, btf: Btf, id: number, off: number, size: number, flags: number, walkFlex: boolean): WalkStep {
  let type = skipModsAndTypedefs(btf, id);
  let at = off;
  let collected = flags;
  enter: for (;;) {
    if (type === undefined) return { kind: 'error', errno: Errno.EINVAL };
    const name = 'name' in type ? nameOrAnon(type) : '(anon)';
    if (!isComposite(type)) return fail(env, Errno.EINVAL, `Type '${name}' is not a struct\n`);
    const struct: CompositeType = type;
    if (struct.kind === Kind.UNION && struct.members.length !== 1 && env.kernel.features['btf.memberTrust'])
      collected |= Flag.PTR_UNTRUSTED;

    if (at + size > struct.size) {
      const tail = walkFlex ? flexibleTail(btf, struct, at) : null;
      if (tail === 'int') return { kind: 'scalar' };
      if (tail === null) return fail(env, Errno.EACCES, `access beyond struct ${name} at off ${at} size ${size}\n`);
      type = tail.type;
      at = tail.off;
      continue;
    }

    for (const member of struct.members) {
      let start = member.bitOffset >>> 3;
      if (at + size <= start) break;
      if (member.bitfieldSize !== 0) {
        if (coversBitfield(member, at, size)) return { kind: 'scalar' };
        continue;
      }
      if (at < start) break;
      const memberName = member.name === '' ? '(anon)' : member.name;
      const resolved = resolveElements(btf, member.type);
      if (resolved === null) return fail(env, Errno.EFAULT, `field ${memberName} doesn't have size\n`);
      const end = start + resolved.size;
      if (at >= end) continue;
      // an array counts as that many members of the element type
      const bytes = resolved.size / resolved.nelems;
      start += Math.floor((at - start) / bytes) * bytes;
      const inner = resolved.elem;
      if (isComposite(inner)) {
        if (at === start) return { kind: 'inner', btfId: innerId(btf, member, resolved.elemId), flags: collected };
        type = inner;
        at -= start;
        continue enter;
      }
      if (inner.kind === Kind.PTR) {
        if (bytes !== size || at !== start) {
          return fail(
            env,
            Errno.EACCES,
            `cannot access ptr member ${memberName} with moff ${start} in struct ${name} with off ${at} size ${size}\n`,
          );
        }
        const target = walkTags(btf, inner, MEMBER_TAGS);
        if (target === null) return fail(env, Errno.EINVAL, `type '${kindName(inner.kind)}' has multiple type tags\n`);
        const pointee = btf.type(target.id);
        if (pointee === undefined || !isComposite(pointee)) return { kind: 'opaque' };
        return { kind: 'pointer', btfId: target.id, flags: collected | target.flags, member: memberName };
      }
      if (at + size > end && (collected & Flag.PTR_UNTRUSTED) === 0) {
        return fail(
          env,
          Errno.EACCES,
          `access beyond the end of member ${memberName} (mend:${end}) in struct ${name} with off ${at} size ${size}\n`,
        );
      }
      return { kind: 'scalar' };
    }
    return fail(env, Errno.EINVAL, `struct ${name} doesn't have field at offset ${at}\n`);
  }
}
