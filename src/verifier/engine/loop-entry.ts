// SPDX-License-Identifier: GPL-2.0-only
/**
 * Loops as kernels before strongly connected components know them: a state that closed a loop names the state where the loop began.
 * Facts: `kernel/bpf/verifier.c` of Linux 6.12: `get_loop_entry, update_loop_entry, update_branch_counts`.
 */
import type { VerifierState } from '../state/state';

/** Outermost entry of the loops that a state is in, null if it is in none. */
export function outermostEntry(state: VerifierState): VerifierState | null {
  let top = state.loopEntry;
  while (top !== null && top.loopEntry !== null && top !== top.loopEntry) top = top.loopEntry;
  for (let at: VerifierState | null = state; at !== null && at.loopEntry !== top;) {
    const next: VerifierState | null = at.loopEntry;
    at.loopEntry = top;
    at = next;
  }
  return top;
}

/** `cur` is in the loop that begins at `head`, if that is on the path to it. */
export function enterLoop(cur: VerifierState, head: VerifierState): void {
  const outerOfCur = outermostEntry(cur) ?? cur;
  const outerOfHead = outermostEntry(head) ?? head;
  if (outerOfHead.branches === 0 || outerOfHead.dfsDepth > outerOfCur.dfsDepth) return;
  cur.loopEntry = head;
  head.isLoopEntry = true;
}

/** Whether a state without open branches is in a loop whose entry still has some: its marks may still grow. */
export function isInOpenLoop(state: VerifierState): boolean {
  const entry = outermostEntry(state);
  return entry !== null && entry.branches > 0;
}
