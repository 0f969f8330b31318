// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a CO-RE relocation is about, as a path from a root type, in the object and in the kernel.
 * Rules: `tools/lib/bpf/relo_core.c: bpf_core_parse_spec, bpf_core_spec_match, bpf_core_format_spec`.
 */
import { Kind, type Btf, type BtfType } from '../../btf/types';
import { isAnyEnum, isComposite, resolveSize, skipModifiers } from '../../btf/util';
import { LoadFailure } from '../failure';
import { fieldsCompatible, typesCompatible, typesMatch } from './compat';
import { essentialName } from './names';

/** `enum bpf_core_relo_kind`. */
export const enum CoreKind {
  FIELD_BYTE_OFFSET = 0,
  FIELD_BYTE_SIZE = 1,
  FIELD_EXISTS = 2,
  FIELD_SIGNED = 3,
  FIELD_LSHIFT_U64 = 4,
  FIELD_RSHIFT_U64 = 5,
  TYPE_ID_LOCAL = 6,
  TYPE_ID_TARGET = 7,
  TYPE_EXISTS = 8,
  TYPE_SIZE = 9,
  ENUMVAL_EXISTS = 10,
  ENUMVAL_VALUE = 11,
  TYPE_MATCHES = 12,
}

const KIND_NAMES = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
];

/** One CO-RE relocation of the object. */
export interface CoreRelo {
  /** Bytes from the start of the code section. */
  readonly insnOff: number;
  /** Root type in the object's BTF. */
  readonly typeId: number;
  /** `0:1:2`: indices of members, array elements or enumerators. */
  readonly access: string;
  readonly kind: CoreKind;
}

/** A step that counts: a named member, an array index, an enumerator. */
export interface Accessor {
  readonly typeId: number;
  readonly index: number;
  /** Null for an array index. */
  readonly name: string | null;
}

/** A path in one BTF. Mutable while it is being searched. */
export interface Spec {
  readonly btf: Btf;
  readonly root: number;
  readonly kind: CoreKind;
  readonly accessors: Accessor[];
  /** All steps, those through anonymous members too. */
  readonly raw: number[];
  bitOffset: number;
}

/** Longest path (`BPF_CORE_SPEC_MAX_LEN`). */
const MAX_STEPS = 64;

/** Name of a relocation kind as libbpf prints it. */
export function coreKindName(kind: CoreKind): string {
  return KIND_NAMES[kind] ?? 'unknown';
}

/** True for relocations about a field of a struct. */
export function isFieldKind(kind: CoreKind): boolean {
  return kind <= CoreKind.FIELD_RSHIFT_U64;
}

/** True for relocations about a whole type. */
export function isTypeKind(kind: CoreKind): boolean {
  return (kind >= CoreKind.TYPE_ID_LOCAL && kind <= CoreKind.TYPE_SIZE) || kind === CoreKind.TYPE_MATCHES;
}

/** True for relocations about an enumerator. */
export function isEnumKind(kind: CoreKind): boolean {
  return kind === CoreKind.ENUMVAL_EXISTS || kind === CoreKind.ENUMVAL_VALUE;
}

function newSpec(btf: Btf, root: number, kind: CoreKind): Spec {
  return { btf, root, kind, accessors: [], raw: [], bitOffset: 0 };
}

/** A flexible array: the last member of a struct, without elements. */
function isFlexible(btf: Btf, previous: Accessor | undefined, elements: number): boolean {
  if (previous === undefined || previous.name === null || elements > 0) {
    return false;
  }
  const struct = btf.type(previous.typeId);
  return struct !== undefined && isComposite(struct) && previous.index === struct.members.length - 1;
}

