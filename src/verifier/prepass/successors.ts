// SPDX-License-Identifier: GPL-2.0-only
/** Which instructions may follow which, inside a subprogram. Facts: `kernel/bpf/liveness.c: bpf_insn_successors`. */
import { jumpTarget, nextSlot, waysOf } from '../../isa/flow';
import type { VerifierEnv } from '../env';

const NONE: readonly number[] = [];

/**
 * Successors of an instruction in the kernel's order: its jump table if it has one, else the next instruction, then the jump target.
 * A call is followed by the next instruction only.
 */
export function insnSuccessors(env: VerifierEnv, idx: number): readonly number[] {
  const jt = env.aux[idx]!.jt;
  if (jt !== null) return jt;
  const insn = env.insns[idx]!;
  switch (waysOf(insn)) {
    case 'none':
      return NONE;
    case 'jump':
    case 'table':
      return [jumpTarget(insn, idx)];
    case 'branch':
      return [nextSlot(insn, idx), jumpTarget(insn, idx)];
    case 'next':
      return [nextSlot(insn, idx)];
  }
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
