// SPDX-License-Identifier: GPL-2.0-only
/** Whether a type of the object and one of the kernel are alike. Rules: `tools/lib/bpf/relo_core.c`. */
import { IntEncoding, Kind, type Btf, type BtfOf, type BtfType } from '../../btf/types';
import { isAnyEnum, isComposite, skipModifiers, type EnumType } from '../../btf/util';
import { LoadFailure } from '../failure';
import { essentialName, kindsCompatible } from './names';

const MAX_DEPTH = 32;

/** A type in a BTF. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

function resolve({ btf, id }: TypeRef): BtfType {
  const type = btf.type(skipModifiers(btf, id));
  if (type === undefined) {
    throw new LoadFailure(`type [${id}] does not exist`);
  }
  return type;
}

function plainInt(type: BtfType): boolean {
  return type.kind === Kind.INT && type.bitOffset === 0;
}

/** Compatibility for type-based relocations and typed ksyms: kinds agree, names and sizes do not matter. */
export function typesCompatible(local: TypeRef, target: TypeRef, level = MAX_DEPTH): boolean {
  const first = local.btf.type(local.id);
  const second = target.btf.type(target.id);
  if (first === undefined || second === undefined || !kindsCompatible(first, second)) {
    return false;
  }
  let from = local;
  let to = target;
  for (let depth = MAX_DEPTH; depth > 0; depth -= 1) {
    const a = resolve(from);
    const b = resolve(to);
    if (!kindsCompatible(a, b)) {
      return false;
    }
    switch (a.kind) {
      case Kind.VOID:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FWD:
        return true;
      case Kind.INT:
        return plainInt(a) && plainInt(b);
      case Kind.PTR:
      case Kind.ARRAY:
        from = { btf: local.btf, id: a.type };
        to = { btf: target.btf, id: (b as typeof a).type };
        break;
      case Kind.FUNC_PROTO: {
        const other = b as typeof a;
        if (a.params.length !== other.params.length) {
          return false;
        }
        for (const [index, param] of a.params.entries()) {
          if (level <= 0) {
            throw new LoadFailure('function prototypes are nested too deep');
          }
          const localParam = { btf: local.btf, id: skipModifiers(local.btf, param.type) };
          const targetParam = { btf: target.btf, id: skipModifiers(target.btf, other.params[index]!.type) };
          if (!typesCompatible(localParam, targetParam, level - 1)) {
            return false;
          }
        }
        from = { btf: local.btf, id: a.ret };
        to = { btf: target.btf, id: other.ret };
        break;
      }
      default:
        return false;
    }
  }
  throw new LoadFailure('types are nested too deep');
}

/** Compatibility of a field: any struct with any struct, any pointer with any pointer, enums by name, arrays by element. */
export function fieldsCompatible(local: TypeRef, target: TypeRef): boolean {
  let from = local;
  let to = target;
  for (let depth = 0; depth < MAX_DEPTH * MAX_DEPTH; depth += 1) {
    const a = resolve(from);
    const b = resolve(to);
    if (isComposite(a) && isComposite(b)) {
      return true;
    }
    if (!kindsCompatible(a, b)) {
      return false;
    }
    switch (a.kind) {
      case Kind.PTR:
      case Kind.FLOAT:
        return true;
      case Kind.FWD:
      case Kind.ENUM:
      case Kind.ENUM64:
        return a.name === '' || b.name === '' || essentialName(a.name) === essentialName(b.name);
      case Kind.INT:
        return plainInt(a) && plainInt(b);
      case Kind.ARRAY:
        from = { btf: local.btf, id: a.type };
        to = { btf: target.btf, id: (b as typeof a).type };
        break;
      default:
        return false;
    }
  }
  throw new LoadFailure('arrays are nested too deep');
}

function namesMatch(local: string, target: string): boolean {
  return target === '' ? local === '' : essentialName(local) === essentialName(target);
}

function forwardMatches(type: BtfType, forward: BtfOf<Kind.FWD>): boolean {
  return type.kind === (forward.union ? Kind.UNION : Kind.STRUCT);
}

/** Match for `bpf_core_type_matches`: everything that the local type has, the target has under the same name and with the same size. */
export function typesMatch(local: TypeRef, target: TypeRef, isBehindPointer = false, level = MAX_DEPTH): boolean {
  if (level <= 0) {
    throw new LoadFailure('types are nested too deep');
  }
  let behindPointer = isBehindPointer;
  let from = local;
  let to = target;
  for (let depth = MAX_DEPTH; depth > 0; depth -= 1) {
    const a = resolve(from);
    const b = resolve(to);
    if (!namesMatch(a.name, b.name)) {
      return false;
    }
    switch (a.kind) {
      case Kind.VOID:
        return b.kind === Kind.VOID;
      case Kind.FWD:
        return b.kind === Kind.FWD ? a.union === b.union : behindPointer && forwardMatches(b, a);
      case Kind.ENUM:
      case Kind.ENUM64:
        return isAnyEnum(b) && enumsMatch(a, b);
      case Kind.STRUCT:
      case Kind.UNION:
        if (behindPointer) {
          return a.kind === b.kind || (b.kind === Kind.FWD && forwardMatches(a, b));
        }
        return isComposite(b) && a.kind === b.kind && membersMatch(local.btf, a, target.btf, b, level);
      case Kind.INT:
        return b.kind === Kind.INT && a.size === b.size && ((a.encoding ^ b.encoding) & IntEncoding.SIGNED) === 0;
      case Kind.PTR:
        if (b.kind !== Kind.PTR) {
          return false;
        }
        behindPointer = true;
        from = { btf: local.btf, id: a.type };
        to = { btf: target.btf, id: b.type };
        break;
      case Kind.ARRAY:
        if (b.kind !== Kind.ARRAY || a.nelems !== b.nelems) {
          return false;
        }
        from = { btf: local.btf, id: a.type };
        to = { btf: target.btf, id: b.type };
        break;
      case Kind.FUNC_PROTO: {
        if (b.kind !== Kind.FUNC_PROTO || a.params.length !== b.params.length) {
          return false;
        }
        for (const [index, param] of a.params.entries()) {
          const other = { btf: target.btf, id: b.params[index]!.type };
          if (!typesMatch({ btf: local.btf, id: param.type }, other, behindPointer, level - 1)) {
            return false;
          }
        }
        from = { btf: local.btf, id: a.ret };
        to = { btf: target.btf, id: b.ret };
        break;
      }
      default:
        return false;
    }
  }
  throw new LoadFailure('types are nested too deep');
}

function enumsMatch(local: EnumType, target: EnumType): boolean {
  return (
    local.size === target.size &&
    local.values.length <= target.values.length &&
    local.values.every((value) => target.values.some((other) => namesMatch(value.name, other.name)))
  );
}

function membersMatch(
  localBtf: Btf,
  local: BtfOf<Kind.STRUCT> | BtfOf<Kind.UNION>,
  targetBtf: Btf,
  target: BtfOf<Kind.STRUCT> | BtfOf<Kind.UNION>,
  level: number,
): boolean {
  return (
    local.members.length <= target.members.length &&
    local.members.every((member) =>
      target.members.some(
        (other) =>
          namesMatch(member.name, other.name) &&
          typesMatch({ btf: localBtf, id: member.type }, { btf: targetBtf, id: other.type }, false, level - 1),
      ),
    )
  );
}
