// SPDX-License-Identifier: GPL-2.0-only
/** Refusals because of what a register holds. Texts: `kernel/bpf/diagnostics.c`, `kernel/bpf/verifier.c: adjust_ptr_min_max_vals`. */
import { RegType } from '../../../kernel/types';
import { constBig } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { regTypeStr } from '../../log/regtype';
import type { RegState } from '../../state/reg';
import { argPlace, regPlace } from '../diagnostics';
import type { Failure, Scope } from '../failure';
import { ordinal, plainType } from '../phrase';
import { argName, argRegno } from '../../arg-no';
import { mayBeNull } from '../../state/reg-kinds';

/** Largest offset of a pointer, as the texts say it. */
const MAX_OFFSET = 1 << 29;

/** The history of a register of the innermost frame; none for an argument that is in no register. */
export function registerScope(env: VerifierEnv, regno: number): Scope | null {
  return regno < 0 ? null : { kind: 'value', place: regPlace(env.frame, regno) };
}

/** A register is read that holds nothing (`bpf_diag_unreadable_reg`). */
export function unreadable(env: VerifierEnv, regno: number): Failure {
  const diag = env.diag!;
  const change = diag.latestChange(regPlace(env.frame, regno));
  let reason = `R${regno} is not readable here. It may never have been initialized, or an earlier operation may have invalidated it.`;
  let suggestion = 'Initialize the register on every path, or initialize it again after any operation that invalidates it.';
  if (change !== null && (change.after === null || change.after.type === RegType.NOT_INIT)) {
    reason = `R${regno} is not readable here. A previous operation invalidated this register, so the verifier cannot use it as an input.`;
    suggestion = 'Avoid using the register after it is invalidated, or initialize it again before this instruction.';
  } else if (diag.isComplete) {
    reason = `R${regno} has never been initialized on this path, so the verifier cannot use it as an input.`;
    suggestion = `Initialize R${regno} on every path before this instruction.`;
  }
  return {
    category: 'Register Type Safety',
    problem: 'unreadable register',
    reason,
    insn: env.insnIdx,
    note: `R${regno} is not readable`,
    scope: registerScope(env, regno),
    suggestion,
  };
}

/** A stack argument of a call was not written (`bpf_diag_stack_arg_uninit`). `slot` counts from 0, `name` is the parameter's. */
export function missingStackArg(env: VerifierEnv, count: number, slot: number, callee: string, name: string): Failure {
  const which = ordinal(slot + 6);
  const details = [which === undefined ? '' : `${which} argument`, name].filter((part) => part !== '').join(', ');
  const arg = `outgoing stack argument ${slot + 1}${details === '' ? '' : ` (${details})`}`;
  return {
    category: 'Register Type Safety',
    problem: 'missing stack argument',
    reason: `${callee === '' ? 'The callee' : `Function ${callee}`} expects ${count} arguments, but ${arg} is not initialized at this call.`,
    insn: env.insnIdx,
    note: `${arg} is not initialized`,
    scope: { kind: 'value', place: argPlace(env.frame, slot) },
    suggestion:
      'Write the outgoing stack argument after any operation that may invalidate stored pointer values, and before making this call.',
  };
}

const NULL_CHECK = 'Add a NULL check before the access and dereference the pointer only on the non-NULL path.';
const ORIGINAL =
  'Preserve the original pointer in another register, or use only offsets this pointer type permits before dereferencing it.';
const REVALIDATE =
  'Preserve a pointer-valued register where needed, or reload and revalidate the pointer after scalar arithmetic, helper calls, or other operations that can invalidate it.';

/** Memory is accessed through something that is no pointer for that (`bpf_diag_invalid_deref`). */
export function invalidDeref(env: VerifierEnv, insn: number, arg: ArgNo, reg: RegState): Failure {
  const name = argName(arg);
  const type = plainType(reg.type);
  let reason = `${name} has type ${type} here, which is not valid for this memory access.`;
  if (reg.type === RegType.SCALAR_VALUE) {
    reason = `${name} is an integer scalar here, not a pointer to memory.`;
  } else if (mayBeNull(reg.type)) {
    reason = `${name} may be NULL here (${type}). The program could dereference NULL on this path, so the verifier cannot prove this access is safe.`;
  }
  return {
    category: 'Register Type Safety',
    problem: 'invalid dereference',
    reason,
    insn,
    note: `invalid dereference of ${name} (${type})`,
    scope: registerScope(env, argRegno(arg)),
    suggestion: mayBeNull(reg.type) ? NULL_CHECK : REVALIDATE,
  };
}

/** A pointer is used that had to stay as it was (`bpf_diag_invalid_deref`, modified pointer). */
export function modifiedPointer(env: VerifierEnv, arg: ArgNo, reg: RegState): Failure {
  return {
    category: 'Register Type Safety',
    problem: 'invalid dereference',
    reason: `${argName(arg)} has offset ${constBig(reg.val)} here, but this pointer type must be dereferenced in its original form.`,
    insn: env.insnIdx,
    note: `dereference requires the original ${plainType(reg.type)} pointer`,
    scope: registerScope(env, argRegno(arg)),
    suggestion: ORIGINAL,
  };
}

