// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which stack slots may still be read, learned from the accesses that the exploration meets: for each call chain and instruction the slots
 * read and certainly written, and from these, over the data flow, what lives before it. Asked only about states of which nothing is left to
 * explore. Facts: `kernel/bpf/liveness.c` of Linux 6.18 to 7.0, and where `kernel/bpf/verifier.c` calls it.
 */
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import type { Flow } from '../prepass/successors';
import type { SlotMarks } from '../state/marks';
import type { VerifierState } from '../state/state';

/** Words of an instruction's row; each set of 64 slots is two words, low first. */
const enum Row {
  READ = 0,
  /** Certainly written by the instruction. */
  WRITTEN = 2,
  /** Certainly written by it or what follows in the subprogram. */
  WRITTEN_ON = 4,
  LIVE = 6,
  SIZE = 8,
}
const MAX_FRAMES = 8;

/** `-8,-24` of a set of 64 slots. */
function slotsText(low: number, high: number): string {
  const offsets: number[] = [];
  for (let i = 0; i < 64; i++) if ((((i < 32 ? low : high) >>> (i & 31)) & 1) !== 0) offsets.push(-8 * (i + 1));
  return offsets.join(',');
}

/** A subprogram as reached by one chain of calls (`struct func_instance`). */
class Instance {
  /** Rows by instruction for each frame of the chain, made when something is known of it. */
  readonly frames: (Int32Array | undefined)[] = [];
  /** Instructions whose `WRITTEN` is set (`must_write_set`). */
  readonly met: Uint8Array;
  updated = false;
  /** What lived before the instruction at hand and was written from it on, before the last step: two words each. */
  private readonly was = new Int32Array(4);
  dropped = false;

  constructor(
    /** Call instructions of the frames outside, outermost first. */
    readonly callsites: readonly number[],
    readonly subprog: number,
    readonly start: number,
    readonly length: number,
  ) {
    this.met = new Uint8Array(length);
  }

  /** Number of the innermost frame. */
  get depth(): number {
    return this.callsites.length;
  }
  rows(frame: number): Int32Array {
    return (this.frames[frame] ??= new Int32Array(this.length * Row.SIZE));
  }
  at(insnIdx: number): number {
    return (insnIdx - this.start) * Row.SIZE;
  }

  /** `mark_stack_read`. */
  read(frame: number, insnIdx: number, low: number, high: number): void {
    const rows = this.rows(frame);
    const at = this.at(insnIdx);
    for (let w = 0; w < 2; w++) {
      const before = rows[at + Row.READ + w]!;
      const after = before | (w === 0 ? low : high);
      if (after !== before && (after & ~rows[at + Row.LIVE + w]!) !== 0) this.updated = true;
      rows[at + Row.READ + w] = after;
    }
  }

  /**
   * What an instruction wrote this time; writes of several visits are intersected (`commit_stack_write_marks`). The kernel keeps the sets of
   * earlier visits in 32 bits: of slots beyond fp-256 only a single visit is known.
   */
  wrote(insnIdx: number, written: Int32Array): void {
    const idx = insnIdx - this.start;
    const met = this.met[idx] !== 0;
    for (let frame = 0; frame <= this.depth; frame++) {
      let low = written[2 * frame]!;
      let high = written[2 * frame + 1]!;
      if (low === 0 && high === 0 && !met) continue;
      const rows = this.rows(frame);
      const at = this.at(insnIdx) + Row.WRITTEN;
      const old = rows[at]!;
      if (met) {
        low &= old;
        high = 0;
      }
      if (old !== low || high !== 0) {
        rows[at] = low;
        rows[at + 1] = high;
        this.updated = true;
      }
      if ((old & ~low) !== 0) this.dropped = true;
    }
    this.met[idx] = 1;
  }

