// SPDX-License-Identifier: GPL-2.0-only
/** Refusals because of what is held, or not: locks, dynptrs, iterators, interrupt flags, references. Texts: `kernel/bpf/verifier.c`. */
import type { VerifierEnv } from '../../env';
import type { Held } from '../../state/held';
import type { Failure, Scope } from '../failure';

function resource(insn: number, problem: string, reason: string, suggestion: string, scope: Scope | null = null, lock?: Held): Failure {
  return { category: 'Resource Lifetime Safety', problem, reason, insn, scope, lock, suggestion };
}

export function leak(env: VerifierEnv, held: Held): Failure {
  return {
    category: 'Resource Lifetime Safety',
    problem: 'unreleased resource',
    reason: `Owned resource (id=${held.id}) was acquired at instruction ${held.insn} and still needs to be released before this exit path.`,
    insn: env.insnIdx,
    note: `owned resource (id=${held.id}) still needs release`,
    scope: { kind: 'reference', id: held.id },
    suggestion: 'Release or transfer ownership of the acquired resource on every path before the program exits.',
  };
}

export function recursiveLock(env: VerifierEnv, lock: Held): Failure {
  return resource(
    env.insnIdx,
    'recursive resource spin lock',
    'This path already holds the same resource spin lock. Taking it again would deadlock.',
    'Avoid reacquiring the same resource spin lock before it is unlocked.',
    null,
    lock,
  );
}

export function unlockWithoutLock(env: VerifierEnv): Failure {
  return resource(
    env.insnIdx,
    'unlock without lock',
    'This unlock operation has no matching active lock on the current path.',
    'Take the matching lock before this unlock, or remove the unmatched unlock path.',
  );
}

export function otherLock(env: VerifierEnv, active: Held | undefined): Failure {
  return resource(
    env.insnIdx,
    'unlock of a different lock',
    'This unlock does not match any active lock with the same tracked identity on the current path.',
    'Unlock the same lock object that was most recently acquired.',
    null,
    active,
  );
}

export function unlockOutOfOrder(env: VerifierEnv, active: Held): Failure {
  return resource(
    env.insnIdx,
    'unlock out of order',
    'Locks must be released in last-in, first-out order, but this unlock does not match the currently active lock.',
    'Release nested locks in the reverse order they were acquired.',
    null,
    active,
  );
}

export function dynptrOverwrite(env: VerifierEnv): Failure {
  return resource(
    env.insnIdx,
    'referenced dynptr overwrite',
    'This stack slot contains a dynptr that owns or protects a referenced resource. Overwriting the last dynptr for that resource would lose the verifier-tracked release path.',
    'Release or clone the dynptr so another live dynptr still tracks the referenced resource before overwriting this stack slot.',
  );
}

export function dynptrInitialized(insn: number): Failure {
  return resource(
    insn,
    'dynptr is already initialized',
    'This kfunc constructs a dynptr and requires an uninitialized dynptr stack slot, but the selected slot already holds dynptr state.',
    'Use a fresh stack dynptr slot, or release/destroy the existing dynptr before reusing the slot.',
  );
}

export function constDynptrRelease(insn: number): Failure {
  return resource(
    insn,
    'const dynptr release',
    'This release operation was given a const dynptr. Const dynptr values are verifier-provided views and cannot be released by the program.',
    'Release only mutable dynptrs that the program initialized or reserved.',
  );
}

export function dynptrUninitialized(insn: number): Failure {
  return resource(
    insn,
    'uninitialized dynptr use',
    'This operation requires an initialized dynptr, but the stack slot does not currently hold a valid dynptr on this path.',
    'Initialize the dynptr on every path before this call, and avoid overwriting or releasing it before this use.',
  );
}

export function iterInitialized(insn: number): Failure {
  return resource(
    insn,
    'iterator is already initialized',
    'Iterator creation requires an uninitialized iterator stack object, but this stack range already contains iterator state.',
    'Use a fresh iterator stack slot, or destroy the existing iterator before reusing the slot.',
  );
}

export function iterUninitialized(insn: number): Failure {
  return resource(
    insn,
    'uninitialized iterator use',
    'This iterator operation requires an initialized iterator state object, but the stack range does not contain a live iterator on this path.',
    'Call the matching iterator new kfunc on every path before calling next or destroy, and do not destroy the iterator before this use.',
  );
}

export function flagInitialized(env: VerifierEnv): Failure {
  return resource(
    env.insnIdx,
    'IRQ flag is already initialized',
    'Saving IRQ state requires an uninitialized stack slot for the IRQ flag, but this slot already contains tracked IRQ flag state.',
    'Use a fresh stack slot for this save operation, or restore the existing IRQ flag before reusing the slot.',
  );
}

export function flagUninitialized(env: VerifierEnv): Failure {
  return resource(
    env.insnIdx,
    'uninitialized IRQ flag restore',
    'Restoring IRQ state requires a stack slot that was initialized by a matching IRQ save operation on this path.',
    'Pass the same stack slot that was previously initialized by the matching IRQ save kfunc.',
  );
}

/** How often a region of slot tokens is entered, as the scope of its history. */
function slotScope(env: VerifierEnv): Scope | null {
  const entries = env.cur.held.entries.filter((e) => e.cls.token === 'stack-slot');
  const region = entries[0]?.cls.report?.region;
  return region === undefined ? null : { kind: 'region', region, depth: entries.length };
}

export function otherFlagFamily(env: VerifierEnv, saved: string, used: string): Failure {
  return resource(
    env.insnIdx,
    'IRQ flag restore mismatch',
    `This IRQ flag was saved by ${saved} IRQ kfuncs, but the restore call belongs to the ${used} IRQ kfunc family. Save and restore operations must use the same family.`,
    'Restore the flag with the matching IRQ restore kfunc for the save operation that created it.',
    slotScope(env),
  );
}

export function flagOutOfOrder(env: VerifierEnv): Failure {
  return resource(
    env.insnIdx,
    'IRQ flag restore out of order',
    'IRQ-disabled regions must be restored in last-in, first-out order, but this restore does not match the currently active IRQ flag.',
    'Restore nested IRQ flags in the reverse order they were saved.',
    slotScope(env),
  );
}
