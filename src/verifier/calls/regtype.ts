// SPDX-License-Identifier: GPL-2.0-only
/** Which registers suit which argument types. Facts: `kernel/bpf/verifier.c: compatible_reg_types, check_reg_type, check_func_arg_reg_off`. */
import type { Btf } from '../../btf/types';
import type { Features } from '../../kernel/features';
import { Kind } from '../../btf/types';
import { ArgType, baseType, DYNPTR_TYPE_FLAG_MASK, Flag, RegType } from '../../kernel/types';
import { constNum, isNull } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { btfStructIdsMatch, checkPtrOffReg, mapKptrMatchType } from '../memory';
import { isAlloc, mayBeNull } from '../state/reg-kinds';
import type { RegState } from '../state/reg';
import type { CallMeta } from '../call-meta';
import { argName, argRegno } from '../arg-no';

/**
 * Type in the kernel's BTF that a BTF pointer argument must point to; 'poison' for `BPF_PTR_POISON`, null when the argument type
 * settles it.
 */
export type ArgBtfId = number | 'poison' | null;

const BTF = RegType.PTR_TO_BTF_ID;
const ALLOC = BTF | Flag.MEM_ALLOC;

const MEM_TYPES: readonly number[] = [
  RegType.PTR_TO_STACK,
  RegType.PTR_TO_PACKET,
  RegType.PTR_TO_PACKET_META,
  RegType.PTR_TO_MAP_KEY,
  RegType.PTR_TO_MAP_VALUE,
  RegType.PTR_TO_MEM,
  RegType.PTR_TO_MEM | Flag.MEM_RINGBUF,
  RegType.PTR_TO_BUF,
  BTF | Flag.PTR_TRUSTED,
  RegType.PTR_TO_CTX,
];
/** Before contexts were memory. */
const MEM_TYPES_BUT_CTX = MEM_TYPES.filter((type) => type !== RegType.PTR_TO_CTX);
const SCALAR: readonly number[] = [RegType.SCALAR_VALUE];
const SOCKS: readonly number[] = [RegType.PTR_TO_SOCK_COMMON, RegType.PTR_TO_SOCKET, RegType.PTR_TO_TCP_SOCK, RegType.PTR_TO_XDP_SOCK];

/** Accepted register types by base argument type, in the order in which messages list them. */
const TABLE: readonly (readonly [ArgType, readonly number[]])[] = [
  [ArgType.PTR_TO_MAP_KEY, MEM_TYPES],
  [ArgType.PTR_TO_MAP_VALUE, MEM_TYPES],
  [ArgType.PTR_TO_MEM, MEM_TYPES],
  [ArgType.MEM_SIZE, SCALAR],
  [ArgType.MEM_SIZE_OR_ZERO, SCALAR],
  [ArgType.CONST_ALLOC_SIZE_OR_ZERO, SCALAR],
  [ArgType.SCALAR, SCALAR],
  [ArgType.CONST_MAP_PTR, [RegType.CONST_PTR_TO_MAP]],
  [ArgType.PTR_TO_CTX, [RegType.PTR_TO_CTX]],
  [ArgType.PTR_TO_SOCK_COMMON, SOCKS],
  [ArgType.PTR_TO_BTF_ID_SOCK_COMMON, [...SOCKS, BTF, BTF | Flag.PTR_TRUSTED]],
  [ArgType.PTR_TO_SOCKET, [RegType.PTR_TO_SOCKET]],
  [ArgType.PTR_TO_BTF_ID, [BTF, BTF | Flag.PTR_TRUSTED, BTF | Flag.MEM_RCU]],
  [ArgType.PTR_TO_SPIN_LOCK, [RegType.PTR_TO_MAP_VALUE, ALLOC]],
  [ArgType.PTR_TO_RINGBUF_MEM, [RegType.PTR_TO_MEM | Flag.MEM_RINGBUF]],
  [ArgType.PTR_TO_PERCPU_BTF_ID, [BTF | Flag.MEM_PERCPU, BTF | Flag.MEM_PERCPU | Flag.MEM_RCU, BTF | Flag.MEM_PERCPU | Flag.PTR_TRUSTED]],
  [ArgType.PTR_TO_FUNC, [RegType.PTR_TO_FUNC]],
  [ArgType.PTR_TO_STACK, [RegType.PTR_TO_STACK]],
  [ArgType.PTR_TO_CONST_STR, [RegType.PTR_TO_MAP_VALUE]],
  [ArgType.PTR_TO_TIMER, [RegType.PTR_TO_MAP_VALUE]],
  [ArgType.KPTR_XCHG_DEST, [RegType.PTR_TO_MAP_VALUE, ALLOC, ALLOC | Flag.NON_OWN_REF, ALLOC | Flag.NON_OWN_REF | Flag.MEM_RCU]],
  [ArgType.PTR_TO_DYNPTR, [RegType.PTR_TO_STACK, RegType.CONST_PTR_TO_DYNPTR]],
];
const COMPATIBLE: (readonly number[] | undefined)[] = [];
for (const [argType, accepted] of TABLE) COMPATIBLE[argType] = accepted;

