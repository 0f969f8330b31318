// SPDX-License-Identifier: GPL-2.0-only
/**
 * Finds the special fields of a struct or data section, through nested structs and arrays.
 * Facts: `kernel/bpf/btf.c: btf_find_field` and what it calls.
 */
import { Kind, type Btf, type BtfType } from '../../../btf/types';
import { isModifier } from '../../../btf/util';
import { FieldType } from '../../state/map';
import { SPECIAL_STRUCTS } from './fields';

/** One special field before its details are looked up. */
export interface FoundField {
  readonly type: FieldType;
  /** Bytes from the start. */
  readonly offset: number;
  readonly size: number;
  /** Pointee in the same BTF, for kptrs and uptrs. */
  readonly pointeeId: number;
  /** Contents of a list head or rbtree root. */
  readonly valueId: number;
  readonly nodeName: string;
}

/** BTF that does not describe special fields properly; the map or the type then counts as having none. */
export class FieldError extends Error {}

/** Most special fields of one type (`BTF_FIELDS_MAX`). */
const MAX_FIELDS = 11;
const MAX_DEPTH = 32;
/** What a tag of a pointer says. */
export type PointerTags = ReadonlyMap<string, FieldType>;
/** Tags before pointers without a reference got one of their own (6.1). */
export const FIRST_TAGS: PointerTags = new Map([
  ['kptr', FieldType.KPTR_UNREF],
  ['kptr_ref', FieldType.KPTR_REF],
]);
export const KPTR_TAGS: PointerTags = new Map([
  ['kptr_untrusted', FieldType.KPTR_UNREF],
  ['kptr', FieldType.KPTR_REF],
  ['percpu_kptr', FieldType.KPTR_PERCPU],
  ['uptr', FieldType.UPTR],
]);
const POINTER_FIELDS = FieldType.KPTR | FieldType.UPTR;
const REPEATABLE = POINTER_FIELDS | FieldType.LIST_HEAD | FieldType.RB_ROOT;

/** The tagged pointer that a type is, or null (`btf_find_kptr`). Throws {@link FieldError} for several tags and for no struct. */
export function kptrOf(
  btf: Btf,
  typeId: number,
  mask: number,
  tags: PointerTags = KPTR_TAGS,
): { type: FieldType; pointeeId: number } | null {
  let type = btf.type(typeId);
  if (type?.kind === Kind.VOLATILE) type = btf.type(type.type);
  if (type?.kind !== Kind.PTR) return null;
  let found = 0;
  let id = type.type;
  let target = btf.type(id);
  while (target !== undefined && isModifier(target)) {
    if (target.kind === Kind.TYPE_TAG && target.attribute !== true) found |= tags.get(target.name) ?? 0;
    id = target.type;
    target = btf.type(id);
  }
  if ((found & (found - 1)) !== 0) throw new FieldError('several tags on one pointer');
  if ((found & mask) === 0) return null;
  if (target?.kind !== Kind.STRUCT) throw new FieldError('tagged pointer to something else than a struct');
  return { type: found, pointeeId: id };
}

/** Type and member or variable that a decl tag `contains:STRUCT:NODE` sits on. */
interface Holder {
  readonly id: number;
  readonly component: number;
}

function graphRootOf(btf: Btf, holder: Holder): { valueId: number; nodeName: string } {
  const tags = btf.declTags(holder.id).filter((t) => t.componentIdx === holder.component && t.name.startsWith('contains:'));
  if (tags.length !== 1) throw new FieldError('a list head or rbtree root needs one contains tag');
  const value = tags[0]!.name.slice('contains:'.length);
  const colon = value.indexOf(':');
  if (colon < 0) throw new FieldError('contains tag without node');
  const valueId = btf.findByNameKind(value.slice(0, colon), Kind.STRUCT);
  const nodeName = value.slice(colon + 1);
  if (valueId < 0 || nodeName === '') throw new FieldError('contains tag names nothing');
  return { valueId, nodeName };
}

/**
 * Structs without special fields, by what was looked for: levels of structs within them, themselves included. A struct may be in others
 * many times over; one that has fields cannot, because fields are few.
 */
const barren = new WeakMap<Btf, Map<number, Map<number, number>>>();

function barrenStructs(btf: Btf, mask: number): Map<number, number> {
  let byMask = barren.get(btf);
  if (byMask === undefined) barren.set(btf, (byMask = new Map()));
  let known = byMask.get(mask);
  if (known === undefined) byMask.set(mask, (known = new Map()));
  return known;
}

class Search {
  private seen = 0;
  /** Levels of structs below the one that is looked at. */
  private height = 0;
  private readonly barren: Map<number, number>;

  constructor(
    private readonly btf: Btf,
    private readonly mask: number,
    private readonly tags: PointerTags,
  ) {
    this.barren = barrenStructs(btf, tags === KPTR_TAGS ? mask : ~mask);
  }

  /** Members of a struct, offsets from its start. @param room number of fields that may still be added */
  structFields(type: BtfType & { kind: Kind.STRUCT | Kind.UNION }, room: number, level: number): FoundField[] {
    const above = this.height;
    const known = this.barren.get(type.id);
    if (known !== undefined) {
      if (level + known > MAX_DEPTH) throw new FieldError('structs nested too deeply');
      this.height = Math.max(above, known);
      return [];
    }
    const { seen } = this;
    this.height = 0;
    const found = this.memberFields(type, room, level);
    const height = this.height + 1;
    if (found.length === 0 && seen === this.seen) this.barren.set(type.id, height);
    this.height = Math.max(above, height);
    return found;
  }

