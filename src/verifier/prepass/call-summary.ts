// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../../btf/types';
import { isHelperCall, isKfuncCall, type Insn } from '../../isa/insn';
import { behaviours } from '../../kernel/behaviour';
import { Kf, type CallerContext, type HelperProto } from '../../kernel/profile';
import { ArgType, RetType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { kfuncFacts } from './kfunc-facts';

/** What the prototype of a helper or kfunc says about the registers of a call. */
export interface CallSummary {
  /** Number of parameters; beyond five they are stack arguments. */
  readonly numParams: number;
  readonly isVoid: boolean;
  /** Whether it is known to leave all registers alone that its prototype does not name (`bpf_fastcall`). */
  readonly fastcall: boolean;
}

/** Helpers that the verifier replaces by instructions on x86-64 with SMP (`bpf_verifier_inlines_helper_call`). */
const INLINED = behaviours('get_smp_processor_id', 'get_current_task_btf', 'get_current_task');

const ofHelpers = new WeakMap<HelperProto, CallSummary>();

function helperSummary(proto: HelperProto): CallSummary {
  let summary = ofHelpers.get(proto);
  if (summary === undefined) {
    const end = proto.args.findIndex((a) => a.type === ArgType.DONTCARE);
    summary = {
      numParams: end < 0 ? proto.args.length : end,
      isVoid: proto.ret === RetType.VOID,
      fastcall: proto.allowFastcall && INLINED.has(proto.behaviour),
    };
    ofHelpers.set(proto, summary);
  }
  return summary;
}

/** Summary of a helper or kfunc call; null for other instructions and for callees that cannot be called (`bpf_get_call_summary`). */
export function callSummary(env: VerifierEnv, insn: Insn, caller: CallerContext = env.caller()): CallSummary | null {
  if (isHelperCall(insn)) {
    const proto = env.kernel.helperProto(insn.imm, caller);
    return proto === null ? null : helperSummary(proto);
  }
  if (isKfuncCall(insn)) {
    const kfunc = kfuncFacts(env, insn);
    if (kfunc === null) return null;
    return {
      numParams: kfunc.proto.params.length,
      isVoid: kfunc.btf.type(kfunc.proto.ret)?.kind === Kind.VOID,
      fastcall: (kfunc.flags & Kf.FASTCALL) !== 0,
    };
  }
  return null;
}
