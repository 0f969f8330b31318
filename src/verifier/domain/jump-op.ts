// SPDX-License-Identifier: GPL-2.0-only
/** Operations of conditional jumps, turned round: negated (`rev_opcode`) and with exchanged operands (`flip_opcode`). */
import { Jmp } from '../../isa/opcode';

/** Pseudo operation: the false way of JSET, which has no opcode of its own. */
export const NOT_JSET = Jmp.JSET | 0x08;

/** `dst op src` is false exactly if `dst reverseJump(op) src` is true. */
export function reverseJump(op: number): number {
  switch (op) {
    case Jmp.JEQ:
      return Jmp.JNE;
    case Jmp.JNE:
      return Jmp.JEQ;
    case Jmp.JSET:
      return NOT_JSET;
    case Jmp.JGE:
      return Jmp.JLT;
    case Jmp.JGT:
      return Jmp.JLE;
    case Jmp.JLE:
      return Jmp.JGT;
    case Jmp.JLT:
      return Jmp.JGE;
    case Jmp.JSGE:
      return Jmp.JSLT;
    case Jmp.JSGT:
      return Jmp.JSLE;
    case Jmp.JSLE:
      return Jmp.JSGT;
    default:
      return Jmp.JSGE;
  }
}

/** The operation that gives the same answer with exchanged operands. */
export function flipJump(op: number): number {
  switch (op) {
    case Jmp.JGE:
      return Jmp.JLE;
    case Jmp.JGT:
      return Jmp.JLT;
    case Jmp.JLE:
      return Jmp.JGE;
    case Jmp.JLT:
      return Jmp.JGT;
    case Jmp.JSGE:
      return Jmp.JSLE;
    case Jmp.JSGT:
      return Jmp.JSLT;
    case Jmp.JSLE:
      return Jmp.JSGE;
    case Jmp.JSLT:
      return Jmp.JSGT;
    default:
      return op;
  }
}
