// SPDX-License-Identifier: GPL-2.0-only
/** Binding maps to the program: which map a program of which type may use at all. Facts: `kernel/bpf/verifier.c: __add_used_map`. */
import { isLdImm64 } from '../../isa/insn';
import { words } from '../../kernel/words';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { FieldType, type BpfMap } from '../state/map';

/** Most maps of one program (`MAX_USED_MAPS`). */
const MAX_USED_MAPS = 64;

const TRACING_TYPES = [
  'BPF_PROG_TYPE_KPROBE',
  'BPF_PROG_TYPE_TRACEPOINT',
  'BPF_PROG_TYPE_PERF_EVENT',
  'BPF_PROG_TYPE_RAW_TRACEPOINT',
  'BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE',
] as const;

/** Takes a map into the program's used maps, if it is not there, and returns its index. */
export function addUsedMap(env: VerifierEnv, map: BpfMap): number {
  const known = env.usedMaps.indexOf(map);
  if (known >= 0) return known;
  if (env.usedMaps.length >= MAX_USED_MAPS) {
    env.reject(Errno.E2BIG, `The total number of maps per program has reached the limit of ${MAX_USED_MAPS}\n`, undefined, {
      kind: 'limit',
      name: 'maps',
    });
  }
  checkMapProgCompatibility(env, map);
  env.usedMaps.push(map);
  if (map.type === env.mapTypes.arena) env.usesArena = true;
  if (map.type === env.mapTypes.insnArray) checkInsnArray(env, map);
  return env.usedMaps.length - 1;
}

/** Whether a map of this type can hold several elements of jump targets (`BPF_MAP_TYPE_INSN_ARRAY`). */
export function isInsnArray(env: VerifierEnv, map: BpfMap): boolean {
  return map.type === env.mapTypes.insnArray;
}

function hasField(map: BpfMap, mask: number): boolean {
  return map.record !== null && (map.record.fieldMask & mask) !== 0;
}

function checkMapProgCompatibility(env: VerifierEnv, map: BpfMap): void {
  const { kernel } = env;
  const tracing = TRACING_TYPES.some((t) => kernel.constant(t) === env.progType);

  if (hasField(map, FieldType.GRAPH_ROOT) && tracing) {
    env.reject(Errno.EINVAL, 'tracing progs cannot use bpf_{list_head,rb_root} yet\n', undefined, {
      kind: 'map-program',
      map,
      how: 'graph',
    });
  }
  if (hasField(map, FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK) && env.progType === kernel.constant('BPF_PROG_TYPE_SOCKET_FILTER')) {
    env.reject(Errno.EINVAL, 'socket filter progs cannot use bpf_spin_lock yet\n', undefined, {
      kind: 'map-program',
      map,
      how: 'spin-lock',
    });
  }
  const locks = kernel.features['map.resLockInTracing'] ? FieldType.SPIN_LOCK : FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK;
  if (hasField(map, locks) && tracing)
    env.reject(Errno.EINVAL, 'tracing progs cannot use bpf_spin_lock yet\n', undefined, {
      kind: 'map-program',
      map,
      how: 'spin-lock',
    });
  if (!kernel.features['map.lockInSleepable'] && hasField(map, FieldType.SPIN_LOCK) && env.sleepable) {
    env.reject(Errno.EINVAL, 'sleepable progs cannot use bpf_spin_lock yet\n', undefined, { kind: 'map-program', map, how: 'spin-lock' });
  }
  if (!kernel.features['map.timerInTracing'] && hasField(map, FieldType.TIMER) && tracing) {
    env.reject(Errno.EINVAL, 'tracing progs cannot use bpf_timer yet\n', undefined, { kind: 'map-program', map, how: 'spin-lock' });
  }
  if (!kernel.features['map.workqueueInTracing'] && hasField(map, FieldType.WORKQUEUE) && tracing) {
    env.reject(Errno.EINVAL, 'tracing progs cannot use bpf_wq yet\n', undefined, { kind: 'map-program', map, how: 'spin-lock' });
  }
  if (map.type === kernel.constant('BPF_MAP_TYPE_STRUCT_OPS'))
    env.reject(Errno.EINVAL, 'bpf_struct_ops map cannot be used in prog\n', undefined, {
      kind: 'map-program',
      map,
      how: 'struct-ops',
    });
  if (env.sleepable && !kernel.list('sleepable_map_types').some((name) => kernel.constantNamed(`BPF_MAP_TYPE_${name}`) === map.type)) {
    env.reject(Errno.EINVAL, `${words(kernel.features, 'words.sleepableMaps')()}\n`, undefined, {
      kind: 'map-program',
      map,
      how: 'sleepable',
    });
  }
  if (map.type === kernel.constant('BPF_MAP_TYPE_CGROUP_STORAGE') || map.type === kernel.constant('BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE')) {
    if (env.usedMaps.some((m) => m.type === map.type))
      env.reject(Errno.EBUSY, 'only one cgroup storage of each type is allowed\n', undefined, {
        kind: 'map-program',
        map,
        how: 'storage',
      });
  }
  if (map.type === env.mapTypes.arena) checkArena(env, map);
}

function checkArena(env: VerifierEnv, map: BpfMap): void {
  if (env.usedMaps.some((m) => m.type === map.type))
    env.reject(Errno.EBUSY, 'Only one arena per program\n', undefined, {
      kind: 'map-program',
      map,
      how: 'arena',
    });
  if (!env.allowPtrLeaks || !env.bpfCapable)
    env.reject(Errno.EPERM, 'CAP_BPF and CAP_PERFMON are required to use arena\n', undefined, {
      kind: 'capability',
      name: 'CAP_BPF and CAP_PERFMON',
      callee: '',
    });
  // libbpf maps the arena before it loads programs, so its user address is always set
}

function checkInsnArray(env: VerifierEnv, map: BpfMap): void {
  const targets = map.def.insnArray;
  const valid =
    map.frozen && targets !== null && targets.every((t) => t >= 0 && t < env.insns.length && (t === 0 || !isLdImm64(env.insns[t - 1]!)));
  if (!valid)
    env.reject(Errno.EINVAL, 'Failed to properly initialize insn array\n', undefined, {
      kind: 'map-program',
      map,
      how: 'insn-array',
    });
}