function arithmetic(env: VerifierEnv, ptr: number, problem: string, reason: string, suggestion: string): Failure {
  return { category: 'Register Type Safety', problem, reason, insn: env.insnIdx, scope: registerScope(env, ptr), suggestion };
}

/** `ptr` is the number of the pointer register. */
export function narrowArithmetic(env: VerifierEnv, ptr: number, type: number): Failure {
  return arithmetic(
    env,
    ptr,
    '32-bit pointer arithmetic',
    `R${ptr} holds ${plainType(type)}. 32-bit ALU operations on pointers discard pointer tracking, so the verifier cannot keep the result as a safe pointer.`,
    'Use a 64-bit ALU instruction with an allowed, bounded scalar offset.',
  );
}

export function arithmeticOnNull(env: VerifierEnv, ptr: number, type: number): Failure {
  return arithmetic(
    env,
    ptr,
    'pointer arithmetic before NULL check',
    `R${ptr} may be NULL (${regTypeStr(type)}). Pointer arithmetic is allowed only after the program proves the pointer is non-NULL on this path.`,
    'Make sure that a NULL check precedes any arithmetic performed on the pointer.',
  );
}

export function immovable(env: VerifierEnv, ptr: number, type: number): Failure {
  return arithmetic(
    env,
    ptr,
    'pointer arithmetic is not allowed',
    `R${ptr} holds ${plainType(type)}. This pointer kind does not allow offset arithmetic.`,
    "Do not change this pointer's offset; use it only in operations accepted for its kind.",
  );
}

const UNSAFE_OFFSET = 'pointer offset is not safe';
const SAFE_RANGE = `[-${MAX_OFFSET}, ${MAX_OFFSET}]`;

export function unsafeOffset(env: VerifierEnv, ptr: number): Failure {
  return arithmetic(
    env,
    ptr,
    UNSAFE_OFFSET,
    `The scalar offset used with R${ptr} is unbounded or outside the verifier's safe pointer-offset range ${SAFE_RANGE}.`,
    'Clamp or bounds-check the scalar offset before applying it to the pointer.',
  );
}

export function farPointer(env: VerifierEnv, ptr: number, type: number): Failure {
  return arithmetic(
    env,
    ptr,
    UNSAFE_OFFSET,
    `R${ptr} already has an offset outside the verifier's safe range ${SAFE_RANGE} for ${plainType(type)}.`,
    "Keep the base pointer within the verifier's allowed offset range before applying more arithmetic.",
  );
}

export function farResult(env: VerifierEnv, ptr: number, dst: number, type: number): Failure {
  return arithmetic(
    env,
    ptr,
    UNSAFE_OFFSET,
    `After this arithmetic, R${dst} would be outside the verifier's safe offset range ${SAFE_RANGE} for ${plainType(type)}.`,
    'Tighten the scalar bounds before the arithmetic so the resulting pointer remains within the allowed range.',
  );
}

export function pointerFromScalar(env: VerifierEnv, ptr: number, dst: number): Failure {
  return arithmetic(
    env,
    ptr,
    'pointer subtracted from scalar',
    `This operation subtracts pointer register R${ptr} from scalar register R${dst}. The verifier only tracks pointer-minus-scalar arithmetic for allowed pointer types.`,
    'Keep the pointer as the base; only add or subtract bounded scalars when permitted.',
  );
}

export function stackSubtraction(env: VerifierEnv, ptr: number): Failure {
  return arithmetic(
    env,
    ptr,
    'subtraction from stack pointer',
    `R${ptr} is a stack pointer. The verifier does not allow BPF_SUB to move stack pointers.`,
    'Use addition from R10 to form stack addresses within the tracked stack frame.',
  );
}

/** `operator` as the disassembly spells it. */
export function bitwise(env: VerifierEnv, ptr: number, type: number, operator: string): Failure {
  return arithmetic(
    env,
    ptr,
    'bitwise operation on pointer',
    `R${ptr} holds ${plainType(type)}. Bitwise operator ${operator} would destroy the pointer value the verifier is tracking.`,
    'Do bitwise operations on scalar values, not on pointer-valued registers.',
  );
}

export function otherOperator(env: VerifierEnv, ptr: number, type: number, operator: string): Failure {
  return arithmetic(
    env,
    ptr,
    'invalid pointer arithmetic operator',
    `R${ptr} holds ${plainType(type)}. Operator ${operator} is not one of the limited pointer arithmetic operations the verifier can track.`,
    'Use only verifier-supported addition or subtraction with a bounded scalar offset, or perform this operation on a scalar value.',
  );
}
