// SPDX-License-Identifier: GPL-2.0-only
/** Comparing a return value with its allowed range. */
import { s32max, s32min, smax, smaxBig, smin, sminBig, tnumIsUnknown, tnumMaskBig, tnumRange, tnumValueBig, type Tnum } from '../domain';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { RetvalRange } from '../state/frame';
import type { RegState } from '../state/reg';

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;

/** A range that is compared with all 64 bits (`retval_range`). */
export function range(min: number, max: number): RetvalRange {
  return { min, max, return32bit: false };
}

/** Whether every value of the register lies in the range (`retval_range_within`). */
export function isWithin(allowed: RetvalRange, reg: RegState): boolean {
  return allowed.return32bit
    ? allowed.min <= s32min(reg.val) && s32max(reg.val) <= allowed.max
    : allowed.min <= smin(reg.val) && smax(reg.val) <= allowed.max;
}

/** Writes that a register's value is outside its range (`verbose_invalid_scalar`), without refusing. */
export function printInvalidScalar(env: VerifierEnv, reg: RegState, allowed: RetvalRange, context: string, regName: string): void {
  if (!env.kernel.features['bounds.halves']) {
    printAsTnums(env, reg, allowed, context, regName);
    return;
  }
  const least = sminBig(reg.val);
  const most = smaxBig(reg.val);
  let text = `${context} the register ${regName} has`;
  if (least > S64_MIN) text += ` smin=${least}`;
  if (most < S64_MAX) text += ` smax=${most}`;
  if (least === S64_MIN && most === S64_MAX) text += ' unknown scalar value';
  env.verbose(`${text} should have been in [${allowed.min}, ${allowed.max}]\n`);
}

/** As {@link printInvalidScalar}, for kernels that compare known bits. */
function printAsTnums(env: VerifierEnv, reg: RegState, allowed: RetvalRange, context: string, regName: string): void {
  const text = ({ value, mask }: Tnum): string => `(0x${value.toString(16)}; 0x${mask.toString(16)})`;
  const tnum = { value: tnumValueBig(reg.val), mask: tnumMaskBig(reg.val) };
  const has = tnumIsUnknown(reg.val) ? 'unknown scalar value' : `value ${text(tnum)}`;
  const range = tnumRange(BigInt.asUintN(64, BigInt(allowed.min)), BigInt.asUintN(64, BigInt(allowed.max)));
  env.verbose(`${context} the register ${regName} has ${has} should have been in ${text(range)}\n`);
}

/** Refuses a value outside its range. */
export function requireWithin(env: VerifierEnv, reg: RegState, allowed: RetvalRange, context: string, regName: string): void {
  if (isWithin(allowed, reg)) return;
  printInvalidScalar(env, reg, allowed, context, regName);
  env.reject(Errno.EINVAL, '', undefined, { kind: 'return-range', arg: 0, min: allowed.min, max: allowed.max, where: 'callback' });
}
