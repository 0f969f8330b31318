// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the kernel does to an accepted program before it is compiled, as far as it shows: refusals, and the stack and subprograms in the
 * statistics. Facts: `kernel/bpf/fixups.c`.
 */
import { calledSlot, isMayGoto } from '../../isa/flow';
import { isFuncRef, isHelperCall, isKfuncCall } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, Mode, modeOf } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { Fact, type SubprogInfo } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { calleeBehaviour } from './call-kinds';
import { subprogCount, subprogOf } from './subprog-table';

/** Registers that an inlined bpf_loop saves, bytes. */
const LOOP_STACK = 24;
/** Counter and time stamp of may_goto, bytes; before time counted, the counter alone. */
const MAY_GOTO_STACK = 16;
const MAY_GOTO_COUNTER = 8;
const REG_ARGS = 5;
/** Where an epilogue of the kernel keeps the context, bytes. */
const EPILOGUE_STACK = 8;
/** Instructions of the function that returns from exceptions. */
const HIDDEN_INSNS = 2;

/** Struct_ops members whose programs get an epilogue, by the C name of `gen_epilogue`. Facts: the callbacks themselves. */
const EPILOGUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['st_ops_gen_epilogue', ['test_epilogue', 'test_pro_epilogue']],
  ['bpf_qdisc_gen_epilogue', ['reset', 'destroy']],
]);

/** Runs after {@link checkMaxStackDepth}; changes `stackDepth` and `removed` of subprograms. */
export function lateRewriteChecks(env: VerifierEnv): void {
  inlineLoops(env);
  if (env.bpfCapable) {
    for (let s = 1; s < subprogCount(env); s++) {
      const info = env.subprogs[s]!;
      info.removed = env.aux.seen[info.start] === 0;
    }
  }
  if (hasEpilogue(env)) env.subprogs[0]!.stackDepth += EPILOGUE_STACK;
  if (!env.kernel.features['arena.signExtends']) checkArenaLoads(env);
  checkMiscFixups(env);
  // who is left matters only to these
  const shrinks = env.subprogs.some((info) => info.hasMayGoto) || env.callSites.some((at) => isFuncRef(env.insns[at]!));
  const live = shrinks ? liveInsns(env) : [];
  const left = env.bpfCapable ? withoutNops(env, live) : live;
  const mayGotos = left.filter((i) => isMayGoto(env.insns[i]!));
  for (let s = 0; s < subprogCount(env); s++) {
    const info = env.subprogs[s]!;
    const end = env.subprogs[s + 1]!.start;
    if (mayGotos.some((i) => i >= info.start && i < end)) {
      info.stackExtra = env.kernel.features['log.timedMayGoto'] ? MAY_GOTO_STACK : MAY_GOTO_COUNTER;
      info.stackDepth += info.stackExtra;
    }
  }
  for (let s = 0; s < subprogCount(env); s++) {
    if (!env.subprogs[s]!.removed) checkStackArgs(env, env.subprogs[s]!, s);
  }
  if (env.bpfCapable) checkFuncRefs(env, live, left);
}

/** Instructions that were executed, in order. */
function liveInsns(env: VerifierEnv): number[] {
  const live: number[] = [];
  for (let i = 0; i < env.aux.length; i++) if (env.aux.seen[i] !== 0) live.push(i);
  return live;
}

/** A bpf_loop whose callback is known is turned into a loop, for which it saves three registers (`bpf_optimize_bpf_loop`). */
function inlineLoops(env: VerifierEnv): void {
  const inlined = env.callSites.filter((at) => env.aux.rare(at).loopInline?.fit === true);
  for (const subprog of new Set(inlined.map((at) => subprogOf(env, at)))) {
    const info = env.subprogs[subprog]!;
    info.stackDepth = Math.ceil(info.stackDepth / 8) * 8 + LOOP_STACK;
  }
}

/** Whether the kernel appends code of its own to the main program (`bpf_convert_ctx_accesses`). */
function hasEpilogue(env: VerifierEnv): boolean {
  const { structOps } = env.attach;
  if (structOps === null) return false;
  const callback = env.kernel.structOps(structOps.typeName)?.callbacks.get('gen_epilogue') ?? '';
  return EPILOGUES.get(callback)?.includes(structOps.member) ?? false;
}

/** Refuses loads from arenas that extend the sign: there is no such instruction to turn them into (`convert_ctx_accesses`). */
function checkArenaLoads(env: VerifierEnv): void {
  env.insns.forEach(({ code }, at) => {
    const { seen, ptrType } = env.aux;
    if (seen[at] === 0 || ptrType[at] !== RegType.PTR_TO_ARENA || classOf(code) !== Class.LDX || modeOf(code) !== Mode.MEMSX) return;
    const name = 'a load from an arena that extends the sign';
    env.reject(Errno.EOPNOTSUPP, 'sign extending loads from arena are not supported yet\n', undefined, {
      kind: 'bad-instruction',
      name,
      at,
    });
  });
}

function checkMiscFixups(env: VerifierEnv): void {
  env.hiddenSubprog = env.seenException && env.exceptionCallbackSubprog === 0;
  for (const i of env.callSites) {
    const insn = env.insns[i]!;
    if (env.aux.seen[i] === 0) continue;
    if (isKfuncCall(insn) && insn.imm === 0) {
      env.reject(Errno.EINVAL, 'invalid kernel function call not eliminated in verifier pass\n', undefined, { kind: 'kfunc-missing' });
    }
    if (!env.bypassSpecV1 && env.aux.has(i, Fact.CALL_MAP_POISONED) && isHelperCall(insn) && calleeBehaviour(env, insn) === 'tail_call') {
      env.reject(Errno.EINVAL, 'tail_call abusing map_ptr\n', undefined, { kind: 'tail-call', how: 'maps' });
    }
  }
}

