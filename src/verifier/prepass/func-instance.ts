// SPDX-License-Identifier: GPL-2.0-only
/** Stack reads and writes of one subprogram as called from one place. Facts: `kernel/bpf/liveness.c: struct func_instance`. */
import { withTwiceTheRoom } from '../aux';
import type { VerifierEnv } from '../env';
import { addAll, addRange, WORDS } from './spis';
import type { Flow } from './successors';

/** What the instructions of a subprogram do to the stack of one frame: sets of half slots, {@link WORDS} words each. Few instructions do anything to it. */
export class FrameMasks {
  /** Where the sets of each instruction begin in {@link mayRead} and {@link mustWrite}; 0, where all are empty, for one that does nothing. */
  private readonly places: Int32Array;
  /** May be read by the instruction. */
  mayRead = new Int32Array(64 * WORDS);
  /** Certainly overwritten by it. */
  mustWrite = new Int32Array(64 * WORDS);
  private used = WORDS;
  /** May be read by it or by what follows; by instruction. */
  readonly liveBefore: Int32Array;

  constructor(length: number) {
    this.places = new Int32Array(length);
    this.liveBefore = new Int32Array(length * WORDS);
  }

  /** Where the sets of an instruction (from the subprogram's start) begin, 0 if they are empty. */
  placeOf(index: number): number {
    return this.places[index]!;
  }
  /** The same, for one that gets something. */
  placeFor(index: number): number {
    let place = this.places[index]!;
    if (place !== 0) return place;
    place = this.places[index] = this.used;
    this.used += WORDS;
    if (this.used > this.mayRead.length) {
      this.mayRead = withTwiceTheRoom(this.mayRead);
      this.mustWrite = withTwiceTheRoom(this.mustWrite);
    }
    return place;
  }

  /** What was known of an instruction is found anew. */
  forget(index: number): void {
    const place = this.places[index]!;
    if (place === 0) return;
    this.mayRead.fill(0, place, place + WORDS);
    this.mustWrite.fill(0, place, place + WORDS);
  }

  /** Another pass overwrites nothing of the frame. */
  forgetWrites(): void {
    this.mustWrite.fill(0);
  }

  /** Takes in what another pass over the same subprogram does: reads are united, writes intersected. */
  merge(other: FrameMasks): void {
    for (let index = 0; index < this.places.length; index++) {
      const from = other.places[index]!;
      if (from === 0 && this.places[index] === 0) continue;
      const at = this.placeFor(index);
      for (let w = 0; w < WORDS; w++) {
        this.mayRead[at + w]! |= other.mayRead[from + w]!;
        this.mustWrite[at + w]! &= other.mustWrite[from + w]!;
      }
    }
  }
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
    return (this.frames[frame] ??= new FrameMasks(this.length));
  }
  private at(insnIdx: number): number {
    return (insnIdx - this.start) * WORDS;
  }

  markRead(frame: number, insnIdx: number, lo: number, hi: number): void {
    const masks = this.masks(frame);
    const at = masks.placeFor(insnIdx - this.start);
    addRange(masks.mayRead, at, lo, hi);
  }
  markReadAll(frame: number, insnIdx: number): void {
    const masks = this.masks(frame);
    const at = masks.placeFor(insnIdx - this.start);
    addAll(masks.mayRead, at);
  }
  markWrite(frame: number, insnIdx: number, lo: number, hi: number): void {
    const masks = this.masks(frame);
    const at = masks.placeFor(insnIdx - this.start);
    addRange(masks.mustWrite, at, lo, hi);
  }
  /** An instruction is looked at again, with other tracks. */
  forget(insnIdx: number): void {
    for (const masks of this.frames) masks?.forget(insnIdx - this.start);
  }
  /** Whatever lives at the entry of a callee is read by the call. */
  markReadLike(frame: number, insnIdx: number, callee: FrameMasks): void {
    const masks = this.masks(frame);
    const at = masks.placeFor(insnIdx - this.start);
    for (let w = 0; w < WORDS; w++) masks.mayRead[at + w]! |= callee.liveBefore[w]!;
  }

  /** Adds the half slots of a frame that are live before an instruction to a set of {@link WORDS} words. */
  addLiveBefore(insnIdx: number, frame: number, out: Int32Array): void {
    const masks = this.frames[frame];
    if (masks === undefined) return;
    const at = this.at(insnIdx);
    for (let w = 0; w < WORDS; w++) out[w]! |= masks.liveBefore[at + w]!;
  }

  /** Takes in the marks of another pass over the same call (`merge_instances`). */
  merge(other: FuncInstance): void {
    for (let f = 0; f <= this.depth; f++) {
      const mine = this.frames[f];
      const theirs = other.frames[f];
      if (theirs === undefined) {
        mine?.forgetWrites();
      } else if (mine === undefined) {
        theirs.forgetWrites();
        this.frames[f] = theirs;
      } else {
        mine.merge(theirs);
      }
    }
  }

  /** Backward fixed point of `liveBefore` (`update_instance`). `kept`: numbers of straight stretches where they begin, -1 inside of one. */
  computeLiveness(env: VerifierEnv, flow: Flow, kept: Int32Array): void {
    this.computed = true;
    for (let frame = 0; frame <= this.depth; frame++) {
      const masks = this.frames[frame];
      if (masks === undefined) continue;
      for (let changed = true; changed;) {
        env.breathe();
        changed = this.flowBackwards(env, masks, flow, kept);
      }
    }
  }

  /** One round; whether something changed before an instruction to which ways lead back. */
  private flowBackwards({ insnPostorder, subprogs, flowsBack }: VerifierEnv, masks: FrameMasks, flow: Flow, kept: Int32Array): boolean {
    const { mayRead, mustWrite, liveBefore } = masks;
    const { first } = flow;
    const from = subprogs[this.subprog]!.postorderStart;
    const to = subprogs[this.subprog + 1]!.postorderStart;
    const live = new Int32Array(WORDS);
    let changed = false;
    for (let i = from; i < to; i++) {
      const idx = insnPostorder[i]!;
      // inside a stretch what follows is the instruction before this one in the walk
      if (i === from || kept[insnPostorder[i - 1]!]! >= 0) {
        if (first[idx] === first[idx + 1]) {
          live.fill(0);
          continue;
        }
        this.gatherAfter(liveBefore, flow, idx, live);
      }
      const at = this.at(idx);
      const place = masks.placeOf(idx - this.start);
      if (place !== 0) for (let w = 0; w < WORDS; w++) live[w] = (live[w]! & ~mustWrite[place + w]!) | mayRead[place + w]!;
      let differs = 0;
      for (let w = 0; w < WORDS; w++) {
        differs |= live[w]! ^ liveBefore[at + w]!;
        liveBefore[at + w] = live[w]!;
      }
      if (differs !== 0 && flowsBack[idx] === 1) changed = true;
    }
    return changed;
  }

  /** What lives after an instruction: before any that may follow it. */
  private gatherAfter(liveBefore: Int32Array, { first, list }: Flow, idx: number, live: Int32Array): void {
    live.fill(0);
    const end = first[idx + 1]!;
    for (let k = first[idx]!; k < end; k++) {
      const next = this.at(list[k]!);
      for (let w = 0; w < WORDS; w++) live[w]! |= liveBefore[next + w]!;
    }
  }
}