const MAP_KEY_TYPES: readonly number[] = [
  RegType.PTR_TO_STACK,
  RegType.PTR_TO_PACKET,
  RegType.PTR_TO_PACKET_META,
  RegType.PTR_TO_MAP_KEY,
  RegType.PTR_TO_MAP_VALUE,
];

/** Register types that a kernel accepts for a base argument type. */
function acceptedTypes(features: Features, argType: number): readonly number[] | undefined {
  const table = COMPATIBLE[argType];
  switch (argType) {
    case ArgType.PTR_TO_MAP_KEY:
    case ArgType.PTR_TO_MAP_VALUE:
      if (!features['helper.mapKeyIsMemory']) return MAP_KEY_TYPES;
      break;
    case ArgType.PTR_TO_SPIN_LOCK:
      return features['field.localKptrs'] ? table : [RegType.PTR_TO_MAP_VALUE];
    case ArgType.KPTR_XCHG_DEST:
      if (!features['field.localKptrs']) return [RegType.PTR_TO_MAP_VALUE];
      return features['helper.kptrNonOwning'] ? table : [RegType.PTR_TO_MAP_VALUE, ALLOC];
    default:
  }
  return table === MEM_TYPES && !features['call.ctxIsMemory'] ? MEM_TYPES_BUT_CTX : table;
}

/** Types that were there before pointers were trusted. */
function isUntold(type: number): boolean {
  return (type & (Flag.PTR_TRUSTED | Flag.MEM_RCU)) === 0;
}

/** The list in a message; before there were trusted pointers, memory of ring buffers was called allocated. */
function acceptedWords(env: VerifierEnv, accepted: readonly number[]): string {
  const old = !env.kernel.features['helper.trustedIsMemory'];
  return accepted
    .filter((type) => !old || isUntold(type))
    .map((type) => (old && type === (RegType.PTR_TO_MEM | Flag.MEM_RINGBUF) ? 'alloc_mem' : regTypeStr(type)))
    .join(', ');
}

/** The register's type without what the argument type does not care about. */
function folded(reg: RegState, arg: ArgNo, argType: number, meta: CallMeta): number {
  let { type } = reg;
  if ((argType & Flag.MEM_RDONLY) !== 0) type &= ~Flag.MEM_RDONLY;
  if ((argType & Flag.PTR_MAYBE_NULL) !== 0) type &= ~Flag.PTR_MAYBE_NULL;
  if (baseType(argType) === ArgType.PTR_TO_MEM) type &= ~DYNPTR_TYPE_FLAG_MASK;
  if (meta.behaviour === 'kptr_xchg' && isAlloc(type) && argRegno(arg) === 2) type &= ~(Flag.MEM_ALLOC | Flag.MEM_PERCPU);
  return type;
}

/** Name of a BTF type in messages, '' for an anonymous one (`btf_type_name`). */
function btfName(btf: Btf, id: number): string {
  return btf.type(id)?.name ?? '';
}

