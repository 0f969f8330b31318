// SPDX-License-Identifier: GPL-2.0-only
/** What the program, an async callback or a global subprogram may return. */
import { resolvePtr, skipModsAndTypedefs } from '../../btf/util';
import { Kind } from '../../btf/types';
import { MAX_ERRNO } from '../../isa/limits';
import type { Constant, ProgTypeConstant } from '../../kernel/constants';
import { RegType } from '../../kernel/types';
import type { ReturnRule } from '../engine/exploration';
import { markChainPrecision } from '../engine/precision';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { checkPtrOffReg } from '../memory';
import { checkRegRead, isPointerValue } from '../regs';
import type { RetvalRange } from '../state/frame';
import type { RegState } from '../state/reg';
import { isWithin, printInvalidScalar, range } from './range-check';
import { regIsReferenced } from '../objects/lookup';

/** Attach types of CGROUP_SOCK_ADDR whose program must let the call pass. */
const MUST_PASS = new Set<Constant>([
  'BPF_CGROUP_UDP4_RECVMSG',
  'BPF_CGROUP_UDP6_RECVMSG',
  'BPF_CGROUP_UNIX_RECVMSG',
  'BPF_CGROUP_INET4_GETPEERNAME',
  'BPF_CGROUP_INET6_GETPEERNAME',
  'BPF_CGROUP_UNIX_GETPEERNAME',
  'BPF_CGROUP_INET4_GETSOCKNAME',
  'BPF_CGROUP_INET6_GETSOCKNAME',
  'BPF_CGROUP_UNIX_GETSOCKNAME',
]);
const BIND = new Set<Constant>(['BPF_CGROUP_INET4_BIND', 'BPF_CGROUP_INET6_BIND']);
const FENTRY_LIKE = new Set<Constant>([
  'BPF_TRACE_FENTRY',
  'BPF_TRACE_FEXIT',
  'BPF_TRACE_FSESSION',
  'BPF_TRACE_FENTRY_MULTI',
  'BPF_TRACE_FEXIT_MULTI',
  'BPF_TRACE_FSESSION_MULTI',
]);
const ANY_RESULT = new Set<Constant>(['BPF_TRACE_RAW_TP', 'BPF_MODIFY_RETURN']);
const SESSIONS = new Set<Constant>(['BPF_TRACE_KPROBE_SESSION', 'BPF_TRACE_UPROBE_SESSION']);
/** Program types whose range is always [0, 1]. */
const BOOLEAN = new Set<string>(['CGROUP_SOCK', 'SOCK_OPS', 'CGROUP_DEVICE', 'CGROUP_SYSCTL', 'CGROUP_SOCKOPT', 'SK_LOOKUP', 'NETFILTER']);

/** Whether a program type (`prog_type` after freplace) is `BPF_PROG_TYPE_<name>`. */
export function isProgType(env: VerifierEnv, name: ProgTypeConstant): boolean {
  return env.progType === env.kernel.constant(`BPF_PROG_TYPE_${name}`);
}

/** Whether the expected attach type is one of these constants. */
export function attachesAs(env: VerifierEnv, names: Iterable<Constant>): boolean {
  for (const name of names) if (env.expectedAttachType === env.kernel.constant(name)) return true;
  return false;
}

/** Whether the prototype that the program is attached to returns void, by its type id as it is. */
function attachReturnsVoid(env: VerifierEnv): boolean {
  const { proto } = env.attach;
  if (proto === null) return false;
  const type = proto.btf.type(proto.protoId);
  return type?.kind === Kind.FUNC_PROTO && type.ret === 0;
}

/** Whether the LSM program is attached per cgroup. */
export function isLsmCgroup(env: VerifierEnv): boolean {
  return isProgType(env, 'LSM') && attachesAs(env, ['BPF_LSM_CGROUP']);
}

/** Whether an LSM hook returns void, so that nothing can be said by a return value. */
export function lsmHookIsVoid(env: VerifierEnv): boolean {
  return attachReturnsVoid(env);
}

/** Range of an LSM hook that does not return void (`kernel/bpf/bpf_lsm.c: bpf_lsm_get_retval_range`). */
export function lsmRetvalRange(env: VerifierEnv): { min: number; max: number } {
  return env.kernel.listHas('bool_lsm_hooks', env.attach.funcName) ? { min: 0, max: 1 } : { min: -MAX_ERRNO, max: 0 };
}

/** Whether a subprogram returns void by its BTF (`subprog_returns_void`). */
export function subprogReturnsVoid(env: VerifierEnv, subprog: number): boolean {
  const { btf } = env.given;
  const func = btf?.type(env.subprogs[subprog]!.btfFuncId);
  const proto = func?.kind === Kind.FUNC ? btf!.type(func.type) : undefined;
  return proto?.kind === Kind.FUNC_PROTO && skipModsAndTypedefs(btf!, proto.ret)?.kind === Kind.VOID;
}

/** Whether the program type's hook returns void (`program_returns_void`). */
export function progReturnsVoid(env: VerifierEnv): boolean {
  switch (env.prog.progType) {
    case env.kernel.constant('BPF_PROG_TYPE_LSM'):
      return !attachesAs(env, ['BPF_LSM_CGROUP']) && attachReturnsVoid(env);
    case env.kernel.constant('BPF_PROG_TYPE_STRUCT_OPS'):
      return attachReturnsVoid(env);
    case env.kernel.constant('BPF_PROG_TYPE_EXT'):
      return subprogReturnsVoid(env, 0);
    default:
      return false;
  }
}

