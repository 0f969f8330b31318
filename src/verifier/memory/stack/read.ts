// SPDX-License-Identifier: GPL-2.0-only
import { RegType } from '../../../kernel/types';
import { isConst, isNull, regWidth, smax, smin, tnumString } from '../../domain';
import { NO_ARG, regPlace, slotPlace, why } from '../../diag';
import { markStackSlotsPrecise, pushJmpHistory } from '../../engine';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { verboseLinfo } from '../../log/linfo';
import { isPointerValue, markUnknown, zeroReg } from '../../regs';
import type { FuncState } from '../../state/frame';
import { writtenParts } from '../../state/packet-parts';
import type { RegState } from '../../state/reg';
import { HistFlag } from '../../state/state';
import { ALL_SPILL, slotIndex, SlotType, type StackSlot } from '../../state/stack';
import { isNullReg } from '../../state/reg-kinds';
import { unlinked, withScalarId } from '../scalar-id';
import { stackFrame } from './bounds';
import { checkFastcallContract } from './fastcall';
import { checkStackRangeInitialized } from './range';
import { isSpill } from './slots';

/**
 * The destination after a read that is no register fill: zero if all bytes are zero (spilled zeros among them must then stay exact),
 * else unknown (`mark_reg_stack_read`).
 * @param end one past the last byte
 */
function markReadBytes(env: VerifierEnv, frame: FuncState, min: number, end: number, dst: number): void {
  let zeroSpills: Set<number> | null = null;
  let zeros = 0;
  for (let at = min; at < end; at++) {
    const spi = slotIndex(at);
    const slot = frame.stack[spi]!;
    if (env.kernel.features['log.readSlots']) env.scratchSlot(spi);
    const kind = slot.kind((-at - 1) & 7);
    if (kind === SlotType.SPILL && isNullReg(slot.reg) && env.kernel.features['stack.zeroSpills']) (zeroSpills ??= new Set()).add(spi);
    else if (kind !== SlotType.ZERO) break;
    zeros++;
  }
  if (zeros !== end - min) {
    markUnknown(env, dst);
    return;
  }
  env.regs[dst] = zeroReg(env);
  if (zeroSpills !== null) markStackSlotsPrecise(env, frame.frameno, [...zeroSpills]);
}

/** Bytes of the spill in a slot: those of the highest indices without a gap. */
function spillSize(slot: StackSlot): number {
  if (slot.kinds === ALL_SPILL) return 8;
  let size = 1;
  for (let i = 7; i > 0 && slot.kind(i - 1) === SlotType.SPILL; i--) size++;
  return size;
}

/** Refuses a byte that cannot be read. */
function refuseByte(env: VerifierEnv, kind: SlotType, off: number, i: number, size: number): never {
  if (kind === SlotType.POISON) {
    env.reject(Errno.EACCES, `reading from stack off ${off}+${i} size ${size}, slot poisoned by dead code elimination\n`, undefined, {
      kind: 'stack-unwritten',
      off: off + i,
      size,
      arg: NO_ARG,
      start: off,
    });
  }
  env.reject(Errno.EACCES, `invalid read from stack off ${off}+${i} size ${size}\n`, () => why.uninitializedStack(env, off, i, size), {
    kind: 'stack-unwritten',
    off: off + i,
    size,
    arg: NO_ARG,
    start: off,
  });
}

/** As {@link readPartOfSpill}, for kernels that fill a register with all of what was spilled, or with an unknown value. */
function readAllOrNothing(env: VerifierEnv, slot: StackSlot, bytes: number, off: number, size: number, dst: number): boolean {
  if (size === bytes && (off & 7) === 0) {
    env.regs[dst] = slot.reg;
    return true;
  }
  const first = -off - 1;
  for (let i = 0; i < size; i++) {
    const kind = slot.kind((first - i) & 7);
    const readable = kind === SlotType.SPILL || kind === SlotType.MISC || (kind === SlotType.INVALID && env.allowUninitStack);
    if (!readable) refuseByte(env, kind, off, i, size);
  }
  markUnknown(env, dst);
  return false;
}

