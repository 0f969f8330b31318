// SPDX-License-Identifier: GPL-2.0-only
/** When does a known state cover another one (`kernel/bpf/states.c: states_equal` and what it calls). */
import { FP_REG } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { isNull, r64BaseEqual, rangeWithin, scalarEquals, tnumIn, type Scalar } from '../domain';
import type { VerifierEnv } from '../env';
import type { FuncState } from '../state/frame';
import { LINK_BITS, NOT_INIT, UNKNOWN_SCALAR, hasAddConst, type RegState } from '../state/reg';
import type { FrameMarks } from '../state/marks';
import { fixedPart, movingPart } from '../state/packet-parts';
import { mayBeNull } from '../state/reg-kinds';
import { ALL_MISC, SlotType, allKinds, type StackSlot } from '../state/stack';
import type { VerifierState } from '../state/state';
import { allHeldSafe } from './equal-held';
import type { IdMap } from './idmap';

/** How strict a comparison is (`enum exact_level`). */
export const enum Exact {
  /** The old state is finished: scalars that nobody needed precisely don't matter. */
  NOT_EXACT,
  /** Same values: for the detection of infinite loops. */
  EXACT,
  /** The old state is not finished: all scalars count. */
  RANGE_WITHIN,
}

/** Instruction at which frame `frameno` stands (`bpf_frame_insn_idx`). */
export function frameInsnIdx(state: VerifierState, frameno: number): number {
  return frameno === state.frames.length - 1 ? state.insnIdx : state.frames[frameno + 1]!.callsite;
}

/** Both stand below the same calls (`same_callsites`). */
export function sameCallsites(a: VerifierState, b: VerifierState): boolean {
  if (a.frames.length !== b.frames.length) return false;
  for (let i = a.frames.length - 1; i >= 0; i--) if (a.frames[i]!.callsite !== b.frames[i]!.callsite) return false;
  return true;
}

/** Both point to the stack, and what varies of their offsets is alike. */
function sameMovingPart(a: RegState, b: RegState): boolean {
  return a.type === RegType.PTR_TO_STACK && scalarEquals(movingPart(a), movingPart(b));
}

/** Type, delta and per-type data agree: the bytes before `var_off`. */
function samePrefix(a: RegState, b: RegState): boolean {
  const alike = a.type === b.type && a.delta === b.delta && a.num === b.num && a.num2 === b.num2 && a.num3 === b.num3;
  return alike && (a.obj === b.obj || sameMovingPart(a, b));
}

/** Everything but ids and precision agrees: the bytes before `id`. */
export function sameUpToIds(a: RegState, b: RegState): boolean {
  return a === b || (samePrefix(a, b) && scalarEquals(a.val, b.val));
}

function checkAllIds(env: VerifierEnv, old: RegState, cur: RegState, ids: IdMap): boolean {
  const sameMap = env.kernel.features['pruning.mapUids'] ? ids.check(old.mapUid, cur.mapUid) : old.mapUid === cur.mapUid;
  return sameMap && ids.check(old.id, cur.id) && ids.check(old.parentId, cur.parentId);
}

function regsExact(env: VerifierEnv, old: RegState, cur: RegState, ids: IdMap): boolean {
  return sameUpToIds(old, cur) && checkAllIds(env, old, cur, ids);
}

/** `cur`'s value is within `old`'s in all three views. */
function valueWithin(old: RegState, cur: RegState): boolean {
  return within(old.val, cur.val);
}

function within(old: Scalar, cur: Scalar): boolean {
  return old === cur || (rangeWithin(old, cur) && tnumIn(old, cur));
}

function scalarSafe(env: VerifierEnv, old: RegState, cur: RegState, ids: IdMap, exact: Exact): boolean {
  if (env.exploreAluLimits) return sameUpToIds(old, cur) && ids.checkScalar(old.id, cur.id);
  if (!old.precise && exact === Exact.NOT_EXACT) return true;
  if (old.id !== 0) {
    if ((old.id & LINK_BITS) !== (cur.id & LINK_BITS)) return false;
    if (hasAddConst(old.id) && old.delta !== cur.delta) return false;
    if (!ids.checkScalar(old.id, cur.id)) return false;
  }
  return valueWithin(old, cur);
}

/** What `cur` adds to the packet's start was checked with `old`; their ids agree. */
function packetOffsetSafe(env: VerifierEnv, old: RegState, cur: RegState): boolean {
  const { features } = env.kernel;
  if (!features['packet.oneOffset']) return fixedPart(old) === fixedPart(cur) && within(movingPart(old), movingPart(cur));
  if (old.id !== 0 && features['pruning.packetBase'] && !r64BaseEqual(old.val, cur.val)) return false;
  return valueWithin(old, cur);
}

