// SPDX-License-Identifier: GPL-2.0-only
import { words } from '../../../kernel/words';
import { RegType } from '../../../kernel/types';
import { constNum, isConst, smax, smin } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { unknownScalar } from '../../regs';
import { ALL_MISC, ALL_SPILL, setKind, slotIndex, SlotType, StackSlot } from '../../state/stack';
import type { RegState } from '../../state/reg';
import type { AccessType } from '../access-type';
import { checkStackBounds, movingText, stackFrame } from './bounds';
import { isSpill, mapKinds, scrubKind } from './slots';
import { argName, argRegno } from '../../arg-no';

/** What a call says about the memory argument that it fills in itself. */
export interface RawMemory {
  /** Its register (0: none), and the number of bytes the call will write. */
  argRawMem: { regno: number; size: number };
}

/** Whether all eight bytes of a slot may be read or written and stay what they are. */
function asWhole(env: VerifierEnv, slot: StackSlot, clobber: boolean): boolean {
  if (slot.kinds === ALL_MISC) return true;
  return slot.kinds === ALL_SPILL && !clobber && (slot.reg.type === RegType.SCALAR_VALUE || env.allowPtrLeaks);
}

/**
 * Requires that a stack range that is read at a variable offset, or handed to a call, is initialised; when the call writes, what was
 * known of the range is forgotten (`kernel/bpf/verifier.c: check_stack_range_initialized`).
 * @param size bytes; negative for a global subprogram's argument, which may contain dead (poisoned) bytes
 */
export function checkStackRangeInitialized(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  zeroSizeAllowed: boolean,
  access: AccessType,
  meta: RawMemory | null,
  byHelper = true,
): void {
  const frame = stackFrame(env, reg);
  // before, whatever a helper got was as good as written
  const byWriter = byHelper && !env.kernel.features['helper.readKeepsStack'];
  const clobber = access === 'write' || byWriter;
  const allowPoison = size < 0 || clobber;
  let raw: RawMemory | null = meta !== null && meta.argRawMem.regno === argRegno(arg) ? meta : null;
  const bytes = Math.abs(size);
  if (bytes === 0 && !zeroSizeAllowed)
    env.reject(Errno.EACCES, 'invalid zero-sized read\n', undefined, {
      kind: 'size-range',
      arg,
      how: 'zero',
    });
  checkStackBounds(env, reg, arg, off, bytes, byWriter ? 'write' : access, byHelper);

  const fixed = isConst(reg.val);
  if (!fixed) {
    if (!env.bypassSpecV1) {
      env.reject(
        Errno.EACCES,
        `${argName(arg)} variable offset stack access prohibited for !root, var_off=${movingText(env, reg)}\n`,
        undefined,
        {
          kind: 'speculation',
          arg: argRegno(arg),
        },
      );
    }
    raw = null;
  }
  const min = (fixed ? constNum(reg.val) : smin(reg.val)) + off;
  const max = (fixed ? constNum(reg.val) : smax(reg.val)) + off;
  if (raw !== null) {
    raw.argRawMem.size = bytes;
    return;
  }
  for (let at = min; at < max + bytes; at++) {
    const place = -at - 1;
    if (frame.allocatedStack <= place) env.reject(Errno.EFAULT, 'allocated_stack too small\n');
    const spi = slotIndex(at);
    const slot = frame.stack[spi]!;
    const kind = slot.kind(place & 7);
    frame.slotMarks?.readSlots(spi, 1);
    if ((place & 7) === 7 && at + 8 <= max + bytes && asWhole(env, slot, clobber)) {
      at += 7;
      continue;
    }
    if (kind === SlotType.MISC) continue;
    if (kind === SlotType.ZERO || (kind === SlotType.INVALID && env.allowUninitStack)) {
      if (clobber) frame.setSlot(spi, slot.withKinds(setKind(slot.kinds, place & 7, SlotType.MISC)));
      continue;
    }
    if (isSpill(slot) && (slot.reg.type === RegType.SCALAR_VALUE || env.allowPtrLeaks)) {
      if (clobber) frame.setSlot(spi, new StackSlot(mapKinds(slot.kinds, scrubKind), unknownScalar(env)));
      continue;
    }
    if (kind === SlotType.POISON) {
      if (allowPoison) continue;
      refuseUnwritten(
        env,
        arg,
        at,
        min,
        bytes,
        `reading from stack ${argName(arg)} off ${min}+${at - min} size ${bytes}, slot ${POISONED}`,
      );
    }
    const readWords = byHelper ? words(env.kernel.features, 'words.helperRead')() : 'invalid read';
    const where = fixed ? `off ${min}` : `var_off ${movingText(env, reg)}`;
    refuseUnwritten(env, arg, at, min, bytes, `${readWords} from stack ${argName(arg)} ${where}+${at - min} size ${bytes}`);
  }
}

const POISONED = 'poisoned by dead code elimination';

function refuseUnwritten(env: VerifierEnv, arg: ArgNo, off: number, start: number, size: number, text: string): never {
  return env.reject(Errno.EACCES, `${text}\n`, undefined, { kind: 'stack-unwritten', off, size, arg, start });
}
