// SPDX-License-Identifier: GPL-2.0-only
/** Which helpers go with which maps. Facts: `kernel/bpf/verifier.c: check_map_func_compatibility`. */
import { type Behaviour, behaviours, type HelperBehaviour } from '../../kernel/behaviour';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { BpfMap } from '../state/map';
import type { CallMeta } from '../call-meta';

const RINGBUF: readonly HelperBehaviour[] = [
  'ringbuf_output',
  'ringbuf_reserve',
  'ringbuf_query',
  'ringbuf_reserve_dynptr',
  'ringbuf_submit_dynptr',
  'ringbuf_discard_dynptr',
];
const PERF_EVENTS: readonly HelperBehaviour[] = [
  'perf_event_read',
  'perf_event_output',
  'skb_output',
  'perf_event_read_value',
  'xdp_output',
];
const QUEUE: readonly HelperBehaviour[] = ['map_peek_elem', 'map_pop_elem', 'map_push_elem'];
const LOCAL_STORAGE: readonly HelperBehaviour[] = ['get_local_storage'];
const DEVMAP: readonly HelperBehaviour[] = ['redirect_map', 'map_lookup_elem'];
const SOCKMAP: readonly HelperBehaviour[] = [
  'sk_redirect_map',
  'sock_map_update',
  'msg_redirect_map',
  'sk_select_reuseport',
  'map_lookup_elem',
];
const SOCKHASH: readonly HelperBehaviour[] = [
  'sk_redirect_hash',
  'sock_hash_update',
  'msg_redirect_hash',
  'sk_select_reuseport',
  'map_lookup_elem',
];
const storage = (name: 'sk' | 'inode' | 'task' | 'cgrp'): HelperBehaviour[] => [
  `${name}_storage_get`,
  `${name}_storage_delete`,
  'kptr_xchg',
];

/** Map type → helpers (behaviour tags) that take such a map; types that are not listed take any. */
const HELPERS_OF_MAP: ReadonlyMap<string, ReadonlySet<Behaviour | null>> = new Map(
  Object.entries<readonly HelperBehaviour[]>({
    prog_array: ['tail_call'],
    perf_event_array: PERF_EVENTS,
    ringbuf: RINGBUF,
    user_ringbuf: ['user_ringbuf_drain'],
    stack_trace: ['get_stackid'],
    cgroup_array: ['skb_under_cgroup', 'current_task_under_cgroup'],
    cgroup_storage: LOCAL_STORAGE,
    percpu_cgroup_storage: LOCAL_STORAGE,
    devmap: DEVMAP,
    devmap_hash: DEVMAP,
    cpumap: ['redirect_map'],
    xskmap: DEVMAP,
    array_of_maps: ['map_lookup_elem'],
    hash_of_maps: ['map_lookup_elem'],
    sockmap: SOCKMAP,
    sockhash: SOCKHASH,
    reuseport_sockarray: ['sk_select_reuseport'],
    queue: QUEUE,
    stack: QUEUE,
    sk_storage: storage('sk'),
    inode_storage: storage('inode'),
    task_storage: storage('task'),
    cgrp_storage: storage('cgrp'),
    bloom_filter: ['map_peek_elem', 'map_push_elem'],
    insn_array: [],
  }).map(([map, helpers]) => [map, behaviours(...helpers)]),
);

