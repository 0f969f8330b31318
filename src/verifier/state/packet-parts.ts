// SPDX-License-Identifier: GPL-2.0-only
/**
 * Packet pointers of kernels that keep a constant part of the offset beside the variable one (`struct bpf_reg_state` with `off`): what the
 * packet was compared with, and what two pointers have in common, follows from the parts and not from their sum. `val` stays the sum.
 */
import { ZERO } from '../domain/draft';
import type { Scalar } from '../domain/scalar';
import type { RegState } from './reg';

/** Constant part of the offset, bytes, s32. */
export function fixedPart(packet: RegState): number {
  return packet.num2;
}

/** Variable part of the offset, which all pointers with one id share. */
export function movingPart(packet: RegState): Scalar {
  return (packet.obj as Scalar | null) ?? ZERO;
}

/** The pointer after a constant was added, which keeps its range. */
export function stepFixed(packet: RegState, by: number): RegState {
  return packet.with({ num2: packet.num2 + by });
}
