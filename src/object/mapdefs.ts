// SPDX-License-Identifier: GPL-2.0-only
/** Maps as they are created in the kernel. Rules: `tools/lib/bpf/libbpf.c: bpf_object__create_map`. */
import type { Btf } from '../btf/types';
import { findKernelStructOps } from './attach';
import type { Objection } from './errno';
import { creationObjection, mapLimits } from './map-rules';
import { typesObjection } from './maptypes';
import { LoadFailure, MapRefused } from './failure';
import type { ObjectKernel } from './object-kernel';
import { isMapInMap } from './mapdef';
import { kernelMapName } from './maps';
import type { ObjectMap, OpenObject } from './model';
import type { MapLimits } from './map-checks';
import type { MapDef } from './program';
import { MapType } from './uapi';

/** Types that libbpf creates without BTF of key and value. */
const WITHOUT_BTF: ReadonlySet<number> = new Set([
  MapType.PERF_EVENT_ARRAY,
  MapType.CGROUP_ARRAY,
  MapType.STACK_TRACE,
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.CPUMAP,
  MapType.XSKMAP,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.QUEUE,
  MapType.STACK,
  MapType.ARENA,
]);

/** Types whose number of entries must stay 0. */
const WITHOUT_ENTRIES: ReadonlySet<number> = new Set([
  MapType.SK_STORAGE,
  MapType.TASK_STORAGE,
  MapType.INODE_STORAGE,
  MapType.CGROUP_STORAGE,
  MapType.CGRP_STORAGE,
  MapType.PERCPU_CGROUP_STORAGE,
  MapType.STRUCT_OPS,
]);

const SIZED: ReadonlySet<number> = new Set([
  MapType.HASH,
  MapType.ARRAY,
  MapType.PERCPU_HASH,
  MapType.PERCPU_ARRAY,
  MapType.LRU_HASH,
  MapType.BLOOM_FILTER,
]);

/** Frames of a stack trace, and bytes of one. */
const STACK_DEPTH = 127;

/** Adds what loaders set at run time to a definition that leaves it open; says so in `guesses`. Rules: veristat. */
function complete(map: ObjectMap, guesses: string[]): ObjectMap {
  const completed = { ...map };
  const guess = (what: string): void => {
    guesses.push(`map '${map.name}': ${what} is set at run time, assumed`);
  };
  if (map.type === MapType.STACK_TRACE && map.valueSize === 0) {
    completed.valueSize = 8 * STACK_DEPTH;
    guess(`value size ${completed.valueSize}`);
  }
  if (SIZED.has(map.type)) {
    if (map.keySize === 0 && map.type !== MapType.BLOOM_FILTER) {
      completed.keySize = 4;
      guess('key size 4');
    }
    if (map.valueSize === 0) {
      completed.valueSize = 8;
      guess('value size 8');
    }
  }
  // how large inner ring buffers are is said by the map that the loader puts in their place
  if (map.inner?.type === MapType.RINGBUF) completed.inner = complete(map.inner, guesses);
  if (isMapInMap(map.type) && map.inner === null) {
    completed.inner = {
      ...map,
      name: `${map.name}.inner`,
      type: MapType.HASH,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      flags: 0,
      extra: 0n,
      btfKey: 0,
      btfValue: 0,
    };
    guess('type of inner maps (hash, 4-byte key and value)');
  }
  if (map.maxEntries === 0 && !WITHOUT_ENTRIES.has(map.type)) {
    completed.maxEntries = map.type === MapType.RINGBUF || map.type === MapType.USER_RINGBUF ? 4096 : 1;
  }
  return completed;
}

/** Number of the first map. Small numbers are left free: programs may name some in their code, where no map is meant. */
export const FIRST_FD = 1000;

/** What all maps of an object depend on. */
interface MapContext {
  readonly object: OpenObject;
  readonly kernel: ObjectKernel;
  readonly btf: Btf | null;
  /** Contents of the `.kconfig` map. */
  readonly kconfig: Uint8Array | null;
  readonly limits: MapLimits;
}

