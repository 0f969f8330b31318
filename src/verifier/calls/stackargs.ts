// SPDX-License-Identifier: GPL-2.0-only
/** Arguments beyond the fifth, which travel in stack-argument slots. */
import { RegType } from '../../kernel/types';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { FuncState } from '../state/frame';
import { MAX_REG_ARGS } from './funcargs';

/**
 * Requires that the caller has written every stack argument that the callee has (`check_outgoing_stack_args`).
 * @param params parameters of the callee, for reports; null if they are not known
 */
export function checkOutgoingStackArgs(
  env: VerifierEnv,
  caller: FuncState,
  nargs: number,
  callee: string,
  params: readonly { readonly name: string }[] | null,
): void {
  for (let slot = 0; slot < nargs - MAX_REG_ARGS; slot++) {
    const reg = caller.stackArgs[slot];
    if (reg === undefined || reg.type === RegType.NOT_INIT) {
      env.reject(
        Errno.EFAULT,
        `callee expects ${nargs} args, stack arg${slot + 1} is not initialized\n`,
        () => why.missingStackArg(env, nargs, slot, callee, params?.[slot + MAX_REG_ARGS]?.name ?? ''),
        { kind: 'unreadable', arg: -(slot + 6), callee },
      );
    }
  }
}

/** Number of stack arguments that a function with `argCnt` arguments takes (`bpf_in_stack_arg_cnt`). */
export function inStackArgs(argCnt: number): number {
  return Math.max(0, argCnt - MAX_REG_ARGS);
}
