// SPDX-License-Identifier: GPL-2.0-only
/** States as the log writes them (`kernel/bpf/log.c: print_verifier_state, print_insn_state, print_reg_state`). */
import type { Features } from '../../kernel/features';
import { Flag, RegType, baseType } from '../../kernel/types';
import { constLow32, isConst, scalarAttributes, scalarNumberText, signedNumberText, unsignedNumberText } from '../domain';
import { ZERO } from '../domain/draft';
import type { Scalar } from '../domain/scalar';
import type { VerifierEnv } from '../env';
import type { FuncState } from '../state/frame';
import type { Mark } from '../state/marks';
import { fixedPart, movingPart } from '../state/packet-parts';
import { ID_MASK, IterState, hasAddConst, type RegState } from '../state/reg';
import { type Held, NOTHING_HELD, type HeldTable } from '../state/held';
import { SLOT_TYPE_CHARS, SlotType, type StackSlot } from '../state/stack';
import type { VerifierState } from '../state/state';
import { briefRegText, briefSlotText } from './brief';
import { dynptrTypeStr, regTypeStr } from './regtype';

/** Column grid of the states behind instructions (`BPF_LOG_MIN_ALIGNMENT`, `BPF_LOG_ALIGNMENT`). */
const GRID = 8;
const FIRST_COLUMN = 40;
const ITER_PREFIX = 'bpf_iter_';

/** Everything counts as touched: the next print shows the whole frame (`mark_verifier_state_scratched`). */
export function markScratched(env: VerifierEnv): void {
  env.scratchedRegs = -1;
  env.scratchedSlotsLo = -1;
  env.scratchedSlotsHi = -1;
}

/** Nothing counts as touched (`mark_verifier_state_clean`). */
export function markClean(env: VerifierEnv): void {
  env.scratchedRegs = 0;
  env.scratchedSlotsLo = 0;
  env.scratchedSlotsHi = 0;
}

function isScratched(env: VerifierEnv): boolean {
  return (env.scratchedRegs | env.scratchedSlotsLo | env.scratchedSlotsHi) !== 0;
}

function slotScratched(env: VerifierEnv, spi: number): boolean {
  return spi < 32 ? (env.scratchedSlotsLo & (1 << spi)) !== 0 : (env.scratchedSlotsHi & (1 << (spi - 32))) !== 0;
}

/** Bits of a non-owning reference to an allocated object (`type_is_non_owning_ref`). */
function isNonOwningRef(type: number): boolean {
  return (
    baseType(type) === RegType.PTR_TO_BTF_ID &&
    (type & Flag.MEM_ALLOC) !== 0 &&
    (type & Flag.PTR_UNTRUSTED) === 0 &&
    (type & Flag.NON_OWN_REF) !== 0
  );
}

function isMapPointer(base: number): boolean {
  return base === RegType.CONST_PTR_TO_MAP || base === RegType.PTR_TO_MAP_KEY || base === RegType.PTR_TO_MAP_VALUE;
}

/** How a register's value is told: a constant by itself, and the rest. */
interface Offset {
  readonly fixed: number;
  readonly moving: Scalar;
}

function wholeOffset(reg: RegState): Offset {
  return { fixed: reg.delta, moving: reg.val };
}

/** Of kernels with a constant part beside the variable one. Where only the sum is known, all of it counts as one or the other. */
function offsetInParts(reg: RegState): Offset {
  if (reg.type === RegType.SCALAR_VALUE) return wholeOffset(reg);
  if (isPacketPointer(reg.base) || reg.base === RegType.PTR_TO_STACK) return { fixed: fixedPart(reg), moving: movingPart(reg) };
  return isConst(reg.val) ? { fixed: constLow32(reg.val), moving: ZERO } : wholeOffset(reg);
}

/** The reference that a pointer belongs to, 0 for none (`ref_obj_id`). */
function referenceOf(reg: RegState, held: HeldTable): number {
  if (reg.parentId !== 0 || reg.type === RegType.SCALAR_VALUE) return reg.parentId;
  return held.entries.some((e) => e.cls.token === 'pointer' && e.id === reg.id) ? reg.id : 0;
}

/** Whether the id is told where pointers that turn out not to be NULL lose it: what ours have then stands for their reference. */
function tellsId(reg: RegState, held: HeldTable): boolean {
  return (reg.type & Flag.PTR_MAYBE_NULL) !== 0 || reg.parentId !== 0 || referenceOf(reg, held) === 0;
}

function isPacketPointer(base: number): boolean {
  return base === RegType.PTR_TO_PACKET || base === RegType.PTR_TO_PACKET_META;
}

/** The sum of a constant offset and a delta, in the log's signed form. */
function offsetText(reg: RegState): string {
  return reg.delta === 0 ? scalarNumberText(reg.val) : signedNumberText(reg.val.vLo + reg.delta);
}

