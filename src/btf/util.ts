// SPDX-License-Identifier: GPL-2.0-only
/** Walking over BTF: modifiers, sizes, members, names. Nothing here changes a BTF. */
import { BtfError } from './error';
import { IntEncoding, Kind, type Btf, type BtfMember, type BtfOf, type BtfType } from './types';

/** Longest chain of modifiers, arrays and typedefs that is followed (`MAX_RESOLVE_DEPTH`). */
export const MAX_RESOLVE_DEPTH = 32;
/** Bytes of a pointer in BPF programs and in the kernel. */
export const POINTER_BYTES = 8;
const U32_MAX = 0xffffffff;
/** Chains longer than this can only be cycles; the walk stops with {@link BtfError}. */
const MAX_CHAIN = 1024;

/** A type that another type gives a name or quality to without a size of its own. */
export type ModifierType = BtfOf<Kind.TYPEDEF> | BtfOf<Kind.VOLATILE> | BtfOf<Kind.CONST> | BtfOf<Kind.RESTRICT> | BtfOf<Kind.TYPE_TAG>;
/** Struct or union. */
export type CompositeType = BtfOf<Kind.STRUCT> | BtfOf<Kind.UNION>;
/** 32- or 64-bit enum. */
export type EnumType = BtfOf<Kind.ENUM> | BtfOf<Kind.ENUM64>;

/** Typedef, qualifier or type tag (`kernel/bpf/btf.c: btf_type_is_modifier`). */
export function isModifier(type: BtfType): type is ModifierType {
  return type.kind === Kind.TYPEDEF || isQualifier(type);
}

/** `const`, `volatile`, `restrict` or a type tag: a modifier but for typedefs (libbpf's `btf_is_mod`). */
export function isQualifier(type: BtfType): type is Exclude<ModifierType, BtfOf<Kind.TYPEDEF>> {
  return type.kind === Kind.VOLATILE || type.kind === Kind.CONST || type.kind === Kind.RESTRICT || type.kind === Kind.TYPE_TAG;
}

/** Struct or union (`btf_type_is_struct`). */
export function isComposite(type: BtfType): type is CompositeType {
  return type.kind === Kind.STRUCT || type.kind === Kind.UNION;
}

/** 32- or 64-bit enum (`btf_is_any_enum`). */
export function isAnyEnum(type: BtfType): type is EnumType {
  return type.kind === Kind.ENUM || type.kind === Kind.ENUM64;
}

/** Integer or 32-bit enum (`btf_type_is_scalar`). */
export function isScalar(type: BtfType): boolean {
  return type.kind === Kind.INT || type.kind === Kind.ENUM;
}

/** Integer of at most 8 bytes (`btf_type_is_small_int`). */
export function isSmallInt(type: BtfType): type is BtfOf<Kind.INT> {
  return type.kind === Kind.INT && type.size <= 8;
}

/** Signed integer (`btf_type_is_signed_int`). */
export function isSignedInt(type: BtfType): boolean {
  return type.kind === Kind.INT && (type.encoding & IntEncoding.SIGNED) !== 0;
}

/** Follows all modifiers including typedefs; returns the id that they end at (`btf_type_skip_modifiers`). */
export function skipModifiers(btf: Btf, id: number): number {
  let at = id;
  for (let depth = 0; depth < MAX_CHAIN; depth += 1) {
    const type = btf.type(at);
    if (type === undefined || !isModifier(type)) {
      return at;
    }
    at = type.type;
  }
  throw new BtfError('cycle of modifiers', btf.name, id, -1);
}

/** True if the type is an array after modifiers. */
export function isArrayType(btf: Btf, id: number): boolean {
  return skipModsAndTypedefs(btf, id)?.kind === Kind.ARRAY;
}

/** As {@link skipModifiers}, returning the type; undefined if the id is out of range. */
export function skipModsAndTypedefs(btf: Btf, id: number): BtfType | undefined {
  return btf.type(skipModifiers(btf, id));
}