/** Everything but precision agrees, ids too. */
function sameBytes(old: RegState, cur: RegState): boolean {
  if (old === cur) return true;
  return old.id === cur.id && old.parentId === cur.parentId && old.mapUid === cur.mapUid && sameUpToIds(old, cur);
}

/** What of values that differ covers another, for kernels that know no links between scalars (`regsafe` of 6.1). */
function coversByType(env: VerifierEnv, old: RegState, cur: RegState, ids: IdMap): boolean {
  if (old.type === RegType.NOT_INIT) return true;
  if (old.type !== cur.type) return false;
  switch (old.base) {
    case RegType.SCALAR_VALUE:
      return !env.exploreAluLimits && (!old.precise || valueWithin(old, cur));
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_MAP_VALUE:
      if (!samePrefix(old, cur)) return false;
      return mayBeNull(old.type) ? ids.check(old.id, cur.id) : valueWithin(old, cur);
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_PACKET:
      if (old.range < 0 || cur.range < 0 ? old.range !== cur.range : old.range > cur.range) return false;
      return (old.id === 0 || ids.check(old.id, cur.id)) && packetOffsetSafe(env, old, cur);
    default:
      return false;
  }
}

/** Has no id that could stand for different things on two paths. */
function isAnonymous(reg: RegState): boolean {
  return reg.id === 0 && reg.parentId === 0;
}

/** Whatever is safe with `old` is safe with `cur` (`regsafe`). */
function regSafe(env: VerifierEnv, old: RegState, cur: RegState, ids: IdMap, exact: Exact): boolean {
  if (old === cur && isAnonymous(old)) return true;
  if (exact === Exact.EXACT) return regsExact(env, old, cur, ids);
  if (!env.kernel.features['pruning.scalarIds']) return sameBytes(old, cur) || coversByType(env, old, cur, ids);
  if (old.type === RegType.NOT_INIT && (exact === Exact.NOT_EXACT || env.kernel.features['liveness.dataFlow'])) return true;
  if (old.type !== cur.type) return false;
  switch (old.base) {
    case RegType.SCALAR_VALUE:
      return scalarSafe(env, old, cur, ids, exact);
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_MAP_VALUE:
    case RegType.PTR_TO_MEM:
    case RegType.PTR_TO_BUF:
    case RegType.PTR_TO_TP_BUFFER:
      return samePrefix(old, cur) && valueWithin(old, cur) && checkAllIds(env, old, cur, ids);
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_PACKET:
      if (old.range < 0 || cur.range < 0 ? old.range !== cur.range : old.range > cur.range) return false;
      if (!ids.check(old.id, cur.id)) return false;
      return packetOffsetSafe(env, old, cur);
    case RegType.PTR_TO_ARENA:
      return true;
    case RegType.PTR_TO_INSN:
      return samePrefix(old, cur) && valueWithin(old, cur);
    default:
      return regsExact(env, old, cur, ids);
  }
}

/** Bytes from `im` on read as an unknown scalar (`is_stack_misc_after`). */
function isMiscFrom(env: VerifierEnv, slot: StackSlot, im: number): boolean {
  for (let i = im; i < 8; i++) {
    const kind = slot.kind(i);
    if (kind === SlotType.MISC) continue;
    if ((kind === SlotType.INVALID || kind === SlotType.POISON) && env.allowUninitStack) continue;
    return false;
  }
  return true;
}

/** The scalar that a load of the bytes from `im` on would give, null if it is none (`scalar_reg_for_stack`). */
function scalarInSlot(env: VerifierEnv, slot: StackSlot, im: number): RegState | null {
  if (slot.kind(im) === SlotType.SPILL && slot.reg.type === RegType.SCALAR_VALUE) return slot.reg;
  return isMiscFrom(env, slot, im) ? UNKNOWN_SCALAR : null;
}

/** What the record behind a slot says is the same: called when all eight bytes agree. */
function recordSafe(env: VerifierEnv, old: StackSlot, cur: StackSlot, ids: IdMap, exact: Exact): boolean {
  const a = old.reg;
  const b = cur.reg;
  switch (old.top) {
    case SlotType.SPILL:
      return regSafe(env, a, b, ids, exact);
    case SlotType.DYNPTR:
      if (!env.kernel.features['dynptr.identity']) return true;
      return (
        a.dynptrType === b.dynptrType &&
        a.dynptrFirstSlot === b.dynptrFirstSlot &&
        (!env.kernel.features['pruning.dynptrIds'] || ids.check(a.id, b.id)) &&
        ids.check(a.parentId, b.parentId)
      );
    case SlotType.ITER:
      // the depth is not compared: it only keeps iterations apart for the detection of infinite loops
      return a.type === b.type && a.obj === b.obj && a.btfId === b.btfId && a.iterState === b.iterState && ids.check(a.id, b.id);
    case SlotType.IRQ_FLAG:
      return ids.check(a.id, b.id) && a.irqClass === b.irqClass;
    default:
      return true;
  }
}

