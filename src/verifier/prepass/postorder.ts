// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../env';
import type { Flow } from './successors';
import { subprogCount } from './subprog-table';

/**
 * Order of the reachable instructions of each subprogram, successors before predecessors as far as cycles allow:
 * those of subprogram `i` are `env.insnPostorder[subprogs[i].postorderStart … subprogs[i + 1].postorderStart - 1]`.
 * All unseen successors are stacked at once, as `kernel/bpf/cfg.c: bpf_compute_postorder` does; the order is visible in its results.
 */
export function computePostorder(env: VerifierEnv, flow: Flow): void {
  const count = env.insns.length;
  const { first, list } = flow;
  const seen = new Uint8Array(count);
  const expanded = new Uint8Array(count);
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
      seen[idx] = 1;
      if (expanded[idx] === 1) {
        order[length++] = idx;
        top--;
        continue;
      }
      const end = first[idx + 1]!;
      for (let k = first[idx]!; k < end; k++) {
        const next = list[k]!;
        if (seen[next] === 1) continue;
        seen[next] = 1;
        stack[++top] = next;
      }
      expanded[idx] = 1;
    }
  }
  env.subprogs[subprogCount(env)]!.postorderStart = length;
  env.insnPostorder = order.subarray(0, length);
  env.flowsBack = flowsBack(env, flow, env.insnPostorder);
}

function flowsBack(env: VerifierEnv, flow: Flow, order: Int32Array): Uint8Array {
  const place = new Int32Array(env.insns.length);
  for (let i = 0; i < order.length; i++) place[order[i]!] = i;
  const back = new Uint8Array(env.insns.length);
  for (let i = 0; i < order.length; i++) {
    const idx = order[i]!;
    const end = flow.first[idx + 1]!;
    for (let k = flow.first[idx]!; k < end; k++) {
      const to = flow.list[k]!;
      if (place[to]! >= i) back[to] = 1;
    }
  }
  return back;
}
