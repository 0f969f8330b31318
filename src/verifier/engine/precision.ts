// SPDX-License-Identifier: GPL-2.0-only
/**
 * Precision: which scalars' values mattered. The walk goes backwards through the instructions of the current path and marks what it
 * looks for in the kept states that it passes. The current state itself is never marked: only kept states are compared.
 * Facts: `kernel/bpf/backtrack.c: bpf_mark_chain_precision, bpf_mark_all_scalars_precise`, `states.c: propagate_precision`.
 */
import { FP_REG } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { printVerifierState } from '../log/state';
import type { FuncState } from '../state/frame';
import { SlotType } from '../state/stack';
import type { JmpHistoryEntry, VerifierState } from '../state/state';
import { ALWAYS, ARG_REGS, backtrackInsn, touches, walkMarks, WalkSteps } from './backtrack';
import { lowestBit } from './bits';
import { previousInsn, STATE_START } from './history';
import type { BacktrackMasks } from './masks';
import { ENTRY_CALLSITE } from './stack';
import { dropWalked } from './walked';
import { argRegno } from '../arg-no';

/** Marks register `regno` of the innermost frame, a scalar, as needed precisely (`mark_chain_precision`). */
export function markChainPrecision(env: VerifierEnv, regno: number): void {
  if (!env.bpfCapable) return;
  const masks = env.exploration.backtrack;
  masks.frame = env.cur.curframe;
  if (env.cur.cur.regs[regno]!.type !== RegType.SCALAR_VALUE) env.reject(Errno.EFAULT, 'verifier bug: backtracking misuse\n');
  masks.setReg(regno);
  walk(env, env.cur);
}

/** Marks spilled scalars in slots of frame `frameno` as needed precisely (`mark_chain_precision_batch`). */
export function markStackSlotsPrecise(env: VerifierEnv, frameno: number, slots: readonly number[]): void {
  const masks = env.exploration.backtrack;
  for (const slot of slots) masks.setSlot(frameno, slot);
  if (!env.bpfCapable) return;
  masks.frame = env.cur.curframe;
  walk(env, env.cur);
}

/** Marks an outgoing stack argument of the innermost frame, 0 for the sixth, as needed precisely. */
export function markStackArgPrecision(env: VerifierEnv, slot: number): void {
  const masks = env.exploration.backtrack;
  masks.setStackArg(env.cur.curframe, slot);
  if (!env.bpfCapable) return;
  masks.frame = env.cur.curframe;
  walk(env, env.cur);
}

/** Marks an argument of the call at hand, in a register or a stack-argument slot, as needed precisely (`mark_arg_precision`). */
export function markArgPrecision(env: VerifierEnv, arg: ArgNo): void {
  const regno = argRegno(arg);
  if (regno >= 0) markChainPrecision(env, regno);
  else markStackArgPrecision(env, -arg - 6);
}

/** What the known state needs precisely is needed of the one that it covers. True if a mark is new (`propagate_precision`). */
export function propagatePrecision(env: VerifierEnv, old: VerifierState, cur: VerifierState): boolean {
  const masks = env.exploration.backtrack;
  for (let f = old.curframe; f >= 0; f--) {
    const frame = old.frames[f]!;
    if (env.bpfCapable && !frame.markedPrecise) continue;
    const names: string[] | null = env.log.full ? [] : null;
    for (let i = 0; i < FP_REG; i++) {
      const reg = frame.regs[i]!;
      if (!reg.precise || reg.type !== RegType.SCALAR_VALUE || frame.marks?.regs[i]!.read === false) continue;
      masks.setFrameReg(f, i);
      names?.push(`r${i}`);
    }
    for (let spi = 0; spi < frame.stack.length; spi++) {
      const slot = frame.stack[spi]!;
      if (!slot.reg.precise || slot.top !== SlotType.SPILL || slot.reg.type !== RegType.SCALAR_VALUE) continue;
      if (frame.marks?.slot(spi).read === false) continue;
      masks.setSlot(f, spi);
      names?.push(`fp${-(spi + 1) * 8}`);
    }
    if (names !== null && names.length > 0) env.log.append(`frame ${f}: propagating ${names.join(',')}\n`);
  }
  if (!env.bpfCapable) return false;
  masks.frame = cur.curframe;
  return walk(env, cur);
}

