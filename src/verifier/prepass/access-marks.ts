// SPDX-License-Identifier: GPL-2.0-only
/** Marks of the stack bytes that one instruction reads and overwrites, from the tracks before it (`kernel/bpf/liveness.c: record_…`). */
import { type Insn, isHelperCall, isKfuncCall, isPseudoCall, isStackArgLoad, isStackArgStoreImm, isStackArgStoreReg } from '../../isa/insn';
import { accessBytes, Atomic, CALL, Class, classOf, Mode, modeOf } from '../../isa/opcode';
import type { CallerContext } from '../../kernel/profile';
import type { VerifierEnv } from '../env';
import { addS16, Frame, NONE, type Track, type TrackTable } from './arg-track';
import { ARG_BASE, STACK_ARGS, type Tracks } from './arg-xfer';
import { callSummary } from './call-summary';
import type { FuncInstance } from './func-instance';
import { HALF_SLOTS } from './spis';
import { helperStackBytes, kfuncStackBytes, UNKNOWN_BYTES } from './stack-bytes';

const HALF_BYTES = 4;
const REG_ARGS = 5;

/** Records loads, stores and the accesses of calls at `insnIdx` in `instance`. */
export function recordAccess(
  env: VerifierEnv,
  table: TrackTable,
  instance: FuncInstance,
  at: Tracks,
  insnIdx: number,
  caller: CallerContext,
): void {
  const insn = env.insns[insnIdx]!;
  recordLoadStore(table, instance, at, insn, insnIdx);
  if (insn.code !== CALL || isPseudoCall(insn)) return;
  // of a kfunc that does not exist the log is told
  if (!isKfuncCall(insn) && !pointsToStack(table, at)) return;
  const numParams = callSummary(env, insn, caller)?.numParams ?? REG_ARGS;
  for (let arg = 0; arg < Math.min(numParams, REG_ARGS); arg++) {
    recordArg(env, table, instance, insn, at[arg + 1]!, arg, insnIdx, caller);
  }
  for (let i = 0; i < STACK_ARGS && i < numParams - REG_ARGS; i++) {
    recordArg(env, table, instance, insn, at[ARG_BASE + i]!, REG_ARGS + i, insnIdx, caller);
  }
}

/** Whether an argument of a call may point into a frame. */
function pointsToStack(table: TrackTable, at: Tracks): boolean {
  for (let i = 1; i <= REG_ARGS; i++) if (table.isFp(at[i]!)) return true;
  for (let i = 0; i < STACK_ARGS; i++) if (table.isFp(at[ARG_BASE + i]!)) return true;
  return false;
}

function recordLoadStore(table: TrackTable, instance: FuncInstance, at: Tracks, insn: Insn, insnIdx: number): void {
  if (isStackArgLoad(insn) || isStackArgStoreImm(insn) || isStackArgStoreReg(insn)) return;
  let bytes: number = accessBytes(insn.code);
  let pointer = insn.dst;
  switch (classOf(insn.code)) {
    case Class.LDX:
      pointer = insn.src;
      break;
    case Class.ST:
      bytes = -bytes;
      break;
    case Class.STX:
      if (modeOf(insn.code) !== Mode.ATOMIC || insn.imm === Atomic.STORE_REL) bytes = -bytes;
      else if (insn.imm === Atomic.LOAD_ACQ) pointer = insn.src;
      break;
    default:
      return;
  }
  const id = at[pointer]!;
  if (id === NONE) return;
  const track = table.get(id);
  if (track.frame === Frame.IMPRECISE) {
    markImprecise(instance, track.mask, insnIdx);
  } else if (track.frame >= 0 && track.frame <= instance.depth) {
    markTrack(instance, track, insn.off, bytes, insnIdx);
  }
}

function recordArg(
  env: VerifierEnv,
  table: TrackTable,
  instance: FuncInstance,
  insn: Insn,
  trackId: number,
  arg: number,
  insnIdx: number,
  caller: CallerContext,
): void {
  if (!table.isFp(trackId)) return;
  let bytes: number;
  if (isHelperCall(insn)) {
    bytes = helperStackBytes(env, insn, arg, insnIdx, caller);
  } else if (isKfuncCall(insn)) {
    bytes = kfuncStackBytes(env, insn, arg, insnIdx);
  } else {
    for (let f = 0; f <= instance.depth; f++) instance.markReadAll(f, insnIdx);
    return;
  }
  if (bytes === 0) return;
  const track = table.get(trackId);
  if (track.frame === Frame.IMPRECISE) markImprecise(instance, track.mask, insnIdx);
  else if (track.frame <= instance.depth) markTrack(instance, track, 0, bytes, insnIdx);
}

/** Every frame of the mask may be read anywhere. */
function markImprecise(instance: FuncInstance, mask: number, insnIdx: number): void {
  for (let f = 0; f <= instance.depth; f++) {
    if ((mask & (1 << f)) !== 0) instance.markReadAll(f, insnIdx);
  }
}

/** An access of `bytes` at the track's places plus `delta` (`record_stack_access`). */
function markTrack(instance: FuncInstance, { frame, offs }: Track, delta: number, bytes: number, insnIdx: number): void {
  const reads = bytes > 0 || bytes === UNKNOWN_BYTES;
  let isKnown = offs.length > 0;
  for (let i = 0; i < offs.length; i++) if (addS16(offs[i]!, delta) === null) isKnown = false;
  if (!isKnown) {
    if (reads) instance.markReadAll(frame, insnIdx);
    return;
  }
  if (!reads && offs.length !== 1) return;
  for (let i = 0; i < offs.length; i++) markPlace(instance, frame, offs[i]! + delta, bytes, insnIdx);
}

function markPlace(instance: FuncInstance, frame: number, off: number, bytes: number, insnIdx: number): void {
  if (off >= 0) return; // refused later
  if (bytes === UNKNOWN_BYTES) {
    instance.markRead(frame, insnIdx, 0, Math.trunc((-off - 1) / HALF_BYTES));
  } else if (bytes > 0) {
    const lo = Math.max(Math.trunc((-off - bytes) / HALF_BYTES), 0);
    instance.markRead(frame, insnIdx, lo, Math.trunc((-off - 1) / HALF_BYTES));
  } else {
    const lo = Math.max(Math.trunc((-off + bytes + HALF_BYTES - 1) / HALF_BYTES), 0);
    const hi = Math.trunc(-off / HALF_BYTES) - 1;
    if (lo <= hi) instance.markWrite(frame, insnIdx, lo, Math.min(hi, HALF_SLOTS - 1));
  }
}
