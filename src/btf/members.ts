// SPDX-License-Identifier: GPL-2.0-only
/** Members of structs and unions: which one is at a place, and where one is that is named. */
import { Kind, type Btf } from './types';
import { isComposite, memberByPath, resolveSize, skipModsAndTypedefs } from './util';

/** Nested members that are looked into. */
const MAX_DEPTH = 8;
const BYTE = 8;

/** The member that begins at a byte of a struct or union: the names that lead to it (`a`, `b` for one of a nested struct); null if none begins there. */
export function membersAt(btf: Btf, id: number, off: number): readonly string[] | null {
  let type = skipModsAndTypedefs(btf, id);
  let rest = off * BYTE;
  const path: string[] = [];
  for (let depth = 0; depth < MAX_DEPTH && type !== undefined && isComposite(type); depth++) {
    const members = type.members.filter((m) => m.bitOffset <= rest);
    const member =
      members.findLast((m) => m.bitOffset === rest && m.name !== '') ?? members.findLast((m) => m.bitOffset === members.at(-1)!.bitOffset);
    if (member === undefined) return null;
    rest -= member.bitOffset;
    if (member.name !== '') path.push(member.name);
    if (rest === 0 && member.name !== '') return path;
    type = skipModsAndTypedefs(btf, member.type);
  }
  return null;
}

/**
 * What is at the end of a way from a struct or union: names of members, of anonymous inner ones too, and indices in arrays. Its place in bits, and its
 * type; null if the way leads nowhere.
 */
export function memberOnWay(
  btf: Btf,
  id: number,
  way: readonly (string | number)[],
): { readonly bitOffset: number; readonly type: number } | null {
  let type = id;
  let bitOffset = 0;
  for (const step of way) {
    if (typeof step === 'number') {
      const array = skipModsAndTypedefs(btf, type);
      const size = array?.kind === Kind.ARRAY ? resolveSize(btf, array.type) : null;
      if (array?.kind !== Kind.ARRAY || size === null || (step >= array.nelems && array.nelems > 0)) return null;
      bitOffset += step * size * BYTE;
      ({ type } = array);
    } else {
      const found = memberByPath(btf, type, step);
      if (found === null) return null;
      bitOffset += found.bitOffset;
      ({ type } = found.member);
    }
  }
  return { bitOffset, type };
}