/** Helper (behaviour tag) → map types that it takes; helpers that are not listed take any. */
const MAPS_BY_HELPERS: readonly { readonly helpers: readonly HelperBehaviour[]; readonly maps: readonly string[] }[] = [
  { helpers: ['tail_call'], maps: ['prog_array'] },
  { helpers: PERF_EVENTS, maps: ['perf_event_array'] },
  { helpers: RINGBUF, maps: ['ringbuf'] },
  { helpers: ['user_ringbuf_drain'], maps: ['user_ringbuf'] },
  { helpers: ['get_stackid'], maps: ['stack_trace'] },
  { helpers: ['current_task_under_cgroup', 'skb_under_cgroup'], maps: ['cgroup_array'] },
  { helpers: ['redirect_map'], maps: ['devmap', 'devmap_hash', 'cpumap', 'xskmap'] },
  { helpers: ['sk_redirect_map', 'msg_redirect_map', 'sock_map_update'], maps: ['sockmap'] },
  { helpers: ['sk_redirect_hash', 'msg_redirect_hash', 'sock_hash_update'], maps: ['sockhash'] },
  { helpers: LOCAL_STORAGE, maps: ['cgroup_storage', 'percpu_cgroup_storage'] },
  { helpers: ['sk_select_reuseport'], maps: ['reuseport_sockarray', 'sockmap', 'sockhash'] },
  { helpers: ['map_pop_elem'], maps: ['queue', 'stack'] },
  { helpers: ['map_peek_elem', 'map_push_elem'], maps: ['queue', 'stack', 'bloom_filter'] },
  { helpers: ['map_lookup_percpu_elem'], maps: ['percpu_array', 'percpu_hash', 'lru_percpu_hash'] },
  { helpers: ['sk_storage_get', 'sk_storage_delete'], maps: ['sk_storage'] },
  { helpers: ['inode_storage_get', 'inode_storage_delete'], maps: ['inode_storage'] },
  { helpers: ['task_storage_get', 'task_storage_delete'], maps: ['task_storage'] },
  { helpers: ['cgrp_storage_get', 'cgrp_storage_delete'], maps: ['cgrp_storage'] },
];
const MAPS_OF_HELPER: ReadonlyMap<Behaviour | null, ReadonlySet<string>> = new Map(
  MAPS_BY_HELPERS.flatMap(({ helpers, maps }) => helpers.map((helper): [Behaviour, Set<string>] => [helper, new Set(maps)])),
);

/** Program types in which older kernels take no socket to be locked. */
const NOT_LOCKED: ReadonlySet<string> = new Set(['socket_filter', 'sched_cls', 'sched_act', 'xdp', 'flow_dissector']);

/** Whether a program may change a sockmap by the ordinary helpers: not where a socket may be locked (`may_update_sockmap`). */
function mayUpdateSockmap(env: VerifierEnv, helper: Behaviour | null): boolean {
  if (helper !== 'map_update_elem' && helper !== 'map_delete_elem') return false;
  const type = env.kernel.progTypeName(env.progType);
  if (type === 'sk_reuseport' || type === 'sk_lookup') return true;
  if (!env.kernel.features['sockmap.lockedContexts'] && NOT_LOCKED.has(type)) return true;
  if (type === 'tracing' && env.expectedAttachType === env.kernel.constant('BPF_TRACE_ITER')) return true;
  if (type === 'sock_ops' && helper === 'map_delete_elem') return true;
  env.verbose('cannot update sockmap in this context\n');
  return false;
}

/** Refuses a helper that does not go with the map among its arguments, seen from the map and from the helper. */
export function checkMapFuncCompatibility(env: VerifierEnv, map: BpfMap | null, meta: CallMeta): void {
  if (map === null) return;
  const { id, name } = meta.fn!;
  const helper = meta.behaviour;
  const type = env.kernel.mapTypeName(map.type);
  const ofMap = HELPERS_OF_MAP.get(type);
  const isSockmap = type === 'sockmap' || type === 'sockhash';
  const fits =
    (ofMap === undefined || ofMap.has(helper) || (isSockmap && mayUpdateSockmap(env, helper))) &&
    MAPS_OF_HELPER.get(helper)?.has(type) !== false;
  if (!fits)
    env.reject(Errno.EINVAL, `cannot pass map_type ${map.type} into func ${name}#${id}\n`, undefined, {
      kind: 'map-type',
      callee: name,
      map,
      accepted: MAPS_OF_HELPER.get(helper) ?? null,
    });
}