const ALL_POISON = allKinds(SlotType.POISON);

/** A whole slot as the scalar that a load of it would give, null if it is none. */
function wholeScalar(env: VerifierEnv, slot: StackSlot): RegState | null {
  return scalarInSlot(env, slot, 0);
}

/** As `slotSafe`, for kernels that compare bytes alike when loops must converge and take only whole slots for numbers. */
function wholeSlotSafe(env: VerifierEnv, old: StackSlot, cur: StackSlot | undefined, ids: IdMap, exact: Exact): boolean {
  for (let i = 0; i < 8; i++) {
    const oldKind = old.kind(i);
    if (exact !== Exact.NOT_EXACT && oldKind !== cur?.kind(i)) return false;
    if (oldKind === SlotType.INVALID || (oldKind === SlotType.MISC && env.allowUninitStack)) continue;
    if (cur === undefined) return false;
    const oldReg = env.kernel.features['pruning.scalarIds'] ? wholeScalar(env, old) : null;
    const curReg = oldReg === null ? null : wholeScalar(env, cur);
    if (oldReg !== null && curReg !== null) return regSafe(env, oldReg, curReg, ids, exact);
    const curKind = cur.kind(i);
    if (oldKind === SlotType.MISC && curKind === SlotType.ZERO) continue;
    if (oldKind !== curKind) return false;
    if (i === 7 && !recordSafe(env, old, cur, ids, exact)) return false;
  }
  return true;
}

/** One slot of a known stack against the current one; `cur` undefined if the current stack is smaller. */
function slotSafe(env: VerifierEnv, old: StackSlot, cur: StackSlot | undefined, ids: IdMap, exact: Exact): boolean {
  if (old === cur && isAnonymous(old.reg)) return true;
  if (exact !== Exact.EXACT) {
    const { kinds } = old;
    if (kinds === 0 || kinds === ALL_POISON || (kinds === ALL_MISC && env.allowUninitStack)) return true;
  }
  for (let i = 0; i < 8; i++) {
    const oldKind = old.kind(i);
    const unused = oldKind === SlotType.INVALID || oldKind === SlotType.POISON;
    if (exact === Exact.EXACT) {
      if (cur === undefined) return false;
      const curKind = cur.kind(i);
      const curUnused = curKind === SlotType.INVALID || curKind === SlotType.POISON;
      if (unused !== curUnused || (!unused && oldKind !== curKind)) return false;
    }
    if (unused || (oldKind === SlotType.MISC && env.allowUninitStack)) continue;
    if (cur === undefined) return false;
    if (i === 0 || i === 4) {
      const oldReg = scalarInSlot(env, old, i);
      const curReg = oldReg === null ? null : scalarInSlot(env, cur, i);
      if (oldReg !== null && curReg !== null) return regSafe(env, oldReg, curReg, ids, exact);
    }
    const curKind = cur.kind(i);
    if (oldKind === SlotType.MISC && curKind === SlotType.ZERO) continue;
    if (oldKind !== curKind) return false;
    if (i === 7 && !recordSafe(env, old, cur, ids, exact)) return false;
  }
  return true;
}

function stackSafe(env: VerifierEnv, old: FuncState, cur: FuncState, ids: IdMap, exact: Exact): boolean {
  const halves = env.kernel.features['pruning.halfSlots'];
  const { marks } = old;
  const oldSlots = old.stack;
  const curSlots = cur.stack;
  for (let spi = 0; spi < oldSlots.length; spi++) {
    const slot = oldSlots[spi]!;
    const now = curSlots[spi];
    if (marks !== null && exact === Exact.NOT_EXACT && !marks.slot(spi).read) continue;
    if (halves) {
      if (slot === now && isAnonymous(slot.reg)) continue;
      if (!slotSafe(env, slot, now, ids, exact)) return toldBy(old.frameno, true, spi);
    } else if (!wholeSlotSafe(env, slot, now, ids, exact)) {
      return false;
    }
  }
  const args = Math.max(old.stackArgs.length, cur.stackArgs.length);
  for (let i = 0; i < args; i++) {
    if (!regSafe(env, old.stackArgs[i] ?? NOT_INIT, cur.stackArgs[i] ?? NOT_INIT, ids, exact)) return false;
  }
  return true;
}

/** Registers that something read after the state, as a mask. */
function readRegs(marks: FrameMarks): number {
  let mask = 0;
  for (let i = 0; i < FP_REG; i++) if (marks.regs[i]!.read) mask |= 1 << i;
  return mask;
}

