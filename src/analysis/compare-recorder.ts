// SPDX-License-Identifier: GPL-2.0-only
import { InsnRecord, snapshotOf } from '../graph/insn-record';
import { StateRecorder } from '../graph/record';
import type { VerifierEnv } from '../verifier/env';

function sameRecord(a: InsnRecord, b: InsnRecord): boolean {
  const some = (x: number, y: number): boolean => x > 0 === y > 0;
  if (!some(a.sleepYes, b.sleepYes) || !some(a.sleepNo, b.sleepNo) || !some(a.faultYes, b.faultYes) || !some(a.faultNo, b.faultNo))
    return false;
  if (a.held.size !== b.held.size || a.from.size !== b.from.size) return false;
  for (const from of a.from) if (!b.from.has(from)) return false;
  for (const [key, x] of a.held) {
    const y = b.held.get(key);
    if (y === undefined || x.first.forbids !== y.first.forbids || x.depth !== y.depth) return false;
    if (x.inStates < a.count !== y.inStates < b.count) return false;
  }
  return true;
}

/**
 * Records only what a comparison looks at: answers, held sets, one state an instruction to name them by. No way back and no effects, so
 * that comparing two policies costs little more than verifying twice.
 */
export class CompareRecorder extends StateRecorder {
  constructor() {
    super(1);
  }

  override onInsn(env: VerifierEnv): void {
    const state = env.cur;
    const at = env.insnIdx;
    let rec = this.insns[at];
    if (rec === undefined) {
      rec = new InsnRecord();
      this.insns[at] = rec;
      rec.kept.push(
        snapshotOf(state, { insn: at, held: state.held, sleepable: state.inSleepable, depth: state.frames.length, prev: null }),
      );
    }
    rec.arrive(state, env.prevInsnIdx);
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
}
