// SPDX-License-Identifier: GPL-2.0-only
/**
 * Maps that the kernel refuses to create: what is asked of all, and of each type (`map-allocs.ts`). Facts: `kernel/bpf/syscall.c: map_create_alloc`.
 * Checks stand in the kernel's order: the first that fails gives the error.
 */
import { Kind, type Btf } from '../btf/types';
import type { Objection } from './errno';
import { MAP_RULES } from './map-allocs';
import { NAME_MAX, Refusal, refuse, type MapAttr, type MapLimits } from './map-checks';
import { typeWords } from './map-names';
import type { KernelConfig } from './object-kernel';
import { MapFlag, MapType } from './uapi';

/** Why the kernel would not create a map, or null if it would (memory permitting). */
export function creationObjection(map: MapAttr, limits: MapLimits): Objection | null {
  try {
    checkAttributes(map, limits);
    MAP_RULES[map.type]!(map, limits);
    checkName(map);
    return null;
  } catch (error) {
    if (error instanceof Refusal) {
      return { errno: error.errno, reason: error.message };
    }
    throw error;
  }
}

/** The limits of a kernel, from its BTF and configuration. */
export function mapLimits(btf: Btf, config: KernelConfig): MapLimits {
  const number = (name: string, fallback: number): number => Number(config.get(name) ?? fallback) || fallback;
  return {
    sizeOf: (struct) => {
      const type = btf.type(btf.findByNameKind(struct, Kind.STRUCT));
      return type?.kind === Kind.STRUCT ? type.size : null;
    },
    get cpus() {
      return number('CONFIG_NR_CPUS', 8192);
    },
    get nodes() {
      return 2 ** number('CONFIG_NODES_SHIFT', 10);
    },
  };
}

function checkAttributes(map: MapAttr, limits: MapLimits): void {
  if (map.btfKeyTypeId !== 0 && map.btfValueTypeId === 0) {
    refuse('EINVAL', 'it has a type for its key, but none for its value');
  }
  if (map.extra !== 0n && map.type !== MapType.BLOOM_FILTER && map.type !== MapType.ARENA && map.type !== MapType.RHASH) {
    refuse('EINVAL', `map_extra is ${map.extra}; ${typeWords(map.type)} has none`);
  }
  if ((map.flags & MapFlag.NUMA_NODE) !== 0 && map.numaNode >= limits.nodes) {
    refuse('EINVAL', `numa_node is ${map.numaNode}; this kernel knows nodes below ${limits.nodes}`);
  }
  if (MAP_RULES[map.type] === undefined) {
    refuse('EINVAL', `map type ${map.type} does not exist`);
  }
}

function checkName(map: MapAttr): void {
  const bad = /[^A-Za-z0-9_.]/.exec(map.name.slice(0, NAME_MAX));
  if (bad !== null) {
    refuse('EINVAL', `its name holds '${bad[0]}'; names are letters, digits, '_' and '.'`);
  }
}
