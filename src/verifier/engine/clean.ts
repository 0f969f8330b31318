// SPDX-License-Identifier: GPL-2.0-only
/** Making a state smaller where nothing will look any more (`clean_verifier_state`, `bpf_clear_singular_ids`, …). */
import { FP_REG } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { aliveSlots } from '../prepass/stack-liveness';
import { WORDS as LIVE_WORDS } from '../prepass/spis';
import { mapAllRegs } from '../regs';
import type { FuncState } from '../state/frame';
import { ID_MASK, NOT_INIT, type RegState } from '../state/reg';
import { EMPTY_SLOT, SlotType, StackSlot, allKinds, setKind } from '../state/stack';
import type { VerifierState } from '../state/state';
import { lowestBit } from './bits';
import { frameInsnIdx, isNullScalar } from './equal';
import type { LiveStack } from './live-stack';

const ALL_POISON = allKinds(SlotType.POISON);
/** A slot that is dead as a whole. */
const POISONED = new StackSlot(ALL_POISON, NOT_INIT);
/** Bits of the four bytes nearest the frame pointer. */
const LOW_HALF = 0o7777;

function isSpecial(slot: StackSlot): boolean {
  return slot.top === SlotType.DYNPTR || slot.top === SlotType.ITER || slot.top === SlotType.IRQ_FLAG;
}

/** Four bytes of a spilled scalar become ordinary bytes when the other half of the slot is dead. */
function degradeLowHalf(kinds: number): number {
  let result = kinds;
  for (let i = 0; i < 4; i++) if (((kinds >>> (3 * i)) & 7) === SlotType.SPILL) result = setKind(result, i, SlotType.MISC);
  return result;
}

/** A slot of which at least one half is dead. */
function cleanSlot(slot: StackSlot, lowLive: boolean, highLive: boolean): StackSlot {
  if (isSpecial(slot)) return slot;
  if (!lowLive && !highLive) return POISONED;
  let { kinds, reg } = slot;
  if (!highLive) {
    if (lowLive && slot.top === SlotType.SPILL) {
      // pointers keep their record, so that partial reads stay refused; zeros would need a walk for precision
      if (reg.type !== RegType.SCALAR_VALUE || isNullScalar(reg)) return slot;
      kinds = degradeLowHalf(kinds);
    }
    reg = NOT_INIT;
  }
  if (!lowLive) kinds |= LOW_HALF;
  if (!highLive) kinds |= ALL_POISON & ~LOW_HALF;
  return kinds === slot.kinds && reg === slot.reg ? slot : new StackSlot(kinds, reg);
}

const alive = new Int32Array(LIVE_WORDS);
/** R0 to R9 as a mask: the frame pointer stays. */
const CLEANED_REGS = (1 << FP_REG) - 1;

function cleanFrame(env: VerifierEnv, state: VerifierState, frame: FuncState, liveRegs: number): void {
  const { regs } = frame;
  const count = frame.stack.length;
  for (let dead = ~liveRegs & CLEANED_REGS; dead !== 0; dead &= dead - 1) regs[lowestBit(dead)] = NOT_INIT;
  if (count === 0) return;
  aliveSlots(env, state, frame.frameno, alive);
  for (let word = 0; word * 16 < count; word++) {
    const halves = alive[word]!;
    // slots, as their lower bits, of which a half is dead and that were written since they were dead as a whole
    for (let open = ~(halves & (halves >>> 1)) & frame.unsettled(word); open !== 0; open &= open - 1) {
      const bit = lowestBit(open);
      const spi = word * 16 + (bit >> 1);
      if (spi >= count) break;
      const live = (halves >>> bit) & 3;
      frame.setSlot(spi, cleanSlot(frame.stack[spi]!, (live & 1) !== 0, (live & 2) !== 0));
      if (live === 0) frame.settle(spi);
    }
  }
}

/** Dead registers become unreadable, dead halves of stack slots poisoned, in all frames (`clean_verifier_state`). */
export function cleanState(env: VerifierEnv, state: VerifierState): void {
  for (let i = 0; i < state.frames.length; i++) {
    cleanFrame(env, state, state.frames[i]!, env.aux.liveRegsBefore[frameInsnIdx(state, i)]!);
  }
}

/** Nothing that starts in the state is left to explore: dead registers and slots are forgotten as a whole, once (`clean_live_states`). */
export function forgetDead(env: VerifierEnv, live: LiveStack, state: VerifierState): void {
  state.cleaned = true;
  const isAlive = live.query(state);
  state.frames.forEach((frame, f) => {
    const liveRegs = env.aux.liveRegsBefore[frameInsnIdx(state, f)]!;
    for (let i = 0; i < FP_REG; i++) if ((liveRegs & (1 << i)) === 0) frame.regs[i] = NOT_INIT;
    for (let spi = 0; spi < frame.stack.length; spi++) if (!isAlive(f, spi)) frame.setSlot(spi, EMPTY_SLOT);
  });
}

/** Link ids of the scalars of the state at hand, one for each that has one: the first {@link linkCount}. */
const links: number[] = [];
let linkCount = 0;

function isLink(reg: RegState): boolean {
  return reg.id !== 0 && reg.type === RegType.SCALAR_VALUE;
}

function gatherLinks(state: VerifierState): void {
  linkCount = 0;
  for (const { regs, stack, stackArgs } of state.frames) {
    for (let i = 0; i < regs.length; i++) if (isLink(regs[i]!)) links[linkCount++] = regs[i]!.id & ID_MASK;
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i]!;
      if (isLink(slot.reg) && slot.top === SlotType.SPILL) links[linkCount++] = slot.reg.id & ID_MASK;
    }
    for (let i = 0; i < stackArgs.length; i++) if (isLink(stackArgs[i]!)) links[linkCount++] = stackArgs[i]!.id & ID_MASK;
  }
}

/** Whether only one scalar has that link id. */
function isSingle(id: number): boolean {
  let count = 0;
  for (let i = 0; i < linkCount; i++) if (links[i] === id && ++count > 1) return false;
  return true;
}

/** Link ids that only one scalar has are dropped: such a scalar is linked with nothing (`bpf_clear_singular_ids`). */
export function clearSingularIds(state: VerifierState): void {
  gatherLinks(state);
  for (let i = 0; i < linkCount; i++) {
    if (!isSingle(links[i]!)) continue;
    mapAllRegs(state, unlinkedIfSingle);
    return;
  }
}

function unlinkedIfSingle(reg: RegState): RegState {
  return isLink(reg) && isSingle(reg.id & ID_MASK) ? unlinked(reg) : reg;
}

/** The scalar without link (`clear_scalar_id`). */
function unlinked(reg: RegState): RegState {
  return reg.withLink(0, 0);
}
