// SPDX-License-Identifier: GPL-2.0-only
import { RegType } from '../../kernel/types';
import { type MovedOffset, words } from '../../kernel/words';
import { addOffsets, constNumber, tnumIsAligned, tnumPair, tnumString } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { writtenParts } from '../state/packet-parts';
import type { RegState } from '../state/reg';

/** Alignment that packet data is assumed to lack (`NET_IP_ALIGN`). */
const IP_ALIGN = 2;

/** Words of alignment messages by register type. */
const DESCRIPTION: ReadonlyMap<number, string> = new Map([
  [RegType.PTR_TO_FLOW_KEYS, 'flow keys '],
  [RegType.PTR_TO_MAP_KEY, 'key '],
  [RegType.PTR_TO_MAP_VALUE, 'value '],
  [RegType.PTR_TO_CTX, 'context '],
  [RegType.PTR_TO_STACK, 'stack '],
  [RegType.PTR_TO_SOCKET, 'sock '],
  [RegType.PTR_TO_SOCK_COMMON, 'sock_common '],
  [RegType.PTR_TO_TCP_SOCK, 'tcp_sock '],
  [RegType.PTR_TO_XDP_SOCK, 'xdp_sock '],
]);

/**
 * Requires alignment where the mode or the kind of memory demands it (`kernel/bpf/verifier.c: check_ptr_alignment`).
 * @param once true for atomics, which are always aligned
 */
export function checkAlignment(env: VerifierEnv, reg: RegState, off: number, size: number, once: boolean): void {
  let strict = env.strictAlignment || once;
  if (reg.type === RegType.PTR_TO_ARENA) return;
  if (reg.type === RegType.PTR_TO_STACK) strict = true;
  if (reg.type === RegType.PTR_TO_MAP_VALUE && reg.map.type === env.mapTypes.insnArray) strict = true;
  if (!strict || size === 1) return;
  const packet = reg.type === RegType.PTR_TO_PACKET || reg.type === RegType.PTR_TO_PACKET_META;
  const fixed = packet ? IP_ALIGN + off : off;
  // the low bits of the sum are known to be 0, whatever is known of the others
  if ((((reg.val.vLo + fixed) | 0 | reg.val.mLo) & (size - 1)) === 0) return;
  if (tnumIsAligned(addOffsets(reg.val, constNumber(fixed)), size)) return;
  const { features } = env.kernel;
  const { moving, fixed: step } = writtenParts(features, reg);
  const offset: MovedOffset = {
    text: tnumString(reg.val),
    moving: words(features, 'words.constTnum')(tnumString(moving), tnumPair(moving)),
    step,
  };
  const kind = packet ? 'packet ' : (DESCRIPTION.get(reg.type) ?? '');
  const moved = words(features, 'words.misaligned')(offset, off);
  env.reject(Errno.EACCES, `misaligned ${kind}access off ${packet ? `${IP_ALIGN}+` : ''}${moved} size ${size}\n`, undefined, {
    kind: 'misaligned',
    off,
    size,
  });
}
