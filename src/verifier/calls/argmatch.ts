// SPDX-License-Identifier: GPL-2.0-only
/** Comparing the arguments of a subprogram call with the callee's BTF. Facts: `kernel/bpf/verifier.c: btf_check_subprog_call`. */
import { ArgType, baseType, Flag, RegType } from '../../kernel/types';
import { Kind } from '../../btf/types';
import type { SubprogArg, SubprogInfo } from '../aux';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { checkMemReg } from '../memory';
import { isNullReg, mayBeNull } from '../state/reg-kinds';
import { processDynptr } from '../objects/dynptr';
import { subprogName } from '../prepass/topo';
import { isPktPointerAny, isPktSlice } from './clobber';
import { markArgPrecision } from './const-arg';
import { prepareFuncArgs } from './funcargs';
import { CallMeta, newRefObj, type RefObj } from '../call-meta';
import { checkFuncArgRegOff, checkRegType } from './regtype';
import { checkOutgoingStackArgs } from './stackargs';
import { argName, argValue } from '../arg-no';

/** A pointer to memory of fixed size, which the callee may read and write. */
function checkMemArg(env: VerifierEnv, subprog: number, arg: ArgNo, expected: SubprogArg): void {
  const reg = argValue(env.frame, arg);
  checkFuncArgRegOff(env, reg, arg, ArgType.DONTCARE);
  try {
    checkMemReg(env, reg, arg, expected.memSize, 'read-write', null);
  } catch (error) {
    if (error instanceof Refused) env.reject(Errno.EINVAL, '', undefined, error.what ?? undefined);
    throw error;
  }
  const passed = argValue(env.frame, arg);
  const { features } = env.kernel;
  const isPacket = isPktPointerAny(passed) || isPktSlice(passed);
  if (features['global.packetChanges'] && isPacket && env.subprogs[subprog]!.changesPktData) {
    env.reject(Errno.EINVAL, `${argName(arg)} is a packet pointer, but func#${subprog} may change packet data\n`, undefined, {
      kind: 'subprog-argument',
      arg,
      needs: 'no-packet',
      name: subprogName(env, subprog),
    });
  }
  if ((expected.type & Flag.PTR_MAYBE_NULL) === 0 && (mayBeNull(passed.type) || (features['global.nullIsNotMem'] && isNullReg(passed)))) {
    env.reject(Errno.EINVAL, `${argName(arg)} is expected to be non-NULL\n`, undefined, {
      kind: 'null-argument',
      arg,
      callee: subprogName(env, subprog),
    });
  }
}

/** A trusted pointer to a kernel type. */
function checkBtfArg(env: VerifierEnv, subprog: number, arg: ArgNo, expected: SubprogArg): void {
  const reg = argValue(env.frame, arg);
  if (isNullReg(reg) && mayBeNull(expected.type)) {
    markArgPrecision(env, arg);
    return;
  }
  checkRegType(env, reg, arg, expected.type, expected.btfId, new CallMeta(), subprogName(env, subprog));
  checkFuncArgRegOff(env, argValue(env.frame, arg), arg, expected.type);
}

function checkArg(env: VerifierEnv, subprog: number, arg: ArgNo, expected: SubprogArg, refObj: RefObj): void {
  const reg = argValue(env.frame, arg);
  if (expected.type === ArgType.ANYTHING) {
    if (reg.type !== RegType.SCALAR_VALUE)
      env.reject(Errno.EINVAL, `${argName(arg)} is not a scalar\n`, undefined, {
        kind: 'argument',
        arg,
        callee: subprogName(env, subprog),
        needs: 'a number',
      });
    return;
  }
  // an untrusted argument is only read by probing: anything will do
  if ((expected.type & Flag.PTR_UNTRUSTED) !== 0) return;
  switch (baseType(expected.type)) {
    case ArgType.PTR_TO_CTX:
      checkFuncArgRegOff(env, reg, arg, ArgType.PTR_TO_CTX);
      if (reg.type !== RegType.PTR_TO_CTX)
        env.reject(Errno.EINVAL, `${argName(arg)} expects pointer to ctx\n`, undefined, {
          kind: 'argument',
          arg,
          callee: subprogName(env, subprog),
          needs: 'the context pointer',
        });
      return;
    case ArgType.PTR_TO_MEM:
      checkMemArg(env, subprog, arg, expected);
      return;
    case ArgType.PTR_TO_ARENA:
      if (reg.type !== RegType.PTR_TO_ARENA && reg.type !== RegType.SCALAR_VALUE) {
        env.reject(Errno.EINVAL, `${argName(arg)} is not a pointer to arena or scalar.\n`, undefined, {
          kind: 'argument',
          arg,
          callee: subprogName(env, subprog),
          needs: 'an arena pointer or a number',
        });
      }
      return;
    case ArgType.PTR_TO_DYNPTR:
      checkFuncArgRegOff(env, reg, arg, ArgType.PTR_TO_DYNPTR);
      processDynptr(env, reg, arg, { insn: env.insnIdx, callee: subprogName(env, subprog) }, expected.type, refObj, null);
      return;
    case ArgType.PTR_TO_BTF_ID:
      checkBtfArg(env, subprog, arg, expected);
      return;
    default:
      env.reject(Errno.EFAULT, `verifier bug: unrecognized ${argName(arg)} type ${expected.type}\n`);
  }
}

/** Parameters of a subprogram in BTF. */
function paramsOf(env: VerifierEnv, sub: SubprogInfo): readonly { readonly name: string }[] | null {
  const func = env.given.btf?.type(sub.btfFuncId);
  const proto = func?.kind === Kind.FUNC ? env.given.btf?.type(func.type) : undefined;
  return proto?.kind === Kind.FUNC_PROTO ? proto.params : null;
}

function match(env: VerifierEnv, subprog: number): void {
  const sub = env.subprogs[subprog]!;
  const errno = prepareFuncArgs(env, subprog);
  checkOutgoingStackArgs(env, env.frame, sub.argCnt, subprogName(env, subprog), errno === 0 ? paramsOf(env, sub) : null);
  if (errno !== 0) env.reject(errno);
  const refObj = newRefObj();
  sub.args.forEach((expected, index) => checkArg(env, subprog, -(index + 1), expected, refObj));
}

/**
 * Compares the arguments of a call with the callee's BTF (`btf_check_subprog_call`). Returns 0 or the error number, messages logged:
 * for a static function a mismatch only makes its BTF unreliable. EFAULT is refused here.
 */
export function checkSubprogArgs(env: VerifierEnv, subprog: number): Errno | 0 {
  const sub = env.subprogs[subprog]!;
  if (env.given.funcInfo.length === 0) return Errno.EINVAL;
  if (sub.btfFuncId === 0) env.reject(Errno.EFAULT);
  if (sub.unreliable) return Errno.EINVAL;
  try {
    match(env, subprog);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused) || error.errno === Errno.EFAULT) throw error;
    sub.unreliable = true;
    env.argsRefusal = error.what;
    return error.errno;
  }
}
