// SPDX-License-Identifier: GPL-2.0-only
/**
 * What of a kept state matters, learned from marks of reads. Facts: `kernel/bpf/verifier.c` of Linux 6.12: `is_state_visited,
 * propagate_liveness, clean_live_states`.
 */
import { FP_REG } from '../../isa/opcode';
import type { FuncState } from '../state/frame';
import type { FrameMarks, Mark } from '../state/marks';
import { NOT_INIT } from '../state/reg';
import { EMPTY_SLOT } from '../state/stack';
import type { VerifierState } from '../state/state';

/** First register that outlives a call. */
const CALLEE_SAVED = 6;

/** Registers of frame `f` that hang on the kept state: those that a call keeps, all of the innermost one. */
function firstLinked(state: VerifierState, f: number): number {
  return f < state.curframe ? CALLEE_SAVED : 0;
}

/** The current state goes on from `kept`, a copy of it: nothing is written since, and reads are reads of `kept`. */
export function connectMarks(kept: VerifierState, cur: VerifierState): void {
  cur.frames.forEach((frame, f) => {
    const { marks } = frame;
    const before = kept.frames[f]!.marks;
    if (marks === null || before === null) return;
    for (let i = 0; i < FP_REG; i++) {
      restart(marks.regs[i]!, i >= firstLinked(cur, f) ? before.regs[i]! : marks.regs[i]!.parent);
    }
    for (let spi = 0; spi < frame.stack.length; spi++) restart(marks.slot(spi), before.slot(spi));
  });
}

function restart(mark: Mark, parent: Mark | null): void {
  mark.read = false;
  mark.written = false;
  mark.parent = parent;
}

/** The path ends because `known` covers `cur`: what is read after `known` is read after `cur` (`propagate_liveness`). */
export function propagateMarks(known: VerifierState, cur: VerifierState): void {
  known.frames.forEach((frame, f) => {
    const from = frame.marks;
    const to = cur.frames[f]!.marks;
    if (from === null || to === null) return;
    for (let i = firstLinked(cur, f); i < FP_REG; i++) if (from.regs[i]!.read) to.pass(to.regs[i]!);
    const slots = Math.min(frame.stack.length, cur.frames[f]!.stack.length);
    for (let spi = 0; spi < slots; spi++) if (from.slot(spi).read) to.pass(to.slot(spi));
  });
}

/** Nothing that starts in the state is left to explore: what was not read is forgotten (`clean_verifier_state`). */
export function forgetUnread(state: VerifierState): void {
  if (state.cleaned) return;
  state.cleaned = true;
  for (const frame of state.frames) if (frame.marks !== null) forgetInFrame(frame, frame.marks);
}

function forgetInFrame(frame: FuncState, marks: FrameMarks): void {
  for (let i = 0; i < FP_REG; i++) if (!marks.regs[i]!.read) frame.regs[i] = NOT_INIT;
  for (let spi = 0; spi < frame.stack.length; spi++) if (!marks.slot(spi).read) frame.setSlot(spi, EMPTY_SLOT);
}
