// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether the kernel takes a map with the BTF types of its key and value; libbpf creates it without them if not.
 * Special fields in values are not looked at. Rules: `kernel/bpf/syscall.c: map_check_btf` and the maps' `map_check_btf`.
 */
import { Kind, type Btf, type BtfType } from '../btf/types';
import { isArrayType, resolveElements, skipModsAndTypedefs } from '../btf/util';
import type { ObjectMap } from './model';
import { MapType } from './uapi';

/** Type and size as map creation sees them: modifiers skipped, arrays kept; null if it has no size. */
interface SizedType {
  readonly type: BtfType;
  readonly size: number;
}

function sized(btf: Btf, id: number): SizedType | null {
  const type = skipModsAndTypedefs(btf, id);
  const size = type?.kind === Kind.DATASEC ? type.size : resolveElements(btf, id)?.size;
  return type === undefined || size === undefined ? null : { type, size };
}

function isInt(type: BtfType, bytes: number): boolean {
  return type.kind === Kind.INT && type.size === bytes && type.bits === bytes * 8 && type.bitOffset === 0;
}

/** True if the kernel creates the map with its types, also when it has none. */
export function acceptsTypes(btf: Btf, map: ObjectMap): boolean {
  if (map.btfValue === 0 || map.type === MapType.STRUCT_OPS) {
    return true;
  }
  const key = map.btfKey === 0 ? null : sized(btf, map.btfKey);
  const value = sized(btf, map.btfValue);
  if ((map.btfKey !== 0 && key?.size !== map.keySize) || value?.size !== map.valueSize) {
    return false;
  }
  return key === null ? acceptsNoKey(map, value.type) : acceptsKey(btf, map, key.type);
}

function acceptsNoKey(map: ObjectMap, value: BtfType): boolean {
  switch (map.type) {
    case MapType.ARRAY:
    case MapType.PERCPU_ARRAY:
      return map.maxEntries === 1 && value.kind === Kind.DATASEC;
    case MapType.BLOOM_FILTER:
      return true;
    default:
      return false;
  }
}

function acceptsKey(btf: Btf, map: ObjectMap, key: BtfType): boolean {
  switch (map.type) {
    case MapType.ARRAY:
    case MapType.PERCPU_ARRAY:
    case MapType.SK_STORAGE:
    case MapType.INODE_STORAGE:
    case MapType.TASK_STORAGE:
    case MapType.CGRP_STORAGE:
      return isInt(key, 4);
    case MapType.LPM_TRIE:
      return key.kind === Kind.STRUCT;
    case MapType.CGROUP_STORAGE:
    case MapType.PERCPU_CGROUP_STORAGE:
      return map.keySize === 8 ? isInt(key, 8) : isStorageKey(btf, key);
    case MapType.BLOOM_FILTER:
      return false;
    default:
      return true;
  }
}

/** `struct bpf_cgroup_storage_key`: a 64-bit integer, then a 32-bit one. */
function isStorageKey(btf: Btf, key: BtfType): boolean {
  if (key.kind !== Kind.STRUCT || key.members.length !== 2) {
    return false;
  }
  return [8, 4].every((bytes, index) => {
    const member = key.members[index]!;
    const type = isArrayType(btf, member.type) ? undefined : resolveElements(btf, member.type)?.elem;
    return member.bitOffset === index * 64 && type !== undefined && isInt(type, bytes);
  });
}
