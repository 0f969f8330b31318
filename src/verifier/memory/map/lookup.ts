// SPDX-License-Identifier: GPL-2.0-only
/** What look-ups in maps return. Facts: `kernel/bpf/verifier.c: refine_map_lookup_value, mark_ptr_not_null_reg`. */
import { Flag, RegType } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';
import type { RegState } from '../../state/reg';

/** What a look-up in maps that hold maps or sockets really returns (`refine_map_lookup_value`). */
export function refineMapValue(env: VerifierEnv, reg: RegState): RegState {
  const { map } = reg;
  const nullable = reg.type & Flag.PTR_MAYBE_NULL;
  if (map.inner !== null) return reg.with({ type: RegType.CONST_PTR_TO_MAP | nullable, obj: map.inner, mapUid: reg.id });
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
