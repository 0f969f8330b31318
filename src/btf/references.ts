// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type BtfType } from './types';

/** The type with every id in it replaced; its own id stays. */
export function mapReferences<T extends BtfType>(type: T, map: (id: number) => number): T;
export function mapReferences(type: BtfType, map: (id: number) => number): BtfType {
  switch (type.kind) {
    case Kind.PTR:
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.FUNC:
    case Kind.VAR:
    case Kind.DECL_TAG:
    case Kind.TYPE_TAG:
      return { ...type, type: map(type.type) };
    case Kind.ARRAY:
      return { ...type, type: map(type.type), indexType: map(type.indexType) };
    case Kind.STRUCT:
    case Kind.UNION:
      return { ...type, members: type.members.map((member) => ({ ...member, type: map(member.type) })) };
    case Kind.FUNC_PROTO:
      return { ...type, ret: map(type.ret), params: type.params.map((param) => ({ ...param, type: map(param.type) })) };
    case Kind.DATASEC:
      return { ...type, vars: type.vars.map((entry) => ({ ...entry, type: map(entry.type) })) };
    default:
      return type;
  }
}