/**
 * One register of frame `frameno`, e.g. `Pscalar(id=3,umax=7)` or `fp-8` (`print_reg_state`).
 * @param features of the kernel whose way of writing it is
 * @param held what is held in the register's state
 */
export function regText(features: Features, frameno: number, reg: RegState, held: HeldTable = NOTHING_HELD): string {
  if (!features['log.wholeRecord']) {
    const id = tellsId(reg, held) ? reg.id & ID_MASK : 0;
    return briefRegText(reg, { id, reference: referenceOf(reg, held), ...offsetInParts(reg) });
  }
  const t = reg.type;
  const base = baseType(t);
  const precise = t === RegType.SCALAR_VALUE && reg.precise ? 'P' : '';
  if (t === RegType.SCALAR_VALUE && isConst(reg.val)) return precise + scalarNumberText(reg.val);

  let text = precise + regTypeStr(t);
  if (t === RegType.PTR_TO_ARENA) return text;
  if (t === RegType.PTR_TO_STACK) {
    if (frameno !== reg.frameno) text += `[${reg.frameno}]`;
    if (isConst(reg.val)) return text + offsetText(reg);
  }
  if (base === RegType.PTR_TO_BTF_ID) text += reg.btf.type(reg.btfId)?.name ?? '';

  const parts: string[] = [];
  if (reg.id !== 0 && (features['branch.keepsId'] || tellsId(reg, held))) {
    const linked = hasAddConst(reg.id);
    const delta = linked ? (reg.delta < 0 ? String(reg.delta) : `+${reg.delta}`) : '';
    parts.push(`id=${reg.id & ID_MASK}${delta}`);
  }
  const origin = features['log.parentId'] ? reg.parentId : referenceOf(reg, held);
  if (origin !== 0) parts.push(`${features['log.parentId'] ? 'parent_id' : 'ref_obj_id'}=${origin}`);
  if (isNonOwningRef(t)) parts.push('non_own_ref');
  if (isMapPointer(base)) {
    if (reg.map.name !== '') parts.push(`map=${reg.map.name}`);
    parts.push(`ks=${reg.map.keySize},vs=${reg.map.valueSize}`);
  }
  const offset = features['log.oneOffset'] ? wholeOffset(reg) : offsetInParts(reg);
  if (t !== RegType.SCALAR_VALUE && offset.fixed !== 0) parts.push(`off=${signedNumberText(offset.fixed)}`);
  if (isPacketPointer(base)) parts.push(`r=${rangeText(reg.range)}`);
  if (base === RegType.PTR_TO_MEM) parts.push(`sz=${unsignedNumberText(reg.memSize)}`);
  if (t === RegType.CONST_PTR_TO_DYNPTR) parts.push(`type=${dynptrTypeStr(reg.dynptrType)}`);
  const { moving } = offset;
  if (isConst(moving)) {
    if ((moving.vHi | moving.vLo) !== 0) parts.push(`imm=${scalarNumberText(moving)}`);
  } else {
    parts.push(...scalarAttributes(moving));
  }
  return `${text}(${parts.join(',')})`;
}

/** A packet range as an unsigned 64-bit number: −2 shows as 0xfffffffffffffffe. */
function rangeText(range: number): string {
  return range < 0 ? `0x${BigInt.asUintN(64, BigInt(range)).toString(16)}` : unsignedNumberText(range);
}

function iterStateStr(state: IterState): string {
  switch (state) {
    case IterState.ACTIVE:
      return 'active';
    case IterState.DRAINED:
      return 'drained';
    default:
      return '<invalid>';
  }
}

/** `num` for `struct bpf_iter_num` (`iter_type_str`). */
export function iterTypeStr(reg: RegState): string {
  if (reg.obj === null || reg.btfId === 0) return '<invalid>';
  return (reg.btf.type(reg.btfId)?.name ?? '').slice(ITER_PREFIX.length);
}

/** The eight characters of a slot, byte nearest the frame pointer first; null if no byte was ever written. */
function slotChars(slot: StackSlot): string | null {
  let text = '';
  let valid = false;
  for (let i = 0; i < 8; i++) {
    const kind = slot.kind(i);
    if (kind !== SlotType.INVALID && kind !== SlotType.POISON) valid = true;
    text += SLOT_TYPE_CHARS[kind]!;
  }
  return valid ? text : null;
}

/** `_rw`: read later, written since the state before, nothing more to come (`print_liveness`). Kernels without marks say nothing. */
function liveText(mark: Mark | undefined, done: boolean): string {
  if (mark === undefined) return '';
  const text = `${mark.read ? 'r' : ''}${mark.written ? 'w' : ''}${done ? 'D' : ''}`;
  return text === '' ? '' : `_${text}`;
}

