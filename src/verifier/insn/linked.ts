// SPDX-License-Identifier: GPL-2.0-only
/** What a jump teaches about one scalar holds for all scalars linked with it. Facts: `kernel/bpf/verifier.c: collect_linked_regs, sync_linked_regs`. */
import { FP_REG } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { addDelta } from '../domain';
import type { VerifierEnv } from '../env';
import { unlinked } from '../memory/scalar-id';
import { ADD_CONST32, ADD_CONST64, ID_MASK, LINK_BITS, type RegState } from '../state/reg';
import { SlotType } from '../state/stack';
import type { LinkedReg, VerifierState } from '../state/state';

/** Most registers and slots that one jump considers (`LINKED_REGS_MAX`). */
const MAX_LINKED = 5;

/** Instruction that a frame of the current state is at: the one at hand, or its call (`bpf_frame_insn_idx`). */
function frameInsn(env: VerifierEnv, frameno: number): number {
  const inner = env.cur.frames[frameno + 1];
  return inner === undefined ? env.insnIdx : inner.callsite;
}

/** Whether a scalar has that id, at whatever distance. */
function isLinkedBy(reg: RegState, plain: number): boolean {
  return reg.type === RegType.SCALAR_VALUE && (reg.id & ID_MASK) === plain;
}

/**
 * Adds the live registers and the spilled registers of the current state that are linked by `id` to `linked`, innermost frame first;
 * those that do not fit lose their link.
 */
export function collectLinkedRegs(env: VerifierEnv, id: number, linked: LinkedReg[]): void {
  const plain = id & ID_MASK;
  for (let frameno = env.cur.curframe; frameno >= 0; frameno--) {
    const frame = env.cur.frames[frameno]!;
    const live = env.kernel.features['linked.liveOnly'] ? env.aux.liveRegsBefore[frameInsn(env, frameno)]! : -1;
    for (let index = 0; index < FP_REG; index++) {
      const reg = frame.regs[index]!;
      if ((live & (1 << index)) === 0 || !isLinkedBy(reg, plain)) continue;
      if (linked.length < MAX_LINKED) linked.push({ frameno, index, isReg: true });
      else frame.regs[index] = unlinked(reg);
    }
    for (let index = 0; index < frame.stack.length; index++) {
      const slot = frame.stack[index]!;
      if (slot.top !== SlotType.SPILL || !isLinkedBy(slot.reg, plain)) continue;
      if (linked.length < MAX_LINKED) linked.push({ frameno, index, isReg: false });
      else frame.setSlot(index, slot.withReg(unlinked(slot.reg)));
    }
  }
}

/** The linked register's new state, or null if the known one says nothing about it. */
function follow(reg: RegState, known: RegState): RegState | null {
  if (reg.type !== RegType.SCALAR_VALUE || (reg.id & ID_MASK) !== (known.id & ID_MASK)) return null;
  const regLink = reg.id & LINK_BITS;
  const knownLink = known.id & LINK_BITS;
  // Distances of 32-bit and of 64-bit additions have nothing to do with each other.
  if ((regLink === ADD_CONST64 && knownLink === ADD_CONST32) || (regLink === ADD_CONST32 && knownLink === ADD_CONST64)) return null;
  if ((regLink === 0 && knownLink === 0) || reg.delta === known.delta) return known;
  const zeroExtend = regLink === ADD_CONST32 || knownLink === ADD_CONST32;
  const val = addDelta(known.val, reg.delta - known.delta, zeroExtend);
  return known.withVal(val).withLink(reg.id, reg.delta);
}

/** Carries what is known of register `regno` of the innermost frame of `state` over to the linked ones. */
export function syncLinkedRegs(env: VerifierEnv, state: VerifierState, regno: number, linked: readonly LinkedReg[]): void {
  const { curframe } = state;
  const known = state.frames[curframe]!.regs[regno]!;
  const told = env.kernel.features['log.linkedTouched'];
  for (const { frameno, index, isReg } of linked) {
    const frame = state.frames[frameno]!;
    if (isReg) {
      if (frameno === curframe && index === regno) continue;
      const next = follow(frame.regs[index]!, known);
      if (next === null) continue;
      frame.regs[index] = next;
      if (told) env.scratchReg(index);
    } else {
      const slot = frame.stack[index]!;
      const next = follow(slot.reg, known);
      if (next === null) continue;
      frame.setSlot(index, slot.withReg(next));
      if (told) env.scratchSlot(index);
    }
  }
}
