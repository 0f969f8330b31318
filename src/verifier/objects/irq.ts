// SPDX-License-Identifier: GPL-2.0-only
/** Contexts that a stack slot stands for: saved interrupt flags. Strictly last in, first out. */
import { RegType } from '../../kernel/types';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkMemAccess } from '../memory';
import { argName } from '../regs';
import type { RegState } from '../state/reg';
import { allKinds, EMPTY_SLOT, SlotType } from '../state/stack';
import { activeSlotContext, type ContextEffect } from './context';
import { leaveGranting } from './refs';
import { BAD_PLACE, frameOf, NOT_ALLOCATED, objectRecord, objectSlot, scratchSlots } from './slots';

/** Which kfuncs saved a flag: those whose own context the slot is, or those that take a lock with it. */
const enum Family {
  NATIVE = 0,
  LOCK = 1,
}
const FAMILY_NAMES = ['native', 'lock'] as const;

function flagSlot(env: VerifierEnv, reg: RegState): number {
  return objectSlot(env, reg, 'irq_flag', 1);
}

/** A flag argument of a call that enters or leaves a context (`process_irq_flag`). `effect` is what the call as a whole does. */
export function processIrqFlag(env: VerifierEnv, reg: RegState, arg: ArgNo, effect: ContextEffect | null): void {
  if (effect === null) env.reject(Errno.EFAULT, 'verifier bug: unknown irq flags kfunc\n');
  const native = effect.cls.token === 'stack-slot';
  const family = native ? Family.NATIVE : Family.LOCK;
  if (effect.enter) {
    const cls = native ? effect.cls : env.policy.classes.find((c) => c.token === 'stack-slot');
    if (cls === undefined) env.unmodelled(`policy ${env.policy.id} has no class that a stack slot stands for`);
    save(env, reg, arg, family, (id) => {
      env.cur.held = env.cur.held.push({ cls, id, insn: env.insnIdx, parentId: 0, object: null, forbids: cls.forbids });
    });
  } else {
    restore(env, reg, arg, family);
  }
}

function save(env: VerifierEnv, reg: RegState, arg: ArgNo, family: Family, hold: (id: number) => void): void {
  if (!validUninit(env, reg)) env.reject(Errno.EINVAL, `expected uninitialized irq flag as ${argName(arg)}\n`);
  checkMemAccess(env, env.insnIdx, reg, arg, 0, 8, 'write', -1);
  const spi = flagSlot(env, reg);
  if (spi < 0) env.reject(spi === BAD_PLACE ? Errno.EINVAL : Errno.ERANGE);
  const id = env.nextId();
  hold(id);
  frameOf(env, reg).stack[spi] = objectRecord(SlotType.IRQ_FLAG, { type: RegType.PTR_TO_STACK, id, num: family });
  scratchSlots(env, spi, 1);
}

function restore(env: VerifierEnv, reg: RegState, arg: ArgNo, family: Family): void {
  const spi = flagSlot(env, reg);
  const slot = spi < 0 ? undefined : frameOf(env, reg).stack[spi];
  if (slot === undefined || slot.reg.id === 0 || slot.kinds !== allKinds(SlotType.IRQ_FLAG)) {
    env.reject(Errno.EINVAL, `expected an initialized irq flag as ${argName(arg)}\n`);
  }
  scratchSlots(env, spi, 1);
  const saved = slot.reg.irqClass;
  if (saved !== family) {
    env.reject(Errno.EINVAL, `irq flag acquired by ${FAMILY_NAMES[saved] ?? 'lock'} kfuncs cannot be restored with ${FAMILY_NAMES[family]} kfuncs\n`);
  }
  const active = activeSlotContext(env);
  if (active === undefined || active.id !== slot.reg.id) {
    env.reject(
      Errno.EACCES,
      `cannot restore irq state out of order, expected id=${active?.id ?? 0} acquired at insn_idx=${active?.insn ?? 0}\n`,
    );
  }
  env.cur.held = env.cur.held.remove(active);
  frameOf(env, reg).stack[spi] = EMPTY_SLOT;
  leaveGranting(env, active);
}

function validUninit(env: VerifierEnv, reg: RegState): boolean {
  const spi = flagSlot(env, reg);
  if (spi < 0) return spi === NOT_ALLOCATED;
  const slot = frameOf(env, reg).stack[spi]!;
  for (let byte = 0; byte < 8; byte++) if (slot.kind(byte) === SlotType.IRQ_FLAG) return false;
  return true;
}
