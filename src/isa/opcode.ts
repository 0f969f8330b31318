// SPDX-License-Identifier: GPL-2.0-only
/**
 * The BPF instruction encoding: classes, modes, operations, pseudo source registers.
 *
 * ```
 *  63          32 31       16 15   12 11    8 7        0
 * +--------------+-----------+-------+-------+----------+
 * |  imm (s32)   | off (s16) |  src  |  dst  |   code   |
 * +--------------+-----------+-------+-------+----------+
 *  code of ALU/JMP:  | op (4) | source K/X (1) | class (3) |
 *  code of LD/ST:    | mode (3) | size (2)     | class (3) |
 * ```
 * Facts: `include/uapi/linux/bpf.h`, `include/uapi/linux/bpf_common.h`; RFC 9669.
 */

/** Instruction class, low three bits of the code. */
export const enum Class {
  LD = 0x00,
  LDX = 0x01,
  ST = 0x02,
  STX = 0x03,
  ALU = 0x04,
  JMP = 0x05,
  JMP32 = 0x06,
  ALU64 = 0x07,
}

/** Access size of LD/LDX/ST/STX, bits 3 and 4. */
export const enum Size {
  W = 0x00,
  H = 0x08,
  B = 0x10,
  DW = 0x18,
}

/** Addressing mode of LD/LDX/ST/STX, bits 5 to 7. */
export const enum Mode {
  IMM = 0x00,
  ABS = 0x20,
  IND = 0x40,
  MEM = 0x60,
  MEMSX = 0x80,
  ATOMIC = 0xc0,
}

/** Operand source of ALU and JMP instructions, bit 3. */
export const enum Source {
  K = 0x00,
  X = 0x08,
}

/** Operation of ALU and ALU64, bits 4 to 7. */
export const enum Alu {
  ADD = 0x00,
  SUB = 0x10,
  MUL = 0x20,
  DIV = 0x30,
  OR = 0x40,
  AND = 0x50,
  LSH = 0x60,
  RSH = 0x70,
  NEG = 0x80,
  MOD = 0x90,
  XOR = 0xa0,
  MOV = 0xb0,
  ARSH = 0xc0,
  END = 0xd0,
}

/** Operation of JMP and JMP32, bits 4 to 7. */
export const enum Jmp {
  JA = 0x00,
  JEQ = 0x10,
  JGT = 0x20,
  JGE = 0x30,
  JSET = 0x40,
  JNE = 0x50,
  JSGT = 0x60,
  JSGE = 0x70,
  CALL = 0x80,
  EXIT = 0x90,
  JLT = 0xa0,
  JLE = 0xb0,
  JSLT = 0xc0,
  JSLE = 0xd0,
  /** Conditional pseudo jumps (`may_goto`). */
  JCOND = 0xe0,
}

/** `imm` of an atomic STX: operation, optionally with {@link Atomic.FETCH}. */
export const enum Atomic {
  ADD = 0x00,
  OR = 0x40,
  AND = 0x50,
  XOR = 0xa0,
  FETCH = 0x01,
  XCHG = 0xe1,
  CMPXCHG = 0xf1,
  LOAD_ACQ = 0x100,
  STORE_REL = 0x110,
}

/** Pseudo values of `src` in a 64-bit immediate load. */
export const enum PseudoLd {
  MAP_FD = 1,
  MAP_VALUE = 2,
  BTF_ID = 3,
  FUNC = 4,
  MAP_IDX = 5,
  MAP_IDX_VALUE = 6,
}

/** Pseudo values of `src` in a call. */
export const enum PseudoCall {
  HELPER = 0,
  CALL = 1,
  KFUNC = 2,
}

/** Code of the two-slot 64-bit immediate load. */
export const LD_IMM64 = Class.LD | Size.DW | Mode.IMM;
/** Code of a call. */
export const CALL = Class.JMP | Jmp.CALL;
/** Code of an exit. */
export const EXIT = Class.JMP | Jmp.EXIT;

/** Frame pointer. */
export const FP_REG = 10;
/** Register that addresses stack arguments (`BPF_REG_PARAMS`). */
export const STACK_ARG_REG = 11;
/** Number of registers kept in a frame, R0 to R10. */
export const NR_REGS = 11;
/** Largest stack of one frame, bytes. */
export const MAX_STACK = 512;

/** Instruction class of a code. */
export function classOf(code: number): Class {
  return code & 0x07;
}

/** Operation of an ALU or ALU64 code. */
export function aluOp(code: number): Alu {
  return code & 0xf0;
}

/** Operation of a JMP or JMP32 code. */
export function jmpOp(code: number): Jmp {
  return code & 0xf0;
}

/** Whether the second operand of an ALU or JMP code is a register, not the immediate; for END: to big-endian. */
export function usesReg(code: number): boolean {
  return (code & Source.X) !== 0;
}

/** Operation and source of an ALU or JMP code, without its class. */
export function withoutClass(code: number): number {
  return code & 0xf8;
}

/** Addressing mode of a LD/LDX/ST/STX code. */
export function modeOf(code: number): Mode {
  return code & 0xe0;
}

/** Access size of a LD/LDX/ST/STX code, as its bits say it; in bytes: {@link accessBytes}. */
export function sizeOf(code: number): Size {
  return code & 0x18;
}

/** The same ALU or JMP code with another operation. */
export function withOp(code: number, op: Alu | Jmp): number {
  return (code & 0x0f) | op;
}

/** The same LD/LDX/ST/STX code with another size. */
export function withSize(code: number, size: Size): number {
  return (code & ~0x18) | size;
}

/** The same LD/LDX/ST/STX code with another mode, a reserved one too. */
export function withMode(code: number, mode: number): number {
  return (code & ~0xe0) | mode;
}

/** Access width in bytes of a LD/LDX/ST/STX code. */
export function accessBytes(code: number): 1 | 2 | 4 | 8 {
  switch (sizeOf(code)) {
    case Size.W:
      return 4;
    case Size.H:
      return 2;
    case Size.B:
      return 1;
    default:
      return 8;
  }
}
