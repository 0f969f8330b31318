// SPDX-License-Identifier: GPL-2.0-only
/**
 * Walks back for precision that end where another was. What is looked for before an instruction is the union of what each register and slot asks for by
 * itself, so one that a walk looked for at the same place of the same path is done with: the kept states above have its marks, and keep them. Only a walk
 * that gave up proves nothing: it made everything precise, and one that comes after it does so too, with the states that were kept in between.
 */
import type { JmpHistoryEntry } from '../state/state';
import type { BacktrackMasks } from './masks';

/** Above the registers, as bits, an entry has the number of walks that had given up when they were looked for. */
const REG_BITS = 16;
const REGS = (1 << REG_BITS) - 1;
/** So many fit; walks are not shortened any more after that. */
const MOST_GIVEN_UP = 1 << 14;
/** Slots of which entries know: few frames have more, and with them a mask is a small integer everywhere. */
const SLOTS = (1 << 30) - 1;

/**
 * Takes out of the masks the registers and slots of the innermost frame that a walk already looked for before the instruction of `entry`, and notes the
 * others as looked for. A walk that gives up has to count itself after that, which makes its notes worthless.
 * @param givenUp how many walks gave up so far
 * @returns whether there were any
 */
export function dropWalked(masks: BacktrackMasks, entry: JmpHistoryEntry, givenUp: number): boolean {
  if (givenUp >= MOST_GIVEN_UP) return false;
  const { frame } = masks;
  const regs = masks.regs[frame]!;
  const slots = masks.slotsLo[frame]!;
  let knownRegs = 0;
  let knownSlots = 0;
  if (entry.walked >> REG_BITS === givenUp) {
    knownRegs = entry.walked & REGS;
    knownSlots = entry.walkedSlots;
  }
  entry.walked = (givenUp << REG_BITS) | knownRegs | regs;
  entry.walkedSlots = knownSlots | (slots & SLOTS);
  masks.regs[frame] = regs & ~knownRegs;
  masks.slotsLo[frame] = slots & ~knownSlots;
  return ((regs & knownRegs) | (slots & knownSlots)) !== 0;
}