/** ` fp-8=…` of the slot; '' for none. Dynptrs take two slots: `slots[spi + 1]` is told by the caller. */
function slotText(features: Features, state: VerifierState, frame: FuncState, spi: number, chars: string): string {
  const slot = frame.stack[spi]!;
  const at = -(spi + 1) * 8;
  if (!features['log.wholeRecord']) return ` fp${at}${liveText(frame.marks?.slot(spi), state.cleaned)}=${briefSlotText(slot, chars)}`;
  const live = liveText(frame.marks?.slot(slot.top === SlotType.DYNPTR ? spi + 1 : spi), state.cleaned);
  switch (slot.top) {
    case SlotType.SPILL:
      return ` fp${at}${live}=${chars.slice(0, chars.indexOf('r'))}${regText(features, frame.frameno, slot.reg, state.held)}`;
    case SlotType.DYNPTR: {
      // the record is in the slot farther from the frame pointer
      const reg = frame.stack[spi + 1]!.reg;
      const parts: string[] = [];
      if (reg.id !== 0) parts.push(`id=${reg.id}`);
      if (reg.parentId !== 0) parts.push(`${features['log.parentId'] ? 'parent_id' : 'ref_id'}=${reg.parentId}`);
      // there the mark of a first slot is read as the number of a dynptr
      if (!features['pruning.dynptrIds']) parts.push('dynptr_id=1');
      return ` fp${at - 8}${live}=dynptr_${dynptrTypeStr(reg.dynptrType)}(${parts.join(',')})`;
    }
    case SlotType.ITER: {
      const reg = slot.reg;
      if (reg.id === 0) return '';
      const id = features['log.parentId'] ? 'id' : 'ref_id';
      return ` fp${at}${live}=iter_${iterTypeStr(reg)}(${id}=${reg.id},state=${iterStateStr(reg.iterState)},depth=${reg.iterDepth})`;
    }
    default:
      return ` fp${at}${live}=${chars}`;
  }
}

/** The text of one frame with a newline; `all` for everything, else what was touched since the last print. */
export function stateText(env: VerifierEnv, state: VerifierState, frameno: number, all: boolean): string {
  const frame = state.frames[frameno]!;
  const { features } = env.kernel;
  let text = frame.frameno !== 0 ? ` frame${frame.frameno}:` : '';
  for (let i = 0; i < frame.regs.length; i++) {
    const reg = frame.regs[i]!;
    if (reg.type === RegType.NOT_INIT || (!all && (env.scratchedRegs & (1 << i)) === 0)) continue;
    text += ` R${i}${liveText(frame.marks?.regs[i], state.cleaned)}=${regText(features, frame.frameno, reg, state.held)}`;
  }
  for (let spi = 0; spi < frame.stack.length; spi++) {
    if (!all && !slotScratched(env, spi)) continue;
    const slot = frame.stack[spi]!;
    const chars = slotChars(slot);
    if (chars === null) continue;
    text += slotText(features, state, frame, spi, chars);
    if (slot.top === SlotType.DYNPTR && features['log.wholeRecord']) spi++;
  }
  // references and locks are listed unless the first of them, a lock in global data, has no id
  const isListed = (e: Held): boolean => e.cls.token !== 'none' && (features['log.lockRefs'] || e.cls.token !== 'object');
  const refs = state.held.entries.filter(isListed).map((e) => e.id);
  if (refs.length > 0 && refs[0] !== 0) text += ` refs=${refs.filter((id) => id !== 0).join(',')}`;
  if (frame.inCallbackFn) text += ' cb';
  if (frame.inAsyncCallbackFn) text += ' async_cb';
  return `${text}\n`;
}

/**
 * Writes one frame and a newline. With `all` false only what was touched since the last print, which then counts as printed
 * (`print_verifier_state`).
 */
export function printVerifierState(env: VerifierEnv, state: VerifierState, frameno: number, all: boolean): void {
  env.log.append(stateText(env, state, frameno, all));
  if (!all) markClean(env);
}

/** Appends what was touched to the instruction's line, or begins a new line if something else was written since (`print_insn_state`). */
export function printInsnState(env: VerifierEnv, state: VerifierState, frameno: number): void {
  const { log, logCursor } = env;
  if (logCursor.insnEnd !== 0 && logCursor.insnEnd === log.pos) {
    log.reset(logCursor.insnEnd - 1);
    log.append(`${' '.repeat(insnPadding(logCursor.insnLength))};`);
  } else {
    log.append(`${env.insnIdx}:`);
  }
  printVerifierState(env, state, frameno, false);
}

/** Blanks between a line of that length (newline included) and the `;` that follows it (`bpf_vlog_alignment`). */
export function insnPadding(length: number): number {
  const column = Math.max(length + GRID / 2, FIRST_COLUMN);
  return Math.ceil(column / GRID) * GRID - length - 1;
}

/** Writes what was touched, if anything was: before an instruction line. */
export function printPendingState(env: VerifierEnv): void {
  if (isScratched(env)) printInsnState(env, env.cur, env.cur.curframe);
}
