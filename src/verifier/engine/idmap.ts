// SPDX-License-Identifier: GPL-2.0-only
import { ID_MASK, hasAddConst } from '../state/reg';

/** `BPF_ID_MAP_SIZE`. */
const CAPACITY = 1312;

/** One-to-one map from ids of a known state to ids of the current one, made during one comparison (`struct bpf_idmap`). */
export class IdMap {
  private readonly old = new Int32Array(CAPACITY);
  private readonly cur = new Int32Array(CAPACITY);
  private count = 0;
  private tmpIdGen = 0;

  /** Starts a comparison; ids above `idGen` are free for scalars that have none. */
  reset(idGen: number): void {
    this.count = 0;
    this.tmpIdGen = idGen;
  }

  /** Both ids are 0, or the old one stands for the current one wherever it appears (`check_ids`). */
  check(oldId: number, curId: number): boolean {
    if (oldId === 0) return curId === 0;
    if (curId === 0) return false;
    const { old, cur, count } = this;
    for (let i = 0; i < count; i++) {
      if (old[i] === oldId) return cur[i] === curId;
      if (cur[i] === curId) return false;
    }
    if (count === CAPACITY) return false;
    old[count] = oldId;
    cur[count] = curId;
    this.count++;
    return true;
  }

  /** As {@link check} for links between scalars: an unlinked old scalar asks for nothing (`check_scalar_ids`). */
  checkScalar(oldId: number, curId: number): boolean {
    if (oldId === 0) return true;
    const id = curId === 0 ? ++this.tmpIdGen : curId;
    if (!this.check(oldId, id)) return false;
    return !hasAddConst(oldId) || this.check(baseId(oldId), baseId(id));
  }
}

/** The id without link bits. */
function baseId(id: number): number {
  return id & ID_MASK;
}
