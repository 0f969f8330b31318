// SPDX-License-Identifier: GPL-2.0-only
/** Look-ups whose key is known. */
import { RegType } from '../../kernel/types';
import { constNum, isConst } from '../domain';
import { markStackSlotsPrecise } from '../engine/precision';
import type { VerifierEnv } from '../env';
import type { BpfMap } from '../state/map';
import type { RegState } from '../state/reg';
import { SlotType } from '../state/stack';

/** `BPF_F_INNER_MAP`. */
const F_INNER_MAP = 1 << 12;
/** No constant key. */
export const NO_KEY = -1;

/** Whether a look-up with a known key that is in range always finds something (`can_elide_value_nullness`). */
export function canElideNullness(env: VerifierEnv, map: BpfMap): boolean {
  if (!env.kernel.features['lookup.constKeyNonNull'] || (map.flags & F_INNER_MAP) !== 0) return false;
  return map.type === env.mapTypes.array || map.type === env.mapTypes.percpuArray;
}

/** Value of a key on the stack, whose slot becomes precise; {@link NO_KEY} if it is not known (`get_constant_map_key`). */
export function constantMapKey(env: VerifierEnv, key: RegState, keySize: number): number {
  if (!env.bpfCapable || key.type !== RegType.PTR_TO_STACK || !isConst(key.val)) return NO_KEY;
  const byte = -constNum(key.val) - 1;
  const spi = byte >> 3;
  const slot = env.cur.frames[key.frameno]!.stack[spi];
  if (slot === undefined) return NO_KEY;
  const run = (kind: SlotType): number => {
    let n = 0;
    for (let i = byte & 7; i >= 0 && slot.kind(i) === kind; i--) n++;
    return n;
  };
  if (run(SlotType.ZERO) >= keySize) return 0;
  if (slot.top !== SlotType.SPILL || slot.reg.type !== RegType.SCALAR_VALUE) return NO_KEY;
  if (run(SlotType.SPILL) !== keySize || !isConst(slot.reg.val)) return NO_KEY;
  markStackSlotsPrecise(env, key.frameno, [spi]);
  return constNum(slot.reg.val);
}
