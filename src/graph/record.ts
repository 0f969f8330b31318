// SPDX-License-Identifier: GPL-2.0-only
import { type Insn, isJmpClass } from '../isa/insn';
import { CALL, EXIT } from '../isa/opcode';
import { Op } from '../policy/types';
import { inSleepableContext, mayFault } from '../verifier/contexts';
import type { Recorder, VerifierEnv } from '../verifier/env';
import type { Held, HeldTable } from '../verifier/state/held';
import type { RegState } from '../verifier/state/reg';
import type { StackSlot } from '../verifier/state/stack';
import type { Trail } from '../verifier/state/state';

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

/** A resource folded over the states of one instruction. */
export interface HeldFold {
  readonly first: Held;
  /** Where it was taken, over all states. */
  readonly places: Set<number>;
  inStates: number;
  depth: number;
}

/** Everything kept of one instruction. */
export class InsnRecord {
  /** Arrivals. */
  count = 0;
  readonly kept: Snapshot[] = [];
  sleepYes = 0;
  sleepNo = 0;
  faultYes = 0;
  faultNo = 0;
  /** Arrivals in which the program, subprogram or callback itself must not sleep. */
  ownNo = 0;
  readonly held = new Map<string, HeldFold>();
  readonly takes = new Set<string>();
  readonly gives = new Set<string>();
  /** Instructions from which it was entered. */
  readonly from = new Set<number>();
}

/**
 * Key of a resource: its class, and where it was taken (`rcu@42`) or, for what hangs on another one, where that one was taken
 * (`nofault<6`: the element of the iterator made at 6, wherever `_next` gave it).
 */
export function heldKey(held: Held, table: HeldTable): string {
  const parent = table.byId(held.parentId);
  return parent === undefined ? `${held.cls.name}@${held.insn}` : `${held.cls.name}<${parent.insn}`;
}

/** Class name of a {@link heldKey}. */
export function classOfKey(key: string): string {
  return key.split(/[@<]/)[0]!;
}

/**
 * Records what arrives at each instruction, bounded: at most {@link keep} snapshots an instruction; answers and held sets are folded
 * over all arrivals.
 */
export class StateRecorder implements Recorder {
  readonly insns: (InsnRecord | undefined)[] = [];

  constructor(readonly keep = 64) {}

  onInsn(env: VerifierEnv): void {
    const state = env.cur;
    const at = env.insnIdx;
    const rec = (this.insns[at] ??= new InsnRecord());
    rec.count++;
    if (inSleepableContext(state)) rec.sleepYes++;
    else rec.sleepNo++;
    if (mayFault(state)) rec.faultYes++;
    else rec.faultNo++;
    if (!state.inSleepable) rec.ownNo++;
    this.fold(rec, state.held);
    const before = state.trail;
    const trail: Trail = { insn: at, held: state.held, sleepable: state.inSleepable, depth: state.frames.length, prev: before };
    state.trail = trail;
    if (env.prevInsnIdx >= 0) rec.from.add(env.prevInsnIdx);
    if (before !== null && before.held !== state.held) this.effects(env, before, state.held);
    if (rec.kept.length < this.keep) {
      rec.kept.push({
        frames: state.frames.map((f) => ({
          subprogno: f.subprogno,
          callsite: f.callsite,
          regs: f.regs.slice(),
          stack: f.stack.slice(),
          isCallback: f.inCallbackFn,
          isAsync: f.inAsyncCallbackFn,
        })),
        held: state.held,
        inSleepable: state.inSleepable,
        trail,
      });
    }
  }

  /** A covered arrival went along its edge too. */
  onPruned(env: VerifierEnv): void {
    if (env.prevInsnIdx >= 0) (this.insns[env.insnIdx] ??= new InsnRecord()).from.add(env.prevInsnIdx);
  }

  private fold(rec: InsnRecord, table: HeldTable): void {
    if (table.entries.length === 0) return;
    const depth = new Map<string, { held: Held; n: number }>();
    for (const e of table.entries) {
      const key = heldKey(e, table);
      const d = depth.get(key);
      if (d === undefined) depth.set(key, { held: e, n: 1 });
      else d.n++;
    }
    for (const [key, { held, n }] of depth) {
      const f = rec.held.get(key);
      if (f === undefined) rec.held.set(key, { first: held, places: new Set([held.insn]), inStates: 1, depth: n });
      else {
        f.inStates++;
        f.places.add(held.insn);
        if (n > f.depth) f.depth = n;
      }
    }
  }

  /** What the instruction before did to the held set. What vanishes at a branch was never taken on that side. */
  private effects(env: VerifierEnv, before: Trail, now: HeldTable): void {
    const by = this.insns[before.insn];
    if (by === undefined) return;
    for (const e of now.entries) if (e.insn === before.insn && !before.held.entries.includes(e)) by.takes.add(heldKey(e, now));
    if (isBranch(env.insns[before.insn]!)) return;
    for (const e of before.held.entries) if (!now.entries.includes(e)) by.gives.add(heldKey(e, before.held));
  }
}

/** A jump that decides or leads on, as opposed to a call or an exit. */
function isBranch(insn: Insn): boolean {
  return isJmpClass(insn) && insn.code !== CALL && insn.code !== EXIT;
}

/**
 * Names of the {@link Op} bits, in the order people read them. Leaving the program is not named: whatever is held must be given back
 * before that, so it tells nothing about one resource.
 */
export function opNames(bits: number): string[] {
  const names: string[] = [];
  if (bits & (Op.FAULT | Op.SLEEP)) names.push('fault');
  if (bits & Op.SLEEP) names.push('sleep');
  if (bits & Op.CALL) names.push('call');
  return names;
}
