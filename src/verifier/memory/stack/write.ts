// SPDX-License-Identifier: GPL-2.0-only
import { Class, classOf, FP_REG, Mode, modeOf } from '../../../isa/opcode';
import { baseType, RegType } from '../../../kernel/types';
import { constNumber, isConst, isNull, regWidth, smax, smin, UNKNOWN } from '../../domain';
import { slotPlace, why } from '../../diag';
import { markChainPrecision, pushJmpHistory } from '../../engine';
import { Fact } from '../../aux';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { verboseLinfo } from '../../log/linfo';
import { destroyIfDynptrStackSlot } from '../../objects/dynptr-slots';
import type { FuncState } from '../../state/frame';
import { NOT_INIT, scalarReg, type RegState } from '../../state/reg';
import { HistFlag } from '../../state/state';
import { setKind, slotIndex, SlotType, type StackSlot } from '../../state/stack';
import { isNullReg, isPointerType } from '../../state/reg-kinds';
import { unlinked, withScalarId } from '../scalar-id';
import { stackFrame } from './bounds';
import { checkFastcallContract } from './fastcall';
import { isScalarSpill, isSpill, miscKind, scrubKind, scrubSpecial, spillInto } from './slots';

/** The immediate that an instruction stores, null when it is no plain `ST`. */
function storedImm(env: VerifierEnv, insnIdx: number): number | null {
  const insn = env.insns[insnIdx]!;
  return classOf(insn.code) === Class.ST && modeOf(insn.code) === Mode.MEM ? insn.imm : null;
}

/** True if the store is known to write zero: a null register, or an immediate 0 when there is no register. */
function writesZero(value: RegState | null, imm: number | null): boolean {
  return value === null ? imm === 0 : isNullReg(value);
}

/** Whether a store must not be speculated past (`nospec_result`), for loaders without Spectre v4 rights. */
function needsBarrier(frame: FuncState, off: number, size: number, value: RegState | null): boolean {
  if (value !== null && isPointerType(value.type)) return true;
  const slot = frame.stack[slotIndex(off)]!;
  const first = -off - 1;
  for (let i = 0; i < size; i++) {
    const kind = slot.kind((first - i) & 7);
    if (kind !== SlotType.MISC && kind !== SlotType.ZERO) return true;
  }
  return false;
}

/** Whether a pointer of that type keeps its state on the stack (`is_spillable_regtype`). */
function isSpillable(env: VerifierEnv, type: number): boolean {
  if (env.kernel.features['spill.allPointers']) return isPointerType(type);
  const base = baseType(type);
  return isPointerType(type) && base !== RegType.PTR_TO_TP_BUFFER && base !== RegType.CONST_PTR_TO_DYNPTR;
}

/** Whether a stored scalar keeps its state on the stack. */
function keepsScalar(env: VerifierEnv, value: RegState): boolean {
  if (value.type !== RegType.SCALAR_VALUE || !env.bpfCapable) return false;
  return env.kernel.features['spill.everyScalar'] || (!isNullReg(value) && value.val !== UNKNOWN);
}

/** Saves a register in the `size` lowest addressed bytes of a slot (`save_register_state`). */
function spill(env: VerifierEnv, frame: FuncState, spi: number, reg: RegState, size: number): void {
  env.diag?.begin(slotPlace(frame, spi), 'spill');
  frame.setSlot(spi, spillInto(frame.stack[spi]!, reg, size, env.kernel.features['spill.narrowFills'] ? miscKind : scrubKind));
  env.diag?.end();
}

/**
 * A store at a constant offset: spills of registers keep their state, everything else leaves bytes behind
 * (`kernel/bpf/verifier.c: check_stack_write_fixed_off`).
 * @param valueRegno register stored, −1 for an immediate or an unknown value
 */
