// SPDX-License-Identifier: GPL-2.0-only
/** Whether an operation is allowed in a state, and in whose words it is not. All of it is folded from the held table and the policy. */
import type { Insn } from '../isa/insn';
import { isHelperCall, isKfuncCall } from '../isa/insn';
import { Kf } from '../kernel/profile';
import { Op, type ContextClass } from '../policy/types';
import { NO_RULE, sleepDemand, type FunctionRule } from '../policy/rules';
import type { VerifierEnv } from './env';
import { inRcuCs, type VerifierState } from './state/state';

/** Whether sleeping is allowed now: the program, subprogram or callback may, and nothing held forbids it (`in_sleepable_context`). */
export function inSleepableContext(state: VerifierState): boolean {
  return state.inSleepable && (state.held.forbids & Op.SLEEP) === 0;
}

/** Whether a page fault may be taken now. */
export function mayFault(state: VerifierState): boolean {
  return inSleepableContext(state) && (state.held.forbids & Op.FAULT) === 0;
}

/** Whether something that does `demand` ({@link Op} bits: 0, SLEEP, or SLEEP with FAULT) is allowed now. */
export function allows(state: VerifierState, demand: number): boolean {
  if (demand === 0) return true;
  return (demand & Op.FAULT) !== 0 ? mayFault(state) : inSleepableContext(state);
}

/** What calling a helper may do, {@link Op} bits. */
export function helperDemand(env: VerifierEnv, name: string, mightSleep: boolean): number {
  return sleepDemand(env.rules.helper(name), name, mightSleep);
}

/** What calling a kfunc may do, {@link Op} bits. */
export function kfuncDemand(env: VerifierEnv, name: string, mightSleep: boolean): number {
  return sleepDemand(env.rules.kfunc(name), name, mightSleep);
}

/** RCU protection, explicit or implied (`in_rcu_cs`). */
export function inRcuReadSection(env: VerifierEnv): boolean {
  return inRcuCs(env.cur);
}

/** The class to name when an operation is forbidden: of those held that forbid it, the first by rank. */
export function forbiddingClass(state: VerifierState, op: number): ContextClass | null {
  let best: ContextClass | null = null;
  for (const { forbids, cls } of state.held.entries) {
    if ((forbids & op) !== 0 && (best === null || cls.describeRank < best.describeRank)) best = cls;
  }
  return best;
}

/** Why sleeping, or what a call demands beside it, is not allowed, in the kernel's words (`non_sleepable_context_description`). */
export function nonSleepableDescription(state: VerifierState, demand: number = Op.SLEEP): string {
  let best: ContextClass | null = null;
  // where sleeping itself is forbidden, that is the reason; faults are one only where it is not
  const op = inSleepableContext(state) ? demand & Op.FAULT : Op.SLEEP;
  for (const { forbids, cls } of state.held.entries) {
    if ((forbids & op) !== 0 && cls.describe !== '' && (best === null || cls.describeRank < best.describeRank)) best = cls;
  }
  return best === null ? 'non-sleepable prog' : best.describe;
}

/** The policy's rule for the helper or kfunc that an instruction calls; the one that says nothing if it calls neither. */
export function calleeRule(env: VerifierEnv, insn: Insn): FunctionRule {
  const name = calleeName(env, insn);
  return name === '' ? NO_RULE : isHelperCall(insn) ? env.rules.helper(name) : env.rules.kfunc(name);
}

/** Name of the helper or kfunc that an instruction calls, '' if it calls neither. */
export function calleeName(env: VerifierEnv, insn: Insn): string {
  if (isHelperCall(insn)) return env.kernel.helperName(insn.imm) ?? '';
  if (!isKfuncCall(insn)) return '';
  const btf = insn.off === 0 ? env.kernel.btf : env.prog.fdArray[insn.off];
  return btf?.type(insn.imm)?.name ?? '';
}

/** What the call at an instruction may do, {@link Op} bits; 0 for other instructions and calls of BPF functions. */
export function callDemand(env: VerifierEnv, insn: Insn): number {
  if (isHelperCall(insn)) {
    const proto = env.kernel.helperProto(insn.imm, env.caller()) ?? env.kernel.anyHelperProto(insn.imm);
    return helperDemand(env, env.kernel.helperName(insn.imm) ?? '', proto?.mightSleep ?? false);
  }
  if (!isKfuncCall(insn)) return 0;
  const btf = insn.off === 0 ? env.kernel.btf : env.prog.fdArray[insn.off];
  const kfunc = btf === undefined || btf === null ? null : env.kernel.kfunc(btf, insn.imm);
  return kfunc === null ? 0 : kfuncDemand(env, kfunc.name, (kfunc.flags & Kf.SLEEPABLE) !== 0);
}
