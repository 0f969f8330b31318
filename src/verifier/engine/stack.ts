// SPDX-License-Identifier: GPL-2.0-only
/** The stack of paths that wait, depth first (`push_stack`, `push_async_cb`, `pop_stack`). */
import { FP_REG } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { markScratched } from '../log/state';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { FuncState } from '../state/frame';
import { FrameMarks } from '../state/marks';
import { pointerReg } from '../state/reg';
import { VerifierState } from '../state/state';

/** `BPF_COMPLEXITY_LIMIT_JMP_SEQ`. */
const MAX_PENDING = 8192;
/** Call site of an entry frame (`BPF_MAIN_FUNC`). */
export const ENTRY_CALLSITE = -1;

/** Frame pointer of each frame number: the value never changes. */
const framePointers = Array.from({ length: 16 }, (_, frameno) => pointerReg(RegType.PTR_TO_STACK, { num: frameno }));

/**
 * A fresh frame: nothing readable but the frame pointer (`init_func_state`). Everything counts as touched for the log.
 */
export function newFrame(env: VerifierEnv, callsite: number, frameno: number, subprogno: number): FuncState {
  const frame = new FuncState(callsite, frameno, subprogno);
  if (!env.kernel.features['liveness.dataFlow']) frame.marks = FrameMarks.of(env.exploration.readWalks);
  frame.slotMarks = frame.marks ?? env.liveStack?.frame(frameno) ?? null;
  if (env.diag !== null) frame.diagFrame = env.diag.newFrame();
  frame.regs[FP_REG] = framePointers[frameno]!;
  markScratched(env);
  return frame;
}

/**
 * Keeps a copy of the current state for later: `insnIdx` will be executed as coming from `prevInsnIdx` (`push_stack`).
 * Returns the copy, which the caller may still change. Rejects with E2BIG when too many wait.
 */
export function pushStack(env: VerifierEnv, insnIdx: number, prevInsnIdx: number, speculative: boolean): VerifierState {
  const state = env.cur.copy();
  state.speculative ||= speculative;
  const { pending } = env.exploration;
  pending.push({ state, insnIdx, prevInsnIdx, logPos: env.log.pos, eventPos: env.diag?.save() ?? 0 });
  if (pending.length > MAX_PENDING)
    env.reject(Errno.E2BIG, `The sequence of ${pending.length} jumps is too complex.\n`, undefined, {
      kind: 'too-many-jumps',
    });
  if (state.parent !== null) state.parent.branches++;
  return state;
}

/** Keeps the entry of an asynchronous callback for later, in a state of its own (`push_async_cb`). */
export function pushAsyncCb(env: VerifierEnv, insnIdx: number, prevInsnIdx: number, subprog: number, isSleepable: boolean): VerifierState {
  const state = new VerifierState();
  const { pending } = env.exploration;
  pending.push({ state, insnIdx, prevInsnIdx, logPos: env.log.pos, eventPos: env.diag?.save() ?? 0 });
  if (pending.length > MAX_PENDING)
    env.reject(Errno.E2BIG, `The sequence of ${pending.length} jumps is too complex for async cb.\n`, undefined, {
      kind: 'too-many-jumps',
    });
  state.branches = 1;
  state.inSleepable = isSleepable || (env.sleepable && !env.kernel.features['callback.asyncAtomic']);
  state.enter(newFrame(env, ENTRY_CALLSITE, 0, subprog));
  return state;
}

/**
 * Takes up the path that was put away last: it becomes the current state, `env.insnIdx` its next instruction (`pop_stack`).
 * Returns the instruction it comes from, null when none waits.
 */
export function popStack(env: VerifierEnv): number | null {
  const path = env.exploration.pending.pop();
  if (path === undefined) return null;
  env.diag?.resume(path.eventPos, path.state.held);
  if (!env.log.full) env.log.reset(path.logPos);
  env.cur = path.state;
  env.insnIdx = path.insnIdx;
  return path.prevInsnIdx;
}