/** Every scalar in the kept states above `from` becomes precise (`bpf_mark_all_scalars_precise`). */
export function forceAllPrecise(env: VerifierEnv, from: VerifierState): void {
  const { log } = env;
  if (log.full) log.append(`mark_precise: frame${from.curframe}: falling back to forcing all scalars precise\n`);
  for (let state = from.parent; state !== null; state = state.parent) {
    state.frames.forEach((frame, f) => {
      for (let i = 0; i < FP_REG; i++) {
        if (!preciseReg(frame, i)) continue;
        if (log.full) log.append(`force_precise: frame${f}: forcing r${i} to be precise\n`);
      }
      for (let spi = 0; spi < frame.stack.length; spi++) {
        if (!preciseSlot(frame, spi)) continue;
        if (log.full) log.append(`force_precise: frame${f}: forcing fp${-(spi + 1) * 8} to be precise\n`);
      }
    });
  }
}

/** Makes a register precise. False if it is no scalar or was precise already. */
function preciseReg(frame: FuncState, regno: number): boolean {
  const reg = frame.regs[regno]!;
  if (reg.type !== RegType.SCALAR_VALUE || reg.precise) return false;
  frame.regs[regno] = reg.withPrecise(true);
  frame.markedPrecise = true;
  return true;
}

/** Makes a spilled scalar precise. False if there is none or it was precise already. */
function preciseSlot(frame: FuncState, spi: number): boolean {
  const slot = frame.stack[spi]!;
  if (slot.top !== SlotType.SPILL || slot.reg.type !== RegType.SCALAR_VALUE || slot.reg.precise) return false;
  frame.setSlot(spi, slot.withReg(slot.reg.withPrecise(true)));
  frame.markedPrecise = true;
  return true;
}

function preciseStackArg(frame: FuncState, index: number): boolean {
  const reg = frame.stackArgs[index];
  if (reg === undefined || reg.type !== RegType.SCALAR_VALUE || reg.precise) return false;
  frame.stackArgs[index] = reg.withPrecise(true);
  frame.markedPrecise = true;
  return true;
}

/** Marks what is looked for in frame `f` of a kept state; what needs no mark is looked for no longer. True if a mark is new. */
function markFrame(env: VerifierEnv, masks: BacktrackMasks, frame: FuncState, f: number): boolean {
  let changed = false;
  for (let left = masks.regs[f]! & ((1 << frame.regs.length) - 1); left !== 0; left &= left - 1) {
    const i = lowestBit(left);
    if (preciseReg(frame, i)) changed = true;
    else masks.clearFrameReg(f, i);
  }
  for (let word = 0; word < 2; word++) {
    for (let left = (word === 0 ? masks.slotsLo : masks.slotsHi)[f]!; left !== 0; left &= left - 1) {
      const spi = word * 32 + lowestBit(left);
      if (spi >= frame.stack.length)
        env.reject(
          Errno.EFAULT,
          `verifier bug: stack slot ${spi}, total slots ${frame.stack.length} (i >= func->allocated_stack / BPF_REG_SIZE)\n`,
        );
      if (preciseSlot(frame, spi)) changed = true;
      else masks.clearSlot(f, spi);
    }
  }
  for (let i = 0; i < frame.stackArgs.length; i++) {
    if (!masks.hasStackArg(f, i)) continue;
    if (preciseStackArg(frame, i)) changed = true;
    else masks.clearStackArg(f, i);
  }
  return changed;
}

/** The walk reached the start of a global function: only its arguments may still be looked for. True if a mark is new. */
function markEntryArgs(env: VerifierEnv, masks: BacktrackMasks, state: VerifierState): boolean {
  const frame = state.frames[0]!;
  const wanted = masks.regs[masks.frame]!;
  const isGlobalEntry = state.curframe === 0 && frame.subprogno > 0 && frame.callsite === ENTRY_CALLSITE;
  if (!isGlobalEntry || masks.anySlot || (wanted & ~ARG_REGS) !== 0) {
    const stack = (BigInt(masks.slotsHi[masks.frame]! >>> 0) << 32n) | BigInt(masks.slotsLo[masks.frame]! >>> 0);
    env.reject(
      Errno.EFAULT,
      `verifier bug: backtracking func entry subprog ${frame.subprogno} reg_mask ${wanted.toString(16)} stack_mask ${stack.toString(16)}\n`,
    );
  }
  let changed = false;
  for (let i = 1; i <= 5; i++) {
    if (!masks.hasReg(i)) continue;
    masks.clearReg(i);
    const reg = frame.regs[i]!;
    if (reg.type !== RegType.SCALAR_VALUE) continue;
    frame.regs[i] = reg.withPrecise(true);
    frame.markedPrecise = true;
    changed = true;
  }
  return changed;
}

/** Where a walk back stands. */
interface WalkPlace {
  /** Instruction that was executed after the one at hand. */
  subseqIdx: number;
  /** The first instruction of a walk did not happen yet: it is where the walk starts from. */
  skipFirst: boolean;
}