function refuseMaybeNull(env: VerifierEnv, arg: ArgNo, callee: string): never {
  return env.reject(
    Errno.EACCES,
    `Possibly NULL pointer passed to helper ${argName(arg)}\n`,
    () => why.maybeNullForHelper(env, { insn: env.insnIdx, callee }, arg),
    { kind: 'null-argument', arg, callee },
  );
}

/** A plain, trusted or RCU pointer into the kernel: its type must be the expected one. */
function checkKernelPointer(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  argType: number,
  argBtfId: ArgBtfId,
  meta: CallMeta,
  callName: string,
): void {
  const isRelease = (argType & Flag.OBJ_RELEASE) !== 0;
  if (mayBeNull(reg.type) && (!mayBeNull(argType) || isRelease)) refuseMaybeNull(env, arg, callName);
  let expected = argBtfId;
  if (expected === null) {
    if (baseType(argType) !== ArgType.PTR_TO_BTF_ID_SOCK_COMMON) env.reject(Errno.EFAULT, 'verifier bug: missing arg compatible BTF ID\n');
    expected = Math.max(0, env.kernel.btf.findByNameKind('sock_common', Kind.STRUCT));
  }
  if (meta.behaviour === 'kptr_xchg') {
    mapKptrMatchType(env, meta.kptrField!, reg, argRegno(arg));
    return;
  }
  if (expected === 'poison') {
    env.reject(Errno.EACCES, `verifier internal error:${argName(arg)} has non-overwritten BPF_PTR_POISON type\n`);
  }
  checkPtrOffReg(env, reg, arg, true);
  // sk_release takes every kind of socket by their common first member
  const strict = isRelease && meta.behaviour !== 'sk_release';
  const kernel = env.kernel.btf;
  if (!btfStructIdsMatch(env, reg.btf, reg.btfId, constNum(reg.val), kernel, expected, strict, !isAlloc(reg.type))) {
    env.reject(
      Errno.EACCES,
      `${argName(arg)} is of type ${btfName(reg.btf, reg.btfId)} but ${btfName(kernel, expected)} is expected\n`,
      undefined,
      {
        kind: 'argument-struct',
        arg,
        callee: callName,
        wanted: btfName(kernel, expected),
        have: btfName(reg.btf, reg.btfId),
      },
    );
  }
}

/** The further checks of BTF pointers. */
function checkBtfPointer(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  argType: number,
  argBtfId: ArgBtfId,
  meta: CallMeta,
  callName: string,
): void {
  switch (reg.type) {
    case BTF:
    case BTF | Flag.PTR_TRUSTED:
    case BTF | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL:
    case BTF | Flag.MEM_RCU:
    case BTF | Flag.PTR_MAYBE_NULL:
    case BTF | Flag.PTR_MAYBE_NULL | Flag.MEM_RCU:
      checkKernelPointer(env, reg, arg, argType, argBtfId, meta, callName);
      return;
    case ALLOC:
    case ALLOC | Flag.MEM_PERCPU:
    case ALLOC | Flag.NON_OWN_REF:
    case ALLOC | Flag.NON_OWN_REF | Flag.MEM_RCU:
      if (meta.behaviour === 'kptr_xchg') {
        if (argRegno(arg) === 2) mapKptrMatchType(env, meta.kptrField!, reg, 2);
      } else if (baseType(argType) !== ArgType.PTR_TO_SPIN_LOCK) {
        env.reject(Errno.EFAULT, 'verifier bug: unimplemented handling of MEM_ALLOC\n');
      }
      return;
    case BTF | Flag.MEM_PERCPU:
    case BTF | Flag.MEM_PERCPU | Flag.MEM_RCU:
    case BTF | Flag.MEM_PERCPU | Flag.PTR_TRUSTED:
      return;
    default:
      env.reject(Errno.EFAULT, 'verifier bug: invalid PTR_TO_BTF_ID register for type match\n');
  }
}