/** Range of allowed return values, null when any is allowed (`return_retval_range`). */
export function retvalRange(env: VerifierEnv): RetvalRange | null {
  const name = progTypeName(env);
  if (BOOLEAN.has(name)) return range(0, 1);
  switch (name) {
    case 'CGROUP_SOCK_ADDR':
      if (attachesAs(env, MUST_PASS)) return range(1, 1);
      return attachesAs(env, BIND) ? range(0, 3) : range(0, 1);
    case 'CGROUP_SKB':
      return attachesAs(env, ['BPF_CGROUP_INET_EGRESS']) ? range(0, 3) : range(0, 1);
    case 'RAW_TRACEPOINT':
      return env.prog.attachBtfId === 0 ? null : range(0, 0);
    case 'TRACING':
      if (attachesAs(env, FENTRY_LIKE)) return range(0, 0);
      return attachesAs(env, ANY_RESULT) ? null : range(0, 1);
    case 'KPROBE':
      return attachesAs(env, SESSIONS) ? range(0, 1) : null;
    case 'LSM': {
      if (isLsmCgroup(env)) return lsmHookIsVoid(env) ? range(1, 1) : range(0, 1);
      if (!env.kernel.features['retval.lsmRange']) return null;
      if (env.prog.progType !== env.progType || !attachesAs(env, ['BPF_LSM_MAC']) || lsmHookIsVoid(env)) return null;
      return { ...lsmRetvalRange(env), return32bit: true };
    }
    case 'STRUCT_OPS':
      return range(0, 0);
    default:
      return null;
  }
}

/** `CGROUP_SKB` for `BPF_PROG_TYPE_CGROUP_SKB`, of the type whose rules apply. */
function progTypeName(env: VerifierEnv): string {
  return env.kernel.progTypeName(env.progType).toUpperCase();
}

/** Whether a struct_ops program hands back a reference of the type that its member returns. Other struct_ops results: `'scalar'`/`'pointer'`. */
function structOpsResult(env: VerifierEnv, reg: RegState): 'reference' | 'pointer' | 'scalar' {
  const { proto } = env.attach;
  const type = proto === null ? undefined : proto.btf.type(proto.protoId);
  const target = type?.kind === Kind.FUNC_PROTO ? resolvePtr(proto!.btf, type.ret) : null;
  if (target === null) return 'scalar';
  const points = reg.base === RegType.PTR_TO_BTF_ID ? reg.btf.type(reg.btfId) : undefined;
  return points !== undefined && points === proto!.btf.type(target) && regIsReferenced(env, reg) ? 'reference' : 'pointer';
}

/** What the program may leave with. */
function returnRule(env: VerifierEnv): ReturnRule {
  return (env.exploration.returnRule ??= {
    isVoid: progReturnsVoid(env),
    isStructOps: isProgType(env, 'STRUCT_OPS'),
    range: retvalRange(env),
  });
}

/** Checks the value that the program (or an async callback) returns in a register (`check_return_code`). */
export function checkReturnCode(env: VerifierEnv, regno: number, regName: string): void {
  const frame = env.cur.frames[0]!;
  const rule = returnRule(env);
  if (!frame.inAsyncCallbackFn && rule.isVoid) return;

  const { isStructOps } = rule;
  const result = isStructOps ? structOpsResult(env, env.regs[regno]!) : 'scalar';
  if (result === 'reference') {
    checkPtrOffReg(env, env.regs[regno]!, regno);
    return;
  }
  checkRegRead(env, regno);
  if (isPointerValue(env, env.regs[regno]!))
    env.reject(Errno.EACCES, `R${regno} leaks addr as return value\n`, undefined, {
      kind: 'pointer-leak',
      arg: regno,
      where: 'return',
    });

  let context = 'At program exit';
  let allowed: RetvalRange | null;
  if (frame.inAsyncCallbackFn) {
    context = 'At async callback return';
    allowed = frame.callbackRetRange;
  } else if (isStructOps && result === 'scalar') {
    return;
  } else {
    allowed = rule.range;
  }
  if (allowed === null) return;

  const { type } = env.regs[regno]!;
  if (type !== RegType.SCALAR_VALUE) {
    env.reject(Errno.EINVAL, `${context} the register R${regno} is not a known value (${regTypeStr(type)})\n`, undefined, {
      kind: 'return-type',
      arg: regno,
      where: frame.inAsyncCallbackFn ? 'async' : 'program',
    });
  }
  markChainPrecision(env, regno);
  const reg = env.regs[regno]!;
  if (isWithin(allowed, reg)) return;
  printInvalidScalar(env, reg, allowed, context, regName);
  if (isLsmCgroup(env) && lsmHookIsVoid(env)) {
    env.verbose("Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n");
  }
  env.reject(Errno.EINVAL, '', undefined, {
    kind: 'return-range',
    arg: regno,
    min: allowed.min,
    max: allowed.max,
    where: frame.inAsyncCallbackFn ? 'async' : 'program',
  });
}

/** Checks R0 at the exit of a global subprogram that is verified on its own (`check_global_subprog_return_code`). */
export function checkGlobalSubprogReturnCode(env: VerifierEnv): void {
  if (subprogReturnsVoid(env, env.frame.subprogno)) return;
  const reg = checkRegRead(env, 0);
  if (reg.type === RegType.PTR_TO_ARENA) return;
  if (isPointerValue(env, reg))
    env.reject(Errno.EACCES, 'R0 leaks addr as return value\n', undefined, {
      kind: 'pointer-leak',
      arg: 0,
      where: 'return',
    });
  if (reg.type !== RegType.SCALAR_VALUE) {
    env.reject(Errno.EINVAL, `At subprogram exit the register R0 is not a scalar value (${regTypeStr(reg.type)})\n`, undefined, {
      kind: 'return-type',
      arg: 0,
      where: 'global',
    });
  }
}