  /** What lives before an instruction and is certainly written from it on; whether that changed (`update_insn`). */
  private flowInto(rows: Int32Array, flow: Flow, insnIdx: number): boolean {
    const begin = flow.first[insnIdx]!;
    const end = flow.first[insnIdx + 1]!;
    if (begin === end) return false;
    const at = this.at(insnIdx);
    let changed = false;
    for (let w = 0; w < 2; w++) {
      let live = 0;
      let written = -1;
      for (let k = begin; k < end; k++) {
        const next = this.at(flow.list[k]!);
        live |= rows[next + Row.LIVE + w]!;
        written &= rows[next + Row.WRITTEN_ON + w]!;
      }
      written |= rows[at + Row.WRITTEN + w]!;
      live = (live & ~rows[at + Row.WRITTEN + w]!) | rows[at + Row.READ + w]!;
      this.was[w] = rows[at + Row.LIVE + w]!;
      this.was[2 + w] = rows[at + Row.WRITTEN_ON + w]!;
      if (live !== rows[at + Row.LIVE + w] || written !== rows[at + Row.WRITTEN_ON + w]) changed = true;
      rows[at + Row.LIVE + w] = live;
      rows[at + Row.WRITTEN_ON + w] = written;
    }
    return changed;
  }

  /** The chain of calls as the log writes it: call instructions, then where the subprogram begins. */
  private get chainText(): string {
    return `(${[...this.callsites, this.start].join(',')})`;
  }

  /** Tells what changed at an instruction that accesses stack, begins the subprogram or is compared at (`log_mask_change`). */
  private tellChange(env: VerifierEnv, rows: Int32Array, frame: number, insnIdx: number): void {
    const at = this.at(insnIdx);
    const accesses = rows.subarray(at + Row.READ, at + Row.WRITTEN + 2).some((word) => word !== 0);
    if (!accesses && insnIdx !== this.start && !env.aux.has(insnIdx, Fact.PRUNE_POINT)) return;
    const tell = (what: string, row: Row, was: number): void => {
      const before = this.was.subarray(was, was + 2);
      const after = rows.subarray(at + row, at + row + 2);
      const more = slotsText(after[0]! & ~before[0]!, after[1]! & ~before[1]!);
      const less = slotsText(before[0]! & ~after[0]!, before[1]! & ~after[1]!);
      if (more === '' && less === '') return;
      const changes = (more === '' ? '' : `+${what} ${more} `) + (less === '' ? '' : `-${what} ${less} `);
      env.log.append(`${this.chainText} frame ${frame} insn ${insnIdx} ${changes}\n`);
    };
    tell('live', Row.LIVE, 0);
    tell('written', Row.WRITTEN_ON, 2);
  }

  /** Fixed point over the subprogram (`update_instance`). */
  settle(env: VerifierEnv, flow: Flow): void {
    const from = env.subprogs[this.subprog]!.postorderStart;
    const to = env.subprogs[this.subprog + 1]!.postorderStart;
    if (this.dropped) {
      for (const rows of this.frames) {
        for (let at = Row.WRITTEN_ON; rows !== undefined && at < rows.length; at += Row.SIZE) rows.fill(0, at, at + 2);
      }
    }
    const told = env.log.full && !env.kernel.features['log.liveStack'];
    let rounds = 0;
    for (let changed = true; changed; rounds++) {
      changed = false;
      env.breathe();
      for (const [frame, rows] of this.frames.entries()) {
        if (rows === undefined) continue;
        for (let i = from; i < to; i++) {
          const insnIdx = env.insnPostorder[i]!;
          if (!this.flowInto(rows, flow, insnIdx)) continue;
          changed = true;
          if (told) this.tellChange(env, rows, frame, insnIdx);
        }
      }
    }
    if (told) env.log.append(`${this.chainText} live stack update done in ${rounds} iterations\n`);
  }

  isLive(insnIdx: number, frame: number, spi: number): boolean {
    const rows = this.frames[frame];
    return rows !== undefined && (rows[this.at(insnIdx) + Row.LIVE + (spi >> 5)]! & (1 << (spi & 31))) !== 0;
  }
}

/** What is known of all call chains of one verification (`struct bpf_liveness`). */
export class LiveStack {
  private readonly instances = new Map<string, Instance>();
  /** The instance of the current state; null when the chain changed. */
  private current: Instance | null = null;
  /** What the instruction at hand wrote, two words a frame. */
  private readonly written = new Int32Array(2 * MAX_FRAMES);

