// SPDX-License-Identifier: GPL-2.0-only
/** Where control goes after an instruction, from its encoding alone. Facts: `kernel/bpf/liveness.c: bpf_insn_successors`. */
import { isJmpClass, isLdImm64, type Insn } from './insn';
import { Class, classOf, Jmp, jmpOp, Source } from './opcode';

/** How an instruction is left: by the next one (calls too), not at all, by a jump, by either of two ways, by a table of jumps. */
export type Ways = 'next' | 'none' | 'jump' | 'branch' | 'table';

/** How an instruction is left. What is no instruction goes on. */
export function waysOf(insn: Insn): Ways {
  if (!isJmpClass(insn)) return 'next';
  const op = jmpOp(insn.code);
  if (op === Jmp.EXIT) return 'none';
  if (op === Jmp.JA) return isGotox(insn) ? 'table' : 'jump';
  return op === Jmp.CALL || op > Jmp.JCOND ? 'next' : 'branch';
}

/** Whether an instruction of one slot does nothing but go on to the next: one that computes, loads or stores. */
export function goesOn(code: number): boolean {
  const cls = classOf(code);
  return cls !== Class.JMP && cls !== Class.JMP32 && cls !== Class.LD;
}

/** Slot after an instruction. */
export function nextSlot(insn: Insn, at: number): number {
  return at + (isLdImm64(insn) ? 2 : 1);
}

/** Distance of a jump from the next instruction, in slots (`bpf_jmp_offset`). */
export function jumpOffset(insn: Insn): number {
  return insn.code === (Class.JMP32 | Jmp.JA) ? insn.imm : insn.off;
}

/** Slot that a jump at a slot leads to. */
export function jumpTarget(insn: Insn, at: number): number {
  return at + 1 + jumpOffset(insn);
}

/** Slot of the function of the program that a call at a slot calls, or that a load at a slot takes the address of. */
export function calledSlot(insn: Insn, at: number): number {
  return at + 1 + insn.imm;
}

/** An indirect jump, `gotox rX`. */
export function isGotox(insn: Insn): boolean {
  return insn.code === (Class.JMP | Jmp.JA | Source.X);
}

/** `may_goto`. */
export function isMayGoto(insn: Insn): boolean {
  return insn.code === (Class.JMP | Jmp.JCOND) && insn.src === 0;
}
