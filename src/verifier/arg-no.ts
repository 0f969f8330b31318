// SPDX-License-Identifier: GPL-2.0-only
/** Arguments by number: registers R1 to R5, and stack-argument slots for the sixth and later ones. */
import { STACK_ARG_REG } from '../isa/opcode';
import { type NamedArg, words } from '../kernel/words';
import type { ArgNo, VerifierEnv } from './env';
import type { FuncState } from './state/frame';
import { NOT_INIT, type RegState } from './state/reg';

/** Text of an argument in messages: `R1`, or `*(R11-8)` for the sixth (`reg_arg_name`). */
export function argName(arg: ArgNo): string {
  const regno = argRegno(arg);
  return regno >= 0 ? `R${regno}` : `*(R${STACK_ARG_REG}-${(-arg - 5) * 8})`;
}

/** An argument as messages of all kernels name it. */
export function namedArg(arg: ArgNo): NamedArg {
  return { name: argName(arg), index: Math.abs(arg) - 1 };
}

/** An argument as messages on what kfuncs take name it: as others, before by its index. */
export function kfuncArgName(env: VerifierEnv, arg: ArgNo): string {
  return words(env.kernel.features, 'words.kfuncArg')(namedArg(arg));
}

/** Register of an argument, −1 for one in a stack-argument slot (`reg_from_argno`). */
export function argRegno(arg: ArgNo): number {
  if (arg >= 0) return arg;
  return arg >= -5 ? -arg : -1;
}

/** Value of an argument of the call at hand, from register or stack-argument slot of `frame`. */
export function argValue(frame: FuncState, arg: ArgNo): RegState {
  const regno = argRegno(arg);
  return regno >= 0 ? frame.regs[regno]! : (frame.stackArgs[-arg - 6] ?? NOT_INIT);
}