  constructor(
    private readonly env: VerifierEnv,
    private readonly flow: Flow,
  ) {}

  /** Takes note of accesses to the frame of that number in the current state. */
  frame(frameno: number): SlotMarks {
    return {
      readSlots: (spi, count) =>
        this.access(spi, count, (low, high) => this.instance().read(frameno, this.env.exploration.namedInsn, low, high)),
      writeSlots: (spi, count) =>
        this.access(spi, count, (low, high) => {
          this.written[2 * frameno]! |= low;
          this.written[2 * frameno + 1]! |= high;
        }),
    };
  }

  private access(spi: number, count: number, mark: (low: number, high: number) => void): void {
    let low = 0;
    let high = 0;
    for (let i = spi; i > spi - count; i--) {
      if (i < 32) low |= 1 << i;
      else high |= 1 << (i & 31);
    }
    mark(low, high);
  }

  /** The instruction at hand is done. If it is a call or return that led elsewhere, what it writes is known when the callee returns. */
  endInsn(ledElsewhere: boolean): void {
    if (ledElsewhere) this.current = null;
    else this.instance().wrote(this.env.exploration.namedInsn, this.written);
    this.written.fill(0);
  }

  private instance(): Instance {
    const { cur } = this.env;
    return (this.current ??= this.find(cur, cur.frames.length - 1));
  }

  private find(state: VerifierState, frameno: number): Instance {
    const callsites: number[] = [];
    for (let i = 1; i <= frameno; i++) callsites.push(state.frames[i]!.callsite);
    return this.get(callsites, state.frames[frameno]!.subprogno);
  }

  private get(callsites: readonly number[], subprog: number): Instance {
    const { start } = this.env.subprogs[subprog]!;
    const key = `${callsites.join(',')}:${start}`;
    let found = this.instances.get(key);
    if (found === undefined) {
      found = new Instance(callsites, subprog, start, this.env.subprogs[subprog + 1]!.start - start);
      this.instances.set(key, found);
    }
    return found;
  }

  /** A path ends or a subprogram returns: what was learned is carried to where states will be asked about (`bpf_update_live_stack`). */
  update(state: VerifierState): void {
    this.current = null;
    for (let frame = state.frames.length - 1; frame >= 0; frame--) {
      const instance = this.find(state, frame);
      if (!instance.updated) continue;
      instance.settle(this.env, this.flow);
      if (frame > 0) this.tellCaller(instance, state.frames[frame - 1]!.subprogno);
      instance.updated = false;
      instance.dropped = false;
    }
  }

  /** What lives at a callee's start is read by its call, what it certainly writes is written by it (`propagate_to_outer_instance`). */
  private tellCaller(instance: Instance, callerSubprog: number): void {
    const caller = this.get(instance.callsites.slice(0, -1), callerSubprog);
    const callsite = instance.callsites.at(-1)!;
    const written = new Int32Array(2 * MAX_FRAMES);
    for (let frame = 0; frame < instance.depth; frame++) {
      const rows = instance.frames[frame];
      if (rows === undefined) continue;
      written.set(rows.subarray(Row.WRITTEN_ON, Row.WRITTEN_ON + 2), 2 * frame);
      caller.read(frame, callsite, rows[Row.LIVE]!, rows[Row.LIVE + 1]!);
    }
    caller.wrote(callsite, written);
  }

  /** Answers for one state whether a slot of a frame may still be read, there or after the frames inside return (`bpf_stack_slot_alive`). */
  query(state: VerifierState): (frameno: number, spi: number) => boolean {
    const instances = state.frames.map((_, i) => this.find(state, i));
    const top = instances.length - 1;
    return (frameno, spi) => {
      if (instances[top]!.isLive(state.insnIdx, frameno, spi)) return true;
      for (let i = frameno; i < top; i++) {
        const { callsite } = state.frames[i + 1]!;
        const at = this.env.aux.has(callsite, Fact.CALLS_CALLBACK) ? callsite : callsite + 1;
        if (instances[i]!.isLive(at, frameno, spi)) return true;
      }
      return false;
    };
  }
}
