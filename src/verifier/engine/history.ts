// SPDX-License-Identifier: GPL-2.0-only
import type { VerifierEnv } from '../env';
import type { JmpHistoryEntry, LinkedReg, VerifierState } from '../state/state';

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
  };
  cur.jmpHistory = entry;
  env.curHistEnt = entry;
}

/** Where a walk back through one state stands. */
export interface HistoryCursor {
  /** The newest history entry not yet passed, null when all are. */
  next: JmpHistoryEntry | null;
}

/** The entry recorded at `insnIdx`, if that is the next one backwards (`get_jmp_hist_entry`). */
export function historyEntryAt({ next }: HistoryCursor, insnIdx: number): JmpHistoryEntry | null {
  return next !== null && next.idx === insnIdx ? next : null;
}

/** The instruction executed before `insnIdx` within this state, null at the start of the state (`get_prev_insn_idx`). */
export function previousInsn(state: VerifierState, insnIdx: number, cursor: HistoryCursor): number | null {
  const { next } = cursor;
  if (insnIdx === state.firstInsnIdx) {
    if (next === null) return null;
    if (next.prev === null && next.idx === insnIdx) return null;
  }
  if (next !== null && next.idx === insnIdx) {
    cursor.next = next.prev;
    return next.prevIdx;
  }
  return insnIdx - 1;
}
