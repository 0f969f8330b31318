// SPDX-License-Identifier: GPL-2.0-only
/** Refusals of arguments of helpers, kfuncs and subprograms. Texts: `kernel/bpf/verifier.c: check_reg_type, process_*, check_kfunc_args`. */
import type { Btf } from '../../../btf/types';
import { smin, sminBig, umaxBig } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { dynptrTypeStr, regTypeStr } from '../../log/regtype';
import type { RegState } from '../../state/reg';
import { argPlace } from '../diagnostics';
import type { Failure, Scope } from '../failure';
import { btfTypePhrase, ordinal, plainType } from '../phrase';
import { registerScope } from './register';
import { argName, argRegno } from '../../arg-no';

/** Sizes of memory must be below this (`BPF_MAX_VAR_SIZ`). */
const MAX_SIZE = 1 << 29;

/** A call as reports speak of it. */
export interface CallSite {
  readonly insn: number;
  readonly callee: string;
}

/** Number of an argument from 1; of one that is named by its register, the register's. */
function numberOf(arg: ArgNo): number {
  return Math.abs(arg);
}

/** An argument that does not fit (`bpf_diag_call_type`). */
function badArgument(env: VerifierEnv, site: CallSite, arg: ArgNo, reason: string, suggestion: string): Failure {
  const which = ordinal(numberOf(arg));
  const name = argName(arg);
  const text = which === undefined ? `argument ${name}` : `${which} argument (${name})`;
  const callee = site.callee === '' ? 'call' : site.callee;
  const regno = argRegno(arg);
  const scope: Scope | null = regno >= 0 ? registerScope(env, regno) : { kind: 'value', place: argPlace(env.frame, numberOf(arg) - 6) };
  return {
    category: 'Call Type Safety',
    problem: 'invalid call argument',
    reason: `The ${text} to ${callee} does not satisfy the verifier contract: ${reason}.`,
    insn: site.insn,
    note: `invalid ${text} for ${callee}`,
    scope,
    suggestion,
  };
}

/** `R1 is a kernel object pointer`. */
function isWhat(arg: ArgNo, reg: RegState): string {
  return `${argName(arg)} is ${plainType(reg.type)}`;
}

export function wrongType(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState, accepted: readonly number[]): Failure {
  return badArgument(
    env,
    site,
    arg,
    `it has type ${regTypeStr(reg.type)}, but this argument accepts ${accepted.map(regTypeStr).join(', ')}`,
    'Pass a value with one of the accepted pointer or scalar types for this call.',
  );
}

export function maybeNullForHelper(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    'the pointer may be NULL, but this call requires a non-NULL pointer',
    'Add a NULL check and make the call only on the non-NULL path.',
  );
}

export function notOwnedForHelper(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    'release helpers require a value that owns a live resource returned by a matching acquire helper',
    'Pass the resource-owning pointer returned by the matching acquire helper, and avoid calling the release helper after ownership has already been transferred or released.',
  );
}

export function noDynptr(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `a dynptr argument must be a pointer to a dynptr stack slot or a verifier-provided const struct bpf_dynptr, but ${isWhat(arg, reg)}`,
    'Pass the address of a stack dynptr object, or use a const dynptr pointer returned by the verifier-supported path.',
  );
}

export function otherDynptrType(env: VerifierEnv, site: CallSite, arg: ArgNo, actual: number, expected: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the dynptr is initialized with backing object type ${dynptrTypeStr(actual)}, but this operation expects dynptr type ${dynptrTypeStr(expected)}`,
    "Use a dynptr constructor that matches this operation, or call an operation that accepts the dynptr's current type.",
  );
}

export function noIterator(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `iterator state must live in verifier-tracked stack memory, but ${isWhat(arg, reg)}`,
    'Pass the address of a stack iterator object for iterator new, next, and destroy calls.',
  );
}

export function unknownIterator(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    'the kfunc expects a recognized iterator state pointer, but this argument does not match a valid iterator type',
    'Pass the exact iterator state type expected by this kfunc.',
  );
}

export function maybeNull(env: VerifierEnv, site: CallSite, arg: ArgNo, btf: Btf, type: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the pointer may be NULL, but this kfunc requires a non-NULL value of type ${btfTypePhrase(btf, type)}`,
    'Add a NULL check and call the kfunc only on the non-NULL path.',
  );
}

export function notOwned(env: VerifierEnv, site: CallSite, arg: ArgNo, btf: Btf, type: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `release kfuncs require a resource-owning value of type ${btfTypePhrase(btf, type)} returned by a matching acquire kfunc`,
    'Pass the resource-owning pointer returned by the matching acquire kfunc, and avoid calling the release kfunc after ownership has already been transferred or released.',
  );
}

export function noScalar(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects an integer scalar, but ${isWhat(arg, reg)}`,
    'Pass an integer scalar value for this argument, not a pointer or resource object.',
  );
}

const CONSTANT = 'Pass a compile-time constant or a value the verifier can prove is constant at this call.';

export function noConstant(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc requires this scalar argument to be a verifier-known constant, but ${argName(arg)} is variable on this path`,
    CONSTANT,
  );
}