/** A read of part of a slot that holds a spilled scalar. Returns whether it counts as a fill of the register. */
function readPartOfSpill(env: VerifierEnv, frame: FuncState, off: number, size: number, dst: number): boolean {
  const spi = slotIndex(off);
  const slot = frame.stack[spi]!;
  const bytes = spillSize(slot);
  if (!env.kernel.features['spill.narrowFills']) return readAllOrNothing(env, slot, bytes, off, size, dst);
  // the low bytes of a number are the first ones in memory, on a big-endian machine the last (`bpf_stack_narrow_access_ok`)
  const lowAt = env.bigEndian ? off - (bytes - size) : off;
  if (size <= bytes && (lowAt & 7) === 0) {
    let source = slot.reg;
    if (env.kernel.features['spill.fillLinks'] && env.bpfCapable && size === 4 && bytes === 4 && regWidth(source.val) <= 32) {
      source = withScalarId(env, source);
      frame.setSlot(spi, slot.withReg(source));
    }
    env.regs[dst] = regWidth(source.val) > size * 8 ? unlinked(source) : source;
    return true;
  }
  let spilled = 0;
  let zeros = 0;
  const first = -off - 1;
  for (let i = 0; i < size; i++) {
    const kind = slot.kind((first - i) & 7);
    if (kind === SlotType.SPILL) spilled++;
    else if (kind === SlotType.ZERO) zeros++;
    else if (kind !== SlotType.MISC && !(kind === SlotType.INVALID && env.allowUninitStack)) refuseByte(env, kind, off, i, size);
  }
  if (spilled === size && isConst(slot.reg.val) && isNull(slot.reg.val)) {
    env.regs[dst] = zeroReg(env);
    return true;
  }
  if (zeros === size) env.regs[dst] = zeroReg(env);
  else markReadBytes(env, frame, off, off + size, dst);
  return false;
}

/**
 * A load from a constant offset (`kernel/bpf/verifier.c: check_stack_read_fixed_off`).
 * @param dst register that is filled, −1 when only the access is checked
 */
function readFixed(env: VerifierEnv, frame: FuncState, off: number, size: number, dst: number): void {
  const spi = slotIndex(off);
  const slot = frame.stack[spi]!;
  if (env.kernel.features['log.readSlots']) env.scratchSlot(spi);
  frame.slotMarks?.readSlots(spi, 1);
  checkFastcallContract(env, env.frame, env.insnIdx, off);
  if (dst >= 0) env.diag?.begin(regPlace(env.frame, dst), 'write', slotPlace(frame, spi));
  if (!isSpill(slot)) {
    const first = -off - 1;
    for (let i = 0; i < size; i++) {
      const kind = slot.kind((first - i) & 7);
      if (kind === SlotType.MISC || kind === SlotType.ZERO || (kind === SlotType.INVALID && env.allowUninitStack)) continue;
      refuseByte(env, kind, off, i, size);
    }
    if (dst >= 0) markReadBytes(env, frame, off, off + size, dst);
    return;
  }
  if (size !== 8 || spillSize(slot) !== 8) {
    if (slot.reg.type !== RegType.SCALAR_VALUE) {
      verboseLinfo(env, env.insnIdx, '; ');
      env.reject(Errno.EACCES, 'invalid size of register fill\n', undefined, { kind: 'spill', how: 'fill' });
    }
    if (dst < 0) return;
    if (!readPartOfSpill(env, frame, off, size, dst)) return;
  } else if (dst >= 0) {
    const source = env.bpfCapable && env.kernel.features['spill.fillLinks'] ? withScalarId(env, slot.reg) : slot.reg;
    frame.setSlot(spi, slot.withReg(source));
    env.regs[dst] = source;
  } else if (isPointerValue(env, slot.reg)) {
    env.reject(Errno.EACCES, `leaking pointer from stack off ${off}\n`, undefined, { kind: 'pointer-leak', arg: NO_ARG, where: 'stack' });
  }
  pushJmpHistory(env, HistFlag.STACK_ACCESS, spi, frame.frameno);
}

/**
 * Loads from the stack; bounds and alignment are checked already (`check_stack_read`).
 * @param off fixed part of the offset
 * @param dst register that is filled, −1 when only the access is checked
 */
export function checkStackRead(env: VerifierEnv, ptr: RegState, arg: ArgNo, off: number, size: number, dst: number): void {
  const frame = stackFrame(env, ptr);
  const fixed = isConst(ptr.val);
  if (dst < 0 && !fixed) {
    const { moving, fixed: fixedOff } = writtenParts(env.kernel.features, ptr);
    env.reject(
      Errno.EACCES,
      `variable offset stack pointer cannot be passed into helper function; var_off=${tnumString(moving)} off=${fixedOff + off} size=${size}\n`,
      () => why.variableStack(env, ptr, off, size),
      { kind: 'pointer-offset', arg, how: 'variable' },
    );
  }
  if (fixed) {
    readFixed(env, frame, (off + ptr.val.vLo) | 0, size, dst);
    return;
  }
  checkStackRangeInitialized(env, ptr, arg, off, size, false, 'read', null, false);
  const min = smin(ptr.val) + off;
  markReadBytes(env, frame, min, smax(ptr.val) + off + size, dst);
  checkFastcallContract(env, frame, env.insnIdx, min);
}
