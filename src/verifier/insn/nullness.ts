// SPDX-License-Identifier: GPL-2.0-only
/** Whether pointers are NULL. Facts: `kernel/bpf/verifier.c: reg_not_null, mark_ptr_or_null_regs`. */
import { Flag, RegType, baseType } from '../../kernel/types';
import { isNull, smax, smin, ZERO } from '../domain';
import type { VerifierEnv } from '../env';
import { isTrustedReg, notNull, regBtfRecord } from '../memory';
import { isAllocObj, isNonOwningRef, mayBeNull } from '../state/reg-kinds';
import { FieldType } from '../state/map';
import { scalarReg, type RegState } from '../state/reg';
import { SlotType } from '../state/stack';
import type { VerifierState } from '../state/state';

const MAX_VAR_OFF = 1 << 29;

/** What older kernels know not to be NULL (`reg_type_not_null`). */
const KNOWN_BEFORE: readonly number[] = [
  RegType.PTR_TO_SOCKET,
  RegType.PTR_TO_TCP_SOCK,
  RegType.PTR_TO_MAP_VALUE,
  RegType.PTR_TO_MAP_KEY,
  RegType.PTR_TO_SOCK_COMMON,
];

/** Whether a pointer is certainly not NULL: its base is not, and its offset cannot wrap around to it. */
export function regNotNull(env: VerifierEnv, reg: RegState): boolean {
  if (mayBeNull(reg.type)) return false;
  if (smin(reg.val) <= -MAX_VAR_OFF || smax(reg.val) >= MAX_VAR_OFF) return false;
  if (!env.kernel.features['branch.notNull']) return KNOWN_BEFORE.includes(reg.type);
  switch (baseType(reg.type)) {
    case RegType.PTR_TO_SOCKET:
    case RegType.PTR_TO_TCP_SOCK:
    case RegType.PTR_TO_XDP_SOCK:
    case RegType.PTR_TO_BUF:
    case RegType.PTR_TO_MAP_VALUE:
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_SOCK_COMMON:
    case RegType.CONST_PTR_TO_MAP:
      return true;
    case RegType.PTR_TO_BTF_ID:
      return isTrustedReg(env, reg);
    case RegType.PTR_TO_MEM:
      return (reg.type & Flag.PTR_UNTRUSTED) === 0;
    default:
      return false;
  }
}

/** A pointer that turned out not to be NULL. Its id goes unless it stands for a reference that is held, or for a lock. */
function settled(env: VerifierEnv, state: VerifierState, reg: RegState): RegState {
  const known = notNull(env, reg);
  if (known.id === 0 || env.kernel.features['branch.keepsId']) return known;
  // a cast of a referenced socket stands for the reference from here on
  const isCast = known.base !== RegType.PTR_TO_MEM && state.held.entries.some((e) => e.id === known.parentId && e.cls.token === 'pointer');
  if (isCast) return known.with({ id: known.parentId, parentId: 0 });
  const hasLock = ((regBtfRecord(env, known)?.fieldMask ?? 0) & (FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK)) !== 0;
  return hasLock || state.held.entries.some((e) => e.id === known.id && e.cls.token === 'pointer') ? known : known.withId(0);
}

/** Without CAP_BPF registers are precise from the start, and a NULL keeps what its pointer had of that. */
function settle(env: VerifierEnv, state: VerifierState, reg: RegState, id: number, isNullNow: boolean): RegState {
  if (!mayBeNull(reg.type) || reg.id !== id) return reg;
  if ((reg.type & Flag.MEM_RCU) === 0 && reg.id === 0) return reg;
  // No arithmetic was allowed yet; only objects handed out by helpers may start at an offset.
  if (!isAllocObj(reg.type) && !isNonOwningRef(reg.type) && !isNull(reg.val)) return reg;
  return isNullNow ? scalarReg(ZERO).withPrecise(reg.precise || !env.bpfCapable) : settled(env, state, reg);
}

/**
 * Every register of `state` that shares the id of the innermost frame's `regno` turns out NULL (then a held reference of that id is
 * void) or not NULL.
 */
export function markPtrOrNullRegs(env: VerifierEnv, state: VerifierState, regno: number, isNullNow: boolean): void {
  const { id } = state.cur.regs[regno]!;
  if (isNullNow && id !== 0) {
    const held = state.held.entries.find((e) => e.id === id && e.cls.token === 'pointer');
    if (held !== undefined) state.held = state.held.remove(held);
  }
  for (const frame of state.frames) {
    const { regs, stack, stackArgs } = frame;
    for (let i = 0; i < regs.length; i++) {
      const reg = regs[i]!;
      if (mayBeNull(reg.type)) regs[i] = settle(env, state, reg, id, isNullNow);
    }
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i]!;
      if (mayBeNull(slot.reg.type) && slot.top === SlotType.SPILL)
        frame.setSlot(i, slot.withReg(settle(env, state, slot.reg, id, isNullNow)));
    }
    for (let i = 0; i < stackArgs.length; i++) stackArgs[i] = settle(env, state, stackArgs[i]!, id, isNullNow);
  }
}
