// SPDX-License-Identifier: GPL-2.0-only
/** What a call takes from the caller's registers. */
import { baseType, Flag, RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { invalidReg, mapAllRegs } from '../regs';
import type { FuncState } from '../state/frame';
import { NOT_INIT, type RegState } from '../state/reg';

/** R0 to R5 (`CALLER_SAVED_REGS`). */
const CALLER_SAVED = 6;
const PACKET_SLICE = Flag.DYNPTR_TYPE_SKB | Flag.DYNPTR_TYPE_XDP | Flag.DYNPTR_TYPE_SKB_META;

/** Makes R0 to R5 of a frame unreadable; the innermost one if not given (`clear_caller_saved_regs`). */
export function clearCallerSaved(env: VerifierEnv, frame: FuncState = env.frame): void {
  env.diag?.scrubCallerSaved(frame);
  for (let i = 0; i < CALLER_SAVED; i++) {
    frame.regs[i] = NOT_INIT;
    if (frame.marks !== null) frame.marks.regs[i]!.written = true;
    env.scratchReg(i);
  }
}

/** Makes outgoing stack arguments unreadable (`invalidate_outgoing_stack_args`). */
export function invalidateStackArgs(env: VerifierEnv, frame: FuncState): void {
  if (frame.stackArgs.length === 0) return;
  env.diag?.scrubStackArgs(frame);
  frame.stackArgs.fill(NOT_INIT);
}

/** Packet data, metadata or end (`reg_is_pkt_pointer_any`). */
export function isPktPointerAny(reg: RegState): boolean {
  return reg.type === RegType.PTR_TO_PACKET || reg.type === RegType.PTR_TO_PACKET_META || reg.type === RegType.PTR_TO_PACKET_END;
}

/** A slice of a dynptr over packet data (`reg_is_dynptr_slice_pkt`). */
export function isPktSlice(reg: RegState): boolean {
  return baseType(reg.type) === RegType.PTR_TO_MEM && (reg.type & PACKET_SLICE) !== 0;
}

/** Invalidates every packet pointer and packet slice in all frames (`clear_all_pkt_pointers`). */
export function clearAllPktPointers(env: VerifierEnv): void {
  const invalid = invalidReg(env);
  const moved = (reg: RegState): RegState => (isPktPointerAny(reg) || isPktSlice(reg) ? invalid : reg);
  env.diag?.changeAll(moved, 'packet-moved');
  mapAllRegs(env.cur, moved);
}
