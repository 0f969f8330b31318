// SPDX-License-Identifier: GPL-2.0-only
/** What happened on the current path, as structured reports need it: decided branches, changed values, held things. */
import type { RegState } from '../state/reg';

/**
 * A place that holds a value, in one frame of one path. `frame` is the number that {@link FuncState.diagFrame} got when the frame
 * was made, so that a later frame of the same depth is not taken for it.
 */
export type Place =
  | { readonly kind: 'reg' | 'arg' | 'slot'; readonly frame: number; readonly frameno: number; readonly index: number }
  /** Stack bytes `min` to `end` (exclusive), offsets from the frame pointer. */
  | { readonly kind: 'bytes'; readonly frame: number; readonly frameno: number; readonly min: number; readonly end: number };

/** Why a value changed (`enum bpf_diag_mod_reason`). */
export type ChangeReason = 'write' | 'spill' | 'variable-write' | 'released' | 'packet-moved' | 'protection-ended' | 'call';

/** A value before or after a change. Null: there is none, which counts as uninitialised. */
export type Value = RegState | null;

export interface Change {
  readonly kind: 'change';
  readonly insn: number;
  readonly place: Place;
  /** Where the new value came from, null if it was made here. */
  readonly origin: Place | null;
  readonly reason: ChangeReason;
  readonly before: Value;
  readonly after: Value;
}

/** One thing that happened (`struct bpf_diag_history_event`). */
export type Event =
  /** A conditional jump was decided. */
  | { readonly kind: 'branch'; readonly insn: number; readonly taken: boolean }
  | Change
  /** A reference was taken or given back. */
  | { readonly kind: 'reference'; readonly insn: number; readonly id: number; readonly taken: boolean }
  /** A region of execution context was entered or left; `depth` after that. */
  | { readonly kind: 'region'; readonly insn: number; readonly region: string; readonly entered: boolean; readonly depth: number };

/** Whether a change of `changed` concerns `place` (`diag_target_matches`). */
export function touches(changed: Place, place: Place): boolean {
  if (changed.frame !== place.frame || changed.frameno !== place.frameno) return false;
  if (changed.kind === 'bytes') {
    if (place.kind !== 'slot') return false;
    const low = -(place.index + 1) * 8;
    return changed.min < low + 8 && changed.end > low;
  }
  return changed.kind === place.kind && changed.index === place.index;
}

/** Events that are kept: what fits into 64 MiB at the kernel's 152 bytes each. */
const CAPACITY = Math.floor((64 << 20) / 152);

/**
 * The events of the current path in order. It is cut back when another path is taken up, and loses its oldest events when it is
 * full (`struct bpf_diag_log`).
 */
export class EventLog {
  private events: Event[] = [];
  /** Place of the oldest event once the log is full and goes round. */
  private head = 0;
  private count = 0;
  /** Number of events of the path that are lost; they are the oldest. */
  lost = 0;

  /** Events kept. */
  get size(): number {
    return this.count;
  }
  /** Position for {@link cutBack}. */
  get mark(): number {
    return this.lost + this.count;
  }
  /** Event `index`, 0 is the oldest that is kept. */
  at(index: number): Event {
    const at = this.head + index;
    return this.events[at < CAPACITY ? at : at - CAPACITY]!;
  }
  append(event: Event): void {
    if (this.count < CAPACITY) {
      const at = this.head + this.count++;
      this.events[at < CAPACITY ? at : at - CAPACITY] = event;
      return;
    }
    this.events[this.head] = event;
    this.head = this.head + 1 === CAPACITY ? 0 : this.head + 1;
    this.lost++;
  }
  /** Forgets what came after a mark (`bpf_diag_event_log_restore`). */
  cutBack(mark: number): void {
    if (mark <= this.lost) {
      this.lost = mark;
      this.head = 0;
      this.count = 0;
      this.events = [];
      return;
    }
    this.count = mark - this.lost;
    if (this.head === 0) this.events.length = this.count;
  }
}
