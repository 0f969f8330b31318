// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether the kernel takes a map with the BTF types of its key and value; libbpf creates it without them if not.
 * Special fields in values are not looked at. Rules: `kernel/bpf/syscall.c: map_check_btf` and the maps' `map_check_btf`.
 */
import { Kind, type Btf, type BtfType } from '../btf/types';
import type { Objection } from './errno';
import { isArrayType, resolveElements, skipModsAndTypedefs } from '../btf/util';
import { bytes, typeWords } from './map-names';
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

/** Why the kernel would not create the map with its types; null if it does, also when it has none. */
export function typesObjection(btf: Btf, map: ObjectMap): Objection | null {
  if (map.btfValue === 0 || map.type === MapType.STRUCT_OPS) {
    return null;
  }
  const key = map.btfKey === 0 ? null : sized(btf, map.btfKey);
  const value = sized(btf, map.btfValue);
  const reason =
    (map.btfKey === 0 ? null : sizeReason('key', key, map.keySize)) ??
    sizeReason('value', value, map.valueSize) ??
    (key === null ? keylessReason(map, value!.type) : keyReason(btf, map, key.type));
  return reason === null ? null : { errno: 'EINVAL', reason };
}

function sizeReason(what: string, type: SizedType | null, size: number): string | null {
  if (type === null) {
    return `the type of its ${what} has no size`;
  }
  return type.size === size ? null : `its ${what} has ${bytes(size)}, the type of its ${what} ${bytes(type.size)}`;
}

function keylessReason(map: ObjectMap, value: BtfType): string | null {
  switch (map.type) {
    case MapType.ARRAY:
    case MapType.PERCPU_ARRAY:
      return map.maxEntries === 1 && value.kind === Kind.DATASEC ? null : 'its value has a type, but its key has none';
    case MapType.BLOOM_FILTER:
      return null;
    default:
      return 'its value has a type, but its key has none';
  }
}

function keyReason(btf: Btf, map: ObjectMap, key: BtfType): string | null {
  const wants = (words: string): string => `the type of the key of ${typeWords(map.type)} must be ${words}`;
  switch (map.type) {
    case MapType.ARRAY:
    case MapType.PERCPU_ARRAY:
    case MapType.SK_STORAGE:
    case MapType.INODE_STORAGE:
    case MapType.TASK_STORAGE:
    case MapType.CGRP_STORAGE:
      return isInt(key, 4) ? null : wants('an integer of 4 bytes');
    case MapType.LPM_TRIE:
      return key.kind === Kind.STRUCT ? null : wants('a struct');
    case MapType.CGROUP_STORAGE:
    case MapType.PERCPU_CGROUP_STORAGE:
      if (map.keySize === 8) {
        return isInt(key, 8) ? null : wants('an integer of 8 bytes');
      }
      return isStorageKey(btf, key) ? null : wants('struct bpf_cgroup_storage_key');
    case MapType.BLOOM_FILTER:
      return 'a bloom filter has no key, and no type for it';
    default:
      return null;
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
