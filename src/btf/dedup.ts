// SPDX-License-Identifier: GPL-2.0-only
/**
 * One copy of each type where several compilation units were put together, with forward declarations resolved.
 * What counts as the same, and in which order it is found: `tools/lib/bpf/btf.c: btf__dedup` (libbpf 1.8).
 */
import { UNBOUNDED, type Spend } from './budget';
import { BtfError } from './error';
import { mapReferences } from './references';
import { Kind, type BtfOf, type BtfType } from './types';

/** Types compared before a BTF counts as made to exhaust time. */
const MAX_STEPS = 40_000_000;
/** Steps after which the caller is told of them. */
const SPEND_EVERY = 1024;
/** Most types of a chain of references that are followed at once. */
const MAX_DEPTH = 3_000;
/** How far types that one unit has twice are compared (`btf_dedup_identical_types`). */
const IDENTICAL_DEPTH = 16;

/** Pointers and modifiers in a row that are followed there. */
const MAX_CHAIN = 512;

/** What remains. */
export interface Deduplicated {
  /** With new ids, from 1. */
  readonly types: readonly BtfType[];
  /** New id by old id. */
  readonly ids: (old: number) => number;
}

function fail(message: string, type = -1): BtfError {
  return new BtfError(message, 'the linked object', type, -1);
}

type AnyEnum = BtfOf<Kind.ENUM | Kind.ENUM64>;
type Composite = BtfOf<Kind.STRUCT | Kind.UNION>;

function isEnum(type: BtfType): type is AnyEnum {
  return type.kind === Kind.ENUM || type.kind === Kind.ENUM64;
}

function isStruct(type: BtfType): type is Composite {
  return type.kind === Kind.STRUCT || type.kind === Kind.UNION;
}

/** Equal in everything but the types that they refer to. */
function sameShape(a: BtfType, b: BtfType): boolean {
  if (a.kind !== b.kind || a.name !== b.name) return false;
  switch (a.kind) {
    case Kind.INT: {
      const other = b as typeof a;
      return a.size === other.size && a.encoding === other.encoding && a.bits === other.bits && a.bitOffset === other.bitOffset;
    }
    case Kind.FLOAT:
      return a.size === (b as typeof a).size;
    case Kind.FWD:
      return a.union === (b as typeof a).union;
    case Kind.ENUM:
    case Kind.ENUM64: {
      const other = b as AnyEnum;
      return (
        a.size === other.size &&
        a.signed === other.signed &&
        a.values.length === other.values.length &&
        a.values.every((v, i) => v.name === other.values[i]!.name && v.value === other.values[i]!.value)
      );
    }
    case Kind.STRUCT:
    case Kind.UNION: {
      const other = b as Composite;
      return (
        a.size === other.size &&
        a.members.length === other.members.length &&
        a.members.every((m, i) => {
          const n = other.members[i]!;
          return m.name === n.name && m.bitOffset === n.bitOffset && m.bitfieldSize === n.bitfieldSize;
        })
      );
    }
    case Kind.ARRAY:
      return a.nelems === (b as typeof a).nelems;
    case Kind.FUNC:
    case Kind.VAR:
      return a.linkage === (b as typeof a).linkage;
    case Kind.FUNC_PROTO: {
      const other = b as typeof a;
      return a.params.length === other.params.length && a.params.every((p, i) => p.name === other.params[i]!.name);
    }
    case Kind.DECL_TAG:
      return a.componentIdx === (b as typeof a).componentIdx && (a.attribute === true) === ((b as typeof a).attribute === true);
    case Kind.TYPE_TAG:
      return (a.attribute === true) === ((b as typeof a).attribute === true);
    default:
      return true;
  }
}

/** Enums that are equal or of which one is only declared (`btf_compat_enum`). */
function compatibleEnums(a: AnyEnum, b: AnyEnum): boolean {
  return a.values.length > 0 && b.values.length > 0 ? sameShape(a, b) : a.name === b.name;
}

/** Ids that a type refers to, in the order in which they are compared. */
function references(type: BtfType): readonly number[] {
  switch (type.kind) {
    case Kind.ARRAY:
      return [type.indexType, type.type];
    case Kind.STRUCT:
    case Kind.UNION:
      return type.members.map((member) => member.type);
    case Kind.FUNC_PROTO:
      return [type.ret, ...type.params.map((param) => param.type)];
    case Kind.PTR:
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.FUNC:
    case Kind.VAR:
    case Kind.DECL_TAG:
    case Kind.TYPE_TAG:
      return [type.type];
    default:
      return [];
  }
}

