// SPDX-License-Identifier: GPL-2.0-only
/** How far packet pointers may be followed. Facts: `kernel/bpf/verifier.c: try_match_pkt_pointers, find_good_pkt_pointers, mark_pkt_end, is_pkt_ptr_branch_taken`. */
import type { Insn } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, usesReg } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { flipJump, isNull, umax } from '../domain';
import { isPacketPointer } from '../state/reg-kinds';
import { mapAllRegs } from '../regs';
import { AT_PKT_END, BEYOND_PKT_END, type RegState } from '../state/reg';
import { fixedPart, movingPart } from '../state/packet-parts';
import type { VerifierEnv } from '../env';
import type { VerifierState } from '../state/state';

/** Largest offset into a packet that is trusted (`MAX_PACKET_OFF`). */
const MAX_PACKET_OFF = 0xffff;

/** Packet, packet metadata or packet end (`reg_is_pkt_pointer_any`). */
export function isPacketAny(reg: RegState): boolean {
  return isPacketPointer(reg.type) || reg.type === RegType.PTR_TO_PACKET_END;
}

/** Decides `dst op src` from what earlier comparisons with the packet's end said; -1 if they do not. */
export function decidePacketBranch(op: number, dst: RegState, src: RegState): -1 | 0 | 1 {
  let pkt: RegState;
  if (src.type === RegType.PTR_TO_PACKET_END) {
    pkt = dst;
  } else if (dst.type === RegType.PTR_TO_PACKET_END) {
    pkt = src;
    op = flipJump(op);
  } else {
    return -1;
  }
  if (pkt.range >= 0) return -1;
  switch (op) {
    case Jmp.JLE:
    case Jmp.JGT:
      if (pkt.range === BEYOND_PKT_END) return op === Jmp.JGT ? 1 : 0;
      return -1;
    case Jmp.JLT:
    case Jmp.JGE:
      if (pkt.range === BEYOND_PKT_END || pkt.range === AT_PKT_END) return op === Jmp.JGE ? 1 : 0;
      return -1;
    default:
      return -1;
  }
}

/** In `state`, all pointers that share `pkt`'s id may be followed as far as `pkt` points (less if it may point at the end itself: `open`). */
function extendRange(env: VerifierEnv, state: VerifierState, pkt: RegState, open: boolean): void {
  const parts = !env.kernel.features['packet.oneOffset'];
  const most = parts ? fixedPart(pkt) : umax(pkt.val);
  if (most < 0 || (most === 0 && open) || most > MAX_PACKET_OFF) return;
  if (parts && umax(movingPart(pkt)) + most > MAX_PACKET_OFF) return;
  const range = open ? most + 1 : most;
  mapAllRegs(state, (reg) => (reg.type === pkt.type && reg.id === pkt.id && reg.range < range ? reg.withRange(range) : reg));
}

/** In `state`, register `regno` is known to be at or beyond the packet's end. */
function markEnd(state: VerifierState, regno: number, beyond: boolean): void {
  const { regs } = state.cur;
  const reg = regs[regno]!;
  if (reg.type === RegType.PTR_TO_PACKET) regs[regno] = reg.withRange(beyond ? BEYOND_PKT_END : AT_PKT_END);
}

/** A packet pointer that was not moved since it was loaded from the context (`reg_is_init_pkt_pointer`). */
function isInitialPacket(reg: RegState): boolean {
  return reg.type === RegType.PTR_TO_PACKET && reg.id === 0 && isNull(reg.val);
}

/** Data before its end: packet and packet end, or metadata and packet start. */
function isDataAndEnd(data: RegState, end: RegState): boolean {
  return (
    (data.type === RegType.PTR_TO_PACKET && end.type === RegType.PTR_TO_PACKET_END) ||
    (data.type === RegType.PTR_TO_PACKET_META && isInitialPacket(end))
  );
}

/**
 * Learns from a comparison of a packet pointer with the packet's end; false if the instruction is none.
 * @param fall the state that falls through
 * @param jump the state that jumps
 */
export function matchPacketPointers(
  env: VerifierEnv,
  insn: Insn,
  dst: RegState,
  src: RegState,
  fall: VerifierState,
  jump: VerifierState,
): boolean {
  if (!usesReg(insn.code) || classOf(insn.code) === Class.JMP32) return false;
  let op = jmpOp(insn.code);
  if (op !== Jmp.JGT && op !== Jmp.JLT && op !== Jmp.JGE && op !== Jmp.JLE) return false;
  let data = dst;
  let regno = insn.dst;
  if (!isDataAndEnd(dst, src)) {
    if (!isDataAndEnd(src, dst)) return false;
    data = src;
    regno = insn.src;
    op = flipJump(op);
  }
  // `data op end`: `below` is where the data lies before the end, strictly for > and <= seen from the other side.
  const jumpsBelow = op === Jmp.JLT || op === Jmp.JLE;
  const strict = op === Jmp.JLT || op === Jmp.JGE;
  const below = jumpsBelow ? jump : fall;
  const above = jumpsBelow ? fall : jump;
  extendRange(env, below, data, strict);
  markEnd(above, regno, !strict);
  return true;
}
