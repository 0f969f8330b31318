// SPDX-License-Identifier: GPL-2.0-only
/** Whether a program is still the one that was verified: member by member, so that what is added to a program some day is compared too. */
import { type Btf, type BtfType, Kind } from '../btf/types';
import { isLdImm64 } from '../isa/insn';
import type { LineInfo, MapDef, Program } from '../object/program';

/** `same`: to the last bit; `moved`: but for the lines of the source that its instructions come from. */
export type Likeness = 'same' | 'moved' | 'other';

/** Members that are compared in a way of their own. */
const APART: ReadonlySet<string> = new Set<keyof Program>(['lineInfo', 'sourceLines', 'btf', 'maps']);

function isBtf(value: object): value is Btf {
  return 'idsByName' in value && 'startId' in value;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether plain data is the same: primitives, arrays, maps, bytes and objects of these. BTFs of the kernel are themselves only. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameData(x, b[i]));
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  if (a instanceof Map) return b instanceof Map && a.size === b.size && [...a].every(([key, x]) => b.has(key) && sameData(x, b.get(key)));
  if (a instanceof Set) return b instanceof Set && a.size === b.size && [...a].every((x) => b.has(x));
  if (isBtf(a) || isBtf(b)) return false;
  const [of, to] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(of);
  return keys.length === Object.keys(to).length && keys.every((key) => key in to && sameData(of[key], to[key]));
}

/** Whether all members but some are the same. */
function sameMembers<T extends object>(a: T, b: T, apart: ReadonlySet<string>): boolean {
  const [of, to] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(of), ...Object.keys(to)])].every((key) => apart.has(key) || sameData(of[key], to[key]));
}

/** Types that a type is made of. */
function partsOf(type: BtfType): readonly number[] {
  switch (type.kind) {
    case Kind.ARRAY:
      return [type.type, type.indexType];
    case Kind.STRUCT:
    case Kind.UNION:
      return type.members.map((m) => m.type);
    case Kind.FUNC_PROTO:
      return [type.ret, ...type.params.map((p) => p.type)];
    case Kind.DATASEC:
      return type.vars.map((v) => v.type);
    default:
      return 'type' in type ? [type.type] : [];
  }
}

/** A type without the ids of others. */
function ownPart(type: BtfType): unknown {
  const untyped = (list: readonly { readonly type: number }[]): unknown => list.map((x) => ({ ...x, type: 0 }));
  const own = { ...type, id: 0, type: 0 };
  switch (type.kind) {
    case Kind.ARRAY:
      return { ...own, indexType: 0 };
    case Kind.STRUCT:
    case Kind.UNION:
      return { ...own, members: untyped(type.members) };
    case Kind.FUNC_PROTO:
      return { ...own, ret: 0, params: untyped(type.params) };
    case Kind.DATASEC:
      return { ...own, vars: untyped(type.vars) };
    default:
      return own;
  }
}

/** Whether two types are made in the same way, whatever their ids are. */
function sameShape(a: Btf, idA: number, b: Btf, idB: number): boolean {
  const taken = new Map<number, number>([[idA, idB]]);
  // a map is walked with what is added to it meanwhile
  for (const [from, to] of taken) {
    const [x, y] = [a.type(from), b.type(to)];
    if (x === undefined || y === undefined) {
      if (x !== y) return false;
      continue;
    }
    const [partsX, partsY] = [partsOf(x), partsOf(y)];
    if (partsX.length !== partsY.length || !sameData(ownPart(x), ownPart(y))) return false;
    for (const [i, part] of partsX.entries()) {
      const known = taken.get(part);
      if (known === undefined) taken.set(part, partsY[i]!);
      else if (known !== partsY[i]) return false;
    }
  }
  return true;
}

/**
 * The types of a program's BTF that say something of any program: functions, structures, their tags and all that these are made of. Variables and their
 * sections change with everything that is printed; the verifier meets them as values of maps alone.
 */