function refuseType(env: VerifierEnv, reg: RegState, arg: ArgNo, callee: string, accepted: readonly number[]): never {
  return env.reject(
    Errno.EACCES,
    `${argName(arg)} type=${regTypeStr(reg.type)} expected=${acceptedWords(env, accepted)}\n`,
    () => why.wrongType(env, { insn: env.insnIdx, callee }, arg, reg, accepted),
    { kind: 'argument-type', arg, callee, accepted },
  );
}

/**
 * Checks that a register's type suits an argument type (`check_reg_type`).
 * @param callName callee in structured diagnostics
 */
export function checkRegType(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  argType: number,
  argBtfId: ArgBtfId,
  meta: CallMeta,
  callName: string,
): void {
  const accepted = acceptedTypes(env.kernel.features, baseType(argType));
  const isMemory = COMPATIBLE[baseType(argType)] === MEM_TYPES;
  if (accepted === undefined) env.reject(Errno.EFAULT, `verifier bug: unsupported arg type ${argType}\n`);
  if (!accepted.includes(folded(reg, arg, argType, meta))) refuseType(env, reg, arg, callName, accepted);
  if (reg.base !== RegType.PTR_TO_BTF_ID) return;
  if (isMemory) {
    if ((argType & Flag.MEM_RDONLY) === 0) {
      env.reject(
        Errno.EACCES,
        `${meta.funcName}() may write into memory pointed by ${argName(arg)} type=${regTypeStr(reg.type)}\n`,
        undefined,
        {
          kind: 'argument-written',
          arg,
          callee: meta.funcName,
        },
      );
    }
    return;
  }
  checkBtfPointer(env, reg, arg, argType, argBtfId, meta, callName);
}

/** Whether a program of this type may use its context at a variable offset (`is_var_ctx_off_allowed`). */
function varCtxOffAllowed(env: VerifierEnv): boolean {
  return env.kernel.features['ctx.syscallVariable'] && env.progType === env.kernel.constant('BPF_PROG_TYPE_SYSCALL');
}

/** Checks the offset of a pointer that is passed to a function (`check_func_arg_reg_off`). */
export function checkFuncArgRegOff(env: VerifierEnv, reg: RegState, arg: ArgNo, argType: number, btfIdFixedOffOk = true): void {
  if ((argType & Flag.OBJ_RELEASE) !== 0) {
    // a dynptr on the stack only leads to what is released
    if (baseType(argType) === ArgType.PTR_TO_DYNPTR && reg.type === RegType.PTR_TO_STACK) return;
    if (!isNull(reg.val)) {
      env.reject(Errno.EINVAL, `${argName(arg)} must have zero offset when passed to release func or trusted arg to kfunc\n`, undefined, {
        kind: 'pointer-offset',
        arg,
        how: 'changed',
      });
    }
  }
  switch (reg.type) {
    case RegType.PTR_TO_STACK:
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_MAP_VALUE:
    case RegType.PTR_TO_MEM:
    case RegType.PTR_TO_MEM | Flag.MEM_RDONLY:
    case RegType.PTR_TO_MEM | Flag.MEM_RINGBUF:
    case RegType.PTR_TO_BUF:
    case RegType.PTR_TO_BUF | Flag.MEM_RDONLY:
    case RegType.PTR_TO_ARENA:
    case RegType.SCALAR_VALUE:
      return;
    case BTF:
    case ALLOC:
    case BTF | Flag.PTR_TRUSTED:
    case BTF | Flag.MEM_RCU:
    case ALLOC | Flag.NON_OWN_REF:
    case ALLOC | Flag.NON_OWN_REF | Flag.MEM_RCU:
      checkPtrOffReg(env, reg, arg, btfIdFixedOffOk);
      return;
    case RegType.PTR_TO_CTX:
      // tail-called programs and extensions expect an unmodified context
      if (argType !== ArgType.PTR_TO_CTX && varCtxOffAllowed(env)) return;
      break;
  }
  checkPtrOffReg(env, reg, arg, false);
}