function frameSafe(env: VerifierEnv, old: FuncState, cur: FuncState, insnIdx: number, ids: IdMap, exact: Exact): boolean {
  if (old.callbackDepth > cur.callbackDepth) return false;
  if (!old.noStackArgLoad && cur.noStackArgLoad) return false;
  const { marks } = old;
  const live = marks === null ? env.aux.liveRegsBefore[insnIdx]! : exact === Exact.NOT_EXACT ? readRegs(marks) : -1;
  const oldRegs = old.regs;
  const curRegs = cur.regs;
  for (let i = 0; i < oldRegs.length; i++) {
    if ((live & (1 << i)) === 0) continue;
    const reg = oldRegs[i]!;
    if (reg === curRegs[i] && isAnonymous(reg)) continue;
    if (!regSafe(env, reg, curRegs[i]!, ids, exact)) return toldBy(old.frameno, false, i);
  }
  return stackSafe(env, old, cur, ids, exact);
}

/** A register, or a stack slot, of a frame, as one number (`VerifierState.toldBy`). */
function placeOf(frame: number, isSlot: boolean, index: number): number {
  return (frame << PLACE_FRAME_SHIFT) | (isSlot ? PLACE_IS_SLOT : 0) | index;
}
const PLACE_INDEX = 0x7f;
const PLACE_IS_SLOT = 0x80;
const PLACE_FRAME_SHIFT = 8;

/** Where two states were told apart last: where a state is looked at first that was not yet told apart from another. */
let lastTold = 0;

/** Notes where two frames differ. Returns false, for whoever says so. */
function toldBy(frame: number, isSlot: boolean, index: number): false {
  lastTold = placeOf(frame, isSlot, index);
  return false;
}

/**
 * Whether states differ already where the old one was told apart from another last: mostly it is so again. What differs by itself, ids included,
 * differs whatever else is compared: a further pair of ids never makes others agree.
 */
function differsAgain(env: VerifierEnv, old: VerifierState, cur: VerifierState, ids: IdMap, exact: Exact): boolean {
  const place = old.toldBy < 0 ? lastTold : old.toldBy;
  const frame = place >> PLACE_FRAME_SHIFT;
  const index = place & PLACE_INDEX;
  const a = old.frames[frame];
  const b = cur.frames[frame];
  if (a === undefined || b === undefined || a.marks !== null) return false;
  let reg: RegState;
  let safe: boolean;
  if ((place & PLACE_IS_SLOT) !== 0) {
    const slot = a.stack[index];
    if (slot === undefined || !env.kernel.features['pruning.halfSlots']) return false;
    ({ reg } = slot);
    safe = slotSafe(env, slot, b.stack[index], ids, exact);
  } else {
    if ((env.aux.liveRegsBefore[frameInsnIdx(old, frame)]! & (1 << index)) === 0) return false;
    reg = a.regs[index]!;
    safe = regSafe(env, reg, b.regs[index]!, ids, exact);
  }
  // the comparison of all begins with no ids: a scalar without one gets another each time
  if (safe && !isAnonymous(reg)) ids.reset(env.idGen);
  return !safe;
}

/** `old` covers `cur`: everything that may follow from `cur` was or will be checked from `old` (`states_equal`). */
export function statesEqual(env: VerifierEnv, old: VerifierState, cur: VerifierState, exact: Exact): boolean {
  if (old.frames.length !== cur.frames.length) return false;
  if (old.speculative && !cur.speculative) return false;
  if (old.inSleepable !== cur.inSleepable) return false;
  const ids = env.exploration.idMap;
  ids.reset(env.idGen);
  if (differsAgain(env, old, cur, ids, exact)) return false;
  if (!allHeldSafe(env, old, cur, ids)) return false;
  for (let i = 0; i < old.frames.length; i++) {
    const a = old.frames[i]!;
    const b = cur.frames[i]!;
    if (a.callsite !== b.callsite) return false;
    if (!frameSafe(env, a, b, frameInsnIdx(old, i), ids, exact)) {
      old.toldBy = lastTold;
      return false;
    }
  }
  return true;
}

/** Register that told two rounds of a loop apart last: most likely it does so again, and is looked at first. */
let lastDifferent = 0;

/** The innermost frames' registers are the same, ids included: worth a full comparison (`states_maybe_looping`). */
export function maybeLooping(old: VerifierState, cur: VerifierState): boolean {
  if (old.frames.length !== cur.frames.length) return false;
  const a = old.cur.regs;
  const b = cur.cur.regs;
  if (!sameBytes(a[lastDifferent]!, b[lastDifferent]!)) return false;
  for (let i = 0; i < a.length; i++) {
    if (sameBytes(a[i]!, b[i]!)) continue;
    lastDifferent = i;
    return false;
  }
  return true;
}

/** A scalar zero (`bpf_register_is_null`). */
export function isNullScalar(reg: RegState): boolean {
  return reg.type === RegType.SCALAR_VALUE && isNull(reg.val);
}
