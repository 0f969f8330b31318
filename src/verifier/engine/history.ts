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
  const history = env.cur.jmpHistory;
  const known = env.curHistEnt;
  if (known !== null) {
    const merged: JmpHistoryEntry = { idx: known.idx, prevIdx: known.prevIdx, flags: known.flags | flags, spi, frame, linkedRegs };
    history[history.length - 1] = merged;
    env.curHistEnt = merged;
    return;
  }
  const entry: JmpHistoryEntry = { idx: env.insnIdx, prevIdx: env.prevInsnIdx, flags, spi, frame, linkedRegs };
  history.push(entry);
  env.curHistEnt = entry;
}

/** Where a walk back through one state stands. */
export interface HistoryCursor {
  /** Number of history entries not yet passed. */
  left: number;
}

/** The entry recorded at `insnIdx`, if that is the next one backwards (`get_jmp_hist_entry`). */
export function historyEntryAt(state: VerifierState, left: number, insnIdx: number): JmpHistoryEntry | null {
  if (left === 0) return null;
  const entry = state.jmpHistory[left - 1]!;
  return entry.idx === insnIdx ? entry : null;
}

/** The instruction executed before `insnIdx` within this state, null at the start of the state (`get_prev_insn_idx`). */
export function previousInsn(state: VerifierState, insnIdx: number, cursor: HistoryCursor): number | null {
  const { left } = cursor;
  if (insnIdx === state.firstInsnIdx) {
    if (left === 0) return null;
    if (left === 1 && state.jmpHistory[0]!.idx === insnIdx) return null;
  }
  if (left > 0 && state.jmpHistory[left - 1]!.idx === insnIdx) {
    cursor.left--;
    return state.jmpHistory[left - 1]!.prevIdx;
  }
  return insnIdx - 1;
}
