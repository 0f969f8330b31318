// SPDX-License-Identifier: GPL-2.0-only
/** What becomes of pointers that RCU protects when the last section that protects them is left. */
import { Flag } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { mapAllRegs } from '../regs';
import type { Held } from '../state/held';
import type { RegState } from '../state/reg';
import { SlotType } from '../state/stack';

/** A class that granted RCU protection was left: pointers that lived by it lose it, unless something else grants it still. */
export function leaveGranting(env: VerifierEnv, held: Held): void {
  if (held.cls.grantsRcu) demoteIfOutsideRcu(env);
}

/** As {@link leaveGranting}, of a region that the program left itself: older kernels end all protection with the last one of the class. */
export function leaveSection(env: VerifierEnv, held: Held): void {
  if (!held.cls.grantsRcu) return;
  if (env.kernel.features['rcu.lastEnds']) demoteIfOutsideRcu(env);
  else if (!env.cur.held.entries.some((e) => e.cls === held.cls)) invalidateRcuProtectedRefs(env);
}

/** Outside of every RCU section, pointers protected by RCU become untrusted. */
export function demoteIfOutsideRcu(env: VerifierEnv): void {
  if (!env.cur.held.grantsRcu && env.cur.inSleepable) invalidateRcuProtectedRefs(env);
}

/** RCU-protected pointers, spilled ones and iterators included, become untrusted (`invalidate_rcu_protected_refs`). */
export function invalidateRcuProtectedRefs(env: VerifierEnv): void {
  const demote = (reg: RegState): RegState =>
    (reg.type & Flag.MEM_RCU) === 0
      ? reg
      : reg.withType((reg.type & ~(Flag.MEM_RCU | Flag.PTR_MAYBE_NULL | Flag.NON_OWN_REF)) | Flag.PTR_UNTRUSTED);
  env.diag?.changeAll(demote, 'write', true);
  mapAllRegs(env.cur, demote);
  for (const frame of env.cur.frames) {
    frame.stack.forEach((slot, spi) => {
      if (slot.top === SlotType.ITER) frame.setSlot(spi, slot.withReg(demote(slot.reg)));
    });
  }
}
