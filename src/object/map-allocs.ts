// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each type of map asks of its attributes. Facts: `map_alloc_check` and `map_alloc` of the types in `kernel/bpf`, `net/core/sock_map.c`,
 * `net/xdp/xskmap.c`, each named where it stands. Checks stand in the kernel's order: the first that fails gives the error.
 */
import { PAGE_BYTES } from '../isa/limits';
import { MAX_STACK } from '../isa/opcode';
import {
  ACCESS,
  buckets,
  flags,
  INT_MAX,
  keyOf,
  KMALLOC_MAX,
  memory,
  needEntries,
  needKey,
  needNoPrealloc,
  needValue,
  noEntries,
  PERCPU,
  PERCPU_MAX,
  percpuNode,
  percpuValue,
  powerOfTwo,
  PROGRAM_ACCESS,
  refuse,
  STACK_DEPTH,
  U16_MAX,
  U32_MAX,
  USER_ACCESS,
  valueOf,
  type MapAttr,
  type MapLimits,
} from './map-checks';
import { bytes, flagWords, typeWords } from './map-names';
import { MapFlag, MapType } from './uapi';

const LRU: ReadonlySet<number> = new Set([MapType.LRU_HASH, MapType.LRU_PERCPU_HASH]);

/** `array_map_alloc_check`, `array_map_alloc`. */
function array(map: MapAttr): void {
  needEntries(map);
  keyOf(map, 4);
  needValue(map);
  flags(map, MapFlag.NUMA_NODE | MapFlag.MMAPABLE | ACCESS | MapFlag.PRESERVE_ELEMS | MapFlag.INNER_MAP, true);
  if (map.type === MapType.PERCPU_ARRAY) {
    percpuNode(map);
  }
  const own = map.type === MapType.ARRAY ? 0 : MapFlag.MMAPABLE | MapFlag.INNER_MAP;
  const kept = map.type === MapType.PERF_EVENT_ARRAY ? 0 : MapFlag.PRESERVE_ELEMS;
  flags(map, ~(own | kept), false);
  if (map.valueSize > INT_MAX) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; it has at most ${INT_MAX}`);
  }
  percpuValue(map);
  memory(map.maxEntries * (map.type === MapType.PERCPU_ARRAY ? 8 : Math.ceil(map.valueSize / 8) * 8));
}

/** `fd_array_map_alloc_check`. */
function fdArray(map: MapAttr): void {
  valueOf(map, 4);
  if ((map.flags & PROGRAM_ACCESS) !== 0) {
    refuse('EINVAL', `${typeWords(map.type)} does not take the flags ${flagWords(map.flags & PROGRAM_ACCESS)}`);
  }
  array(map);
}

/** `htab_map_alloc_check`, `htab_map_alloc`. */
function hash(map: MapAttr, limits: MapLimits): void {
  flags(map, MapFlag.NO_PREALLOC | MapFlag.NO_COMMON_LRU | MapFlag.NUMA_NODE | ACCESS | MapFlag.ZERO_SEED, true);
  const ownLists = (map.flags & MapFlag.NO_COMMON_LRU) !== 0;
  if (!LRU.has(map.type) && ownLists) {
    refuse('EINVAL', `${typeWords(map.type)} does not take the flags BPF_F_NO_COMMON_LRU: it is no LRU map`);
  }
  if (LRU.has(map.type) && (map.flags & MapFlag.NO_PREALLOC) !== 0) {
    refuse('ENOTSUPP', `${typeWords(map.type)} is always preallocated: without BPF_F_NO_PREALLOC`);
  }
  if (PERCPU.has(map.type) || ownLists) {
    percpuNode(map);
  }
  needEntries(map);
  needKey(map);
  needValue(map);
  const element = limits.sizeOf('htab_elem');
  if (element !== null && map.keySize + map.valueSize >= KMALLOC_MAX - element) {
    refuse('E2BIG', `key and value have ${bytes(map.keySize + map.valueSize)} together; they have less than ${KMALLOC_MAX - element}`);
  }
  percpuValue(map);
  buckets(map, limits, 'bucket');
}

/** `rhtab_map_alloc_check`, `rhtab_map_alloc`. */
function resizableHash(map: MapAttr, limits: MapLimits): void {
  needNoPrealloc(map);
  if ((map.flags & MapFlag.ZERO_SEED) !== 0) {
    refuse('EINVAL', 'a resizable hash map does not take the flags BPF_F_ZERO_SEED');
  }
  if (map.keySize > U16_MAX) {
    refuse('E2BIG', `the key has ${bytes(map.keySize)}; it has at most ${U16_MAX}`);
  }
  if (map.extra >> 32n !== 0n) {
    refuse('EINVAL', `map_extra is ${map.extra}; the number of expected elements has 32 bits`);
  }
  if (map.extra > BigInt(U16_MAX)) {
    refuse('E2BIG', `map_extra is ${map.extra}; at most ${U16_MAX} elements can be expected`);
  }
  if (map.extra > BigInt(map.maxEntries)) {
    refuse('EINVAL', `map_extra is ${map.extra}: more elements are expected than max_entries (${map.maxEntries}) allows`);
  }
  hash(map, limits);
}

/** `fd_htab_map_alloc_check`. */
function fdHash(map: MapAttr, limits: MapLimits): void {
  valueOf(map, 4);
  hash(map, limits);
}

/** `trie_alloc`. */
function trie(map: MapAttr, limits: MapLimits): void {
  needEntries(map);
  needNoPrealloc(map);
  flags(map, MapFlag.NO_PREALLOC | MapFlag.NUMA_NODE | ACCESS, true);
  if (map.keySize < 5 || map.keySize > 260) {
    refuse('EINVAL', `the key has ${bytes(map.keySize)}; an LPM trie's has 5 to 260: the length of the prefix in 4, then the data`);
  }
  needValue(map);
  const largest = KMALLOC_MAX - 256 - (limits.sizeOf('lpm_trie_node') ?? 0);
  if (map.valueSize > largest) {
    refuse('EINVAL', `the value has ${bytes(map.valueSize)}; it has at most ${largest}`);
  }
}

