// SPDX-License-Identifier: GPL-2.0-only
import { words } from '../../../kernel/words';
import { MAX_STACK } from '../../../isa/opcode';
import { constBig, constNum, isConst, smax, smaxBig, smin, tnumString } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import type { FuncState } from '../../state/frame';
import { writtenParts } from '../../state/packet-parts';
import type { RegState } from '../../state/reg';
import type { AccessType } from '../access-type';
import { argName } from '../../arg-no';

/** Largest offset of a variable access (`BPF_MAX_VAR_OFF`), 2^29. */
export const MAX_VAR_OFF = 1 << 29;

/** Makes the frame's stack at least `bytes` large and raises the depth of its subprogram (`grow_stack_state`). */
export function growStack(env: VerifierEnv, frame: FuncState, bytes: number): void {
  const size = (bytes + 7) & ~7;
  if (frame.allocatedStack >= size) return;
  frame.growStack(size);
  const subprog = env.subprogs[frame.subprogno]!;
  if (subprog.stackDepth < size) subprog.stackDepth = size;
}

/** Frame that a stack pointer points into (`bpf_func`). */
export function stackFrame(env: VerifierEnv, reg: RegState): FuncState {
  return env.cur.frames[reg.frameno]!;
}

/** What varies of a pointer's offset, as a tristate number. */
export function movingText(env: VerifierEnv, reg: RegState): string {
  return tnumString(writtenParts(env.kernel.features, reg).moving);
}

/** What varies of the place of an access, and where the kernel says it the constant rest. */
function variablePlace(env: VerifierEnv, reg: RegState, off: number): string {
  const { features } = env.kernel;
  const { fixed } = writtenParts(features, reg);
  return `var_off=${movingText(env, reg)}${words(features, 'words.stackOutside')(fixed + off)}`;
}

/** What the access does, with a space before it, in messages. */
function verbOf(env: VerifierEnv, access: AccessType, byHelper: boolean): string {
  const way = access === 'read' ? 'read from' : 'write to';
  return ` ${byHelper ? words(env.kernel.features, 'words.helperStack')(way) : way}`;
}

/**
 * Refuses an access outside the stack, else makes the stack large enough for it
 * (`kernel/bpf/verifier.c: check_stack_access_within_bounds`).
 * @param off fixed part of the offset; the register's comes on top
 */
export function checkStackBounds(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  access: AccessType,
  byHelper = false,
): void {
  const frame = stackFrame(env, reg);
  const fixed = isConst(reg.val);
  let min: number;
  let max: number;
  if (fixed) {
    min = constNum(reg.val) + off;
    max = min + size;
  } else {
    if (smaxBig(reg.val) >= BigInt(MAX_VAR_OFF) || smin(reg.val) <= -MAX_VAR_OFF) {
      const verb = verbOf(env, access, byHelper);
      env.reject(Errno.EACCES, `invalid unbounded variable-offset${verb} stack ${argName(arg)}\n`, undefined, {
        kind: 'outside',
        arg,
        how: 'unbounded',
        off,
        size,
        limit: MAX_STACK,
      });
    }
    min = smin(reg.val) + off;
    max = smax(reg.val) + off + size;
  }
  const lowest = access === 'write' || env.allowUninitStack ? -MAX_STACK : -frame.allocatedStack;
  let errno: Errno | 0 = 0;
  if (min < lowest || min > -1) errno = Errno.EACCES;
  else if (max > 0) errno = Errno.EINVAL;
  else if (size < 0) errno = Errno.EFAULT;
  if (errno !== 0) {
    const verb = verbOf(env, access, byHelper);
    env.reject(
      errno,
      fixed
        ? `invalid${verb} stack ${argName(arg)} off=${constBig(reg.val) + BigInt(off)} size=${size}\n`
        : `invalid variable-offset${verb} stack ${argName(arg)} ${variablePlace(env, reg, off)} size=${size}\n`,
      undefined,
      {
        kind: 'stack-outside',
        arg,
        off,
        size,
      },
    );
  }
  growStack(env, frame, -min);
}
