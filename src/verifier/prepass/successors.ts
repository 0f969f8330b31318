// SPDX-License-Identifier: GPL-2.0-only
/** Which instructions may follow which, inside a subprogram. Facts: `kernel/bpf/liveness.c: bpf_insn_successors`. */
import { goesOn, jumpTarget, nextSlot, waysOf } from '../../isa/flow';
import type { VerifierEnv } from '../env';

/**
 * Successors of all instructions, packed: those of `i` are `list[first[i]] … list[first[i + 1] - 1]`, in the kernel's order: its jump table if it has one,
 * else the next instruction, then the jump target. A call is followed by the next instruction only.
 */
export interface Flow {
  readonly first: Int32Array;
  readonly list: Int32Array;
}

/** Packs the successors of all instructions; to be made anew when instructions or jump tables change. */
export function packFlow({ insns, aux }: VerifierEnv): Flow {
  const first = new Int32Array(insns.length + 1);
  // all but jump tables have at most two
  let list = new Int32Array(2 * insns.length);
  let length = 0;
  for (let i = 0; i < insns.length; i++) {
    first[i] = length;
    const insn = insns[i]!;
    if (goesOn(insn.code)) {
      list[length++] = i + 1;
      continue;
    }
    const { jt } = aux.rare(i);
    if (jt !== null) {
      list = withRoom(list, length + jt.length + 2 * (insns.length - i));
      for (let k = 0; k < jt.length; k++) list[length++] = jt[k]!;
      continue;
    }
    const ways = waysOf(insn);
    if (ways === 'next' || ways === 'branch') list[length++] = nextSlot(insn, i);
    if (ways !== 'next' && ways !== 'none') list[length++] = jumpTarget(insn, i);
  }
  first[insns.length] = length;
  return { first, list: list.subarray(0, length) };
}

/** The same list, with room for at least so many. */
function withRoom(list: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (list.length >= needed) return list;
  const larger = new Int32Array(Math.max(needed, 2 * list.length));
  larger.set(list);
  return larger;
}

/**
 * The straight stretches of a program as it is walked in postorder or the other way round. A pass keeps what it knows only where one begins: the other
 * instructions come right behind the only one that leads to them, which leads nowhere else.
 */
export interface Stretches {
  /** Numbers of the instructions that begin one, from 0; -1 for all others. */
  readonly numbers: Int32Array;
  readonly count: number;
}

/** Finds the straight stretches; needs `env.insnPostorder`. */
export function findStretches(env: VerifierEnv, flow: Flow): Stretches {
  const { insnPostorder: order } = env;
  const { first, list } = flow;
  const arrivals = new Uint8Array(env.insns.length);
  for (let k = 0; k < list.length; k++) if (arrivals[list[k]!]! < 2) arrivals[list[k]!]!++;
  const numbers = new Int32Array(env.insns.length).fill(-1);
  let count = 0;
  for (let i = order.length - 1; i >= 0; i--) {
    const idx = order[i]!;
    const prev = i + 1 < order.length ? order[i + 1]! : -1;
    const follows = prev >= 0 && arrivals[idx] === 1 && first[prev + 1] === first[prev]! + 1 && list[first[prev]!] === idx;
    if (!follows) numbers[idx] = count++;
  }
  return { numbers, count };
}