/** Reads the path that a relocation gives. Throws {@link LoadFailure} if it leads nowhere. */
export function parseSpec(btf: Btf, relo: CoreRelo): Spec {
  const fail = (): never => {
    throw new LoadFailure(`parsing [${relo.typeId}] ${btf.type(relo.typeId)?.name || '<anon>'} + ${relo.access} failed`);
  };
  const spec = newSpec(btf, relo.typeId, relo.kind);
  if (isTypeKind(relo.kind)) {
    return relo.access === '0' ? spec : fail();
  }
  if (!/^\d{1,9}(:\d{1,9})*$/.test(relo.access)) {
    return fail();
  }
  spec.raw.push(...relo.access.split(':').map(Number));
  if (spec.raw.length > MAX_STEPS) {
    return fail();
  }
  const first = spec.raw[0]!;
  let id = skipModifiers(btf, relo.typeId);
  const root = btf.type(id);
  if (isEnumKind(relo.kind)) {
    const value = root !== undefined && isAnyEnum(root) && spec.raw.length === 1 ? root.values[first] : undefined;
    if (value === undefined) {
      return fail();
    }
    spec.accessors.push({ typeId: id, index: first, name: value.name });
    return spec;
  }
  if (!isFieldKind(relo.kind)) {
    return fail();
  }
  spec.accessors.push({ typeId: id, index: first, name: null });
  spec.bitOffset = first * (resolveSize(btf, id) ?? fail()) * 8;
  for (const index of spec.raw.slice(1)) {
    id = skipModifiers(btf, id);
    const type = btf.type(id);
    if (type !== undefined && isComposite(type)) {
      const member = type.members[index] ?? fail();
      spec.bitOffset += member.bitOffset;
      if (member.name !== '') {
        spec.accessors.push({ typeId: id, index, name: member.name });
      }
      id = member.type;
    } else if (type?.kind === Kind.ARRAY) {
      id = skipModifiers(btf, type.type);
      if (index >= type.nelems && !isFlexible(btf, spec.accessors.at(-1), type.nelems)) {
        return fail();
      }
      spec.accessors.push({ typeId: id, index, name: null });
      spec.bitOffset += index * (resolveSize(btf, id) ?? fail()) * 8;
    } else {
      return fail();
    }
  }
  return spec;
}

/** Finds the path of `local` under another root type. Null if there is none. */
export function matchSpec(local: Spec, btf: Btf, root: number): Spec | null {
  const spec = newSpec(btf, root, local.kind);
  if (isTypeKind(local.kind)) {
    const alike = local.kind === CoreKind.TYPE_MATCHES ? typesMatch : typesCompatible;
    return alike({ btf: local.btf, id: local.root }, { btf, id: root }) ? spec : null;
  }
  if (isEnumKind(local.kind)) {
    return matchEnumerator(local, spec);
  }
  let id = root;
  for (const [step, accessor] of local.accessors.entries()) {
    id = skipModifiers(btf, id);
    if (accessor.name !== null) {
      const next = matchMember(local.btf, accessor, spec, id);
      if (next === null) {
        return null;
      }
      id = next;
      continue;
    }
    if (step > 0) {
      const array = btf.type(id);
      if (array?.kind !== Kind.ARRAY) {
        return null;
      }
      if (accessor.index >= array.nelems && !isFlexible(btf, spec.accessors.at(-1), array.nelems)) {
        return null;
      }
      id = skipModifiers(btf, array.type);
    }
    if (spec.raw.length === MAX_STEPS) {
      throw new LoadFailure('error matching candidate: nested too deep');
    }
    const size = resolveSize(btf, id);
    if (size === null) {
      throw new LoadFailure(`error matching candidate: type [${id}] has no size`);
    }
    spec.accessors.push({ typeId: id, index: accessor.index, name: null });
    spec.raw.push(accessor.index);
    spec.bitOffset += accessor.index * size * 8;
  }
  return spec;
}

function matchEnumerator(local: Spec, spec: Spec): Spec | null {
  const id = skipModifiers(spec.btf, spec.root);
  const type = spec.btf.type(id);
  if (type === undefined || !isAnyEnum(type)) {
    return null;
  }
  const wanted = essentialName(local.accessors[0]!.name!);
  const index = type.values.findIndex((value) => essentialName(value.name) === wanted);
  if (index < 0) {
    return null;
  }
  spec.accessors.push({ typeId: id, index, name: type.values[index]!.name });
  spec.raw.push(index);
  return spec;
}

