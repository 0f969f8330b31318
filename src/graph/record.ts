// SPDX-License-Identifier: GPL-2.0-only
import { type Insn, isJmpClass } from '../isa/insn';
import { CALL, EXIT } from '../isa/opcode';
import type { Recorder, VerifierEnv } from '../verifier/env';
import type { HeldTable } from '../verifier/state/held';
import type { Trail, VerifierState } from '../verifier/state/state';
import { heldKey, InsnRecord, snapshotOf } from './insn-record';

/** Covered arrivals of an instruction that are kept, for what edges mean. */
const KEEP_COVERED = 8;

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
    rec.arrive(state, env.prevInsnIdx);
    const before = state.trail;
    const trail = trailTo(at, state);
    state.trail = trail;
    if (before !== null && before.held !== state.held) this.effects(env, before, state.held);
    if (rec.kept.length < this.keep) rec.kept.push(snapshotOf(state, trail));
  }

  /** A covered arrival went along its edge too. */
  onPruned(env: VerifierEnv): void {
    const rec = (this.insns[env.insnIdx] ??= new InsnRecord());
    rec.enteredFrom(env.prevInsnIdx);
    if (rec.covered.length < KEEP_COVERED) rec.cover(snapshotOf(env.cur, trailTo(env.insnIdx, env.cur)));
  }

  /** What the instruction before did to the held set. What vanishes at a branch was never taken on that side. */
  private effects(env: VerifierEnv, before: Trail, now: HeldTable): void {
    const by = this.insns[before.insn];
    if (by === undefined) return;
    for (const e of now.entries) if (e.insn === before.insn && !before.held.entries.includes(e)) by.note('takes', heldKey(e, now), e.cls);
    if (isBranch(env.insns[before.insn]!)) return;
    for (const e of before.held.entries) if (!now.entries.includes(e)) by.note('gives', heldKey(e, before.held), e.cls);
  }
}

/** The way of a state to an instruction. */
function trailTo(insn: number, state: VerifierState): Trail {
  return { insn, held: state.held, sleepable: state.inSleepable, depth: state.frames.length, prev: state.trail };
}

/** A jump that decides or leads on, as opposed to a call or an exit. */
function isBranch(insn: Insn): boolean {
  return isJmpClass(insn) && insn.code !== CALL && insn.code !== EXIT;
}
