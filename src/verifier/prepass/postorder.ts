// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../env';
import type { Flow } from './successors';
import { subprogCount } from './subprog-table';

/** How far the walk is with an instruction. */
const enum Seen {
  NOT = 0,
  /** It is stacked. */
  STACKED,
  /** So is what may follow it. */
  EXPANDED,
  /** It has its place. */
  PLACED,
}

/**
 * Order of the reachable instructions of each subprogram, successors before predecessors as far as cycles allow:
 * those of subprogram `i` are `env.insnPostorder[subprogs[i].postorderStart … subprogs[i + 1].postorderStart - 1]`.
 * All unseen successors are stacked at once, as `kernel/bpf/cfg.c: bpf_compute_postorder` does; the order is visible in its results.
 */
export function computePostorder(env: VerifierEnv, { first, list }: Flow): void {
  const count = env.insns.length;
  const seen = new Uint8Array(count);
  const back = new Uint8Array(count);
  // each instruction is stacked once
  const stack = new Int32Array(count);
  const order = new Int32Array(count);
  let length = 0;
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    info.postorderStart = length;
    let top = 0;
    stack[0] = info.start;
    while (top >= 0) {
      const idx = stack[top]!;
      const end = first[idx + 1]!;
      if (seen[idx] === Seen.EXPANDED) {
        for (let k = first[idx]!; k < end; k++) noteBack(seen, back, list[k]!);
        seen[idx] = Seen.PLACED;
        order[length++] = idx;
        top--;
        continue;
      }
      seen[idx] = Seen.EXPANDED;
      for (let k = first[idx]!; k < end; k++) {
        const next = list[k]!;
        if (seen[next] !== Seen.NOT) continue;
        seen[next] = Seen.STACKED;
        stack[++top] = next;
      }
    }
  }
  env.subprogs[subprogCount(env)]!.postorderStart = length;
  env.insnPostorder = order.subarray(0, length);
  env.flowsBack = back;
}

/** What may follow an instruction that gets its place has one by now, but for where ways lead back. */
function noteBack(seen: Uint8Array, back: Uint8Array, next: number): void {
  if (seen[next] !== Seen.PLACED) back[next] = 1;
}
