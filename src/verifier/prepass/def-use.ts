// SPDX-License-Identifier: GPL-2.0-only
/**
 * Registers that an instruction reads and writes, as masks: bit `n` the low half of Rn, bit `n + 16` its high half.
 * Facts: `kernel/bpf/liveness.c: compute_insn_live_regs`, `fixups.c: bpf_insn_def32`.
 */
import type { Insn } from '../../isa/insn';
import { Alu, aluOp, Atomic, Class, classOf, Jmp, jmpOp, Mode, modeOf, Size, sizeOf, Source, usesReg } from '../../isa/opcode';
import { ADDR_SPACE_CAST } from './fields';

/** Reads and writes of one instruction. */
export interface DefUse {
  readonly use: number;
  readonly def: number;
}

/** R0–R5, both halves. */
const CALLER_SAVED = 0x3f | (0x3f << 16);
const ALL = -1;
const R0 = both(0);

function both(r: number): number {
  return (1 << r) | (1 << (r + 16));
}

/** Register that an atomic instruction loads the old value into, −1 if none (`bpf_atomic_load_reg`). */
export function atomicLoadReg(insn: Insn): number {
  if (classOf(insn.code) !== Class.STX || modeOf(insn.code) !== Mode.ATOMIC) return -1;
  if (insn.imm === Atomic.LOAD_ACQ) return insn.dst;
  if (insn.imm === Atomic.CMPXCHG) return 0;
  return (insn.imm & Atomic.FETCH) !== 0 ? insn.src : -1;
}

/** Reads and writes; `numParams` is the number of arguments of a call, −1 if not known. */
export function defUse(insn: Insn, numParams: number): DefUse {
  const { code } = insn;
  const dst = both(insn.dst);
  const src = both(insn.src);
  const wide = sizeOf(code) === Size.DW;
  const mode = modeOf(code);
  switch (classOf(code)) {
    case Class.LD:
      return mode === Mode.IMM && wide ? { def: dst, use: 0 } : { def: 0, use: ALL };
    case Class.LDX:
      return mode === Mode.MEM || mode === Mode.MEMSX ? { def: dst, use: src } : { def: 0, use: ALL };
    case Class.ST:
      return mode === Mode.MEM ? { def: 0, use: dst } : { def: 0, use: ALL };
    case Class.STX:
      if (mode === Mode.MEM) return { def: 0, use: dst | (wide ? src : src & 0xffff) };
      return mode === Mode.ATOMIC ? atomicDefUse(insn, wide) : { def: 0, use: ALL };
    case Class.ALU:
    case Class.ALU64:
      return aluDefUse(insn);
    default:
      return jmpDefUse(insn, numParams);
  }
}

function atomicDefUse(insn: Insn, wide: boolean): DefUse {
  const dst = both(insn.dst);
  const value = wide ? both(insn.src) : 1 << insn.src;
  switch (insn.imm) {
    case Atomic.CMPXCHG:
      return { use: (wide ? R0 : 1) | dst | value, def: R0 };
    case Atomic.LOAD_ACQ:
      return { use: both(insn.src), def: dst };
    case Atomic.STORE_REL:
      return { use: dst | value, def: 0 };
    default:
      return { use: dst | value, def: (insn.imm & Atomic.FETCH) !== 0 ? both(insn.src) : 0 };
  }
}

function aluDefUse(insn: Insn): DefUse {
  const dst = both(insn.dst);
  const src = both(insn.src);
  const half = classOf(insn.code) === Class.ALU ? 0xffff : ALL;
  const fromReg = usesReg(insn.code);
  switch (aluOp(insn.code)) {
    case Alu.END:
      return { use: dst, def: dst };
    case Alu.MOV:
      return { use: fromReg ? src & half : 0, def: dst };
    default:
      return { use: (fromReg ? dst | src : dst) & half, def: dst };
  }
}

function jmpDefUse(insn: Insn, numParams: number): DefUse {
  const dst = both(insn.dst);
  const fromReg = usesReg(insn.code);
  switch (jmpOp(insn.code)) {
    case Jmp.JA:
      return { def: 0, use: fromReg ? dst : 0 };
    case Jmp.JCOND:
      return { def: 0, use: 0 };
    case Jmp.EXIT:
      return { def: 0, use: R0 };
    case Jmp.CALL: {
      const args = numParams < 0 ? 5 : Math.min(numParams, 5);
      const low = ((1 << (args + 1)) - 1) & ~1;
      return { def: CALLER_SAVED, use: low | (low << 16) };
    }
    default: {
      const half = classOf(insn.code) === Class.JMP ? ALL : 0xffff;
      return { def: 0, use: (fromReg ? dst | both(insn.src) : dst) & half };
    }
  }
}

/**
 * Register of which an instruction writes only the low half, −1 if none (`bpf_insn_def32`). `userConv` says whether pointers into the
 * arena are converted for user space, which they are unless the arena was made with BPF_F_NO_USER_CONV.
 */
export function def32(insn: Insn, userConv: boolean): number {
  const { code } = insn;
  const mode = modeOf(code);
  const wide = sizeOf(code) === Size.DW;
  switch (classOf(code)) {
    case Class.JMP:
    case Class.JMP32:
    case Class.ST:
      return -1;
    case Class.STX:
      return wide ? -1 : atomicLoadReg(insn);
    case Class.LDX:
      return mode === Mode.MEM && !wide ? insn.dst : -1;
    case Class.LD:
      return mode === Mode.ABS || mode === Mode.IND ? insn.dst : -1;
    default: {
      const op = aluOp(code);
      if (op === Alu.END) return insn.imm !== 64 ? insn.dst : -1;
      return classOf(code) === Class.ALU || isCast32(insn, userConv) ? insn.dst : -1;
    }
  }
}

/** A conversion between address spaces that is compiled to a 32-bit move (`is_addr_space_cast32`). */
function isCast32(insn: Insn, userConv: boolean): boolean {
  if (insn.code !== (Class.ALU64 | Alu.MOV | Source.X) || insn.off !== ADDR_SPACE_CAST) return false;
  return insn.imm === 1 || (insn.imm === 1 << 16 && !userConv);
}
