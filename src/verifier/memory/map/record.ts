// SPDX-License-Identifier: GPL-2.0-only
/**
 * Special fields of map values and of the program's own structs, as records.
 * Facts: `kernel/bpf/btf.c: btf_parse_fields, btf_parse_struct_metas, btf_check_and_fixup_fields, btf_find_struct_meta`.
 */
import { Kind, type Btf } from '../../../btf/types';
import type { KernelProfile } from '../../../kernel/profile';
import { FieldType, type BtfField, type BtfRecord } from '../../state/map';
import { FieldError, FIRST_TAGS, findFields, KPTR_TAGS, kptrOf, type FoundField } from './find-fields';
import { SPECIAL_STRUCTS } from './fields';

/** `-EINVAL`: offset of a field that is absent. */
const ABSENT = -22;

/** A record whose graph roots are filled in later. */
type OpenRecord = { -readonly [K in keyof BtfRecord]: BtfRecord[K] };

/** First type of that name in the kernel's BTF or that of a module, in order of loading (`bpf_find_btf_id`). */
export function findKernelType(kernel: KernelProfile, name: string, kind: Kind): { btf: Btf; id: number } | null {
  for (const btf of [kernel.btf, ...kernel.modules]) {
    const id = btf.findByNameKind(name, kind);
    if (id > 0) return { btf, id };
  }
  return null;
}

function pointee(kernel: KernelProfile, btf: Btf, found: FoundField): NonNullable<BtfField['kptr']> {
  const type = btf.type(found.pointeeId)!;
  const match = findKernelType(kernel, type.name, type.kind);
  if (match === null && !kernel.features['field.localKptrs']) throw new FieldError(`the kernel has no ${type.name}`);
  if (match === null) return { btf, btfId: found.pointeeId, hasDtor: false };
  const referenced = found.type === FieldType.KPTR_REF;
  if (referenced && !kernel.dtors.has(type.name)) throw new FieldError(`no destructor for ${type.name}`);
  return { btf: match.btf, btfId: match.id, hasDtor: referenced };
}

function graphRoot(btf: Btf, found: FoundField): NonNullable<BtfField['graphRoot']> {
  const nodeType = found.type === FieldType.LIST_HEAD ? 'bpf_list_node' : 'bpf_rb_node';
  const value = btf.type(found.valueId);
  const members = value?.kind === Kind.STRUCT ? value.members.filter((m) => m.name === found.nodeName) : [];
  const member = members[0];
  if (member === undefined || members.length > 1) throw new FieldError('no such node');
  const node = btf.type(member.type);
  const align = SPECIAL_STRUCTS.find((s) => s.name === nodeType)!.align;
  if (node?.kind !== Kind.STRUCT || node.name !== nodeType || member.bitOffset % (8 * align) !== 0) {
    throw new FieldError('node of another type');
  }
  return { btf, valueBtfId: found.valueId, nodeOffset: member.bitOffset / 8, valueRecord: null };
}

/** Offsets of the fields that occur once, by type. */
const ONCE: readonly (readonly [FieldType, 'spinLockOff' | 'resSpinLockOff' | 'timerOff' | 'wqOff' | 'refcountOff' | 'taskWorkOff'])[] = [
  [FieldType.SPIN_LOCK, 'spinLockOff'],
  [FieldType.RES_SPIN_LOCK, 'resSpinLockOff'],
  [FieldType.TIMER, 'timerOff'],
  [FieldType.WORKQUEUE, 'wqOff'],
  [FieldType.REFCOUNT, 'refcountOff'],
  [FieldType.TASK_WORK, 'taskWorkOff'],
];

/** Enumerators of `enum btf_field_type` for what kernels learned one after another. */
const LEARNED: readonly (readonly [string, FieldType])[] = [
  ['BPF_LIST_HEAD', FieldType.LIST_HEAD],
  ['BPF_LIST_NODE', FieldType.LIST_NODE],
  ['BPF_RB_ROOT', FieldType.RB_ROOT],
  ['BPF_RB_NODE', FieldType.RB_NODE],
  ['BPF_REFCOUNT', FieldType.REFCOUNT],
  ['BPF_KPTR_PERCPU', FieldType.KPTR_PERCPU],
  ['BPF_WORKQUEUE', FieldType.WORKQUEUE],
  ['BPF_UPTR', FieldType.UPTR],
  ['BPF_RES_SPIN_LOCK', FieldType.RES_SPIN_LOCK],
  ['BPF_TASK_WORK', FieldType.TASK_WORK],
];
const fieldsOf = new WeakMap<Btf, number>();

/** Kinds of fields that a kernel knows: its type information lists them; before it did there were locks, timers and pointers only. */
function knownFields({ btf, features }: KernelProfile): number {
  let known = fieldsOf.get(btf);
  if (known === undefined) {
    const list = btf.type(btf.findByNameKind('btf_field_type', Kind.ENUM));
    const names = list?.kind === Kind.ENUM ? new Set(list.values.map((v) => v.name)) : null;
    const lacking = LEARNED.filter(([name]) => (names === null ? !features['field.kptrTags'] : !names.has(name)));
    known = lacking.reduce((mask, [, type]) => mask & ~type, ~0);
    fieldsOf.set(btf, known);
  }
  return features['field.uptr'] ? known : known & ~FieldType.UPTR;
}

/**
 * Record of the special fields of a struct or data section; null if it has none. Throws {@link FieldError} where the kernel refuses.
 * @param mask `FieldType` bits that are meaningful there
 */