  private memberFields(type: BtfType & { kind: Kind.STRUCT | Kind.UNION }, room: number, level: number): FoundField[] {
    const found: FoundField[] = [];
    type.members.forEach((member, component) => {
      if (member.bitOffset % 8 !== 0) throw new FieldError('member not at a byte');
      const holder = { id: type.id, component };
      found.push(...this.one(holder, member.type, member.bitOffset / 8, 0, room - found.length, level));
    });
    return found;
  }

  /** Variables of a data section. */
  sectionFields(type: BtfType & { kind: Kind.DATASEC }, room: number): FoundField[] {
    const found: FoundField[] = [];
    for (const entry of type.vars) {
      const variable = this.btf.type(entry.type);
      if (variable?.kind !== Kind.VAR) continue;
      const holder = { id: variable.id, component: -1 };
      found.push(...this.one(holder, variable.type, entry.offset, entry.size, room - found.length, 0));
    }
    return found;
  }

  /** What one member or variable contributes (`btf_find_field_one`). @param expected bytes of the variable, 0 for a member */
  private one(holder: Holder, typeId: number, offset: number, expected: number, room: number, level: number): FoundField[] {
    let nelems = 1;
    let id = typeId;
    let type = this.btf.type(id);
    for (let depth = 0; type?.kind === Kind.ARRAY; depth++) {
      if (depth === MAX_DEPTH) throw new FieldError('arrays nested too deeply');
      nelems *= type.nelems;
      id = type.type;
      type = this.btf.type(id);
    }
    if (nelems === 0 || type === undefined) return [];

    const special = this.special(type);
    if (special === null && type.kind === Kind.STRUCT) {
      if (expected !== 0 && expected !== type.size * nelems) return [];
      if (level + 1 >= MAX_DEPTH) throw new FieldError('structs nested too deeply');
      const inner = this.structFields(type, room, level + 1).map((f) => ({ ...f, offset: f.offset + offset }));
      return repeat(inner, nelems, type.size, room);
    }
    if (special === null) return [];
    if (expected !== 0 && expected !== special.size * nelems) return [];
    if (offset % special.align !== 0) return [];
    const field = this.detail(holder, type, id, special.type, offset, special.size);
    if (field === null) return [];
    if (room <= 0) throw new FieldError('too many special fields');
    return repeat([field], nelems, special.size, room);
  }

  /** Which special field a type may be, by name or as a pointer (`btf_get_field_type`). */
  private special(type: BtfType): { type: FieldType; size: number; align: number } | null {
    const named = SPECIAL_STRUCTS.find((s) => (this.mask & s.type) !== 0 && s.name === type.name);
    if (named !== undefined) {
      if (named.unique) {
        if ((this.seen & named.type) !== 0) throw new FieldError(`more than one ${named.name}`);
        this.seen |= named.type;
      }
      return named;
    }
    if ((this.mask & POINTER_FIELDS) !== 0 && type.kind !== Kind.STRUCT) return { type: FieldType.KPTR_REF, size: 8, align: 8 };
    return null;
  }

  private detail(holder: Holder, type: BtfType, id: number, field: FieldType, offset: number, size: number): FoundField | null {
    const plain = { type: field, offset, size, pointeeId: 0, valueId: 0, nodeName: '' };
    if ((field & POINTER_FIELDS) !== 0) {
      const kptr = kptrOf(this.btf, id, this.mask, this.tags);
      return kptr === null ? null : { ...plain, ...kptr };
    }
    if (type.kind !== Kind.STRUCT || type.size !== size) return null;
    return (field & FieldType.GRAPH_ROOT) === 0 ? plain : { ...plain, ...graphRootOf(this.btf, holder) };
  }
}

/** The fields of one array element for all elements (`btf_repeat_fields`). */
function repeat(fields: FoundField[], nelems: number, elemSize: number, room: number): FoundField[] {
  if (nelems <= 1 || fields.length === 0) return fields;
  if (fields.some((f) => (f.type & REPEATABLE) === 0)) throw new FieldError('special field in an array');
  if (fields.length * nelems > room) throw new FieldError('too many special fields');
  const all: FoundField[] = [];
  for (let i = 0; i < nelems; i++) all.push(...fields.map((f) => ({ ...f, offset: f.offset + i * elemSize })));
  return all;
}

/** Special fields of a struct or data section, in order of discovery. Throws {@link FieldError}. @param mask `FieldType` bits looked for */
export function findFields(btf: Btf, typeId: number, mask: number, tags: PointerTags = KPTR_TAGS): FoundField[] {
  const type = btf.type(typeId);
  const search = new Search(btf, mask, tags);
  if (type?.kind === Kind.STRUCT) return search.structFields(type, MAX_FIELDS, 0);
  if (type?.kind === Kind.DATASEC) return search.sectionFields(type, MAX_FIELDS);
  throw new FieldError('neither struct nor data section');
}