/** `queue_stack_map_alloc_check`. */
function queue(map: MapAttr): void {
  needEntries(map);
  keyOf(map, 0);
  needValue(map);
  flags(map, MapFlag.NUMA_NODE | ACCESS, true);
  if (map.valueSize > KMALLOC_MAX) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; it has at most ${KMALLOC_MAX}`);
  }
  if (map.maxEntries >= U32_MAX / map.valueSize) {
    refuse('E2BIG', `${map.maxEntries} values of ${bytes(map.valueSize)} are 4 GiB or more`);
  }
}

/** `ringbuf_map_alloc`. */
function ringBuffer(map: MapAttr): void {
  flags(map, MapFlag.NUMA_NODE | MapFlag.RB_OVERWRITE, false);
  if ((map.flags & MapFlag.RB_OVERWRITE) !== 0 && map.type !== MapType.RINGBUF) {
    refuse('EINVAL', `${typeWords(map.type)} does not take the flags BPF_F_RB_OVERWRITE`);
  }
  keyOf(map, 0);
  valueOf(map, 0);
  if (map.maxEntries === 0 || powerOfTwo(map.maxEntries) !== map.maxEntries || map.maxEntries % PAGE_BYTES !== 0) {
    refuse(
      'EINVAL',
      `max_entries is ${map.maxEntries}; the size of ${typeWords(map.type)} in bytes is a power of two and a multiple of ${PAGE_BYTES}`,
    );
  }
}

/** `stack_map_alloc`. */
function stackTrace(map: MapAttr, limits: MapLimits): void {
  flags(map, MapFlag.NUMA_NODE | USER_ACCESS | MapFlag.STACK_BUILD_ID, false);
  needEntries(map);
  keyOf(map, 4);
  const frame = (map.flags & MapFlag.STACK_BUILD_ID) === 0 ? 8 : (limits.sizeOf('bpf_stack_build_id') ?? 32);
  if (map.valueSize < 8 || map.valueSize % frame !== 0) {
    refuse('EINVAL', `the value has ${bytes(map.valueSize)}; a stack takes ${frame} bytes a frame`);
  }
  if (map.valueSize / frame > STACK_DEPTH) {
    refuse(
      'EINVAL',
      `the value has room for ${map.valueSize / frame} frames; stacks have at most ${STACK_DEPTH} (kernel.perf_event_max_stack)`,
    );
  }
  if (map.maxEntries > 2 ** 31) {
    refuse('E2BIG', `max_entries is ${map.maxEntries}: too many for ${typeWords(map.type)}`);
  }
  memory(powerOfTwo(map.maxEntries) * 8);
}

/** `bloom_map_alloc_check`, `bloom_map_alloc`. */
function bloomFilter(map: MapAttr): void {
  if (map.valueSize > KMALLOC_MAX) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; it has at most ${KMALLOC_MAX}`);
  }
  keyOf(map, 0);
  needValue(map);
  needEntries(map);
  flags(map, MapFlag.NUMA_NODE | MapFlag.ZERO_SEED | ACCESS, true);
  if (map.extra > 15n) {
    refuse('EINVAL', `map_extra is ${map.extra}; a bloom filter has at most 15 hash functions`);
  }
}

