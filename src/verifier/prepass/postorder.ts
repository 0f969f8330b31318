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
  const seen = new Uint8Array(env.insns.length);
  const expanded = new Uint8Array(env.insns.length);
  const order: number[] = [];
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    info.postorderStart = order.length;
    const stack = [info.start];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      seen[top] = 1;
      if (expanded[top] === 1) {
        order.push(top);
        stack.pop();
        continue;
      }
      const end = flow.first[top + 1]!;
      for (let k = flow.first[top]!; k < end; k++) {
        const next = flow.list[k]!;
        if (seen[next] === 1) continue;
        seen[next] = 1;
        stack.push(next);
      }
      expanded[top] = 1;
    }
  }
  env.subprogs[subprogCount(env)]!.postorderStart = order.length;
  env.insnPostorder = order;
  env.flowsBack = flowsBack(env, flow, order);
}

function flowsBack(env: VerifierEnv, flow: Flow, order: readonly number[]): Uint8Array {
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
