// SPDX-License-Identifier: GPL-2.0-only
import { isMayGoto } from '../../isa/flow';
import { type Insn, isJmpClass } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, usesReg } from '../../isa/opcode';
import type { VerifierEnv } from '../env';

/**
 * Rewrites conditional jumps whose operands are known constants into `goto`, to the target or to the next instruction.
 * Returns whether anything changed (`kernel/bpf/const_fold.c: bpf_prune_dead_branches`).
 */
export function pruneDeadBranches(env: VerifierEnv): boolean {
  const { constants, insns } = env;
  let rewritten: Insn[] | null = null;
  for (let i = 0; i < insns.length; i++) {
    const known = constants.scalars(i);
    const insn = insns[i]!;
    if ((known & (1 << insn.dst)) === 0 || !isJmpClass(insn)) continue;
    const op = jmpOp(insn.code);
    if (op === Jmp.JA || op === Jmp.EXIT || op === Jmp.CALL || isMayGoto(insn)) continue;
    const fromReg = usesReg(insn.code);
    if (fromReg && (known & (1 << insn.src)) === 0) continue;

    let dst = BigInt(constants.value(i, insn.dst) >>> 0);
    let src = fromReg ? BigInt(constants.value(i, insn.src) >>> 0) : BigInt(insn.imm);
    if (classOf(insn.code) === Class.JMP32) {
      dst = BigInt.asIntN(32, dst);
      src = BigInt.asIntN(32, src);
    }
    const off = isTaken(op, BigInt.asUintN(64, dst), BigInt.asUintN(64, src)) ? insn.off : 0;
    rewritten ??= insns.slice();
    rewritten[i] = { code: Class.JMP | Jmp.JA, dst: 0, src: 0, off, imm: 0 };
  }
  if (rewritten !== null) env.insns = rewritten;
  return rewritten !== null;
}

/** Outcome of a comparison of two u64. */
function isTaken(op: number, dst: bigint, src: bigint): boolean {
  const sdst = BigInt.asIntN(64, dst);
  const ssrc = BigInt.asIntN(64, src);
  switch (op) {
    case Jmp.JEQ:
      return dst === src;
    case Jmp.JNE:
      return dst !== src;
    case Jmp.JGT:
      return dst > src;
    case Jmp.JGE:
      return dst >= src;
    case Jmp.JLT:
      return dst < src;
    case Jmp.JLE:
      return dst <= src;
    case Jmp.JSGT:
      return sdst > ssrc;
    case Jmp.JSGE:
      return sdst >= ssrc;
    case Jmp.JSLT:
      return sdst < ssrc;
    case Jmp.JSLE:
      return sdst <= ssrc;
    default:
      return (dst & src) !== 0n;
  }
}