export function noConstantSize(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc requires this memory size to be a verifier-known constant, but ${argName(arg)} is variable on this path`,
    CONSTANT,
  );
}

export function noBufferSize(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc uses this argument as a return-buffer size, but ${argName(arg)} is invalid or variable on this path`,
    'Pass a verifier-known constant size for this kfunc buffer argument.',
  );
}

export function noContext(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a context pointer, but ${isWhat(arg, reg)}`,
    'Pass the original program context pointer or preserve it before modifying registers.',
  );
}

export function noAllocated(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects an allocated object pointer, but ${isWhat(arg, reg)}`,
    'Pass a pointer returned by the matching BPF object allocation path.',
  );
}

export function disowned(env: VerifierEnv, site: CallSite, arg: ArgNo): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the allocated object pointer in ${argName(arg)} must still carry verifier-tracked ownership, but this pointer no longer owns a live resource`,
    'Pass the owned object pointer before it is released or transferred.',
  );
}

export function untrusted(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState, btf: Btf, type: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc requires a trusted or resource-owning pointer to ${btfTypePhrase(btf, type)}, but ${isWhat(arg, reg)}`,
    'Pass a pointer acquired from a verifier-tracked source, or call this kfunc only inside the required protection if it accepts RCU pointers.',
  );
}

export function noRcuPointer(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState, btf: Btf, type: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc requires an RCU-protected pointer to ${btfTypePhrase(btf, type)}, but ${isWhat(arg, reg)}`,
    'Use this kfunc with a pointer that is valid in an RCU read lock region.',
  );
}

export function noKernelObject(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState, btf: Btf, type: number): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a pointer to ${btfTypePhrase(btf, type)}, but this argument is ${plainType(reg.type)} and cannot be used as that kernel object pointer`,
    'Pass a verifier-tracked pointer to the expected kernel object type, not a pointer to stack storage or another memory buffer.',
  );
}

/** Memory of a fixed size; `isMemory` tells a range that is too small or not writable from something that is no memory at all. */
export function badMemory(
  env: VerifierEnv,
  site: CallSite,
  arg: ArgNo,
  reg: RegState,
  size: number,
  btf: Btf,
  type: number,
  isMemory: boolean,
): Failure {
  const what = plainType(reg.type);
  const expects = `the kfunc expects ${size} bytes of memory for ${btfTypePhrase(btf, type)}, but`;
  return isMemory
    ? badArgument(
        env,
        site,
        arg,
        `${expects} the verifier cannot prove that ${what} provides a readable and writable range of that size`,
        'Pass memory with at least the required number of accessible bytes and suitable read and write access.',
      )
    : badArgument(
        env,
        site,
        arg,
        `${expects} it is ${what} and not verifier-known memory`,
        'Pass stack, map, context, or other verifier-known memory of the expected type and size, not an integer cast to a pointer.',
      );
}

export function noSize(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a scalar memory size, but ${isWhat(arg, reg)}`,
    'Pass an integer scalar length for this memory argument.',
  );
}

/** The memory of a pair of memory and size does not do. */
export function badPairMemory(env: VerifierEnv, site: CallSite, memory: ArgNo, size: ArgNo): Failure {
  return badArgument(
    env,
    site,
    memory,
    `it is the memory pointer in a memory/length pair with ${argName(size)}, but ${argName(memory)} does not describe verifier-readable memory for the requested length`,
    'Pass a stack, map, context, or other verifier-known memory pointer, and keep the paired length within that object.',
  );
}

/** The size of a pair of memory and size does not do. */
export function badPairSize(env: VerifierEnv, site: CallSite, size: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    size,
    smin(reg.val) < 0
      ? `the memory size in ${argName(size)} may be negative because its signed minimum is ${sminBig(reg.val)}`
      : `the memory size in ${argName(size)} may reach ${umaxBig(reg.val)} bytes, but variable memory accesses must stay below ${MAX_SIZE} bytes`,
    'Constrain the memory size to a non-negative value smaller than BPF_MAX_VAR_SIZ before this call.',
  );
}

export function noRefcounted(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a pointer to a BPF-managed refcounted object, but ${isWhat(arg, reg)}`,
    'Pass an owning or non-owning pointer to a BPF-managed object containing a bpf_refcount field.',
  );
}

export function noConstString(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a pointer to a constant string stored in verifier-known memory, but ${isWhat(arg, reg)}`,
    'Pass a constant string pointer that the verifier recognizes, such as a string stored in a read-only map value.',
  );
}

export function noFlagSlot(env: VerifierEnv, site: CallSite, arg: ArgNo, reg: RegState): Failure {
  return badArgument(
    env,
    site,
    arg,
    `the kfunc expects a stack pointer to an IRQ flag slot, but ${isWhat(arg, reg)}`,
    'Pass the same stack slot used by bpf_local_irq_save() or bpf_res_spin_lock_irqsave().',
  );
}
