// SPDX-License-Identifier: GPL-2.0-only
import { heldKey, InsnRecord, StateRecorder } from '../graph/record';
import { Op } from '../policy/types';
import type { VerifierEnv } from '../verifier/env';
import type { Held, HeldTable } from '../verifier/state/held';

interface FoldedHeld {
  readonly key: string;
  readonly held: Held;
  readonly depth: number;
}

/** Entries of a table by key, with how often each is held at once. */
function folded(table: HeldTable): FoldedHeld[] {
  const byKey = new Map<string, FoldedHeld>();
  for (const held of table.entries) {
    const key = heldKey(held, table);
    const known = byKey.get(key);
    byKey.set(key, { key, held: known?.held ?? held, depth: (known?.depth ?? 0) + 1 });
  }
  return [...byKey.values()];
}

function sameRecord(a: InsnRecord, b: InsnRecord): boolean {
  const some = (x: number, y: number): boolean => x > 0 === y > 0;
  if (!some(a.sleepYes, b.sleepYes) || !some(a.sleepNo, b.sleepNo) || !some(a.faultYes, b.faultYes) || !some(a.faultNo, b.faultNo)) return false;
  if (a.held.size !== b.held.size || a.from.size !== b.from.size) return false;
  for (const from of a.from) if (!b.from.has(from)) return false;
  for (const [key, x] of a.held) {
    const y = b.held.get(key);
    if (y === undefined || x.first.forbids !== y.first.forbids || x.depth !== y.depth) return false;
    if ((x.inStates < a.count) !== (y.inStates < b.count)) return false;
  }
  return true;
}

/**
 * Records only what a comparison looks at: answers, held sets, one state an instruction to name them by. No way back and no effects, so
 * that comparing two policies costs little more than verifying twice.
 */
export class CompareRecorder extends StateRecorder {
  private readonly tables = new WeakMap<HeldTable, FoldedHeld[]>();

  constructor() {
    super(1);
  }

  override onInsn(env: VerifierEnv): void {
    const state = env.cur;
    const { held } = state;
    const at = env.insnIdx;
    let rec = this.insns[at];
    if (rec === undefined) {
      rec = new InsnRecord();
      this.insns[at] = rec;
      rec.kept.push({
        frames: state.frames.map((f) => ({
          subprogno: f.subprogno,
          callsite: f.callsite,
          regs: f.regs.slice(),
          stack: f.stack.slice(),
          isCallback: f.inCallbackFn,
          isAsync: f.inAsyncCallbackFn,
        })),
        held,
        inSleepable: state.inSleepable,
        trail: { insn: at, held, sleepable: state.inSleepable, depth: state.frames.length, prev: null },
      });
    }
    rec.count++;
    if (!state.inSleepable) rec.ownNo++;
    const maySleep = state.inSleepable && (held.forbids & Op.SLEEP) === 0;
    if (maySleep) rec.sleepYes++;
    else rec.sleepNo++;
    if (maySleep && (held.forbids & Op.FAULT) === 0) rec.faultYes++;
    else rec.faultNo++;
    if (env.prevInsnIdx >= 0) rec.from.add(env.prevInsnIdx);
    if (held.entries.length > 0) this.count(rec, held);
  }

  /** Whether both saw the same at every instruction: answers, held sets, edges. Counts of states may differ. */
  sameAs(other: CompareRecorder): boolean {
    const n = Math.max(this.insns.length, other.insns.length);
    for (let i = 0; i < n; i++) {
      const a = this.insns[i];
      const b = other.insns[i];
      if (a === undefined || b === undefined) {
        if (a !== b) return false;
      } else if (!sameRecord(a, b)) return false;
    }
    return true;
  }

  private count(rec: InsnRecord, table: HeldTable): void {
    let list = this.tables.get(table);
    if (list === undefined) this.tables.set(table, (list = folded(table)));
    for (const { key, held, depth } of list) {
      const known = rec.held.get(key);
      if (known === undefined) rec.held.set(key, { first: held, places: new Set([held.insn]), inStates: 1, depth });
      else {
        known.inStates++;
        known.places.add(held.insn);
        if (depth > known.depth) known.depth = depth;
      }
    }
  }
}
