// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../btf/types';
import type { MapDef } from '../../object/program';

/** `enum btf_field_type`: special fields of map values and allocated objects. */
export const enum FieldType {
  SPIN_LOCK = 1 << 0,
  TIMER = 1 << 1,
  KPTR_UNREF = 1 << 2,
  KPTR_REF = 1 << 3,
  KPTR_PERCPU = 1 << 4,
  KPTR = KPTR_UNREF | KPTR_REF | KPTR_PERCPU,
  LIST_HEAD = 1 << 5,
  LIST_NODE = 1 << 6,
  RB_ROOT = 1 << 7,
  RB_NODE = 1 << 8,
  GRAPH_NODE = RB_NODE | LIST_NODE,
  GRAPH_ROOT = RB_ROOT | LIST_HEAD,
  REFCOUNT = 1 << 9,
  WORKQUEUE = 1 << 10,
  UPTR = 1 << 11,
  RES_SPIN_LOCK = 1 << 12,
  TASK_WORK = 1 << 13,
}

/** One special field (`struct btf_field`). */
export interface BtfField {
  /** Bytes from the start of the value. */
  readonly offset: number;
  readonly size: number;
  readonly type: FieldType;
  /** Pointee of a kptr/uptr. */
  readonly kptr: { readonly btf: Btf; readonly btfId: number; readonly hasDtor: boolean } | null;
  /** Contents of a list head or rbtree root; `valueRecord` is filled after all records of the BTF are parsed. */
  readonly graphRoot: { readonly btf: Btf; readonly valueBtfId: number; readonly nodeOffset: number; valueRecord: BtfRecord | null } | null;
}

/** Special fields of a type (`struct btf_record`), sorted by offset. Offsets are −22 (EINVAL) when absent. */
export interface BtfRecord {
  readonly fields: readonly BtfField[];
  /** {@link FieldType} bits. */
  readonly fieldMask: number;
  readonly spinLockOff: number;
  readonly resSpinLockOff: number;
  readonly timerOff: number;
  readonly wqOff: number;
  readonly refcountOff: number;
  readonly taskWorkOff: number;
}

/** A map as the verifier sees it. Identity (`===`) is that of `struct bpf_map *`. */
export interface BpfMap {
  readonly def: MapDef;
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Special fields of the value, null if none. */
  readonly record: BtfRecord | null;
  /** Template (`inner_map_meta`) of map-in-map. */
  readonly inner: BpfMap | null;
  readonly frozen: boolean;
}
