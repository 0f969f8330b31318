// SPDX-License-Identifier: GPL-2.0-only
/** What the rules of map creation are made of: what they are asked about, their limits, and the checks that several types share. */
import type { MapErrno } from './errno';
import { bytes, flagWords, typeWords } from './map-names';
import { MapFlag, MapType } from './uapi';

/** What `BPF_MAP_CREATE` is given, as far as it can be refused. Sizes are bytes. */
export interface MapAttr {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: bigint;
  readonly numaNode: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly inner: { readonly type: number } | null;
}

/** What of a kernel the rules depend on. */
export interface MapLimits {
  /** Bytes of a kernel struct, null if there is none of that name. */
  readonly sizeOf: (struct: string) => number | null;
  /** `CONFIG_NR_CPUS`. */
  readonly cpus: number;
  /** Most NUMA nodes that the kernel can manage (`1 << CONFIG_NODES_SHIFT`). */
  readonly nodes: number;
}

/** Largest `kmalloc` (`KMALLOC_MAX_SIZE`: order 10 of 4-KiB pages). */
export const KMALLOC_MAX = 4 << 20;
/** Largest per-CPU value (`PCPU_MIN_UNIT_SIZE`). */
export const PERCPU_MAX = 32 << 10;
export const U16_MAX = 0xffff;
export const U32_MAX = 0xffffffff;
export const INT_MAX = 0x7fffffff;
/** `sysctl_perf_event_max_stack` where nobody changed it. */
export const STACK_DEPTH = 127;
/** Bytes of virtual memory that a kernel has for maps with four-level page tables on x86 (`VMALLOC_SIZE_TB_L4`): more is refused on any machine. */
export const VMALLOC_MAX = 32 * 2 ** 40;
/** Longest map name (`BPF_OBJ_NAME_LEN` - 1). */
export const NAME_MAX = 15;

export const ACCESS = MapFlag.RDONLY | MapFlag.WRONLY | MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
export const USER_ACCESS = MapFlag.RDONLY | MapFlag.WRONLY;
export const PROGRAM_ACCESS = MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;

export const PERCPU: ReadonlySet<number> = new Set([MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH, MapType.PERCPU_ARRAY]);

/** A rule that is broken; ends the checks. */
export class Refusal extends Error {
  constructor(
    readonly errno: MapErrno,
    reason: string,
  ) {
    super(reason);
  }
}

export function refuse(errno: MapErrno, reason: string): never {
  throw new Refusal(errno, reason);
}

export function flags(map: MapAttr, allowed: number, programAccess: boolean): void {
  const unknown = map.flags & ~allowed;
  if (unknown !== 0) {
    refuse('EINVAL', `${typeWords(map.type)} does not take the flags ${flagWords(unknown)}`);
  }
  if (programAccess && (map.flags & PROGRAM_ACCESS) === PROGRAM_ACCESS) {
    refuse('EINVAL', 'BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other');
  }
}

export function needEntries(map: MapAttr): void {
  if (map.maxEntries === 0) {
    refuse('EINVAL', 'max_entries is 0');
  }
}

export function noEntries(map: MapAttr): void {
  if (map.maxEntries !== 0) {
    refuse('EINVAL', `max_entries is ${map.maxEntries}; ${typeWords(map.type)} must leave it 0`);
  }
}

export function keyOf(map: MapAttr, size: number): void {
  if (map.keySize !== size) {
    const wanted = size === 0 ? 'has no key' : `has a key of ${bytes(size)}`;
    refuse('EINVAL', `the key has ${bytes(map.keySize)}; ${typeWords(map.type)} ${wanted}`);
  }
}

export function needKey(map: MapAttr): void {
  if (map.keySize === 0) {
    refuse('EINVAL', 'the key has 0 bytes');
  }
}

export function needValue(map: MapAttr): void {
  if (map.valueSize === 0) {
    refuse('EINVAL', 'the value has 0 bytes');
  }
}

export function valueOf(map: MapAttr, ...sizes: readonly number[]): void {
  if (!sizes.includes(map.valueSize)) {
    const wanted = sizes[0] === 0 ? 'has no value' : `has a value of ${sizes.join(' or ')} bytes`;
    refuse('EINVAL', `the value has ${bytes(map.valueSize)}; ${typeWords(map.type)} ${wanted}`);
  }
}

export function percpuValue(map: MapAttr): void {
  if (PERCPU.has(map.type) && Math.ceil(map.valueSize / 8) * 8 > PERCPU_MAX) {
    refuse('E2BIG', `the value has ${bytes(map.valueSize)}; a per-CPU value has at most ${PERCPU_MAX}`);
  }
}

export function percpuNode(map: MapAttr): void {
  if ((map.flags & MapFlag.NUMA_NODE) !== 0) {
    const what = PERCPU.has(map.type) ? typeWords(map.type) : 'a map with BPF_F_NO_COMMON_LRU';
    refuse('EINVAL', `${what} cannot be on one NUMA node: it is on every CPU's`);
  }
}

/** Bytes that are allocated at once. */
export function memory(count: number): void {
  if (count > VMALLOC_MAX) {
    const terabytes = count / 2 ** 40;
    refuse(
      'ENOMEM',
      `it takes ${terabytes >= 10 ? Math.round(terabytes) : terabytes.toFixed(1)} TiB; the kernel has ${VMALLOC_MAX / 2 ** 40} TiB of address space for all maps`,
    );
  }
}

export function powerOfTwo(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

/** A table with a power of two of buckets, whose bytes fit into 32 bits. */
export function buckets(map: MapAttr, limits: MapLimits, struct: string): void {
  const size = limits.sizeOf(struct);
  if (map.maxEntries > 2 ** 31 || (size !== null && powerOfTwo(map.maxEntries) > U32_MAX / size)) {
    refuse('E2BIG', `max_entries is ${map.maxEntries}: too many for ${typeWords(map.type)}`);
  }
}

export function needNoPrealloc(map: MapAttr): void {
  if ((map.flags & MapFlag.NO_PREALLOC) === 0) {
    refuse('EINVAL', `${typeWords(map.type)} needs BPF_F_NO_PREALLOC in map_flags`);
  }
}
