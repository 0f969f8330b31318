// SPDX-License-Identifier: GPL-2.0-only
import { CALL, Class, classOf, LD_IMM64, Mode, PseudoCall, PseudoLd, Size, STACK_ARG_REG } from './opcode';

/** One 8-byte instruction slot; the layout is drawn in `opcode.ts`. */
export interface Insn {
  /** Operation code, 8 bits. */
  readonly code: number;
  /** Destination register, 4 bits. */
  readonly dst: number;
  /** Source register or pseudo value, 4 bits. */
  readonly src: number;
  /** Signed 16-bit offset. */
  readonly off: number;
  /** Signed 32-bit immediate. */
  readonly imm: number;
}

/** Bytes of one instruction slot. */
export const INSN_BYTES = 8;

/**
 * Decodes instruction slots of either byte order: it is that of offset and immediate, and of which half of the second byte names the
 * destination (`include/uapi/linux/bpf.h: struct bpf_insn`). `bytes.length` must be a multiple of 8.
 */
export function decodeInsns(bytes: Uint8Array, littleEndian = true): Insn[] {
  if (bytes.length % INSN_BYTES !== 0) {
    throw new RangeError(`instruction bytes must be a multiple of ${INSN_BYTES}, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at < bytes.length; at += INSN_BYTES) {
    const regs = view.getUint8(at + 1);
    insns.push({
      code: view.getUint8(at),
      dst: littleEndian ? regs & 0xf : regs >> 4,
      src: littleEndian ? regs >> 4 : regs & 0xf,
      off: view.getInt16(at + 2, littleEndian),
      imm: view.getInt32(at + 4, littleEndian),
    });
  }
  return insns;
}

/** Encodes instruction slots, little-endian; the inverse of {@link decodeInsns}. */
export function encodeInsns(insns: readonly Insn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * INSN_BYTES);
  const view = new DataView(bytes.buffer);
  insns.forEach((insn, index) => {
    const at = index * INSN_BYTES;
    view.setUint8(at, insn.code);
    view.setUint8(at + 1, (insn.dst & 0xf) | ((insn.src & 0xf) << 4));
    view.setInt16(at + 2, insn.off, true);
    view.setInt32(at + 4, insn.imm, true);
  });
  return bytes;
}

/** True for the first slot of a 64-bit immediate load. */
export function isLdImm64(insn: Insn): boolean {
  return insn.code === LD_IMM64;
}

/** True for a load of the address of a function of the program. */
export function isFuncRef(insn: Insn): boolean {
  return isLdImm64(insn) && insn.src === PseudoLd.FUNC;
}

/** True for a call of a helper by number. */
export function isHelperCall(insn: Insn): boolean {
  return insn.code === CALL && insn.src === PseudoCall.HELPER;
}

/** True for a call of a BPF subprogram. */
export function isPseudoCall(insn: Insn): boolean {
  return insn.code === CALL && insn.src === PseudoCall.CALL;
}

/** True for a call of a kernel function. */
export function isKfuncCall(insn: Insn): boolean {
  return insn.code === CALL && insn.src === PseudoCall.KFUNC;
}

/** True for the two jump classes. */
export function isJmpClass(insn: Insn): boolean {
  const cls = classOf(insn.code);
  return cls === Class.JMP || cls === Class.JMP32;
}

/** Load of an argument from the caller's stack-argument area (`is_stack_arg_ldx`). */
export function isStackArgLoad(insn: Insn): boolean {
  return insn.code === (Class.LDX | Mode.MEM | Size.DW) && insn.src === STACK_ARG_REG && insn.off > 0 && insn.off % 8 === 0;
}

/** Store of an immediate as an outgoing stack argument (`is_stack_arg_st`). */
export function isStackArgStoreImm(insn: Insn): boolean {
  return insn.code === (Class.ST | Mode.MEM | Size.DW) && insn.dst === STACK_ARG_REG && insn.off < 0 && insn.off % 8 === 0;
}

/** Store of a register as an outgoing stack argument (`is_stack_arg_stx`). */
export function isStackArgStoreReg(insn: Insn): boolean {
  return insn.code === (Class.STX | Mode.MEM | Size.DW) && insn.dst === STACK_ARG_REG && insn.off < 0 && insn.off % 8 === 0;
}
