// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pointers to packets and the stack in kernels that keep a constant part of the offset beside the variable one (`struct bpf_reg_state` with `off`): what the
 * packet was compared with, and what two pointers have in common, follows from the parts and not from their sum. `val` stays the sum.
 */
import type { Features } from '../../kernel/features';
import { RegType } from '../../kernel/types';
import { constNum, isConst } from '../domain';
import { ZERO } from '../domain/draft';
import type { Scalar } from '../domain/scalar';
import type { RegState } from './reg';
import { isPacketPointer } from './reg-kinds';

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

/** Whether a pointer of that type keeps its parts in such a kernel. */
export function keepsParts(features: Features, type: number): boolean {
  return !features['packet.oneOffset'] && (type === RegType.PTR_TO_STACK || isPacketPointer(type));
}

/** The two parts of a pointer's offset as the kernel would write them; the constant one is 0 where the kernel has one number. */
export function writtenParts(features: Features, pointer: RegState): { readonly moving: Scalar; readonly fixed: number } {
  if (keepsParts(features, pointer.type)) return { moving: movingPart(pointer), fixed: fixedPart(pointer) };
  if (!features['packet.oneOffset'] && isConst(pointer.val)) return { moving: ZERO, fixed: constNum(pointer.val) };
  return { moving: pointer.val, fixed: 0 };
}
