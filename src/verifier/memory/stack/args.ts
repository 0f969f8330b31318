// SPDX-License-Identifier: GPL-2.0-only
/**
 * Arguments beyond the fifth, addressed through R11: a caller stores them below it (−8 is the sixth), the callee loads them above it.
 * Facts: `kernel/bpf/verifier.c: check_stack_arg_write, check_stack_arg_read`; `include/linux/bpf_verifier.h: is_stack_arg_*`.
 */
import { argPlace, regPlace } from '../../diag';
import { constNumber } from '../../domain';
import { pushJmpHistory } from '../../engine';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { scalarReg, type RegState } from '../../state/reg';
import { HistFlag } from '../../state/state';

/** Arguments that can be passed beyond the fifth. */
const MAX_STACK_ARGS = 7;
const REG_ARGS = 5;

/** Stores an outgoing argument. @param value register stored, null for the instruction's immediate */
export function writeStackArg(env: VerifierEnv, off: number, value: RegState | null): void {
  const frame = env.frame;
  const subprog = env.subprogs[frame.subprogno]!;
  const index = -off / 8 - 1;
  if (index >= MAX_STACK_ARGS) {
    env.reject(Errno.EINVAL, `stack arg write offset ${off} exceeds max ${MAX_STACK_ARGS} stack args\n`, undefined, {
      kind: 'stack-outside',
      arg: -1,
      off,
      size: 8,
    });
  }
  frame.growStackArgs(index + 1);
  if (index + 1 > subprog.maxOutStackArgCnt) subprog.maxOutStackArgCnt = index + 1;
  env.diag?.begin(argPlace(frame, index));
  frame.stackArgs[index] = value ?? scalarReg(constNumber(env.insns[env.insnIdx]!.imm));
  env.diag?.end();
  frame.noStackArgLoad = true;
  pushJmpHistory(env, HistFlag.STACK_ARG_ACCESS, index, 0);
}

/** Loads an incoming argument from where the caller stored it. */
export function readStackArg(env: VerifierEnv, off: number, dst: number): void {
  const frame = env.frame;
  const subprog = env.subprogs[frame.subprogno]!;
  const index = off / 8 - 1;
  if (frame.noStackArgLoad)
    env.reject(Errno.EINVAL, 'r11 load must be before any r11 store or call insn\n', undefined, {
      kind: 'bad-instruction',
      name: 'stack arguments are read after a call or a store of them',
    });
  const incoming = Math.max(0, subprog.argCnt - REG_ARGS);
  if (index + 1 > incoming)
    env.reject(Errno.EACCES, `invalid read from stack arg off ${off} depth ${incoming * 8}\n`, undefined, {
      kind: 'stack-outside',
      arg: -1,
      off,
      size: 8,
    });
  const caller = env.cur.frames[env.cur.curframe - 1]!;
  env.diag?.begin(regPlace(frame, dst), 'write', argPlace(caller, index));
  env.regs[dst] = caller.stackArgs[index]!;
  env.diag?.end();
  pushJmpHistory(env, HistFlag.STACK_ARG_ACCESS, index, 0);
}