/** Follows qualifiers and type tags but no typedefs (`btf_type_skip_qualifiers`). */
export function skipMods(btf: Btf, id: number): BtfType | undefined {
  let type = btf.type(id);
  for (let depth = 0; type !== undefined && isQualifier(type); depth += 1) {
    if (depth > MAX_CHAIN) {
      throw new BtfError('cycle of modifiers', btf.name, id, -1);
    }
    type = btf.type(type.type);
  }
  return type;
}

/** The id that a pointer points to after modifiers on both sides (`btf_type_resolve_ptr`); null if the type is no pointer. */
export function resolvePtr(btf: Btf, id: number): number | null {
  const type = skipModsAndTypedefs(btf, id);
  return type?.kind === Kind.PTR ? skipModifiers(btf, type.type) : null;
}

/** The prototype that a function pointer points to (`btf_type_resolve_func_ptr`), or null. */
export function resolveFuncPtr(btf: Btf, id: number): BtfOf<Kind.FUNC_PROTO> | null {
  const target = resolvePtr(btf, id);
  const type = target === null ? undefined : btf.type(target);
  return type?.kind === Kind.FUNC_PROTO ? type : null;
}

/** What {@link resolveElements} finds under modifiers and arrays. */
export interface ResolvedSize {
  /** Bytes of the whole type. */
  readonly size: number;
  /** Product of the array dimensions, 1 without array. */
  readonly nelems: number;
  /** Type under all arrays and modifiers, and its id. */
  readonly elem: BtfType;
  readonly elemId: number;
}

/**
 * Size of a type with arrays multiplied out. Null for a type without size, for cycles and nesting deeper than
 * {@link MAX_RESOLVE_DEPTH}, and when the size overflows 32 bits (`kernel/bpf/btf.c: __btf_resolve_size`).
 */
export function resolveElements(btf: Btf, id: number): ResolvedSize | null {
  let nelems = 1;
  let at = id;
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth += 1) {
    const type = btf.type(at);
    if (type === undefined) {
      return null;
    }
    switch (type.kind) {
      case Kind.INT:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FLOAT:
        return sized(type.size, nelems, type, at);
      case Kind.PTR:
        return sized(POINTER_BYTES, nelems, type, at);
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        at = type.type;
        break;
      case Kind.ARRAY:
        nelems *= type.nelems;
        if (nelems > U32_MAX) {
          return null;
        }
        at = type.type;
        break;
      default:
        return null;
    }
  }
  return null;
}

function sized(size: number, nelems: number, elem: BtfType, elemId: number): ResolvedSize | null {
  return nelems * size > U32_MAX ? null : { size: nelems * size, nelems, elem, elemId };
}

/** Bytes of a type, null when it has no size (see {@link resolveElements}). */
export function resolveSize(btf: Btf, id: number): number | null {
  return resolveElements(btf, id)?.size ?? null;
}

/**
 * Natural alignment in bytes; 1 for a packed struct, 0 for a type without alignment or nested too deep
 * (`tools/lib/bpf/btf.c: btf__align_of`).
 */
export function alignOf(btf: Btf, id: number, depth = 0): number {
  const type = btf.type(id);
  if (type === undefined || depth > MAX_RESOLVE_DEPTH) {
    return 0;
  }
  switch (type.kind) {
    case Kind.INT:
    case Kind.ENUM:
    case Kind.ENUM64:
    case Kind.FLOAT:
      return Math.min(POINTER_BYTES, type.size);
    case Kind.PTR:
      return POINTER_BYTES;
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.TYPE_TAG:
    case Kind.ARRAY:
      return alignOf(btf, type.type, depth + 1);
    case Kind.STRUCT:
    case Kind.UNION: {
      let max = 1;
      for (const member of type.members) {
        const align = alignOf(btf, member.type, depth + 1);
        if (align <= 0) {
          return 0;
        }
        max = Math.max(max, align);
        if (member.bitfieldSize === 0 && member.bitOffset % (8 * align) !== 0) {
          return 1;
        }
      }
      return type.size % max === 0 ? max : 1;
    }
    default:
      return 0;
  }
}