/** `local_storage.c: cgroup_storage_map_alloc`. */
function oldCgroupStorage(map: MapAttr, limits: MapLimits): void {
  if (map.keySize !== 8 && map.keySize !== 16) {
    refuse('EINVAL', `the key has ${bytes(map.keySize)}; it is a struct bpf_cgroup_storage_key (16 bytes) or a __u64`);
  }
  needValue(map);
  const largest = map.type === MapType.PERCPU_CGROUP_STORAGE ? Math.min(PERCPU_MAX, storageMax(limits)) : storageMax(limits);
  if (map.valueSize > largest) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; it has at most ${largest}`);
  }
  flags(map, MapFlag.NUMA_NODE | ACCESS, true);
  noEntries(map);
}

/** `BPF_LOCAL_STORAGE_MAX_VALUE_SIZE`. */
function storageMax(limits: MapLimits): number {
  return U16_MAX - (limits.sizeOf('bpf_local_storage_elem') ?? 0);
}

/** `bpf_local_storage_map_alloc_check`. */
function localStorage(map: MapAttr, limits: MapLimits): void {
  flags(map, MapFlag.NO_PREALLOC | MapFlag.CLONE, false);
  needNoPrealloc(map);
  noEntries(map);
  keyOf(map, 4);
  needValue(map);
  if (map.btfKeyTypeId === 0 || map.btfValueTypeId === 0) {
    refuse('EINVAL', `${typeWords(map.type)} needs the types of its key and value, not only their sizes`);
  }
  if (map.valueSize > storageMax(limits)) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; it has at most ${storageMax(limits)}`);
  }
}

/** `cpu_map_alloc`. */
function cpuMap(map: MapAttr, limits: MapLimits): void {
  needEntries(map);
  keyOf(map, 4);
  valueOf(map, 4, 8);
  flags(map, MapFlag.NUMA_NODE, false);
  if (map.maxEntries > limits.cpus) {
    refuse('E2BIG', `max_entries is ${map.maxEntries}; this kernel knows ${limits.cpus} CPUs`);
  }
}

/** `dev_map_alloc_check`, `dev_map_init_map`. */
function deviceMap(map: MapAttr): void {
  needEntries(map);
  keyOf(map, 4);
  valueOf(map, 4, 8);
  flags(map, MapFlag.NUMA_NODE | USER_ACCESS, false);
  if (map.type === MapType.DEVMAP_HASH && map.maxEntries > 2 ** 31) {
    refuse('EINVAL', `max_entries is ${map.maxEntries}: too many for a device hash`);
  }
}

/** `reuseport_array_alloc_check`. */
function reuseport(map: MapAttr): void {
  valueOf(map, 4, 8);
  array(map);
}

/** `sock_map_alloc`, `sock_hash_alloc`. */
function sockets(map: MapAttr, limits: MapLimits): void {
  needEntries(map);
  if (map.type === MapType.SOCKMAP) {
    if (map.maxEntries > INT_MAX) {
      refuse('EINVAL', `max_entries is ${map.maxEntries}; it is at most ${INT_MAX}`);
    }
    keyOf(map, 4);
  } else {
    needKey(map);
  }
  valueOf(map, 4, 8);
  flags(map, MapFlag.NUMA_NODE | USER_ACCESS, false);
  if (map.type === MapType.SOCKHASH) {
    if (map.keySize > MAX_STACK) {
      refuse('E2BIG', `the key has ${bytes(map.keySize)}; it has at most ${MAX_STACK}`);
    }
    const size = limits.sizeOf('bpf_shtab_bucket');
    if (map.maxEntries > 2 ** 31 || (size !== null && powerOfTwo(map.maxEntries) > U32_MAX / size)) {
      refuse('EINVAL', `max_entries is ${map.maxEntries}: too many for a socket hash`);
    }
  }
}

/** `xsk_map_alloc`. */
function xskMap(map: MapAttr): void {
  needEntries(map);
  keyOf(map, 4);
  valueOf(map, 4);
  flags(map, MapFlag.NUMA_NODE | USER_ACCESS, false);
}