export function parseRecord(kernel: KernelProfile, btf: Btf, typeId: number, mask: number, valueSize: number): BtfRecord | null {
  const tags = kernel.features['field.kptrTags'] ? KPTR_TAGS : FIRST_TAGS;
  const found = findFields(btf, typeId, mask & knownFields(kernel), tags);
  if (found.length === 0) return null;
  const record: OpenRecord = {
    fields: [],
    fieldMask: 0,
    spinLockOff: ABSENT,
    resSpinLockOff: ABSENT,
    timerOff: ABSENT,
    wqOff: ABSENT,
    refcountOff: ABSENT,
    taskWorkOff: ABSENT,
  };
  const fields: BtfField[] = [];
  let next = 0;
  for (const field of found) {
    if (field.offset + field.size > valueSize) throw new FieldError('field beyond the value');
    if (field.offset < next) throw new FieldError('fields overlap');
    next = field.offset + field.size;
    record.fieldMask |= field.type;
    const once = ONCE.find(([type]) => type === field.type);
    if (once !== undefined) record[once[1]] = field.offset;
    fields.push({
      offset: field.offset,
      size: field.size,
      type: field.type,
      kptr: (field.type & (FieldType.KPTR | FieldType.UPTR)) !== 0 ? pointee(kernel, btf, field) : null,
      graphRoot: (field.type & FieldType.GRAPH_ROOT) !== 0 ? graphRoot(btf, field) : null,
    });
  }
  const locked = record.spinLockOff >= 0 || record.resSpinLockOff >= 0;
  if (record.spinLockOff >= 0 && record.resSpinLockOff >= 0) throw new FieldError('two kinds of lock');
  if ((record.fieldMask & FieldType.GRAPH_ROOT) !== 0 && !locked) throw new FieldError('list or rbtree without lock');
  const both = FieldType.LIST_NODE | FieldType.RB_NODE;
  if (record.refcountOff < 0 && (record.fieldMask & both) === both) throw new FieldError('two nodes without refcount');
  record.fields = fields.sort((a, b) => a.offset - b.offset);
  return record;
}

/** Fields that make a struct of the program interesting, by name of the special struct. */
const OBJECT_STRUCTS = ['bpf_spin_lock', 'bpf_list_head', 'bpf_list_node', 'bpf_rb_root', 'bpf_rb_node', 'bpf_refcount'];
const OBJECT_MASK =
  FieldType.SPIN_LOCK |
  FieldType.RES_SPIN_LOCK |
  FieldType.LIST_HEAD |
  FieldType.LIST_NODE |
  FieldType.RB_ROOT |
  FieldType.RB_NODE |
  FieldType.REFCOUNT |
  FieldType.KPTR;

function isKptr(btf: Btf, id: number): boolean {
  try {
    return kptrOf(btf, id, FieldType.KPTR) !== null;
  } catch (error) {
    if (error instanceof FieldError) return false;
    throw error;
  }
}

/** Links list heads and rbtree roots of a record with the record of what they contain. False if that has none. */
export function linkGraphRoots(record: BtfRecord | null, metas: ReadonlyMap<number, BtfRecord>): boolean {
  for (const field of record?.fields ?? []) {
    if (field.graphRoot === null) continue;
    const value = metas.get(field.graphRoot.valueBtfId);
    if (value === undefined) return false;
    field.graphRoot.valueRecord = value;
  }
  return true;
}

/** Records of all structs of a program's BTF that have special fields, by type id. Throws {@link FieldError} where the kernel refuses the BTF. */
export function parseStructMetas(kernel: KernelProfile, btf: Btf): ReadonlyMap<number, BtfRecord> {
  const metas = new Map<number, BtfRecord>();
  if (!kernel.features['field.localKptrs']) return metas;
  const special = new Set<number>();
  for (const name of OBJECT_STRUCTS) {
    const id = btf.findByNameKind(name, Kind.STRUCT);
    if (id > 0) special.add(id);
  }
  for (let id = 1; id < btf.endId; id++) if (isKptr(btf, id)) special.add(id);
  if (special.size === 0) return metas;
  for (let id = 1; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type?.kind !== Kind.STRUCT || !type.members.some((m) => special.has(m.type))) continue;
    const record = parseRecord(kernel, btf, id, OBJECT_MASK, type.size);
    if (record === null) throw new FieldError('special member without record');
    metas.set(id, record);
  }
  for (const record of metas.values()) {
    if (!linkGraphRoots(record, metas)) throw new FieldError('list or rbtree of plain structs');
  }
  checkOwnership(metas);
  return metas;
}

/** Structs in a row of which each owns objects of the next (`BTF_MAX_OWNERSHIP_DEPTH`). */
const MAX_OWNERSHIP_DEPTH = 8;

/** Structs of the program's own that objects of a struct own, through lists, trees and kptrs (`btf_owned_type_idx`). */
function ownedTypes(record: BtfRecord): number[] {
  return record.fields.flatMap(({ type, graphRoot, kptr }) => {
    if (graphRoot !== null) return [graphRoot.valueBtfId];
    return kptr !== null && !kptr.btf.isKernel && (type === FieldType.KPTR_REF || type === FieldType.KPTR_PERCPU) ? [kptr.btfId] : [];
  });
}

/** Refuses structs that own each other in too long a row or in a circle (`btf_check_ownership_depth`). */
function checkOwnership(metas: ReadonlyMap<number, BtfRecord>): void {
  const depths = new Map<number, number>();
  const visit = (id: number, left: number): number => {
    if (left === 0) throw new FieldError('structs own each other too deeply');
    let depth = depths.get(id);
    if (depth === undefined) {
      depth = 1 + Math.max(0, ...ownedTypes(metas.get(id)!).map((owned) => (metas.has(owned) ? visit(owned, left - 1) : 0)));
      depths.set(id, depth);
    }
    if (depth > left) throw new FieldError('structs own each other too deeply');
    return depth;
  };
  for (const id of metas.keys()) visit(id, MAX_OWNERSHIP_DEPTH);
}
