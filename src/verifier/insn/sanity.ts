// SPDX-License-Identifier: GPL-2.0-only
import { boundsViolation, boundsViolationText, unbounded } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { RegState } from '../state/reg';

/**
 * The register itself, if what is known of it is consistent. Else the contradiction is logged and the bounds are forgotten, or, under
 * BPF_F_TEST_REG_INVARIANTS, the program is refused (`kernel/bpf/verifier.c: reg_bounds_sanity_check`).
 * @param context name of the check in the log: `alu`, `ldx`, `true_reg1`, `retval`, …
 */
export function checkBoundsSanity(env: VerifierEnv, reg: RegState, context: string): RegState {
  const violation = boundsViolation(reg.val);
  if (violation === null) return reg;
  const text = boundsViolationText(reg.val, violation, context);
  if (env.testRegInvariants) env.reject(Errno.EFAULT, text);
  env.verbose(text);
  return reg.withVal(unbounded(reg.val));
}
