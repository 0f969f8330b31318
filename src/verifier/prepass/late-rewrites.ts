// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the kernel does to an accepted program before it is compiled, as far as it shows: refusals, and the stack and subprograms in the
 * statistics. Facts: `kernel/bpf/fixups.c`.
 */
import { isHelperCall, isKfuncCall } from '../../isa/insn';
import { Class, Jmp } from '../../isa/opcode';
import type { SubprogInfo } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { calleeBehaviour } from './call-kinds';
import { isMayGoto } from './subprogs';
import { subprogCount } from './subprog-table';

/** Registers that an inlined bpf_loop saves, bytes. */
const LOOP_STACK = 24;
/** Counter and time stamp of may_goto, bytes. */
const MAY_GOTO_STACK = 16;
const REG_ARGS = 5;
/** Where an epilogue of the kernel keeps the context, bytes. */
const EPILOGUE_STACK = 8;

/** Struct_ops members whose programs get an epilogue, by the C name of `gen_epilogue`. Facts: the callbacks themselves. */
const EPILOGUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['st_ops_gen_epilogue', ['test_epilogue', 'test_pro_epilogue']],
  ['bpf_qdisc_gen_epilogue', ['reset', 'destroy']],
]);

/** Runs after {@link checkMaxStackDepth}; changes `stackDepth` and `removed` of subprograms. */
export function lateRewriteChecks(env: VerifierEnv): void {
  for (let s = 0; s < subprogCount(env); s++) inlineLoops(env, s);
  if (env.bpfCapable) {
    for (let s = 1; s < subprogCount(env); s++) {
      const info = env.subprogs[s]!;
      info.removed = env.aux[info.start]!.seen === 0;
    }
  }
  if (hasEpilogue(env)) env.subprogs[0]!.stackDepth += EPILOGUE_STACK;
  checkMiscFixups(env);
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    if (hasLiveMayGoto(env, s)) {
      info.stackExtra = MAY_GOTO_STACK;
      info.stackDepth += MAY_GOTO_STACK;
    }
  }
  for (let s = 0; s < subprogCount(env); s++) {
    if (!env.subprogs[s]!.removed) checkStackArgs(env, env.subprogs[s]!, s);
  }
}

/** A bpf_loop whose callback is known is turned into a loop, for which it saves three registers (`bpf_optimize_bpf_loop`). */
function inlineLoops(env: VerifierEnv, subprog: number): void {
  const info = env.subprogs[subprog]!;
  const end = env.subprogs[subprog + 1]!.start;
  for (let i = info.start; i < end; i++) {
    if (env.aux[i]!.loopInline?.fit !== true) continue;
    info.stackDepth = Math.ceil(info.stackDepth / 8) * 8 + LOOP_STACK;
    return;
  }
}

/** Whether the kernel appends code of its own to the main program (`bpf_convert_ctx_accesses`). */
function hasEpilogue(env: VerifierEnv): boolean {
  const { structOps } = env.attach;
  if (structOps === null) return false;
  const callback = env.kernel.structOps(structOps.typeName)?.callbacks.get('gen_epilogue') ?? '';
  return EPILOGUES.get(callback)?.includes(structOps.member) ?? false;
}

function checkMiscFixups(env: VerifierEnv): void {
  env.insns.forEach((insn, i) => {
    const aux = env.aux[i]!;
    if (aux.seen === 0) return;
    if (isKfuncCall(insn) && insn.imm === 0) {
      env.reject(Errno.EINVAL, 'invalid kernel function call not eliminated in verifier pass\n');
    }
    if (!env.bypassSpecV1 && aux.callMapPoisoned && isHelperCall(insn) && calleeBehaviour(env, insn) === 'tail_call') {
      env.reject(Errno.EINVAL, 'tail_call abusing map_ptr\n');
    }
  });
}

/** Whether a may_goto is left once dead code and jumps to the next instruction are gone. */
function hasLiveMayGoto(env: VerifierEnv, subprog: number): boolean {
  const from = env.subprogs[subprog]!.start;
  const end = env.subprogs[subprog + 1]!.start;
  const gone = new Set<number>();
  for (let i = from; i < end; i++) if (env.bpfCapable && env.aux[i]!.seen === 0) gone.add(i);
  for (let changed = env.bpfCapable; changed; ) {
    changed = false;
    for (let i = from; i < end; i++) {
      const insn = env.insns[i]!;
      const plainJump = insn.code === (Class.JMP | Jmp.JA) || isMayGoto(insn);
      if (!plainJump || gone.has(i) || insn.off < 0) continue;
      let distance = 0;
      for (let k = i + 1; k <= i + insn.off; k++) if (!gone.has(k)) distance++;
      if (distance > 0) continue;
      gone.add(i);
      changed = true;
    }
  }
  for (let i = from; i < end; i++) if (isMayGoto(env.insns[i]!) && !gone.has(i)) return true;
  return false;
}

/** Stack arguments may only be written for calls that take them (`bpf_fixup_call_args`). */
function checkStackArgs(env: VerifierEnv, info: SubprogInfo, subprog: number): void {
  const incoming = Math.max(info.argCnt - REG_ARGS, 0);
  const outgoing = info.stackArgCnt - incoming;
  if (info.maxOutStackArgCnt > outgoing) {
    env.reject(
      Errno.EINVAL,
      `func#${subprog} writes ${info.maxOutStackArgCnt} stack arg slots, but calls only require ${outgoing}\n`,
    );
  }
}
