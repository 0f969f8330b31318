// SPDX-License-Identifier: GPL-2.0-only
import type { HelperProto } from '../../kernel/profile';
import { smin, umax } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { RegState } from '../state/reg';
import type { AccessType } from './access-type';
import { fixedPart, movingPart } from '../state/packet-parts';
import { checkRegion, outsideText } from './region';
import { argName } from '../arg-no';

/** Program types that may read packets, and those that may write them too. */
const READ_ONLY = ['lwt_in', 'lwt_out', 'lwt_seg6local', 'sk_reuseport', 'flow_dissector', 'cgroup_skb'];
const READ_WRITE = ['sched_cls', 'sched_act', 'xdp', 'lwt_xmit', 'sk_skb', 'sk_msg'];

/**
 * Whether this program, or the helper that it hands a packet pointer to, may access packet data directly
 * (`kernel/bpf/verifier.c: may_access_direct_pkt_data`).
 */
export function mayAccessPacket(env: VerifierEnv, helper: HelperProto | null, access: AccessType): boolean {
  const name = env.kernel.progTypeName(env.progType);
  if (name === 'cgroup_sockopt') {
    if (access === 'write') env.seenDirectWrite = true;
    return true;
  }
  const readOnly = READ_ONLY.includes(name);
  if (!readOnly && !READ_WRITE.includes(name)) return false;
  if (readOnly && access === 'write') return false;
  if (helper !== null) return helper.pktAccess;
  env.seenDirectWrite = true;
  return true;
}

/** The range was measured with the variable part in it: only the constant one counts. */
function checkFixedPart(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number, zeroSizeAllowed: boolean): void {
  const at = { kind: 'outside', arg, off, size, limit: reg.range } as const;
  if (smin(movingPart(reg)) < 0) {
    env.reject(
      Errno.EACCES,
      `${argName(arg)} min value is negative, either use unsigned index or do a if (index >=0) check.\n`,
      () => why.outside(env, 'negative', reg, arg, off, size, reg.range),
      { ...at, how: 'negative' },
    );
  }
  const text = outsideText(reg, arg, off + fixedPart(reg), size, reg.range, zeroSizeAllowed);
  if (text === '') return;
  env.reject(
    Errno.EACCES,
    `${text}${argName(arg)} offset is outside of the packet\n`,
    () => why.outside(env, 'high', reg, arg, off, size, reg.range),
    { ...at, how: 'high' },
  );
}

/** Requires that the access lies in the part of the packet that was compared with its end (`check_packet_access`). */
export function checkPacketAccess(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number, zeroSizeAllowed: boolean): void {
  if (reg.range < 0)
    env.reject(Errno.EINVAL, `${argName(arg)} offset is outside of the packet\n`, undefined, {
      kind: 'outside',
      arg,
      how: 'high',
      off,
      size,
      limit: 0,
    });
  if (env.kernel.features['packet.oneOffset']) checkRegion(env, reg, arg, off, size, reg.range, zeroSizeAllowed);
  else checkFixedPart(env, reg, arg, off, size, zeroSizeAllowed);
  env.maxPktOffset = Math.max(env.maxPktOffset, off + umax(reg.val) + size - 1);
}