/**
 * Walks back through the instructions of one state. What does not touch what is looked for is passed by in the same loop, which is most of it.
 * @param lastIdx instruction executed last in the state
 * @returns false if the walk has to give up; else it is over when the masks are empty, or the state's parent comes next
 */
function walkState(
  env: VerifierEnv,
  masks: BacktrackMasks,
  steps: WalkSteps,
  state: VerifierState,
  lastIdx: number,
  place: WalkPlace,
): boolean {
  const first = state.firstInsnIdx;
  const told = env.log.full;
  const { marks } = steps;
  const givenUp = env.exploration.walksGivenUp;
  // the newest history entry not yet passed
  let next = state.jmpHistory;
  let wanted = masks.regs[masks.frame]! | ALWAYS;
  for (let at = lastIdx; ;) {
    const hist = next !== null && next.idx === at ? next : null;
    if (hist === null && !told && !place.skipFirst) {
      const step = stepBack(steps.from(at, wanted), at, first, next);
      if (step > 0) {
        place.subseqIdx = at - step + 1;
        at -= step;
        if (at < 0) backtrackedTo(env, at);
        continue;
      }
    }
    if (place.skipFirst) {
      place.skipFirst = false;
    } else if (told || touches(marks[at]!, wanted, hist)) {
      if (!backtrackInsn(env, masks, at, place.subseqIdx, hist)) return false;
      if (masks.empty) return true;
      wanted = masks.regs[masks.frame]! | ALWAYS;
    }
    if (hist !== null && !told && dropWalked(masks, hist, givenUp)) {
      if (masks.empty) return true;
      wanted = masks.regs[masks.frame]! | ALWAYS;
    }
    place.subseqIdx = at;
    at = previousInsn(first, at, next);
    if (at === STATE_START) return true;
    if (hist !== null) next = hist.prev;
    if (at < 0 || at >= env.insns.length) backtrackedTo(env, at);
  }
}

/** A step back of at most `most` instructions that does not pass the next history entry, or the start of the state if there is none. */
function stepBack(most: number, at: number, first: number, next: JmpHistoryEntry | null): number {
  const end = next === null ? first : next.idx;
  return end <= at ? Math.min(most, at - end) : most;
}

function backtrackedTo(env: VerifierEnv, idx: number): never {
  return env.reject(Errno.EFAULT, `verifier bug: backtracking idx ${idx}\n`);
}

const place: WalkPlace = { subseqIdx: -1, skipFirst: true };

/**
 * Walks back from where `start` stands until nothing is looked for any more. The masks say what is looked for and are empty
 * afterwards. True if a kept state got a mark that it had not.
 */
function walk(env: VerifierEnv, start: VerifierState): boolean {
  const masks = env.exploration.backtrack;
  if (masks.empty) return false;
  const { log } = env;
  let changed = false;
  let state = start;
  let firstIdx = start.firstInsnIdx;
  let lastIdx = start.insnIdx;
  const whole = env.kernel.features['log.wholeRecord'];
  place.subseqIdx = -1;
  place.skipFirst = true;
  const steps = (env.exploration.walkSteps ??= new WalkSteps(walkMarks(env.insns)));

  for (;;) {
    if (log.full) {
      log.append(
        whole
          ? `mark_precise: frame${masks.frame}: last_idx ${lastIdx} first_idx ${firstIdx} subseq_idx ${place.subseqIdx} \n`
          : `last_idx ${lastIdx} first_idx ${firstIdx}\n`,
      );
    }
    if (lastIdx < 0) return markEntryArgs(env, masks, state) || changed;

    if (!walkState(env, masks, steps, state, lastIdx, place)) break;
    if (masks.empty) return changed;
    if (state.parent === null) break;
    state = state.parent;

    for (let f = masks.frame; f >= 0; f--) {
      const marked = markFrame(env, masks, state.frames[f]!, f);
      if (marked) changed = true;
      if (log.full && (whole || f === masks.frame)) {
        log.append(
          whole
            ? `mark_precise: frame${f}: parent state regs=${masks.regText(f)} stack=${masks.slotText(f)}: `
            : `parent ${marked ? "didn't have" : 'already had'} ${masks.hexText(f)} marks:`,
        );
        printVerifierState(env, state, f, true);
      }
    }
    if (masks.empty) return changed;
    place.subseqIdx = firstIdx;
    lastIdx = state.lastInsnIdx;
    firstIdx = state.firstInsnIdx;
  }
  env.exploration.walksGivenUp++;
  forceAllPrecise(env, start);
  masks.reset();
  return changed;
}