/** `arena_map_alloc`. */
function arena(map: MapAttr): void {
  keyOf(map, 0);
  valueOf(map, 0);
  needEntries(map);
  if ((map.flags & MapFlag.MMAPABLE) === 0) {
    refuse('EINVAL', 'an arena needs BPF_F_MMAPABLE in map_flags');
  }
  flags(map, MapFlag.SEGV_ON_FAULT | MapFlag.MMAPABLE | MapFlag.NO_USER_CONV, false);
  if (map.extra % BigInt(PAGE_BYTES) !== 0n) {
    refuse('EINVAL', `map_extra is 0x${map.extra.toString(16)}; the address of an arena is a multiple of ${PAGE_BYTES}`);
  }
  const range = BigInt(map.maxEntries) * BigInt(PAGE_BYTES);
  if (range > 1n << 32n) {
    refuse('E2BIG', `max_entries is ${map.maxEntries} pages; an arena has at most ${2 ** 20} (4 GiB)`);
  }
  if (map.extra >> 32n !== BigInt.asUintN(64, map.extra + range - 1n) >> 32n) {
    refuse('ERANGE', `from 0x${map.extra.toString(16)} on, ${map.maxEntries} pages cross a 4-GiB boundary`);
  }
}

/** `insn_array_alloc_check`. */
function insnArray(map: MapAttr): void {
  needEntries(map);
  keyOf(map, 4);
  valueOf(map, 16);
  flags(map, 0, false);
}

/** `bpf_map_meta_alloc`: what can be inside another map. */
function inner(map: MapAttr): void {
  if (map.inner === null) {
    refuse('EINVAL', `it has no inner map; ${typeWords(map.type)} is created with one as a pattern`);
  }
  if (map.inner.type === MapType.ARRAY_OF_MAPS || map.inner.type === MapType.HASH_OF_MAPS) {
    refuse('EINVAL', `its inner maps hold maps themselves: only one level is possible`);
  }
  if (NOT_INSIDE.has(map.inner.type)) {
    refuse('ENOTSUPP', `${typeWords(map.inner.type)} cannot be inside another map`);
  }
}

/** Types without `map_meta_equal`. */
const NOT_INSIDE: ReadonlySet<number> = new Set([
  MapType.PROG_ARRAY,
  MapType.STRUCT_OPS,
  MapType.CGROUP_STORAGE,
  MapType.PERCPU_CGROUP_STORAGE,
  MapType.INSN_ARRAY,
]);

type Rule = (map: MapAttr, limits: MapLimits) => void;

/** What is asked of each type. The value of struct_ops maps is the kernel's own and no part of this. */
export const MAP_RULES: Readonly<Record<number, Rule>> = {
  [MapType.HASH]: hash,
  [MapType.PERCPU_HASH]: hash,
  [MapType.LRU_HASH]: hash,
  [MapType.LRU_PERCPU_HASH]: hash,
  [MapType.RHASH]: resizableHash,
  [MapType.ARRAY]: array,
  [MapType.PERCPU_ARRAY]: array,
  [MapType.PROG_ARRAY]: fdArray,
  [MapType.PERF_EVENT_ARRAY]: fdArray,
  [MapType.CGROUP_ARRAY]: fdArray,
  [MapType.ARRAY_OF_MAPS]: (map) => {
    fdArray(map);
    inner(map);
  },
  [MapType.HASH_OF_MAPS]: (map, limits) => {
    fdHash(map, limits);
    inner(map);
  },
  [MapType.STACK_TRACE]: stackTrace,
  [MapType.LPM_TRIE]: trie,
  [MapType.DEVMAP]: deviceMap,
  [MapType.DEVMAP_HASH]: deviceMap,
  [MapType.CPUMAP]: cpuMap,
  [MapType.XSKMAP]: xskMap,
  [MapType.SOCKMAP]: sockets,
  [MapType.SOCKHASH]: sockets,
  [MapType.REUSEPORT_SOCKARRAY]: reuseport,
  [MapType.CGROUP_STORAGE]: oldCgroupStorage,
  [MapType.PERCPU_CGROUP_STORAGE]: oldCgroupStorage,
  [MapType.QUEUE]: queue,
  [MapType.STACK]: queue,
  [MapType.SK_STORAGE]: localStorage,
  [MapType.INODE_STORAGE]: localStorage,
  [MapType.TASK_STORAGE]: localStorage,
  [MapType.CGRP_STORAGE]: localStorage,
  [MapType.RINGBUF]: ringBuffer,
  [MapType.USER_RINGBUF]: ringBuffer,
  [MapType.BLOOM_FILTER]: bloomFilter,
  [MapType.ARENA]: arena,
  [MapType.INSN_ARRAY]: insnArray,
  [MapType.STRUCT_OPS]: () => undefined,
};