/**
 * Makes the maps of an object, numbered from {@link FIRST_FD} on. `btf`: the object's, null if the kernel does not take it;
 * `kconfig`: contents of the `.kconfig` map; what had to be guessed goes into `guesses`. Throws {@link MapRefused} for the first map
 * that the kernel would not create.
 */
export function createMaps(
  object: OpenObject,
  kernel: ObjectKernel,
  btf: Btf | null,
  kconfig: Uint8Array | null,
  guesses: string[],
): MapDef[] {
  const context = { object, kernel, btf, kconfig, limits: mapLimits(kernel.btf, kernel.config) };
  return object.maps.map((map, index) => createMap(context, complete(map, guesses), FIRST_FD + index));
}

function createMap(context: MapContext, map: ObjectMap, fd: number): MapDef {
  const { object, kernel, kconfig } = context;
  const structOps = map.structOps !== null && map.autocreate ? kernelStructOps(object, kernel, map) : null;
  const isData = map.origin !== 'user' && map.origin !== 'struct_ops';
  const inner = map.inner === null ? null : createMap(context, map.inner, 0);
  const typed = context.btf !== null && !WITHOUT_BTF.has(map.type) ? context.btf : null;
  const def: MapDef = {
    name: map.name,
    fd,
    type: map.type,
    keySize: map.keySize,
    valueSize: structOps?.valueSize ?? map.valueSize,
    maxEntries: map.maxEntries,
    flags: map.flags,
    extra: map.extra,
    btfKeyTypeId: typed === null ? 0 : map.btfKey,
    btfValueTypeId: typed === null ? 0 : map.btfValue,
    btf: map.btfKey !== 0 || map.btfValue !== 0 ? typed : null,
    ...(typed === null && (map.btfKey !== 0 || map.btfValue !== 0) ? { withoutTypes: BTF_REFUSED } : {}),
    structOps: structOps === null ? null : { typeName: structOps.typeName, kernelTypeId: structOps.typeId, btf: structOps.btf },
    inner,
    data: isData ? (map.origin === 'kconfig' ? kconfig : map.data) : null,
    ...(map.any.length > 0 ? { any: map.any } : {}),
    frozen: map.origin === 'rodata' || map.origin === 'kconfig',
    insnArray: null,
    section: map.section,
  };
  return map.autocreate ? created(context, map, def) : def;
}

/** The loader goes on without a BTF that the kernel refuses (`libbpf.c: bpf_object__sanitize_and_load_btf`). */
const BTF_REFUSED: Objection = { errno: 'EINVAL', reason: 'the kernel refuses the type information of the whole object' };

/** Creates a map as libbpf does: with its types first, without them if the kernel does not take it so (`bpf_object__create_map`). */
function created({ kernel, limits }: MapContext, map: ObjectMap, def: MapDef): MapDef {
  const attr = { ...def, name: map.origin === 'user' ? map.name : kernelMapName(map.name), numaNode: map.numaNode };
  const types =
    def.btf === null || map.type === MapType.STRUCT_OPS ? null : (typesObjection(def.btf, map) ?? kernel.refusesTypes?.(def) ?? null);
  const first = creationObjection(attr, limits) ?? types;
  if (first === null) {
    return def;
  }
  const bare = { ...def, btf: null, btfKeyTypeId: 0, btfValueTypeId: 0, withoutTypes: first };
  const second = creationObjection({ ...attr, btfKeyTypeId: 0, btfValueTypeId: 0 }, limits);
  if (second === null) {
    return bare;
  }
  const tries = first.errno === second.errno ? first.reason : `${first.reason} (-${first.errno}); then, without types: ${second.reason}`;
  throw new MapRefused(map.name, { errno: second.errno, reason: tries });
}

/** Null if the kernel has no such struct: programs then fail to load, each saying why. */
function kernelStructOps(object: OpenObject, kernel: ObjectKernel, map: ObjectMap): ReturnType<typeof findKernelStructOps> | null {
  try {
    return findKernelStructOps(object, kernel, map);
  } catch (error) {
    if (error instanceof LoadFailure) {
      return null;
    }
    throw error;
  }
}
