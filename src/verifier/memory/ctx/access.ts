// SPDX-License-Identifier: GPL-2.0-only
/** Loads and stores of the context. Facts: `kernel/bpf/verifier.c: check_ctx_access, check_mem_access`. */
import { baseType, Flag, RegType } from '../../../kernel/types';
import { boundsSanity, boundsViolationText, clampS32, umax, UNKNOWN } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { verboseLinfo } from '../../log/linfo';
import { findReference } from '../../objects/lookup';
import { markUnknown } from '../../regs';
import type { RegState } from '../../state/reg';
import type { AccessType } from '../access-type';
import { loadPointer } from '../load-result';
import { checkPtrOffReg, checkRegion } from '../region';
import * as cgroup from './cgroup';
import * as network from './network';
import { funcRetvalRange } from './retval';
import type { CtxResult, CtxRule } from './rules';
import * as skb from './skb';
import { cgroupSock } from './sock';
import { structOps } from './struct-ops';
import * as tracing from './tracing';

/** Bytes that a context of a syscall program may have. */
const MAX_SYSCALL_CTX = 0xffff;

/** Rule by program type. */
const RULES: ReadonlyMap<string, CtxRule> = new Map<string, CtxRule>([
  ['socket_filter', skb.socketFilter],
  ['sched_cls', skb.classifier],
  ['sched_act', skb.classifier],
  ['cgroup_skb', skb.cgroupSkb],
  ['lwt_in', skb.lwt],
  ['lwt_out', skb.lwt],
  ['lwt_xmit', skb.lwt],
  ['lwt_seg6local', skb.lwt],
  ['sk_skb', skb.skSkb],
  ['flow_dissector', skb.flowDissector],
  ['xdp', network.xdp],
  ['cgroup_sock_addr', network.sockAddr],
  ['sock_ops', network.sockOps],
  ['sk_msg', network.skMsg],
  ['sk_reuseport', network.skReuseport],
  ['sk_lookup', network.skLookup],
  ['netfilter', network.netfilter],
  ['cgroup_sock', cgroupSock],
  ['cgroup_device', cgroup.device],
  ['cgroup_sysctl', cgroup.sysctl],
  ['cgroup_sockopt', cgroup.sockopt],
  ['kprobe', tracing.kprobe],
  ['tracepoint', tracing.tracepoint],
  ['raw_tracepoint', tracing.rawTracepoint],
  ['raw_tracepoint_writable', tracing.rawTracepointWritable],
  ['tracing', tracing.tracing],
  ['lsm', tracing.lsm],
  ['perf_event', tracing.perfEvent],
  ['syscall', tracing.syscall],
  ['lirc_mode2', tracing.lirc],
  ['struct_ops', structOps],
]);

/** Whether the kernel rewrites context accesses of the program, so that its pointer must not be moved. */
function rewritesCtx(env: VerifierEnv): boolean {
  return env.kernel.progType(env.progType)?.hasConvertCtxAccess ?? false;
}

/** Whether accesses may be at variable offsets (`is_var_ctx_off_allowed`). */
function isMovable(env: VerifierEnv): boolean {
  return env.kernel.features['ctx.syscallVariable'] && env.progType === env.kernel.constant('BPF_PROG_TYPE_SYSCALL');
}

/** What the rule of the program type says, which is asked once for each kind of access: a rule looks at nothing else that changes. */
function ask(env: VerifierEnv, off: number, size: number, write: boolean, isLdsx: boolean): CtxResult | null {
  const { ctxAnswers } = env.exploration;
  const key = ((off * 16 + size) * 2 + (write ? 1 : 0)) * 2 + (isLdsx ? 1 : 0);
  const known = ctxAnswers.get(key);
  if (known !== undefined) return known;
  const rule = RULES.get(env.kernel.progTypeName(env.progType));
  const { pos } = env.log;
  const result = rule === undefined ? null : rule({ env, off, size, write, isLdsx });
  // what a rule writes to the log it writes each time
  if (env.log.pos === pos) ctxAnswers.set(key, result);
  return result;
}

/** Decides an access at a known offset. */
function decide(env: VerifierEnv, insnIdx: number, off: number, size: number, access: AccessType, isLdsx: boolean): CtxResult {
  const result = ask(env, off, size, access === 'write', isLdsx);
  let refusal = '';
  if (result === null) {
    refusal = `invalid bpf_context access off=${off} size=${size}\n`;
  } else if (baseType(result.regType) === RegType.PTR_TO_BTF_ID && result.refId !== 0 && !findReference(env, result.refId)) {
    refusal = `invalid bpf_context access off=${off}. Reference may already be released\n`;
  }
  if (result === null || refusal !== '') {
    env.verbose(refusal);
    verboseLinfo(env, insnIdx, '; ');
    return env.reject(Errno.EACCES, '', undefined, {
      kind: 'context-access',
      off,
      size,
      write: access === 'write',
      released: result !== null,
    });
  }
  env.maxCtxOffset = Math.max(env.maxCtxOffset, off + size);
  return result;
}

/** The return value of the attach target, within what the hook can return. */
function loadRetval(env: VerifierEnv, dst: number): void {
  markUnknown(env, dst);
  const range = funcRetvalRange(env);
  if (range === null) return;
  const reg = env.regs[dst]!;
  const clamped = clampS32(UNKNOWN, range.min, range.max);
  const { violation, fixed } = boundsSanity(clamped);
  if (violation !== null) {
    env.verbose(boundsViolationText(clamped, violation, 's32_range'));
    if (env.testRegInvariants) env.reject(Errno.EFAULT);
  }
  env.regs[dst] = reg.withVal(fixed);
}

/**
 * Load from or store to the context.
 * @param off offset of the instruction; the register's comes on top
 * @param dst register loaded or stored, −1 for none
 */
export function accessCtx(
  env: VerifierEnv,
  insnIdx: number,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  access: AccessType,
  dst: number,
  isLdsx: boolean,
): void {
  const movable = isMovable(env);
  if (movable) checkRegion(env, reg, arg, off, size, MAX_SYSCALL_CTX, false);
  else checkPtrOffReg(env, reg, arg, env.kernel.features['ctx.fixedOffset'] && !rewritesCtx(env));
  const result = decide(env, insnIdx, (off + umax(reg.val)) | 0, size, access, isLdsx);
  if (access === 'write' || dst < 0) return;
  if (result.regType === RegType.SCALAR_VALUE) {
    if (result.isRetval) loadRetval(env, dst);
    else markUnknown(env, dst);
    return;
  }
  const typed = baseType(result.regType) === RegType.PTR_TO_BTF_ID;
  let id = typed ? result.refId : 0;
  if ((result.regType & Flag.PTR_MAYBE_NULL) !== 0 && id === 0) id = env.nextId();
  loadPointer(env, dst, result.regType, typed ? { obj: result.btf, num2: result.btfId, id } : { id });
}