/** Bytes of the struct or union under modifiers, null for other types. */
export function structSize(btf: Btf, id: number): number | null {
  const type = skipModsAndTypedefs(btf, id);
  return type !== undefined && isComposite(type) ? type.size : null;
}

/** A member found by {@link memberByPath}. */
export interface FoundMember {
  readonly member: BtfMember;
  /** Bits from the start of the outermost type. */
  readonly bitOffset: number;
}

/**
 * Finds a member by dotted path (`a.b.c`) from a struct or union (modifiers are skipped at each step); members of
 * anonymous inner structs and unions count as members of the outer one. Null if there is none.
 */
export function memberByPath(btf: Btf, id: number, path: string): FoundMember | null {
  let at = id;
  let bits = 0;
  let found: FoundMember | null = null;
  const budget = { left: MAX_VISITS };
  for (const name of path.split('.')) {
    found = findMember(btf, at, name, bits, budget);
    if (found === null) {
      return null;
    }
    at = found.member.type;
    bits = found.bitOffset;
  }
  return found;
}

/** What is left of the visits that a search may make; types that contain each other often would take forever. */
interface Budget {
  left: number;
}

const MAX_VISITS = 10_000;
/** Structs in each other; the kernel refuses deeper ones (`kernel/bpf/btf.c: MAX_RESOLVE_DEPTH`). */
const MAX_DEPTH = 32;

function findMember(btf: Btf, id: number, name: string, bits: number, budget: Budget, depth = 0): FoundMember | null {
  const type = skipModsAndTypedefs(btf, id);
  budget.left -= 1;
  if (type === undefined || !isComposite(type) || budget.left < 0 || depth > MAX_DEPTH) {
    return null;
  }
  for (const member of type.members) {
    if (member.name === name) return { member, bitOffset: bits + member.bitOffset };
    if (member.name === '') {
      const inner = findMember(btf, member.type, name, bits + member.bitOffset, budget, depth + 1);
      if (inner !== null) {
        return inner;
      }
    }
  }
  return null;
}

const KIND_NAMES = [
  'UNKNOWN',
  'INT',
  'PTR',
  'ARRAY',
  'STRUCT',
  'UNION',
  'ENUM',
  'FWD',
  'TYPEDEF',
  'VOLATILE',
  'CONST',
  'RESTRICT',
  'FUNC',
  'FUNC_PROTO',
  'VAR',
  'DATASEC',
  'FLOAT',
  'DECL_TAG',
  'TYPE_TAG',
  'ENUM64',
];

/** Name of a kind as verifier messages spell it, e.g. `STRUCT` (`btf_type_str`). */
export function kindName(kind: Kind): string {
  return KIND_NAMES[kind] ?? 'UNKNOWN';
}

/** Name of a type in messages: `(anon)` for an anonymous one (`__btf_name_by_offset`). */
export function nameOrAnon(type: { readonly name: string }): string {
  return type.name === '' ? '(anon)' : type.name;
}

/** C spelling of a type, for people: `const struct file *`, `int (*)(void *)`, `u8[16]`. Cycles end in `...`. */
export function typeName(btf: Btf, id: number): string {
  return spell(btf, id, '', { left: MAX_SPELLED }).trim();
}

/** Most types that one spelling goes through. */
const MAX_SPELLED = 100;

