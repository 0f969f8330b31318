// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether two files mean the same by a global function, variable or map.
 * Rules: `tools/lib/bpf/linker.c: glob_sym_btf_matches, map_defs_match`.
 */
import { Kind, Linkage, type Btf, type BtfType } from '../../btf/types';
import { skipModsAndTypedefs } from '../../btf/util';
import { parseMapDefinition, type MapAttributes } from '../mapdef';

/** A type in one of the two files. */
export interface Side {
  readonly btf: Btf;
  readonly id: number;
}

const MAX_DEPTH = 256;
/** Comparisons of one symbol before its types count as different. */
const MAX_STEPS = 1_000_000;

const NAMED: ReadonlySet<Kind> = new Set([Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.FWD, Kind.FUNC, Kind.VAR]);

class Differs extends Error {}

function differs(reason: string): never {
  throw new Differs(reason);
}

/** Why two declarations of a global do not fit together, or null if they do. */
export function typeDifference(a: Side, b: Side): string | null {
  try {
    compare(a, b, true, 0, { left: MAX_STEPS });
    return null;
  } catch (error) {
    if (error instanceof Differs) return error.message;
    throw error;
  }
}

function base({ btf, id }: Side): BtfType {
  return skipModsAndTypedefs(btf, id) ?? differs(`type ${id} does not exist`);
}

function compare(a: Side, b: Side, exact: boolean, depth: number, steps: { left: number }): void {
  steps.left -= 1;
  if (depth > MAX_DEPTH || steps.left < 0) differs('types nested too deeply');
  const left = base(a);
  const right = base(b);
  const next = (x: number, y: number, exactly = exact): void => {
    compare({ btf: a.btf, id: x }, { btf: b.btf, id: y }, exactly, depth + 1, steps);
  };
  if (!exact && (left.kind === Kind.FWD) !== (right.kind === Kind.FWD)) {
    compareForward(left, right);
    return;
  }
  if (left.kind !== right.kind) differs(`one is ${describeKind(left)}, the other ${describeKind(right)}`);
  if (NAMED.has(left.kind) && left.name !== right.name) differs(`names '${left.name}' and '${right.name}'`);
  switch (left.kind) {
    case Kind.VOID:
    case Kind.FWD:
      return;
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64: {
      const other = right as typeof left;
      if (left.size !== other.size) differs(`'${left.name}' has ${left.size} bytes in one and ${other.size} in the other`);
      return;
    }
    case Kind.PTR:
      next(left.type, (right as typeof left).type, false);
      return;
    case Kind.ARRAY:
      next(left.type, (right as typeof left).type);
      return;
    case Kind.FUNC:
    case Kind.VAR: {
      const other = right as typeof left;
      if ((left.linkage === Number(Linkage.STATIC)) !== (other.linkage === Number(Linkage.STATIC)))
        differs('one is static, the other is not');
      next(left.type, other.type);
      return;
    }
    case Kind.STRUCT:
    case Kind.UNION: {
      const other = right as typeof left;
      if (!exact) return;
      if (left.members.length !== other.members.length)
        differs(`'${left.name}' has ${left.members.length} and ${other.members.length} members`);
      left.members.forEach((member, index) => {
        const twin = other.members[index]!;
        if (member.name !== twin.name || member.bitOffset !== twin.bitOffset) differs(`member ${index} of '${left.name}' is another one`);
        next(member.type, twin.type);
      });
      return;
    }
    case Kind.FUNC_PROTO: {
      const other = right as typeof left;
      if (left.params.length !== other.params.length) differs(`${left.params.length} and ${other.params.length} parameters`);
      left.params.forEach((param, index) => {
        next(param.type, other.params[index]!.type);
      });
      next(left.ret, other.ret);
      return;
    }
    default:
      differs(`a type of kind ${left.kind}`);
  }
}

/** A struct or union that one side only declares. */
function compareForward(left: BtfType, right: BtfType): void {
  if (left.name !== right.name) differs(`names '${left.name}' and '${right.name}'`);
  const [declared, real] = left.kind === Kind.FWD ? [left, right] : [right, left];
  const wanted = declared.kind === Kind.FWD && declared.union ? Kind.UNION : Kind.STRUCT;
  if (real.kind !== wanted) differs(`'${left.name}' is declared as something else than it is`);
}

function describeKind(type: BtfType): string {
  switch (type.kind) {
    case Kind.INT:
      return 'an integer';
    case Kind.PTR:
      return 'a pointer';
    case Kind.ARRAY:
      return 'an array';
    case Kind.STRUCT:
      return 'a struct';
    case Kind.UNION:
      return 'a union';
    case Kind.ENUM:
    case Kind.ENUM64:
      return 'an enum';
    case Kind.FUNC:
      return 'a function';
    case Kind.VAR:
      return 'a variable';
    case Kind.VOID:
      return 'void';
    default:
      return `a type of kind ${type.kind}`;
  }
}

const COMPARED = ['type', 'keySize', 'valueSize', 'maxEntries', 'flags', 'numaNode', 'pinned'] as const;

/** Why two definitions of a map do not fit together (an extern one must repeat all of the real one), or null. */
export function mapDifference(name: string, a: Side, b: Side): string | null {
  const definition = (side: Side): MapAttributes | null => {
    const variable = side.btf.type(side.id);
    const struct = variable?.kind === Kind.VAR ? skipModsAndTypedefs(side.btf, variable.type) : undefined;
    return struct?.kind === Kind.STRUCT ? parseMapDefinition(side.btf, name, struct) : null;
  };
  const [left, right] = [definition(a), definition(b)];
  return left === null || right === null ? 'not a map definition' : attributesDifference(a.btf, left, b.btf, right);
}

function attributesDifference(leftBtf: Btf, left: MapAttributes, rightBtf: Btf, right: MapAttributes): string | null {
  for (const what of COMPARED) {
    if (left[what] !== right[what]) return `its ${what} differs (${left[what]} and ${right[what]})`;
  }
  for (const what of ['keyType', 'valueType'] as const) {
    if ((left[what] === 0) !== (right[what] === 0)) return `its ${what} differs`;
    const difference = left[what] === 0 ? null : typeDifference({ btf: leftBtf, id: left[what] }, { btf: rightBtf, id: right[what] });
    if (difference !== null) return `its ${what} differs: ${difference}`;
  }
  if ((left.inner === null) !== (right.inner === null)) return 'its inner map differs';
  return left.inner === null ? null : attributesDifference(leftBtf, left.inner, rightBtf, right.inner!);
}
