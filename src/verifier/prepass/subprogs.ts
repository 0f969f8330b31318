// SPDX-License-Identifier: GPL-2.0-only
/** Finding the subprograms of a program and checking that control flow stays inside each. */
import { calledSlot, isGotox, isMayGoto, jumpOffset } from '../../isa/flow';
import { isFuncRef, isPseudoCall } from '../../isa/insn';
import { CALL, Class, classOf, EXIT, FP_REG, Jmp, jmpOp, Mode, modeOf, PseudoCall } from '../../isa/opcode';
import { Kind, Linkage } from '../../btf/types';
import { SubprogInfo } from '../aux';
import { why } from '../diag';
import { subprogCount } from './subprog-table';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';

/** Most subprograms of one program (`BPF_MAX_SUBPROGS`). */
const MAX_SUBPROGS = 256;
const EXCEPTION_CALLBACK_TAG = 'exception_callback:';

/** Puts the subprograms found so far into `env.subprogs`; returns their starts in order. */
function settleSubprogs(env: VerifierEnv, starts: ReadonlySet<number>): number[] {
  const sorted = [...starts].sort((a, b) => a - b);
  env.subprogs = [...sorted, env.insns.length].map((start) => new SubprogInfo(start));
  return sorted;
}

/** Finds all subprograms and fills `env.subprogs` with a sentinel at the end (`verifier.c: add_subprogs`). */
export function addSubprogs(env: VerifierEnv): void {
  const starts = new Set<number>();
  const add = (start: number): void => {
    if (starts.has(start)) return;
    const isOutside = start < 0 || start >= env.insns.length;
    // the statistics name those that were found so far
    if (isOutside || starts.size >= MAX_SUBPROGS) settleSubprogs(env, starts);
    if (isOutside) env.reject(Errno.EINVAL, 'call to invalid destination\n', undefined, { kind: 'control-flow', how: 'call-out', at: -1 });
    if (starts.size >= MAX_SUBPROGS) env.reject(Errno.E2BIG, 'too many subprograms\n', undefined, { kind: 'limit', name: 'functions' });
    starts.add(start);
  };

  add(0);
  for (const i of env.callSites) {
    const insn = env.insns[i]!;
    if (!isFuncRef(insn) && !isPseudoCall(insn)) continue;
    if (!env.bpfCapable) {
      settleSubprogs(env, starts);
      const what = isFuncRef(insn) ? 'BPF function reference' : 'BPF-to-BPF function call';
      refuseUnprivilegedCalls(env, i, what, 'loading or calling other BPF functions');
    }
    add(calledSlot(insn, i));
  }
  let sorted = settleSubprogs(env, starts);
  const exceptionCallback = env.kernel.features['exit.exceptions'] ? exceptionCallbackStart(env) : 0;
  if (exceptionCallback > 0) {
    add(exceptionCallback);
    sorted = settleSubprogs(env, starts);
  }

  if (exceptionCallback > 0) {
    const index = sorted.indexOf(exceptionCallback);
    const info = env.subprogs[index]!;
    env.exceptionCallbackSubprog = index;
    info.isCb = true;
    info.isAsyncCb = true;
    info.isExceptionCb = true;
  }
  if (env.log.full) sorted.forEach((start, i) => env.verbose(`func#${i} @${start}\n`));
}

/** The refusal of calls for loaders without CAP_BPF. `what` is the kind of call, `needs` what needs the capability. */
export function refuseUnprivilegedCalls(env: VerifierEnv, insn: number, what: string, needs: string): never {
  return env.reject(
    Errno.EPERM,
    'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN\n',
    () =>
      why.notPermitted(
        insn,
        what,
        `${needs} requires CAP_BPF or CAP_SYS_ADMIN`,
        `Load this program with the required capability, or avoid ${what}s in unprivileged programs.`,
      ),
    { kind: 'capability', name: 'CAP_BPF', callee: '' },
  );
}

