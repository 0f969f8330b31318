// SPDX-License-Identifier: GPL-2.0-only
/** Stack reads and writes of one subprogram as called from one place. Facts: `kernel/bpf/liveness.c: struct func_instance`. */
import type { VerifierEnv } from '../env';
import { addAll, addRange, hasHalfSlot, WORDS } from './spis';
import type { Flow } from './successors';

/** Sets of half slots of one frame by instruction, {@link WORDS} words each. */
export interface FrameMasks {
  /** May be read by the instruction. */
  readonly mayRead: Int32Array;
  /** Certainly overwritten by it. */
  readonly mustWrite: Int32Array;
  /** May be read by it or by what follows. */
  readonly liveBefore: Int32Array;
}

export class FuncInstance {
  /** Masks by frame number, 0 to `depth`; undefined while nothing is known of a frame. */
  readonly frames: (FrameMasks | undefined)[] = [];
  /** Set once liveness was computed: later passes are recorded apart and merged. */
  computed = false;

  constructor(
    /** Call instruction, or the subprogram's start at depth 0. */
    readonly callsite: number,
    readonly depth: number,
    readonly subprog: number,
    readonly start: number,
    /** Number of instruction slots. */
    readonly length: number,
  ) {}

  /** An instance of the same call without marks. */
  fresh(): FuncInstance {
    return new FuncInstance(this.callsite, this.depth, this.subprog, this.start, this.length);
  }

  private masks(frame: number): FrameMasks {
    const words = this.length * WORDS;
    return (this.frames[frame] ??= { mayRead: new Int32Array(words), mustWrite: new Int32Array(words), liveBefore: new Int32Array(words) });
  }
  private at(insnIdx: number): number {
    return (insnIdx - this.start) * WORDS;
  }

  markRead(frame: number, insnIdx: number, lo: number, hi: number): void {
    addRange(this.masks(frame).mayRead, this.at(insnIdx), lo, hi);
  }
  markReadAll(frame: number, insnIdx: number): void {
    addAll(this.masks(frame).mayRead, this.at(insnIdx));
  }
  markWrite(frame: number, insnIdx: number, lo: number, hi: number): void {
    addRange(this.masks(frame).mustWrite, this.at(insnIdx), lo, hi);
  }
  /** Whatever lives at the entry of a callee is read by the call. */
  markReadLike(frame: number, insnIdx: number, set: Int32Array, from: number): void {
    const { mayRead } = this.masks(frame);
    const at = this.at(insnIdx);
    for (let w = 0; w < WORDS; w++) mayRead[at + w]! |= set[from + w]!;
  }

  isLiveBefore(insnIdx: number, frame: number, halfSlot: number): boolean {
    const masks = this.frames[frame];
    return masks !== undefined && hasHalfSlot(masks.liveBefore, this.at(insnIdx), halfSlot);
  }

  /** Adds the half slots of a frame that are live before an instruction to a set of {@link WORDS} words. */
  addLiveBefore(insnIdx: number, frame: number, out: Int32Array): void {
    const masks = this.frames[frame];
    if (masks === undefined) return;
    const at = this.at(insnIdx);
    for (let w = 0; w < WORDS; w++) out[w]! |= masks.liveBefore[at + w]!;
  }

  /** Takes in the marks of another pass over the same call: reads are united, writes intersected (`merge_instances`). */
  merge(other: FuncInstance): void {
    for (let f = 0; f <= this.depth; f++) {
      const mine = this.frames[f];
      const theirs = other.frames[f];
      if (theirs === undefined) {
        mine?.mustWrite.fill(0);
      } else if (mine === undefined) {
        theirs.mustWrite.fill(0);
        this.frames[f] = theirs;
      } else {
        for (let i = 0; i < mine.mayRead.length; i++) {
          mine.mayRead[i]! |= theirs.mayRead[i]!;
          mine.mustWrite[i]! &= theirs.mustWrite[i]!;
        }
      }
    }
  }

  /** Backward fixed point of `liveBefore` (`update_instance`). */
  computeLiveness(env: VerifierEnv, flow: Flow): void {
    this.computed = true;
    const order = env.insnPostorder;
    const from = env.subprogs[this.subprog]!.postorderStart;
    const to = env.subprogs[this.subprog + 1]!.postorderStart;
    for (let frame = 0; frame <= this.depth; frame++) {
      const masks = this.frames[frame];
      if (masks === undefined) continue;
      for (let changed = true; changed;) {
        changed = false;
        env.breathe();
        for (let i = from; i < to; i++) {
          const idx = order[i]!;
          if (this.updateInsn(masks, flow, idx) && env.flowsBack[idx] === 1) changed = true;
        }
      }
    }
  }

  private updateInsn(masks: FrameMasks, flow: Flow, idx: number): boolean {
    const { mayRead, mustWrite, liveBefore } = masks;
    const begin = flow.first[idx]!;
    const end = flow.first[idx + 1]!;
    if (begin === end) return false;
    const at = (idx - this.start) * WORDS;
    let changed = false;
    for (let w = 0; w < WORDS; w++) {
      let after = 0;
      for (let k = begin; k < end; k++) after |= liveBefore[(flow.list[k]! - this.start) * WORDS + w]!;
      const before = (after & ~mustWrite[at + w]!) | mayRead[at + w]!;
      if (before === liveBefore[at + w]) continue;
      liveBefore[at + w] = before;
      changed = true;
    }
    return changed;
  }
}