/** Deduplicates the types 1… of a BTF. Throws {@link BtfError} for references that make no sense and for what would take too long. */
export function dedup(types: readonly BtfType[], spend: Spend = UNBOUNDED): Deduplicated {
  return new Dedup(types, spend).run();
}

class Dedup {
  /** By id; 0 is void. */
  readonly #types: BtfType[];
  /** What a type turned out to be: another id, its own, or undefined as long as it is open. */
  readonly #map: (number | undefined)[];
  /** Types that stand for others, newest first, by what is hashed of them. */
  readonly #table = new Map<string, number[]>();
  /** Assumed while two graphs are compared: id in the known graph → id in the new one. */
  #assumed = new Map<number, number>();
  readonly #busy = new Set<number>();
  #steps = 0;

  constructor(
    types: readonly BtfType[],
    readonly spend: Spend,
  ) {
    this.#types = [{ id: 0, kind: Kind.VOID, name: '' }, ...types];
    this.#map = this.#types.map((type, id) =>
      type.kind === Kind.VOID || type.kind === Kind.VAR || type.kind === Kind.DATASEC ? id : undefined,
    );
  }

  run(): Deduplicated {
    const ids = Array.from({ length: this.#types.length - 1 }, (_, index) => index + 1);
    for (const id of ids) this.#primitive(id);
    for (const id of ids) this.#structure(id);
    this.#resolveForwards(ids);
    for (const id of ids) this.#reference(id, 0);
    const renumbered = new Map<number, number>([[0, 0]]);
    const kept = ids.filter((id) => this.#map[id] === id);
    kept.forEach((id, index) => renumbered.set(id, index + 1));
    const newId = (old: number): number => renumbered.get(this.#resolve(old)) ?? 0;
    return { types: kept.map((id, index) => ({ ...mapReferences(this.#type(id), newId), id: index + 1 })), ids: newId };
  }

  #type(id: number): BtfType {
    const type = this.#types[id];
    if (type === undefined) throw fail(`a type refers to type ${id}, which there is not`);
    return type;
  }

  #resolve(id: number): number {
    let at = id;
    for (let next = this.#map[at]; next !== undefined && next !== at; next = this.#map[at]) at = next;
    return at;
  }

  #step(): void {
    this.#steps += 1;
    if (this.#steps % SPEND_EVERY === 0) this.spend(SPEND_EVERY);
    if (this.#steps > MAX_STEPS) throw fail('comparing its types takes too long');
  }

  #candidates(key: string): readonly number[] {
    return this.#table.get(key) ?? [];
  }

  /** Settles what a type is; one that stands for itself can stand for others. */
  #settle(id: number, is: number, key: string): void {
    this.#map[id] = is;
    if (is !== id) return;
    const list = this.#table.get(key);
    if (list === undefined) this.#table.set(key, [id]);
    else list.unshift(id);
  }

  #primitive(id: number): void {
    const type = this.#type(id);
    if (type.kind !== Kind.INT && type.kind !== Kind.FLOAT && type.kind !== Kind.FWD && !isEnum(type)) return;
    const key = isEnum(type) ? `enum ${type.name}` : `${type.kind} ${type.name}`;
    let is = id;
    for (const candidate of this.#candidates(key)) {
      this.#step();
      const other = this.#type(candidate);
      const declared = isEnum(type) && isEnum(other) && compatibleEnums(type, other);
      if (sameShape(type, other) || (declared && type.values.length === 0)) {
        is = candidate;
        break;
      }
      if (declared) this.#map[candidate] = id;
    }
    this.#settle(id, is, key);
  }

  #structure(id: number): void {
    const type = this.#type(id);
    if (this.#map[id] !== undefined || (!isStruct(type) && type.kind !== Kind.TYPEDEF)) return;
    const shape = isStruct(type) ? `${type.size} ${type.members.length} ${type.members[0]?.name ?? ''}` : '';
    const key = `${type.kind} ${type.name} ${shape}`;
    let is = id;
    for (const candidate of this.#candidates(key)) {
      if (!sameShape(type, this.#type(candidate))) continue;
      this.#assumed = new Map();
      if (this.#equivalent(id, candidate, 0)) {
        this.#merge();
        is = candidate;
        break;
      }
    }
    this.#settle(id, is, key);
  }

  /** Whether the graph of a new type is that of a known one (`btf_dedup_is_equiv`). */
  #equivalent(candidate: number, canonical: number, depth: number): boolean {
    this.#step();
    if (depth > MAX_DEPTH) throw fail('its types are nested too deeply', candidate);
    if (this.#resolve(candidate) === this.#resolve(canonical)) return true;
    const known = this.#forward(canonical);
    const assumed = this.#assumed.get(known);
    if (assumed !== undefined) return assumed === candidate || this.#identical(assumed, candidate, IDENTICAL_DEPTH);
    this.#assumed.set(known, candidate);
    const a = this.#type(candidate);
    const b = this.#type(known);
    if (a.name !== b.name) return false;
    if (a.kind !== b.kind && (a.kind === Kind.FWD || b.kind === Kind.FWD)) {
      const [declared, real] = a.kind === Kind.FWD ? [a, b] : [b as BtfOf<Kind.FWD>, a];
      return real.kind === (declared.union ? Kind.UNION : Kind.STRUCT);
    }
    if (isEnum(a) && isEnum(b)) return a.kind === b.kind && compatibleEnums(a, b);
    if (!sameShape(a, b)) return false;
    const others = references(b);
    return references(a).every((id, index) => this.#equivalent(id, others[index]!, depth + 1));
  }

  /** A forward declaration that has been resolved counts as what it was resolved to. */
  #forward(id: number): number {
    if (this.#type(id).kind !== Kind.FWD) return id;
    const resolved = this.#resolve(id);
    return this.#type(resolved).kind === Kind.FWD ? id : resolved;
  }

  /** Whether one unit has the same type twice: compared member by member, to a limited depth. */
  #identical(first: number, second: number, depth: number, chain = 0): boolean {
    this.#step();
    if (chain > MAX_CHAIN) return false;
    const a = this.#type(first);
    const b = this.#type(second);
    if (depth <= 0 || a.kind !== b.kind) return false;
    if (isEnum(a) && isEnum(b)) return compatibleEnums(a, b);
    if (!sameShape(a, b)) return false;
    // libbpf compares the elements of an array with themselves
    if (a.kind === Kind.ARRAY) return true;
    const single = !isStruct(a) && a.kind !== Kind.FUNC_PROTO;
    const others = references(b);
    return references(a).every(
      (id, index) => (!single && id === others[index]) || this.#identical(id, others[index]!, single ? depth : depth - 1, chain + 1),
    );
  }

  /** Takes over what was found while comparing: resolved forward declarations, and structs that are known now. */
  #merge(): void {
    for (const [canonical, candidate] of this.#assumed) {
      const mine = this.#resolve(candidate);
      const known = this.#resolve(canonical);
      const forwardMine = this.#type(mine).kind === Kind.FWD;
      const forwardKnown = this.#type(known).kind === Kind.FWD;
      if (!forwardMine && forwardKnown) this.#map[known] = mine;
      if (forwardMine && !forwardKnown) this.#map[mine] = known;
      if (isStruct(this.#type(mine)) && !forwardKnown && this.#map[known] !== undefined && this.#map[mine] === undefined)
        this.#map[mine] = known;
    }
  }

  /** Forward declarations of a name that only one struct or union has. */
  #resolveForwards(ids: readonly number[]): void {
    const byName = new Map<string, number>();
    for (const id of ids) {
      const type = this.#type(id);
      if (isStruct(type) && this.#map[id] === id) byName.set(type.name, byName.has(type.name) ? 0 : id);
    }
    for (const id of ids) {
      const type = this.#type(id);
      if (type.kind !== Kind.FWD || this.#map[id] !== id) continue;
      const only = byName.get(type.name) ?? 0;
      if (only !== 0 && this.#type(only).kind === (type.union ? Kind.UNION : Kind.STRUCT)) this.#map[id] = only;
    }
  }

  /** Everything else: the same when what it refers to is (`btf_dedup_ref_type`). */
  #reference(id: number, depth: number): number {
    if (this.#map[id] !== undefined) return this.#resolve(id);
    if (this.#busy.has(id) || depth > MAX_DEPTH) throw fail('it is part of itself or nested too deeply', id);
    this.#step();
    this.#busy.add(id);
    const type = mapReferences(this.#type(id), (to) => this.#reference(to, depth + 1));
    this.#busy.delete(id);
    this.#types[id] = type;
    const key = `${type.kind} ${type.name} ${references(type).join()}`;
    const is = this.#candidates(key).find((candidate) => sameShape(type, this.#type(candidate)));
    this.#settle(id, is ?? id, key);
    return is ?? id;
  }
}