function lasting(btf: Btf): Set<number> {
  const isRoot = (id: number): boolean => {
    const type = btf.type(id);
    if (type?.kind === Kind.DECL_TAG) return btf.type(type.type)?.kind !== Kind.VAR;
    return type?.kind === Kind.FUNC || type?.kind === Kind.STRUCT || type?.kind === Kind.UNION;
  };
  const all = new Set<number>();
  for (let id = btf.startId; id < btf.endId; id++) if (isRoot(id)) all.add(id);
  // a set is walked with what is added to it meanwhile
  for (const id of all) {
    const type = btf.type(id);
    if (type !== undefined) for (const part of partsOf(type)) all.add(part);
  }
  return all;
}

function sameLasting(a: Btf, b: Btf): boolean {
  const [idsOfA, idsOfB] = [lasting(a), lasting(b)];
  if (a.name !== b.name || idsOfA.size !== idsOfB.size) return false;
  for (const id of idsOfA) if (!idsOfB.has(id) || !sameData(a.type(id), b.type(id))) return false;
  return true;
}

/** Members of a map that say which types of the program's BTF its keys and values have. */
const TYPED: ReadonlySet<string> = new Set<keyof MapDef>(['btf', 'btfKeyTypeId', 'btfValueTypeId', 'inner']);

/** Whether two maps are the same, types by what they are. */
function sameMap(a: MapDef, b: MapDef): boolean {
  if (!sameMembers(a, b, TYPED)) return false;
  if (a.btf === null || b.btf === null ? a.btf !== b.btf : !sameMapTypes(a, a.btf, b, b.btf)) return false;
  return a.inner === null || b.inner === null ? a.inner === b.inner : sameMap(a.inner, b.inner);
}

function sameMapTypes(a: MapDef, of: Btf, b: MapDef, to: Btf): boolean {
  return sameShape(of, a.btfKeyTypeId, to, b.btfKeyTypeId) && sameShape(of, a.btfValueTypeId, to, b.btfValueTypeId);
}

/** Maps that instructions name: the verifier meets no other. */
function mapsOf({ insns, maps }: Program): readonly MapDef[] {
  const named = new Set(insns.filter((insn) => isLdImm64(insn) && insn.src !== 0).map((insn) => insn.imm));
  return maps.filter((map) => named.has(map.fd));
}

/** Whether line records mean the same to the kernel, which looks at where they stand and whether they have names. */
function sameRecords(a: readonly LineInfo[], b: readonly LineInfo[]): boolean {
  return a.length === b.length && a.every((x, i) => x.insnOff === b[i]!.insnOff && x.nameless === b[i]!.nameless);
}

/** Compares programs of two objects, whose types are looked at once. */
export class ProgramComparer {
  private readonly pairs = new Map<Btf, Map<Btf, boolean>>();

  likeness(a: Program, b: Program): Likeness {
    if (!this.sameButLines(a, b)) return 'other';
    if (sameData(a.lineInfo, b.lineInfo) && sameData(a.sourceLines, b.sourceLines)) return 'same';
    return sameRecords(a.lineInfo, b.lineInfo) ? 'moved' : 'other';
  }

  private sameButLines(a: Program, b: Program): boolean {
    if (!sameMembers(a, b, APART)) return false;
    const [mapsA, mapsB] = [mapsOf(a), mapsOf(b)];
    if (mapsA.length !== mapsB.length || !mapsA.every((map, i) => sameMap(map, mapsB[i]!))) return false;
    return a.btf === null || b.btf === null ? a.btf === b.btf : this.sameBtf(a.btf, b.btf);
  }

  private sameBtf(a: Btf, b: Btf): boolean {
    let of = this.pairs.get(a);
    if (of === undefined) this.pairs.set(a, (of = new Map()));
    let same = of.get(b);
    if (same === undefined) of.set(b, (same = a === b || sameLasting(a, b)));
    return same;
  }
}
