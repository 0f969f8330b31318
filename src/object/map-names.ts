// SPDX-License-Identifier: GPL-2.0-only
/** Words for what makes up a map. */
import { MapFlag, MapType } from './uapi';

/** What maps of a type are called, with their article. */
const TYPE_WORDS: Readonly<Record<number, string>> = {
  [MapType.HASH]: 'a hash map',
  [MapType.ARRAY]: 'an array',
  [MapType.PROG_ARRAY]: 'a program array',
  [MapType.PERF_EVENT_ARRAY]: 'a perf event array',
  [MapType.PERCPU_HASH]: 'a per-CPU hash map',
  [MapType.PERCPU_ARRAY]: 'a per-CPU array',
  [MapType.STACK_TRACE]: 'a stack trace map',
  [MapType.CGROUP_ARRAY]: 'a cgroup array',
  [MapType.LRU_HASH]: 'an LRU hash map',
  [MapType.LRU_PERCPU_HASH]: 'a per-CPU LRU hash map',
  [MapType.LPM_TRIE]: 'an LPM trie',
  [MapType.ARRAY_OF_MAPS]: 'an array of maps',
  [MapType.HASH_OF_MAPS]: 'a hash of maps',
  [MapType.DEVMAP]: 'a device map',
  [MapType.SOCKMAP]: 'a socket map',
  [MapType.CPUMAP]: 'a CPU map',
  [MapType.XSKMAP]: 'an AF_XDP socket map',
  [MapType.SOCKHASH]: 'a socket hash',
  [MapType.CGROUP_STORAGE]: 'a cgroup storage (old kind)',
  [MapType.REUSEPORT_SOCKARRAY]: 'a reuseport socket array',
  [MapType.PERCPU_CGROUP_STORAGE]: 'a per-CPU cgroup storage',
  [MapType.QUEUE]: 'a queue',
  [MapType.STACK]: 'a stack',
  [MapType.SK_STORAGE]: 'a socket storage',
  [MapType.DEVMAP_HASH]: 'a device hash',
  [MapType.STRUCT_OPS]: 'a struct_ops map',
  [MapType.RINGBUF]: 'a ring buffer',
  [MapType.INODE_STORAGE]: 'an inode storage',
  [MapType.TASK_STORAGE]: 'a task storage',
  [MapType.BLOOM_FILTER]: 'a bloom filter',
  [MapType.USER_RINGBUF]: 'a user ring buffer',
  [MapType.CGRP_STORAGE]: 'a cgroup storage',
  [MapType.ARENA]: 'an arena',
  [MapType.INSN_ARRAY]: 'an instruction array',
  [MapType.RHASH]: 'a resizable hash map',
};

/** "an LPM trie"; "a map of type 77" for types that there are not. */
export function typeWords(type: number): string {
  return TYPE_WORDS[type] ?? `a map of type ${type}`;
}

const FLAG_NAMES: readonly (readonly [MapFlag, string])[] = [
  [MapFlag.NO_PREALLOC, 'NO_PREALLOC'],
  [MapFlag.NO_COMMON_LRU, 'NO_COMMON_LRU'],
  [MapFlag.NUMA_NODE, 'NUMA_NODE'],
  [MapFlag.RDONLY, 'RDONLY'],
  [MapFlag.WRONLY, 'WRONLY'],
  [MapFlag.STACK_BUILD_ID, 'STACK_BUILD_ID'],
  [MapFlag.ZERO_SEED, 'ZERO_SEED'],
  [MapFlag.RDONLY_PROG, 'RDONLY_PROG'],
  [MapFlag.WRONLY_PROG, 'WRONLY_PROG'],
  [MapFlag.CLONE, 'CLONE'],
  [MapFlag.MMAPABLE, 'MMAPABLE'],
  [MapFlag.PRESERVE_ELEMS, 'PRESERVE_ELEMS'],
  [MapFlag.INNER_MAP, 'INNER_MAP'],
  [MapFlag.LINK, 'LINK'],
  [MapFlag.VTYPE_BTF_OBJ_FD, 'VTYPE_BTF_OBJ_FD'],
  [MapFlag.SEGV_ON_FAULT, 'SEGV_ON_FAULT'],
  [MapFlag.NO_USER_CONV, 'NO_USER_CONV'],
  [MapFlag.RB_OVERWRITE, 'RB_OVERWRITE'],
];

/** Flags of map creation by name, bits without a name in hexadecimal: `BPF_F_NO_PREALLOC | 0x100000`. */
export function flagWords(flags: number): string {
  const named = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0);
  const rest = named.reduce((bits, [flag]) => bits & ~flag, flags) >>> 0;
  return [...named.map(([, name]) => `BPF_F_${name}`), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(' | ');
}

/** "1 byte", "8 bytes". */
export function bytes(count: number): string {
  return `${count} byte${count === 1 ? '' : 's'}`;
}
