// SPDX-License-Identifier: GPL-2.0-only
/** What a call instruction's helper call tells its later rewriting: the map, and the key of a tail call. */
import { behaviours } from '../../kernel/behaviour';
import { RegType } from '../../kernel/types';
import { isConst, tnumValueBig } from '../domain';
import { markChainPrecision } from '../engine/precision';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { CallMeta } from '../call-meta';

/** `BPF_F_RDONLY_PROG`. */
const F_RDONLY_PROG = 1 << 7;
const CHANGES_MAP = behaviours('map_delete_elem', 'map_update_elem', 'map_push_elem', 'map_pop_elem');
const USES_MAP = behaviours(
  ...CHANGES_MAP,
  'tail_call',
  'map_lookup_elem',
  'map_peek_elem',
  'for_each_map_elem',
  'redirect_map',
  'map_lookup_percpu_elem',
);

/** Notes the map that a map helper is called with (`kernel/bpf/verifier.c: record_func_map`). */
export function recordFuncMap(env: VerifierEnv, meta: CallMeta, insnIdx: number): void {
  if (!USES_MAP.has(meta.behaviour)) return;
  const map = meta.map.ptr;
  if (map === null) env.reject(Errno.EFAULT, 'verifier bug: expected map for helper call\n');
  if ((map.flags & F_RDONLY_PROG) !== 0 && CHANGES_MAP.has(meta.behaviour))
    env.reject(Errno.EACCES, 'write into map forbidden\n', undefined, {
      kind: 'read-only-map',
      map,
    });
  const aux = env.aux.rareOf(insnIdx);
  if (aux.callMap === null) aux.callMap = map;
  else if (aux.callMap !== map) {
    aux.callMap = map;
    env.aux.set(insnIdx, Fact.CALL_MAP_POISONED);
  }
}

/** Notes the constant key of a tail call (`record_func_key`). */
export function recordFuncKey(env: VerifierEnv, meta: CallMeta, insnIdx: number): void {
  if (meta.behaviour !== 'tail_call') return;
  const map = meta.map.ptr;
  if (map === null || map.type !== env.kernel.constant('BPF_MAP_TYPE_PROG_ARRAY')) {
    env.reject(Errno.EINVAL, 'expected prog array map for tail call', undefined, { kind: 'map-type', callee: 'bpf_tail_call', map });
  }
  const aux = env.aux.rareOf(insnIdx);
  const reg = env.regs[3]!;
  const value = tnumValueBig(reg.val);
  if (reg.type !== RegType.SCALAR_VALUE || !isConst(reg.val) || value >= BigInt(map.maxEntries)) {
    aux.mapKeyState = { poisoned: true, constant: false, key: 0 };
    return;
  }
  markChainPrecision(env, 3);
  const key = Number(value);
  if (aux.mapKeyState === null) aux.mapKeyState = { poisoned: false, constant: true, key };
  else if (!aux.mapKeyState.poisoned && aux.mapKeyState.key !== key) aux.mapKeyState = { poisoned: true, constant: false, key: 0 };
}
