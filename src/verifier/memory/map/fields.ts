// SPDX-License-Identifier: GPL-2.0-only
/** Special fields by kind: names, sizes, how they occur. Facts: `include/linux/bpf.h: btf_field_type_name`, `kernel/bpf/btf.c: btf_get_field_type`. */
import { FieldType, type BtfField, type BtfRecord } from '../../state/map';

/** A struct that BTF marks a special field with. */
export interface SpecialStruct {
  readonly type: FieldType;
  readonly name: string;
  /** At most one in a map value or object. */
  readonly unique: boolean;
  /** Bytes; the kernel's own struct in `include/uapi/linux/bpf.h` or `include/linux/bpf.h`. */
  readonly size: number;
  readonly align: number;
}

/** In the order in which they are looked for. */
export const SPECIAL_STRUCTS: readonly SpecialStruct[] = [
  { type: FieldType.SPIN_LOCK, name: 'bpf_spin_lock', unique: true, size: 4, align: 4 },
  { type: FieldType.RES_SPIN_LOCK, name: 'bpf_res_spin_lock', unique: true, size: 4, align: 4 },
  { type: FieldType.TIMER, name: 'bpf_timer', unique: true, size: 16, align: 8 },
  { type: FieldType.WORKQUEUE, name: 'bpf_wq', unique: true, size: 16, align: 8 },
  { type: FieldType.TASK_WORK, name: 'bpf_task_work', unique: true, size: 8, align: 8 },
  { type: FieldType.LIST_HEAD, name: 'bpf_list_head', unique: false, size: 16, align: 8 },
  { type: FieldType.LIST_NODE, name: 'bpf_list_node', unique: false, size: 24, align: 8 },
  { type: FieldType.RB_ROOT, name: 'bpf_rb_root', unique: false, size: 16, align: 8 },
  { type: FieldType.RB_NODE, name: 'bpf_rb_node', unique: false, size: 32, align: 8 },
  { type: FieldType.REFCOUNT, name: 'bpf_refcount', unique: true, size: 4, align: 4 },
];

/** Name of a special field in messages (`btf_field_type_name`). */
export function fieldTypeName(type: number): string {
  switch (type) {
    case FieldType.KPTR_UNREF:
    case FieldType.KPTR_REF:
      return 'kptr';
    case FieldType.KPTR_PERCPU:
      return 'percpu_kptr';
    case FieldType.UPTR:
      return 'uptr';
    default:
      return SPECIAL_STRUCTS.find((s) => s.type === type)?.name ?? 'unknown';
  }
}

/** The field that starts at `off` bytes and is one of `mask`, or null (`btf_record_find`). */
export function recordFindField(rec: BtfRecord | null, off: number, mask: number): BtfField | null {
  if (rec === null || (rec.fieldMask & mask) === 0) return null;
  const field = rec.fields.find((f) => f.offset === off);
  return field !== undefined && (field.type & mask) !== 0 ? field : null;
}
