// SPDX-License-Identifier: GPL-2.0-only
/** What constants a loader may set an object has, part by part, with the values that they were compiled with. For editors. */
import { Kind, type Btf, type BtfType } from '../btf/types';
import { resolveSize, skipModsAndTypedefs, typeName } from '../btf/util';
import type { ObjectMap } from './model';
import { numberIn } from './numbers';
import { constantsOf, takesOf, type Takes } from './values';

/** Constants of an object that are told, and parts of one. */
const MOST_CONSTANTS = 500;
const MOST_PARTS = 64;
/** Levels of members and elements. */
const MAX_DEPTH = 6;

/** What can be set by itself. */
export interface PartInfo {
  readonly path: string;
  readonly type: string;
  readonly takes: Takes;
  /** As C would spell it. */
  readonly compiled: string;
}

export interface ConstantInfo {
  readonly name: string;
  readonly type: string;
  /** Index in the object's maps. */
  readonly map: number;
  /** Bytes from the start of the map's value, and size in bytes. */
  readonly offset: number;
  readonly size: number;
  readonly parts: readonly PartInfo[];
}

/** The `const volatile` variables of an object: what the compiler did not fold, since a loader may set it. */
export function describeConstants(btf: Btf | null, maps: readonly ObjectMap[], littleEndian = true): ConstantInfo[] {
  if (btf === null) return [];
  return constantsOf(btf, maps)
    .filter((constant) => isVolatile(btf, constant.type))
    .slice(0, MOST_CONSTANTS)
    .flatMap(({ name, map, offset, size, type }) => {
      const { data } = maps[map]!;
      if (data === null || offset + size > data.length) return [];
      const parts: PartInfo[] = [];
      addParts(btf, type, name, data.subarray(offset, offset + size), parts, littleEndian, 0);
      return [{ name, type: spelled(btf, type), map, offset, size, parts }];
    });
}

function isVolatile(btf: Btf, id: number): boolean {
  let type = btf.type(id);
  for (let depth = 0; depth < 32 && type !== undefined; depth += 1) {
    if (type.kind === Kind.VOLATILE) return true;
    // an array is as volatile as its elements
    if (type.kind !== Kind.CONST && type.kind !== Kind.TYPEDEF && type.kind !== Kind.RESTRICT && type.kind !== Kind.ARRAY) return false;
    type = btf.type(type.type);
  }
  return false;
}

/** A type as C spells it, without qualifiers. */
function spelled(btf: Btf, id: number): string {
  let type = btf.type(id);
  while (type?.kind === Kind.CONST || type?.kind === Kind.VOLATILE || type?.kind === Kind.RESTRICT) type = btf.type(type.type);
  if (type === undefined) return '';
  if (type.kind === Kind.ARRAY) return `${spelled(btf, type.type)}[${type.nelems}]`;
  return typeName(btf, type.id);
}

function addParts(btf: Btf, id: number, path: string, bytes: Uint8Array, parts: PartInfo[], littleEndian: boolean, depth: number): void {
  const type = skipModsAndTypedefs(btf, id);
  if (type === undefined || parts.length >= MOST_PARTS || depth > MAX_DEPTH) return;
  const takes = takesOf(btf, type);
  if (typeof takes !== 'string') {
    parts.push({ path, type: spelled(btf, id), takes, compiled: valueText(type, takes, bytes, littleEndian) });
    return;
  }
  if (type.kind === Kind.ARRAY) {
    const size = resolveSize(btf, type.type) ?? 0;
    for (let index = 0; size > 0 && index < type.nelems && parts.length < MOST_PARTS; index += 1)
      addParts(btf, type.type, `${path}[${index}]`, bytes.subarray(index * size, (index + 1) * size), parts, littleEndian, depth + 1);
  } else if (type.kind === Kind.STRUCT || type.kind === Kind.UNION) {
    for (const member of type.members) {
      const at = member.bitOffset / 8;
      const size = resolveSize(btf, member.type) ?? 0;
      if (member.bitfieldSize === 0 && member.name !== '' && size > 0 && at + size <= bytes.length)
        addParts(btf, member.type, `${path}.${member.name}`, bytes.subarray(at, at + size), parts, littleEndian, depth + 1);
    }
  }
}

function valueText(type: BtfType, takes: Takes, bytes: Uint8Array, littleEndian: boolean): string {
  if (takes.kind === 'text') {
    const end = bytes.indexOf(0);
    return JSON.stringify(new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)));
  }
  let value = numberIn(bytes, littleEndian);
  if (takes.signed) value = BigInt.asIntN(takes.bits, value);
  if (takes.bool && value <= 1n) return value === 1n ? 'true' : 'false';
  const named = type.kind === Kind.ENUM || type.kind === Kind.ENUM64 ? type.values.find((v) => v.value === value) : undefined;
  return named?.name ?? String(value);
}