/** Start of the exception callback that a declaration tag of the main function names, 0 if none (`bpf_find_exception_callback_insn_off`). */
function exceptionCallbackStart(env: VerifierEnv): number {
  const { funcInfo, btf } = env.given;
  if (funcInfo.length === 0 || btf === null) return 0;
  const main = btf.type(funcInfo[0]!.typeId);
  if (main === undefined) env.reject(Errno.EINVAL, 'invalid btf id for main subprog in func_info\n', undefined, { kind: 'type-records' });

  const tags = btf.declTags(main.id).filter((t) => t.componentIdx === -1 && t.name.startsWith(EXCEPTION_CALLBACK_TAG));
  if (tags.length === 0) return 0;
  if (tags.length > 1)
    env.reject(Errno.EEXIST, 'multiple exception callback tags for main subprog\n', undefined, {
      kind: 'exception-callback',
      how: 'several',
    });
  const name = tags[0]!.name.slice(EXCEPTION_CALLBACK_TAG.length);

  const id = btf.findByNameKind(name, Kind.FUNC);
  if (id < 0)
    env.reject(Errno.ENOENT, `exception callback '${name}' could not be found in BTF\n`, undefined, {
      kind: 'exception-callback',
      how: 'missing',
      name,
    });
  const func = btf.type(id);
  if (func?.kind !== Kind.FUNC || func.linkage !== Linkage.GLOBAL) {
    env.reject(Errno.EINVAL, `exception callback '${name}' must have global linkage\n`, undefined, {
      kind: 'exception-callback',
      how: 'static',
      name,
    });
  }
  let start = 0;
  let invalid = false;
  for (const info of funcInfo) {
    if (info.typeId !== id) continue;
    start = info.insnOff;
    invalid = start === 0;
    if (invalid) env.verbose('invalid exception callback insn_off in func_info: 0\n');
  }
  if (invalid) env.reject(Errno.EINVAL, '', undefined, { kind: 'type-records' });
  if (start === 0)
    env.reject(Errno.EINVAL, 'exception callback type id not found in func_info\n', undefined, {
      kind: 'exception-callback',
      how: 'missing',
    });
  return start;
}

// Refusals stand apart from the loop: a closure over what a loop counts makes each of its rounds one that V8 leaves and enters again.

function refuseJumpOut(env: VerifierEnv, at: number, target: number, subprog: number, last: number): never {
  const { start } = env.subprogs[subprog]!;
  return env.reject(
    Errno.EINVAL,
    `jump out of range from insn ${at} to ${target}\n`,
    () => why.jumpOutOfSubprog(at, target, subprog, start, last),
    { kind: 'control-flow', how: 'jump-out', at },
  );
}

function refuseFallThrough(env: VerifierEnv, at: number, subprog: number): never {
  return env.reject(Errno.EINVAL, 'last insn is not an exit or jmp\n', () => why.fallsThrough(at, subprog), {
    kind: 'control-flow',
    how: 'falls-through',
    at,
  });
}

/** Checks that jumps stay inside their subprogram and that none falls through its end (`verifier.c: check_subprogs`). */
export function checkSubprogs(env: VerifierEnv): void {
  const tailCall = env.kernel.constant('BPF_FUNC_tail_call');
  let current = 0;
  let end = env.subprogs[1]!.start;
  for (let i = 0; i < env.insns.length; i++) {
    const insn = env.insns[i]!;
    const code = insn.code;
    const info = env.subprogs[current]!;
    const cls = classOf(code);

    if (insn.dst === FP_REG || insn.src === FP_REG) info.namesFp = true;
    if (isMayGoto(insn)) info.hasMayGoto = true;
    if (code === CALL && insn.src === PseudoCall.HELPER && insn.imm === tailCall) {
      info.hasTailCall = true;
      info.tailCallReachable = true;
    }
    if (cls === Class.LD && (modeOf(code) === Mode.ABS || modeOf(code) === Mode.IND)) info.hasLdAbs = true;
    if (cls === Class.JMP || cls === Class.JMP32) {
      const op = jmpOp(code);
      if (op === Jmp.EXIT) {
        info.exitIdx = i;
      } else if (op !== Jmp.CALL && !isGotox(insn)) {
        const target = i + jumpOffset(insn) + 1;
        if (target < info.start || target >= end) refuseJumpOut(env, i, target, current, end - 1);
      }
    }

    if (i === end - 1) {
      const closes = code === EXIT || code === (Class.JMP32 | Jmp.JA) || code === (Class.JMP | Jmp.JA) || isGotox(insn);
      if (!closes) refuseFallThrough(env, i, current);
      current++;
      if (current < subprogCount(env)) end = env.subprogs[current + 1]!.start;
    }
  }
}
