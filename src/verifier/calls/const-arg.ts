// SPDX-License-Identifier: GPL-2.0-only
/** Constant scalar arguments. */
import { constBig, constNum, isConst, tnumValueBig } from '../domain';
import { markChainPrecision, markStackArgPrecision } from '../engine/precision';
import type { Failure } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { RegState } from '../state/reg';
import type { CallMeta } from '../call-meta';
import { argName, argRegno } from '../arg-no';

const U32_MAX = 0xffffffffn;

/** Marks the value of an argument precise, wherever it travels (`mark_arg_precision`). */
export function markArgPrecision(env: VerifierEnv, arg: ArgNo): void {
  const regno = argRegno(arg);
  if (regno >= 0) markChainPrecision(env, regno);
  else markStackArgPrecision(env, -arg - 6);
}

/** Notes the constant size of the memory that the call returns (`process_const_alloc_mem_size`). */
export function processConstAllocMemSize(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, report?: () => Failure): void {
  if (meta.retMem.found) env.reject(Errno.EFAULT, 'verifier bug: only one allocation size argument permitted\n');
  if (!isConst(reg.val)) env.reject(Errno.EINVAL, `${argName(arg)} is not a const\n`, report, { kind: 'constant', arg });
  if (tnumValueBig(reg.val) > U32_MAX)
    env.reject(Errno.EINVAL, `${argName(arg)} allocation size exceeds u32 max\n`, report, {
      kind: 'size-range',
      arg,
      how: 'unbounded',
    });
  markArgPrecision(env, arg);
  meta.retMem.size = constNum(reg.val);
  meta.retMem.found = true;
}

/** Notes a constant argument (`process_const_arg`). */
export function processConstArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, report?: () => Failure): void {
  if (meta.argConstant.found) env.reject(Errno.EFAULT, 'verifier bug: only one constant argument permitted\n');
  if (!isConst(reg.val)) env.reject(Errno.EINVAL, `${argName(arg)} must be a known constant\n`, report, { kind: 'constant', arg });
  markArgPrecision(env, arg);
  meta.argConstant.found = true;
  meta.argConstant.value = BigInt.asUintN(64, constBig(reg.val));
}