/** Looks for a named member, through anonymous members too; returns its type or null. */
function matchMember(localBtf: Btf, local: Accessor, spec: Spec, root: number): number | null {
  const id = skipModifiers(spec.btf, root);
  const type = spec.btf.type(id);
  if (type === undefined || !isComposite(type)) {
    return null;
  }
  const struct = localBtf.type(local.typeId)!;
  const localMember = isComposite(struct) ? struct.members[local.index]! : undefined;
  for (const [index, member] of type.members.entries()) {
    if (spec.raw.length === MAX_STEPS) {
      throw new LoadFailure('error matching candidate: nested too deep');
    }
    spec.bitOffset += member.bitOffset;
    spec.raw.push(index);
    if (member.name === '') {
      const found = matchMember(localBtf, local, spec, member.type);
      if (found !== null) {
        return found;
      }
    } else if (member.name === local.name) {
      if (!fieldsCompatible({ btf: localBtf, id: localMember!.type }, { btf: spec.btf, id: member.type })) {
        return null;
      }
      spec.accessors.push({ typeId: id, index, name: member.name });
      return member.type;
    }
    spec.bitOffset -= member.bitOffset;
    spec.raw.pop();
  }
  return null;
}

const KINDS = [
  'void',
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'fwd',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'datasec',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
];

/** What a relocation is about: `struct`, `task_struct`, `cpus_ptr.bits[0]` ('' for the type itself, the value's name for an enum). */
export interface Subject {
  readonly keyword: string;
  readonly type: string;
  readonly member: string;
  /** The steps of `member`: names, and indices in arrays; empty for the type itself. */
  readonly path: readonly (string | number)[];
}

/** The subject of a path. */
export function subjectOf(spec: Spec): Subject {
  const type: BtfType | undefined = spec.btf.type(spec.root);
  const base = { keyword: KINDS[type?.kind ?? 0] ?? 'type', type: type?.name ?? '' };
  if (isEnumKind(spec.kind)) {
    const target = spec.btf.type(skipModifiers(spec.btf, spec.root));
    const member = target !== undefined && isAnyEnum(target) ? (target.values[spec.raw[0]!]?.name ?? '') : '';
    return { ...base, member, path: member === '' ? [] : [member] };
  }
  if (!isFieldKind(spec.kind)) return { ...base, member: '', path: [] };
  const path = spec.accessors.flatMap(({ name, index }, i): (string | number)[] =>
    name !== null ? [name] : i > 0 || index > 0 ? [index] : [],
  );
  return { ...base, member: path.map((s, i) => (typeof s === 'number' ? `[${s}]` : i > 0 ? `.${s}` : s)).join(''), path };
}

/** Describes a path as libbpf does: `<byte_off> [7] struct task_struct.pid (0:42 @ offset 1256)`. */
export function formatSpec(spec: Spec): string {
  const type: BtfType | undefined = spec.btf.type(spec.root);
  let text = `<${coreKindName(spec.kind)}> [${spec.root}] ${KINDS[type?.kind ?? 0] ?? 'unknown'} ${type?.name || '<anon>'}`;
  if (isEnumKind(spec.kind)) {
    const target = spec.btf.type(skipModifiers(spec.btf, spec.root));
    const value = target !== undefined && isAnyEnum(target) ? target.values[spec.raw[0]!] : undefined;
    return value === undefined ? text : `${text}::${value.name} = ${value.value}`;
  }
  if (isFieldKind(spec.kind)) {
    spec.accessors.forEach((accessor, index) => {
      if (accessor.name !== null) {
        text += `.${accessor.name}`;
      } else if (index > 0 || accessor.index > 0) {
        text += `[${accessor.index}]`;
      }
    });
    const bits = spec.bitOffset % 8;
    text += ` (${spec.raw.join(':')} @ offset ${Math.floor(spec.bitOffset / 8)}${bits === 0 ? '' : `.${bits}`})`;
  }
  return text;
}
