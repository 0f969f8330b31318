// SPDX-License-Identifier: GPL-2.0-only
/** The way to a rejection with the values on it. Recorded only in the verification that explains. */
import type { Recorder, VerifierEnv } from '../verifier/env';
import type { FuncState } from '../verifier/state/frame';
import type { RegState } from '../verifier/state/reg';
import type { StackSlot } from '../verifier/state/stack';
import type { Trail } from '../verifier/state/state';

/** A frame on arrival. */
export interface FrameShot {
  readonly regs: readonly RegState[];
  readonly stack: readonly StackSlot[];
  readonly subprogno: number;
  /** Call that made it, −1 for the entry frame. */
  readonly callsite: number;
  readonly isCallback: boolean;
  readonly isAsync: boolean;
}

/** One arrival with all frames, outermost first. */
export interface Step extends Trail {
  readonly frames: readonly FrameShot[];
  readonly prev: Step | null;
}

/** Most steps of a path that are looked at; the oldest are left out. */
const MAX_STEPS = 50_000;

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** A frame as it is, sharing what did not change since the step before. */
function shotOf(frame: FuncState, before: FrameShot | undefined): FrameShot {
  const kept = before?.subprogno === frame.subprogno && before.callsite === frame.callsite ? before : undefined;
  const regs = kept !== undefined && same(kept.regs, frame.regs) ? kept.regs : frame.regs.slice();
  const stack = kept !== undefined && same(kept.stack, frame.stack) ? kept.stack : frame.stack.slice();
  if (kept !== undefined && kept.regs === regs && kept.stack === stack) return kept;
  const { subprogno, callsite, inCallbackFn, inAsyncCallbackFn } = frame;
  return { regs, stack, subprogno, callsite, isCallback: inCallbackFn, isAsync: inAsyncCallbackFn };
}

/** Links every state with the one before it. */
export class PathRecorder implements Recorder {
  onInsn(env: VerifierEnv): void {
    const state = env.cur;
    const prev = state.trail as Step | null;
    const frames = state.frames.map((f, i) => shotOf(f, prev?.frames[i]));
    const step: Step = { insn: env.insnIdx, held: state.held, sleepable: state.inSleepable, depth: frames.length, prev, frames };
    state.trail = step;
  }
  onPruned(): void {
    // a path that ends there explains nothing
  }
}

/** The steps that end with `last`, oldest first. */
export function pathTo(last: Step | null): Step[] {
  const steps: Step[] = [];
  for (let at = last; at !== null && steps.length < MAX_STEPS; at = at.prev) steps.push(at);
  return steps.reverse();
}
