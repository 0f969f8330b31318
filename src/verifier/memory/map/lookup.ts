// SPDX-License-Identifier: GPL-2.0-only
/** What look-ups in maps return. Facts: `kernel/bpf/verifier.c: refine_map_lookup_value, mark_ptr_not_null_reg`. */
import { Flag, RegType } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';
import { FieldType, type BpfMap } from '../../state/map';
import type { RegState } from '../../state/reg';

/** Whether values have fields that must be used with the map that they are in. */
function hasDeferredWork(map: BpfMap): boolean {
  return ((map.record?.fieldMask ?? 0) & (FieldType.TIMER | FieldType.WORKQUEUE | FieldType.TASK_WORK)) !== 0;
}

/** What a look-up in maps that hold maps or sockets really returns (`refine_map_lookup_value`). */
export function refineMapValue(env: VerifierEnv, reg: RegState): RegState {
  const { map } = reg;
  const nullable = reg.type & Flag.PTR_MAYBE_NULL;
  if (map.inner !== null) {
    const mapUid = env.kernel.features['lookup.refined'] || hasDeferredWork(map.inner) ? reg.id : reg.mapUid;
    return reg.with({ type: RegType.CONST_PTR_TO_MAP | nullable, obj: map.inner, mapUid });
  }
  const type = env.kernel.mapTypeName(map.type);
  if (type === 'xskmap') return reg.with({ type: RegType.PTR_TO_XDP_SOCK | nullable, mapUid: 0 });
  if (type === 'sockmap' || type === 'sockhash') return reg.with({ type: RegType.PTR_TO_SOCKET | nullable, mapUid: 0 });
  return reg;
}

/** The pointer without its "or NULL"; kernels that refine a look-up late do it here. */
export function notNull(env: VerifierEnv, reg: RegState): RegState {
  const known = reg.withType(reg.type & ~Flag.PTR_MAYBE_NULL);
  return !env.kernel.features['lookup.refined'] && known.type === RegType.PTR_TO_MAP_VALUE ? refineMapValue(env, known) : known;
}
