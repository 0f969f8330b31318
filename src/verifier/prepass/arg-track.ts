// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which frame a value points into, and at which offsets: the lattice of the stack-liveness prepass
 * (`kernel/bpf/liveness.c: struct arg_track`).
 * ```
 *   offsets in frame N   (up to four)
 *         |
 *   frame N, offset unknown
 *         |
 *   some of several frames
 * ```
 */

/** `frame` of a {@link Track} that is not one frame. */
export const enum Frame {
  /** Not derived from a frame pointer. */
  NONE = -1,
  /** Not reached yet. */
  UNVISITED = -2,
  /** Somewhere in the frames of `mask`. */
  IMPRECISE = -3,
}

/** Immutable; equal tracks are the same number, see {@link TrackTable}. */
export interface Track {
  /** Frame number, or {@link Frame}. */
  readonly frame: number;
  /** Byte offsets from the frame pointer, ascending; empty when unknown. */
  readonly offs: readonly number[];
  /** Frames that it may point into, bit i = frame i. */
  readonly mask: number;
}

const MAX_OFFSETS = 4;

/** Numbers of the two tracks every table has. */
export const NONE = 0;
export const UNVISITED = 1;

/** All tracks of one analysis, each stored once and named by its number; joins are remembered. */
export class TrackTable {
  private readonly tracks: Track[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly joins = new Map<number, number>();

  constructor() {
    this.intern({ frame: Frame.NONE, offs: [], mask: 0 });
    this.intern({ frame: Frame.UNVISITED, offs: [], mask: 0 });
  }

  get(id: number): Track {
    return this.tracks[id]!;
  }

  private intern(track: Track): number {
    const key = `${track.frame}:${track.mask}:${track.offs.join(',')}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    this.tracks.push(track);
    this.byKey.set(key, this.tracks.length - 1);
    return this.tracks.length - 1;
  }

  /** Pointer to one place. */
  exact(frame: number, off: number): number {
    return this.intern({ frame, offs: [off], mask: 0 });
  }
  /** Pointer into one frame, place unknown. */
  somewhere(frame: number): number {
    return this.intern({ frame, offs: [], mask: 0 });
  }
  /** Pointer into one of several frames. */
  imprecise(mask: number): number {
    return this.intern({ frame: Frame.IMPRECISE, offs: [], mask });
  }

  /** Whether it may point into a frame at all. */
  isFp(id: number): boolean {
    const { frame } = this.tracks[id]!;
    return frame >= 0 || frame === Frame.IMPRECISE;
  }

  /** Least track that covers both (`__arg_track_join`). */
  join(a: number, b: number): number {
    if (a === b || b === UNVISITED) return a;
    if (a === UNVISITED) return b;
    const key = a * 0x100000 + b;
    let joined = this.joins.get(key);
    if (joined === undefined) {
      joined = this.computeJoin(a, b);
      this.joins.set(key, joined);
    }
    return joined;
  }

  private computeJoin(a: number, b: number): number {
    const x = this.get(a);
    const y = this.get(b);
    if (x.frame === y.frame && x.frame >= 0) {
      if (x.offs.length === 0 || y.offs.length === 0) return this.somewhere(x.frame);
      return this.mergeOffsets(x.frame, x.offs, y.offs);
    }
    // a pretended fp+0 keeps single places from counting as certainly written
    if (x.frame >= 0 && b === NONE) return x.offs.length === 1 ? this.mergeOffsets(x.frame, x.offs, [0]) : a;
    if (y.frame >= 0 && a === NONE) return y.offs.length === 1 ? this.mergeOffsets(y.frame, y.offs, [0]) : b;
    return this.joinImprecise(x, y);
  }

  private mergeOffsets(frame: number, a: readonly number[], b: readonly number[]): number {
    const offs = [...new Set([...a, ...b])].sort((p, q) => p - q);
    return offs.length > MAX_OFFSETS ? this.somewhere(frame) : this.intern({ frame, offs, mask: 0 });
  }

  private joinImprecise(x: Track, y: Track): number {
    const bits = (t: Track): number => (t.frame >= 0 ? 1 << t.frame : t.mask);
    return this.imprecise(bits(x) | bits(y));
  }

  /** Result of a 64-bit operation on two registers other than a move (`arg_track_alu64`). */
  alu64(dst: number, src: number): number {
    const d = this.get(dst);
    const s = this.get(src);
    if (d.frame >= 0 && (s.frame === Frame.NONE || s.frame === d.frame)) return this.somewhere(d.frame);
    if (s.frame >= 0 && d.frame === Frame.NONE) return this.somewhere(s.frame);
    if (dst === NONE && src === NONE) return NONE;
    return this.joinImprecise(d, s);
  }

  /** Moved by a constant; the offset becomes unknown when it leaves 16 bits (`arg_padd`). */
  add(id: number, delta: number): number {
    const { frame, offs } = this.get(id);
    if (offs.length === 0) return id;
    const moved = offs.map((off) => addS16(off, delta));
    return moved.includes(null) ? this.somewhere(frame) : this.intern({ frame, offs: moved as number[], mask: 0 });
  }

  /** Spelling in the log, e.g. `fp0-16|fp0+0` (`verbose_arg_track`). */
  text(id: number): string {
    const { frame, offs, mask } = this.get(id);
    switch (frame) {
      case Frame.NONE:
        return '_';
      case Frame.UNVISITED:
        return '?';
      case Frame.IMPRECISE:
        return `IMP${mask.toString(16)}`;
      default:
        return offs.length === 0 ? `fp${frame} ?` : offs.map((off) => `fp${frame}${signed(off)}`).join('|');
    }
  }
}

/** Sum of a 16-bit offset and a number, null when either leaves 16 bits (`arg_add`). */
export function addS16(off: number, delta: number): number | null {
  const sum = off + delta;
  return delta < -32768 || delta > 32767 || sum < -32768 || sum > 32767 ? null : sum;
}

/** Number with its sign (`%+d`). */
export function signed(n: number): string {
  return n < 0 ? `${n}` : `+${n}`;
}
