// SPDX-License-Identifier: GPL-2.0-only
import { type ContextClass, Op } from '../policy/types';
import type { Held, HeldTable } from '../verifier/state/held';
import type { RegState } from '../verifier/state/reg';
import type { StackSlot } from '../verifier/state/stack';
import type { Trail, VerifierState } from '../verifier/state/state';

/** Shared values of one frame at one arrival. */
export interface FrameSnapshot {
  readonly subprogno: number;
  readonly callsite: number;
  readonly regs: readonly RegState[];
  readonly stack: readonly StackSlot[];
  readonly isCallback: boolean;
  readonly isAsync: boolean;
}

/** What the verifier knew at one arrival at an instruction. References to shared values, never deep copies. */
export interface Snapshot {
  readonly frames: readonly FrameSnapshot[];
  readonly held: HeldTable;
  readonly inSleepable: boolean;
  /** The way here; its newest element is this arrival. */
  readonly trail: Trail;
}

/** Takes what a state knows, by reference. */
export function snapshotOf(state: VerifierState, trail: Trail): Snapshot {
  return {
    frames: state.frames.map((f) => ({
      subprogno: f.subprogno,
      callsite: f.callsite,
      regs: f.regs.slice(),
      stack: f.lendStack(),
      isCallback: f.inCallbackFn,
      isAsync: f.inAsyncCallbackFn,
    })),
    held: state.held,
    inSleepable: state.inSleepable,
    trail,
  };
}

/** A resource folded over the states of one instruction. */
export interface HeldFold {
  readonly first: Held;
  /** Where it was taken, over all states. */
  readonly places: Set<number>;
  inStates: number;
  depth: number;
}

/**
 * Key of a resource: its class, and where it was taken (`rcu@42`) or, for what hangs on another one, where that one was taken
 * (`nofault<6`: the element of the iterator made at 6, wherever `_next` gave it).
 */
export function heldKey(held: Held, table: HeldTable): string {
  const parent = table.byId(held.parentId);
  return parent === undefined ? `${held.cls.name}@${held.insn}` : `${held.cls.name}<${parent.insn}`;
}

/** Entries of a table by key, with how many share it: tables are immutable, so this is found once for each. */
const foldsOf = new WeakMap<HeldTable, readonly { readonly key: string; readonly held: Held; readonly depth: number }[]>();

function keysOf(table: HeldTable): readonly { readonly key: string; readonly held: Held; readonly depth: number }[] {
  let known = foldsOf.get(table);
  if (known === undefined) {
    const byKey = new Map<string, { key: string; held: Held; depth: number }>();
    for (const held of table.entries) {
      const key = heldKey(held, table);
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, { key, held, depth: 1 });
      else same.depth++;
    }
    foldsOf.set(table, (known = [...byKey.values()]));
  }
  return known;
}

const NO_CLASSES: ReadonlyMap<string, ContextClass> = new Map();
const NO_FOLDS: ReadonlyMap<string, HeldFold> = new Map();
const NO_SNAPSHOTS: readonly Snapshot[] = [];

/** Everything kept of one instruction. There are as many as instructions, and most hold nothing and are entered from one place: what is seldom needed is made when it is. */
export class InsnRecord {
  /** Arrivals. */
  count = 0;
  readonly kept: Snapshot[] = [];
  /** Arrivals that a state seen before covered: they came along their edge, and are not counted. */
  covered: readonly Snapshot[] = NO_SNAPSHOTS;
  sleepYes = 0;
  sleepNo = 0;
  faultYes = 0;
  faultNo = 0;
  /** Arrivals in which the program, subprogram or callback itself must not sleep. */
  ownNo = 0;
  /** What it takes and gives back, by {@link heldKey}. */
  takes = NO_CLASSES;
  gives = NO_CLASSES;
  private folds: Map<string, HeldFold> | null = null;
  /** Instruction from which it was entered first and last, negative for none. */
  private firstFrom = -1;
  private newestFrom = -1;
  /** All of them, once there are two. */
  private manyFrom: Set<number> | null = null;
  /** Arrivals with one table in a row, folded together when another one comes or somebody asks. */
  private run: { table: HeldTable; states: number } | null = null;

  /** What was held, by {@link heldKey}, over all arrivals. */
  get held(): ReadonlyMap<string, HeldFold> {
    this.endRun();
    return this.folds ?? NO_FOLDS;
  }

  /** Instructions from which it was entered. */
  get from(): ReadonlySet<number> {
    return this.manyFrom ?? new Set(this.firstFrom < 0 ? [] : [this.firstFrom]);
  }

  /** Notes a resource that it takes (`takes`) or gives back. */
  note(what: 'takes' | 'gives', key: string, cls: ContextClass): void {
    if (this[what].get(key) !== cls) this[what] = new Map([...this[what], [key, cls]]);
  }

  /** Keeps an arrival that a state seen before covered. */
  cover(snapshot: Snapshot): void {
    this.covered = [...this.covered, snapshot];
  }

  /** Counts an arrival from the instruction `from`, negative for the first one of all. */
  arrive(state: VerifierState, from: number): void {
    this.count++;
    const { forbids, entries } = state.held;
    const maySleep = state.inSleepable && (forbids & Op.SLEEP) === 0;
    if (maySleep) this.sleepYes++;
    else this.sleepNo++;
    if (maySleep && (forbids & Op.FAULT) === 0) this.faultYes++;
    else this.faultNo++;
    if (!state.inSleepable) this.ownNo++;
    this.enteredFrom(from);
    if (entries.length === 0) return;
    if (this.run?.table === state.held) this.run.states++;
    else {
      this.endRun();
      this.run = { table: state.held, states: 1 };
    }
  }

  /** An edge that was gone along. */
  enteredFrom(from: number): void {
    if (from < 0 || from === this.newestFrom) return;
    this.newestFrom = from;
    if (this.firstFrom < 0) this.firstFrom = from;
    else (this.manyFrom ??= new Set([this.firstFrom])).add(from);
  }

  private endRun(): void {
    if (this.run === null) return;
    const { table, states } = this.run;
    this.run = null;
    const folds = (this.folds ??= new Map<string, HeldFold>());
    for (const { key, held, depth } of keysOf(table)) {
      const known = folds.get(key);
      if (known === undefined) folds.set(key, { first: held, places: new Set([held.insn]), inStates: states, depth });
      else {
        known.inStates += states;
        known.places.add(held.insn);
        if (depth > known.depth) known.depth = depth;
      }
    }
  }
}
