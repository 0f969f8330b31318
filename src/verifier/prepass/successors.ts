// SPDX-License-Identifier: GPL-2.0-only
/** Which instructions may follow which, inside a subprogram. Facts: `kernel/bpf/liveness.c: bpf_insn_successors`. */
import { isLdImm64, type Insn } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp } from '../../isa/opcode';
import type { VerifierEnv } from '../env';
import { jumpOffset } from './subprogs';

const NONE: readonly number[] = [];

/**
 * Successors of an instruction in the kernel's order: its jump table if it has one, else the next instruction, then the jump target.
 * A call is followed by the next instruction only.
 */
export function insnSuccessors(env: VerifierEnv, idx: number): readonly number[] {
  const jt = env.aux[idx]!.jt;
  if (jt !== null) return jt;
  const insn = env.insns[idx]!;
  const op = jmpOp(insn.code);
  const next = idx + (isLdImm64(insn) ? 2 : 1);
  if (!isJump(insn)) return [next];
  if (op === Jmp.EXIT) return NONE;
  if (op === Jmp.JA) return [idx + jumpOffset(insn) + 1];
  if (op === Jmp.CALL || op > Jmp.JCOND) return [next];
  return [next, idx + jumpOffset(insn) + 1];
}

function isJump(insn: Insn): boolean {
  const cls = classOf(insn.code);
  return cls === Class.JMP || cls === Class.JMP32;
}

/** The same for the whole program, packed: successors of `i` are `list[first[i]] … list[first[i + 1] - 1]`. */
export interface Flow {
  readonly first: Int32Array;
  readonly list: Int32Array;
}

/** Packs the successors of all instructions; to be made anew when instructions or jump tables change. */
export function packFlow(env: VerifierEnv): Flow {
  const first = new Int32Array(env.insns.length + 1);
  const list: number[] = [];
  for (let i = 0; i < env.insns.length; i++) {
    first[i] = list.length;
    for (const s of insnSuccessors(env, i)) list.push(s);
  }
  first[env.insns.length] = list.length;
  return { first, list: Int32Array.from(list) };
}
