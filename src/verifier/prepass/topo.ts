// SPDX-License-Identifier: GPL-2.0-only
import { calledSlot } from '../../isa/flow';
import { isFuncRef, isPseudoCall } from '../../isa/insn';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { findSubprog, subprogCount } from './subprog-table';

const NO_CALLS: readonly number[] = [];

/** Name of a subprogram in messages, '' without BTF (`bpf_subprog_name`). */
export function subprogName(env: VerifierEnv, subprog: number): string {
  return env.subprogs[subprog]!.name;
}

/**
 * Orders subprograms so that callees come before their callers, over reachable instructions; a cycle of direct calls is refused
 * (`kernel/bpf/verifier.c: sort_subprogs_topo`).
 */
export function sortSubprogsTopo(env: VerifierEnv): void {
  const count = subprogCount(env);
  const calls = callsByPostorder(env);
  const color = new Uint8Array(count); // 0 new, 1 on the stack, 2 done
  const order: number[] = [];
  for (let root = 0; root < count; root++) {
    if (color[root] !== 0) continue;
    color[root] = 1;
    const stack = [root];
    while (stack.length > 0) {
      const cur = stack[stack.length - 1]!;
      const callee = nextCallee(env, cur, calls[cur]!, color);
      if (callee >= 0) {
        color[callee] = 1;
        stack.push(callee);
      } else {
        color[cur] = 2;
        order.push(cur);
        stack.pop();
      }
    }
  }
  env.topoOrder = order;
  // the order is told since stack accesses are known before the program is walked: Linux 6.18 and 6.12 say nothing of it
  if (env.log.full && env.kernel.features['liveness.stackAhead'])
    order.forEach((s, i) => env.verbose(`topo_order[${i}] = ${subprogName(env, s)}\n`));
}

/** Reachable calls of subprograms and loads of their addresses, by subprogram, in the order in which its instructions are gone through. */
function callsByPostorder(env: VerifierEnv): readonly (readonly number[])[] {
  const { insns, insnPostorder, subprogs } = env;
  const isCall = (at: number): boolean => isPseudoCall(insns[at]!) || isFuncRef(insns[at]!);
  const any = env.callSites.some(isCall);
  return Array.from({ length: subprogCount(env) }, (_, s) =>
    any ? Array.from(insnPostorder.subarray(subprogs[s]!.postorderStart, subprogs[s + 1]!.postorderStart).filter(isCall)) : NO_CALLS,
  );
}

/** First of the calls in `cur` whose callee was not visited: that callee, −1 if none is left. */
function nextCallee(env: VerifierEnv, cur: number, calls: readonly number[], color: Uint8Array): number {
  for (const idx of calls) {
    const insn = env.insns[idx]!;
    const direct = isPseudoCall(insn);
    const callee = findSubprog(env, calledSlot(insn, idx));
    if (callee < 0) env.reject(Errno.EFAULT, '', undefined, { kind: 'type-records' });
    if (color[callee] === 2 || (color[callee] === 1 && !direct)) continue;
    if (color[callee] === 1) {
      env.reject(
        Errno.EINVAL,
        `recursive call from ${subprogName(env, cur)}() to ${subprogName(env, callee)}()\n`,
        () => why.recursion(idx),
        {
          kind: 'recursion',
          at: idx,
          callee: subprogName(env, callee),
        },
      );
    }
    return callee;
  }
  return -1;
}