function spell(btf: Btf, id: number, inner: string, budget: Budget): string {
  const type = btf.type(id);
  budget.left -= 1;
  if (type === undefined || budget.left < 0) {
    return `... ${inner}`;
  }
  const plain = (text: string): string => (inner === '' || inner.startsWith('[') ? `${text}${inner}` : `${text} ${inner}`);
  switch (type.kind) {
    case Kind.VOID:
      return plain('void');
    case Kind.PTR: {
      const target = skipMods(btf, type.type);
      const wrap = target?.kind === Kind.FUNC_PROTO || target?.kind === Kind.ARRAY;
      return spell(btf, type.type, wrap ? `(*${inner})` : `*${inner}`, budget);
    }
    case Kind.CONST:
    case Kind.VOLATILE:
    case Kind.RESTRICT: {
      const word = type.kind === Kind.CONST ? 'const' : type.kind === Kind.VOLATILE ? 'volatile' : 'restrict';
      const target = skipMods(btf, type.type);
      if (target?.kind === Kind.PTR) {
        return spell(btf, type.type, inner === '' ? ` ${word}` : ` ${word} ${inner}`, budget);
      }
      return `${word} ${spell(btf, type.type, inner, budget)}`;
    }
    case Kind.TYPE_TAG:
      return spell(btf, type.type, inner, budget);
    case Kind.ARRAY:
      return spell(btf, type.type, `${inner}[${type.nelems}]`, budget);
    case Kind.FUNC_PROTO: {
      const params = type.params.map((param, index) =>
        param.type === 0 && param.name === '' && index === type.params.length - 1 ? '...' : spell(btf, param.type, '', budget).trim(),
      );
      return spell(btf, type.ret, `${inner}(${params.length === 0 ? 'void' : params.join(', ')})`, budget);
    }
    case Kind.STRUCT:
      return plain(`struct ${nameOrAnon(type)}`);
    case Kind.UNION:
      return plain(`union ${nameOrAnon(type)}`);
    case Kind.ENUM:
    case Kind.ENUM64:
      return plain(`enum ${nameOrAnon(type)}`);
    case Kind.FWD:
      return plain(`${type.union ? 'union' : 'struct'} ${nameOrAnon(type)}`);
    case Kind.FUNC:
    case Kind.VAR:
      return spell(btf, type.type, type.name + inner, budget);
    default:
      return plain(nameOrAnon(type));
  }
}

/** Longest nesting of pointers, arrays and typedefs that {@link showName} follows (`BTF_SHOW_MAX_ITER`). */
const SHOW_MAX_ITER = 10;

/**
 * Type name as the kernel's BTF printing shows it, without the member prefix: `(struct foo){`, `(int *)`, `(u8[])[`.
 * Source: `kernel/bpf/btf.c: btf_show_name`.
 */
export function showName(btf: Btf, id: number): string {
  let name: string | null = null;
  let stars = '';
  let brackets = '';
  let typedef = false;
  let type = btf.type(id);
  let depth = 0;
  for (; depth < SHOW_MAX_ITER; depth += 1) {
    if (type === undefined) {
      return '';
    }
    if (type.kind === Kind.TYPEDEF) {
      name ??= type.name;
      typedef = true;
    } else if (type.kind === Kind.ARRAY) {
      brackets += '[]';
    } else if (type.kind === Kind.PTR) {
      stars += '*';
    } else {
      break;
    }
    const target: number = type.type;
    type = skipMods(btf, target);
    if (target === 0) {
      break;
    }
  }
  if (depth === SHOW_MAX_ITER || type === undefined) {
    return '';
  }
  name ??= type.kind === Kind.VOID ? 'void' : type.name;
  let prefix = '';
  let parens = brackets === '' ? '' : '[';
  if (isComposite(type)) {
    prefix = type.kind === Kind.STRUCT ? 'struct' : 'union';
    parens ||= '{';
  } else if (isAnyEnum(type)) {
    prefix = 'enum';
  }
  if (stars !== '') {
    parens = '';
  }
  if (typedef) {
    prefix = '';
  }
  return `(${prefix}${prefix !== '' && name !== '' ? ' ' : ''}${name}${stars === '' ? '' : ' '}${stars}${brackets})${parens}`;
}
