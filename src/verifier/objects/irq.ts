// SPDX-License-Identifier: GPL-2.0-only
/** Contexts that a stack slot stands for: saved interrupt flags. Strictly last in, first out. */
import { RegType } from '../../kernel/types';
import type { ContextEffect } from '../../policy/rules';
import type { ContextClass } from '../../policy/types';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkMemAccess } from '../memory';
import type { RegState } from '../state/reg';
import { allKinds, EMPTY_SLOT, SlotType } from '../state/stack';
import { checkNesting, checkOrder } from './context';
import { BAD_PLACE, frameOf, NOT_ALLOCATED, objectRecord, objectSlot, scratchSlots } from './slots';
import { leaveGranting } from './rcu-protection';
import { namedArg } from '../arg-no';
import { words } from '../../kernel/words';

function flagSlot(env: VerifierEnv, reg: RegState): number {
  return objectSlot(env, reg, 'irq_flag', 1);
}

/** A flag argument of a call that enters or leaves a context (`process_irq_flag`). `effect` is what the call as a whole does. */
export function processIrqFlag(env: VerifierEnv, reg: RegState, arg: ArgNo, effect: ContextEffect | null): void {
  if (effect === null) env.reject(Errno.EFAULT, 'verifier bug: unknown irq flags kfunc\n');
  if (!effect.enter) {
    restore(env, reg, arg, effect.cls);
    return;
  }
  const slotClass = effect.cls.token === 'stack-slot' ? effect.cls : effect.cls.slotClass === null ? null : env.cls(effect.cls.slotClass);
  if (slotClass === null) env.unmodelled(`a flag slot for ${effect.cls.name}, which says no class for it`);
  checkNesting(env, slotClass);
  save(env, reg, arg, env.rules.familyNumber(effect.cls), (id) => {
    env.cur.held = env.cur.held.push({ cls: slotClass, id, insn: env.insnIdx, parentId: 0, object: null, forbids: slotClass.forbids });
  });
}

function save(env: VerifierEnv, reg: RegState, arg: ArgNo, family: number, hold: (id: number) => void): void {
  if (!validUninit(env, reg))
    env.reject(
      Errno.EINVAL,
      `expected uninitialized irq flag as ${words(env.kernel.features, 'words.irqArg')(namedArg(arg))}\n`,
      () => why.flagInitialized(env),
      {
        kind: 'irq-flag',
        how: 'initialised',
        arg,
      },
    );
  checkMemAccess(env, env.insnIdx, reg, arg, 0, 8, 'write', -1);
  const spi = flagSlot(env, reg);
  if (spi < 0) env.reject(spi === BAD_PLACE ? Errno.EINVAL : Errno.ERANGE, '', undefined, { kind: 'irq-flag', how: 'place', arg });
  const id = env.nextId();
  hold(id);
  frameOf(env, reg).setSlot(spi, objectRecord(SlotType.IRQ_FLAG, { type: RegType.PTR_TO_STACK, id, num: family }));
  frameOf(env, reg).slotMarks?.writeSlots(spi, 1);
  scratchSlots(env, spi, 1);
}

function restore(env: VerifierEnv, reg: RegState, arg: ArgNo, cls: ContextClass): void {
  const spi = flagSlot(env, reg);
  const slot = spi < 0 ? undefined : frameOf(env, reg).stack[spi];
  if (slot === undefined || slot.reg.id === 0 || slot.kinds !== allKinds(SlotType.IRQ_FLAG)) {
    env.reject(
      Errno.EINVAL,
      `expected an initialized irq flag as ${words(env.kernel.features, 'words.irqArg')(namedArg(arg))}\n`,
      () => why.flagUninitialized(env),
      {
        kind: 'irq-flag',
        how: 'uninitialised',
        arg,
      },
    );
  }
  frameOf(env, reg).slotMarks?.readSlots(spi, 1);
  scratchSlots(env, spi, 1);
  const saved = slot.reg.irqClass;
  const held = env.cur.held.entries.find((e) => e.cls.token === 'stack-slot' && e.id === slot.reg.id);
  if (saved !== env.rules.familyNumber(cls)) {
    const text = held?.cls.words.otherFamily ?? cls.words.otherFamily ?? 'flag saved by %s kfuncs cannot be restored with %s kfuncs';
    const savedBy = env.rules.familyOf(saved);
    env.reject(
      Errno.EINVAL,
      `${text.replace('%s', savedBy).replace('%s', cls.family)}\n`,
      () => why.otherFlagFamily(env, savedBy, cls.family),
      {
        kind: 'irq-flag',
        how: 'family',
        arg,
      },
    );
  }
  if (held === undefined) env.reject(Errno.EFAULT, `verifier bug: flag id=${slot.reg.id} is not held\n`);
  checkOrder(env, held, Errno.EACCES, () => why.flagOutOfOrder(env));
  env.cur.held = env.cur.held.remove(held);
  frameOf(env, reg).setSlot(spi, EMPTY_SLOT);
  frameOf(env, reg).slotMarks?.writeSlots(spi, 1);
  leaveGranting(env, held);
}

function validUninit(env: VerifierEnv, reg: RegState): boolean {
  const spi = flagSlot(env, reg);
  if (spi < 0) return spi === NOT_ALLOCATED;
  const slot = frameOf(env, reg).stack[spi]!;
  for (let byte = 0; byte < 8; byte++) if (slot.kind(byte) === SlotType.IRQ_FLAG) return false;
  return true;
}