/** `bpf_insn_is_cond_jump`. */
function isConditionalJump(code: number): boolean {
  const op = jmpOp(code);
  if (classOf(code) === Class.JMP32) return op !== Jmp.JA;
  return classOf(code) === Class.JMP && op !== Jmp.JA && op !== Jmp.EXIT && op !== Jmp.CALL;
}

/** Whether a jump does nothing but jump: it is one, or only one way on from it was ever taken (`bpf_opt_hard_wire_dead_code_branches`). */
function isHardWired(env: VerifierEnv, at: number): boolean {
  const { code, off } = env.insns[at]!;
  if (code === (Class.JMP | Jmp.JA)) return true;
  return isConditionalJump(code) && (env.aux.seen[at + 1] === 0 || env.aux.seen[at + 1 + off] === 0);
}

/** Where a jump that does nothing else goes. */
function hardWiredTarget(env: VerifierEnv, at: number): number {
  const { code, off } = env.insns[at]!;
  return at + 1 + (code === (Class.JMP | Jmp.JA) || env.aux.seen[at + 1] === 0 ? off : 0);
}

/**
 * Instructions that are left once dead code and jumps to the next instruction are gone, in order. What only became such a jump by the
 * removal of the one behind it is found if that was a may_goto (`bpf_opt_remove_dead_code`, `bpf_opt_remove_nops`).
 */
function withoutNops(env: VerifierEnv, live: readonly number[]): number[] {
  /** Whether it only goes to `next`: nothing that is left lies between it and its target. */
  const isNop = (at: number, next: number): boolean => {
    const mayGoto = isMayGoto(env.insns[at]!);
    if (!mayGoto && !isHardWired(env, at)) return false;
    const target = mayGoto ? at + 1 + env.insns[at]!.off : hardWiredTarget(env, at);
    return target > at && next >= target;
  };
  const left: number[] = [];
  for (let i = 0; i < live.length; i++) {
    const at = live[i]!;
    const next = live[i + 1] ?? Infinity;
    if (!isNop(at, next)) {
      left.push(at);
      continue;
    }
    for (let gone = at; isMayGoto(env.insns[gone]!) && left.length > 0 && isNop(left.at(-1)!, next);) gone = left.pop()!;
  }
  return left;
}

/**
 * Addresses of functions must be those of functions when the program is compiled. A function that is never called is removed with all dead
 * code around it, and its address stays what it was: it is that of another function only if one moves there (`jit_subprogs`). The refusal
 * names the place without what rewrites insert before it.
 */
function checkFuncRefs(env: VerifierEnv, live: readonly number[], left: readonly number[]): void {
  const isDead = (at: number): boolean => env.aux.seen[at] === 0;
  const refs: number[] = [];
  for (const i of live) {
    const insn = env.insns[i]!;
    if (isFuncRef(insn) && isDead(calledSlot(insn, i))) refs.push(calledSlot(insn, i));
  }
  if (refs.length === 0) return;
  const starts = env.subprogs
    .slice(0, subprogCount(env))
    .filter((info) => !info.removed)
    .map((info) => left.findIndex((at) => at >= info.start));
  // what returns from exceptions is appended as a function, behind which addresses past the end stay
  const hidden = env.hiddenSubprog;
  if (starts.length === 1 && !hidden) return;
  for (const ref of refs) {
    const at = withoutDeadCode(env, ref);
    const kept = at < live.length ? left.findIndex((i) => i >= live[at]!) : at - live.length + left.length;
    const target = kept < 0 ? left.length : kept;
    if (starts.includes(target)) continue;
    const named = target + (hidden && target >= left.length ? HIDDEN_INSNS : 0);
    env.reject(Errno.EFAULT, `verifier bug: No program to jit at insn ${named} (subprog < 0)\n`);
  }
}

/** Where the address of a dead instruction points once stretch after stretch of dead code is gone: what lies after a stretch moves, no more. */
function withoutDeadCode(env: VerifierEnv, target: number): number {
  let place = target;
  let at = 0;
  for (let i = 0; i < env.insns.length;) {
    let end = i;
    while (end < env.insns.length && env.aux.seen[end] === 0) end++;
    if (place >= at + end - i) place -= end - i;
    if (end === i) {
      end++;
      at++;
    }
    i = end;
  }
  return place;
}

/** Stack arguments may only be written for calls that take them (`bpf_fixup_call_args`). */
function checkStackArgs(env: VerifierEnv, info: SubprogInfo, subprog: number): void {
  const incoming = Math.max(info.argCnt - REG_ARGS, 0);
  const outgoing = info.stackArgCnt - incoming;
  if (info.maxOutStackArgCnt > outgoing) {
    env.reject(
      Errno.EINVAL,
      `func#${subprog} writes ${info.maxOutStackArgCnt} stack arg slots, but calls only require ${outgoing}\n`,
      undefined,
      {
        kind: 'function-prototype',
        name: env.subprogs[subprog]?.name ?? '',
      },
    );
  }
}
