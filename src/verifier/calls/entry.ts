// SPDX-License-Identifier: GPL-2.0-only
/** Arguments with which the exploration of a function begins. Facts: `kernel/bpf/verifier.c: do_check_common`. */
import { ArgType, baseType, Flag, RegType } from '../../kernel/types';
import type { SubprogArg } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { markDynptrCbReg } from '../objects/dynptr';
import { acquireReference } from '../objects/refs';
import { subprogName } from '../prepass/topo';
import { unknownScalar } from '../regs';
import { pointerReg, type RegState } from '../state/reg';
import { MAX_REG_ARGS, prepareFuncArgs } from './funcargs';
import { subprogReturnsVoid } from './retcode';
import { DynptrType } from '../objects/dynptr-slots';

/** Any value that an argument of that type can have. */
function argReg(env: VerifierEnv, arg: SubprogArg, index: number): RegState {
  if (arg.type === ArgType.PTR_TO_CTX) return pointerReg(RegType.PTR_TO_CTX);
  if (arg.type === ArgType.ANYTHING) return unknownScalar(env);
  if (arg.type === ArgType.PTR_TO_DYNPTR) return markDynptrCbReg(env, DynptrType.LOCAL);
  switch (baseType(arg.type)) {
    case ArgType.PTR_TO_MEM: {
      const flags = arg.type & (Flag.PTR_MAYBE_NULL | Flag.PTR_UNTRUSTED | Flag.MEM_RDONLY);
      const isNumbered = (flags & Flag.PTR_MAYBE_NULL) !== 0 || !env.kernel.features['log.argIds'];
      const id = isNumbered ? env.nextId() : 0;
      return pointerReg(RegType.PTR_TO_MEM | flags, { num: arg.memSize, id });
    }
    case ArgType.PTR_TO_BTF_ID: {
      const flags = arg.type & (Flag.PTR_MAYBE_NULL | Flag.PTR_UNTRUSTED | Flag.PTR_TRUSTED);
      return pointerReg(RegType.PTR_TO_BTF_ID | flags, { obj: arg.btf, num2: arg.btfId, id: env.nextId() });
    }
    case ArgType.PTR_TO_ARENA:
      // callers pass pointers into the arena or plain numbers
      return unknownScalar(env);
    default:
      return env.reject(Errno.EFAULT, `verifier bug: unhandled arg#${index + 1} type ${arg.type}\n`);
  }
}

/** The exception callback takes one number and returns one. */
function checkExceptionCallback(env: VerifierEnv, subprog: number): void {
  const sub = env.subprogs[subprog]!;
  if (!sub.isExceptionCb) return;
  env.frame.inExceptionCallbackFn = true;
  if (subprogReturnsVoid(env, subprog))
    env.reject(Errno.EINVAL, 'exception cb cannot return void\n', undefined, {
      kind: 'exception-callback',
      how: 'void',
    });
  if (sub.argCnt !== 1 || sub.args[0]?.type !== ArgType.ANYTHING) {
    env.reject(Errno.EINVAL, 'exception cb only supports single integer argument\n', undefined, {
      kind: 'exception-callback',
      how: 'arguments',
    });
  }
}

/** A global subprogram, the exception callback or an extension: any arguments that its prototype allows. */
function initFromPrototype(env: VerifierEnv, subprog: number): void {
  const sub = env.subprogs[subprog]!;
  if (env.log.detailed) env.verbose(`Validating ${subprogName(env, subprog)}() func#${subprog}...\n`);
  const errno = prepareFuncArgs(env, subprog);
  if (errno !== 0) env.reject(errno, '', undefined, { kind: 'function-prototype', name: subprogName(env, subprog) });
  checkExceptionCallback(env, subprog);
  if (!env.kernel.features['log.argIdsOnce']) {
    for (const { type } of sub.args.slice(0, sub.argCnt)) if (baseType(type) === ArgType.PTR_TO_MEM) env.nextId();
  }
  for (let i = 0; i < Math.min(sub.argCnt, MAX_REG_ARGS); i++) env.regs[i + 1] = argReg(env, sub.args[i]!, i);
  if (isExtension(env) && sub.argCnt > MAX_REG_ARGS) {
    env.reject(Errno.EINVAL, `freplace programs with >${MAX_REG_ARGS} args not supported yet\n`, undefined, {
      kind: 'unsupported',
      name: 'freplace of a function with arguments on the stack',
    });
  }
}

function isExtension(env: VerifierEnv): boolean {
  return env.prog.progType === env.kernel.constant('BPF_PROG_TYPE_EXT');
}

/** The main program gets its context; a prototype that says otherwise is not to be relied on. */
function initMain(env: VerifierEnv): void {
  const sub = env.subprogs[0]!;
  if (env.given.funcInfo.length > 0) {
    const errno = prepareFuncArgs(env, 0);
    if (errno !== 0 || sub.argCnt !== 1 || sub.args[0]!.type !== ArgType.PTR_TO_CTX) {
      sub.unreliable = true;
      sub.argCnt = 1;
      sub.stackArgCnt = 0;
    }
  }
  env.regs[1] = pointerReg(RegType.PTR_TO_CTX);
}

/**
 * Sets R1 to R5 of the entry frame in `env.cur`: the context for the main program, arguments by prototype for a global subprogram,
 * an extension or the exception callback, and takes the references of struct_ops arguments.
 * Writes `Validating NAME() func#N...` for all but main programs.
 */
export function initEntryFrameArgs(env: VerifierEnv, subprog: number): void {
  if (subprog !== 0 || isExtension(env)) initFromPrototype(env, subprog);
  else initMain(env);
  if (subprog === 0 && env.prog.progType === env.kernel.constant('BPF_PROG_TYPE_STRUCT_OPS')) {
    for (const arg of env.attach.ctxArgs) arg.refId = arg.refcounted ? acquireReference(env, 0, 0) : 0;
  }
}
