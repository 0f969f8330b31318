// SPDX-License-Identifier: GPL-2.0-only
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import type { Flow } from './successors';

/**
 * Numbers the loops: instructions of one strongly connected component get the same number from 1 in order of completion,
 * instructions outside any loop 0. A call that runs a callback counts as a loop of its own.
 * Tarjan's algorithm over instruction indices ascending, the form of Pearce that `kernel/bpf/cfg.c: bpf_compute_scc` uses.
 */
export function computeScc(env: VerifierEnv, flow: Flow): void {
  const count = env.insns.length;
  const off = 0xffffffff; // left the stack
  const preorder = new Uint32Array(count);
  const low = new Uint32Array(count);
  // each instruction is on either at most once
  const stack = new Int32Array(count);
  const path = new Int32Array(count);
  let stacked = 0;
  let nextPreorder = 1;
  let nextScc = 1;

  for (let root = 0; root < count; root++) {
    if (preorder[root] !== 0) continue;
    let depth = 1;
    path[0] = root;
    walk: while (depth > 0) {
      const at = path[depth - 1]!;
      if (preorder[at] === 0) {
        low[at] = nextPreorder;
        preorder[at] = nextPreorder++;
        stack[stacked++] = at;
      }
      let selfEdge = false;
      const end = flow.first[at + 1]!;
      for (let k = flow.first[at]!; k < end; k++) {
        const next = flow.list[k]!;
        if (preorder[next] === 0) {
          path[depth++] = next;
          continue walk;
        }
        if (low[next]! < low[at]!) low[at] = low[next]!;
        if (next === at) selfEdge = true;
      }
      depth--;
      if (low[at]! < preorder[at]!) continue;

      const loops =
        stack[stacked - 1] !== at || selfEdge || (env.aux.has(at, Fact.CALLS_CALLBACK) && env.kernel.features['loops.callbacks']);
      for (;;) {
        const member = stack[--stacked]!;
        low[member] = off;
        if (loops) env.aux.scc[member] = nextScc;
        if (member === at) break;
      }
      if (loops) nextScc++;
    }
  }
  env.sccCount = nextScc;
}
