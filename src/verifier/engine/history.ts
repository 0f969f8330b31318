// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../env';
import type { JmpHistoryEntry, LinkedReg } from '../state/state';

const NO_LINKS: readonly LinkedReg[] = [];

/**
 * Records the instruction at hand in the current state's history; a second record of the same instruction is merged into the first
 * (`bpf_push_jmp_history`).
 * @param flags `HistFlag` bits
 * @param spi slot index of a stack access, or index of a stack argument
 * @param frame frame number of the stack access
 */
export function pushJmpHistory(
  env: VerifierEnv,
  flags: number,
  spi: number,
  frame: number,
  linkedRegs: readonly LinkedReg[] = NO_LINKS,
): void {
  const { cur } = env;
  const known = env.curHistEnt;
  const prev = known === null ? cur.jmpHistory : known.prev;
  const entry: JmpHistoryEntry = {
    prev,
    count: prev === null ? 1 : prev.count + 1,
    idx: known === null ? env.insnIdx : known.idx,
    prevIdx: known === null ? env.prevInsnIdx : known.prevIdx,
    flags: known === null ? flags : known.flags | flags,
    spi,
    frame,
    linkedRegs,
    walked: 0,
    walkedSlots: 0,
  };
  cur.jmpHistory = entry;
  env.curHistEnt = entry;
}

/** What {@link previousInsn} says at the start of a state. */
export const STATE_START = -2;

/**
 * The instruction executed before `insnIdx` within the state that begins at `first`, {@link STATE_START} if there is none (`get_prev_insn_idx`).
 * @param next the newest history entry that is not yet passed; one of `insnIdx` itself is passed by this step
 */
export function previousInsn(first: number, insnIdx: number, next: JmpHistoryEntry | null): number {
  const recorded = next !== null && next.idx === insnIdx;
  if (insnIdx === first && (next === null || (recorded && next.prev === null))) return STATE_START;
  return recorded ? next.prevIdx : insnIdx - 1;
}