function writeFixed(env: VerifierEnv, frame: FuncState, off: number, size: number, valueRegno: number, insnIdx: number): void {
  const spi = slotIndex(off);
  if (!env.allowPtrLeaks && isSpill(frame.stack[spi]!) && !isScalarSpill(frame.stack[spi]!) && size !== 8) {
    env.reject(Errno.EACCES, 'attempt to corrupt spilled pointer on stack\n', () => why.corruptedSpill(insnIdx, off, size), {
      kind: 'spill',
      how: 'corrupt',
    });
  }
  const value = valueRegno >= 0 ? env.regs[valueRegno]! : null;
  if (!env.bypassSpecV4 && needsBarrier(frame, off, size, value)) env.aux.set(insnIdx, Fact.NOSPEC_RESULT);
  destroyIfDynptrStackSlot(env, frame, spi);
  checkFastcallContract(env, frame, insnIdx, off);
  env.scratchSlot(spi);

  if (size === 8) frame.slotMarks?.writeSlots(spi, 1);
  const aligned = (off & 7) === 0;
  const imm = storedImm(env, insnIdx);
  if (value !== null && aligned && keepsScalar(env, value)) {
    if (!env.kernel.features['spill.everyScalar'] && env.insns[insnIdx]!.dst !== FP_REG) markChainPrecision(env, valueRegno);
    const fits = regWidth(value.val) <= 8 * size;
    let saved = value;
    if (fits && env.kernel.features['spill.everyScalar']) {
      saved = withScalarId(env, value);
      env.regs[valueRegno] = saved;
    }
    spill(env, frame, spi, fits ? saved : unlinked(saved), size);
  } else if (value === null && aligned && imm !== null && (imm !== 0 || env.kernel.features['spill.everyScalar']) && env.bpfCapable) {
    spill(env, frame, spi, scalarReg(constNumber(imm)), size);
  } else if (value !== null && isSpillable(env, value.type)) {
    if (size !== 8) {
      verboseLinfo(env, insnIdx, '; ');
      env.reject(Errno.EACCES, 'invalid size of register spill\n', undefined, { kind: 'spill', how: 'spill' });
    }
    if (frame !== env.frame && value.type === RegType.PTR_TO_STACK) {
      env.reject(Errno.EINVAL, 'cannot spill pointers to stack into stack frame of the caller\n', undefined, {
        kind: 'spill',
        how: 'caller',
      });
    }
    spill(env, frame, spi, value, size);
  } else {
    if (isSpill(frame.stack[spi]!)) env.diag?.scrub(slotPlace(frame, spi), 'write');
    const scrubbed = scrubSpecial(frame.stack[spi]!);
    let kind = SlotType.MISC;
    if (writesZero(value, imm)) {
      // the zero is kept as bytes, not as a register: what it came from must be exactly zero
      if (valueRegno >= 0) markChainPrecision(env, valueRegno);
      kind = SlotType.ZERO;
    }
    const first = -off - 1;
    let kinds = scrubbed.kinds;
    for (let i = 0; i < size; i++) kinds = setKind(kinds, (first - i) & 7, kind);
    frame.setSlot(spi, scrubbed.withKinds(kinds));
    return;
  }
  pushJmpHistory(env, HistFlag.STACK_ACCESS, spi, frame.frameno);
}

/** The slot without its record but with its kinds: what is read from it as a spill later is nothing. */
function forgotten(slot: StackSlot): StackSlot {
  return slot.top === SlotType.SPILL ? slot.withReg(NOT_INIT) : slot;
}

/**
 * A store somewhere in a range: every slot that it may touch loses what was known (`kernel/bpf/verifier.c: check_stack_write_var_off`).
 */
function writeVariable(
  env: VerifierEnv,
  frame: FuncState,
  ptr: RegState,
  off: number,
  size: number,
  valueRegno: number,
  insnIdx: number,
): void {
  const min = smin(ptr.val) + off;
  const end = smax(ptr.val) + off + size;
  const value = valueRegno >= 0 ? env.regs[valueRegno]! : null;
  const zero = writesZero(value, storedImm(env, insnIdx));
  let zeroUsed = false;

  for (let at = min; at < end; at++) destroyIfDynptrStackSlot(env, frame, slotIndex(at));
  checkFastcallContract(env, frame, insnIdx, min);
  for (let at = min; at < end; at++) {
    const spi = slotIndex(at);
    const byte = (-at - 1) & 7;
    const slot = frame.stack[spi]!;
    const kind = slot.kind(byte);
    env.scratchSlot(spi);
    if (!env.allowPtrLeaks && kind !== SlotType.MISC && kind !== SlotType.ZERO) {
      env.reject(Errno.EINVAL, `spilled ptr in range of var-offset stack write; insn ${insnIdx}, ptr off: ${at}`, undefined, {
        kind: 'spill',
        how: 'variable',
      });
    }
    if (zero && kind === SlotType.SPILL && isScalarSpill(slot) && isConst(slot.reg.val) && isNull(slot.reg.val)) {
      zeroUsed = true;
      continue;
    }
    const scrubbed = env.kernel.features['stack.varWriteScrubs'] ? scrubSpecial(slot) : forgotten(slot);
    const now = scrubbed.kind(byte);
    let next = SlotType.MISC;
    if (zero && now === SlotType.ZERO) {
      next = SlotType.ZERO;
      zeroUsed = true;
    }
    if ((now === SlotType.INVALID || now === SlotType.POISON) && !env.allowUninitStack) {
      env.reject(Errno.EINVAL, `uninit stack in range of var-offset write prohibited for !root; insn ${insnIdx}, off: ${at}`, undefined, {
        kind: 'spill',
        how: 'variable',
      });
    }
    frame.setSlot(spi, scrubbed.withKinds(setKind(scrubbed.kinds, byte, next)));
  }
  if (zeroUsed && valueRegno >= 0) markChainPrecision(env, valueRegno);
  env.diag?.scrubBytes(frame, min, end);
}

/**
 * Stores to the stack; bounds and alignment are checked already (`check_stack_write`).
 * @param off fixed part of the offset
 * @param valueRegno register stored, −1 for an immediate or an unknown value
 */
export function checkStackWrite(env: VerifierEnv, ptr: RegState, off: number, size: number, valueRegno: number, insnIdx: number): void {
  const frame = stackFrame(env, ptr);
  if (isConst(ptr.val)) writeFixed(env, frame, (off + ptr.val.vLo) | 0, size, valueRegno, insnIdx);
  else writeVariable(env, frame, ptr, off, size, valueRegno, insnIdx);
}
