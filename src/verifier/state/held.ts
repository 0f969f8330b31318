// SPDX-License-Identifier: GPL-2.0-only
import type { ContextClass } from '../../policy/types';

/**
 * One held resource: an entry of the one table from which everything about contexts is derived.
 * Mainline's reference states, RCU and preemption counters are all entries; classes say how they behave.
 */
export interface Held {
  readonly cls: ContextClass;
  /** Reference id from the id counter; 0 for classes without a token (RCU, preemption), which take no id. */
  readonly id: number;
  /** Instruction that took it. */
  readonly insn: number;
  /** Id of the object that this one hangs on (iterator, dynptr source); 0 if none. */
  readonly parentId: number;
  /** Identity of a lock's object: the map or BTF whose value holds it; null otherwise. */
  readonly object: object | null;
  /** What it forbids while held: the class's `forbids`, or what the taking kfunc's annotation says. `Op` bits. */
  readonly forbids: number;
}

/**
 * Ordered, immutable table of held resources with its folds precomputed. Replacing the table is the only way to change it.
 */
export class HeldTable {
  /** Union of what is forbidden. */
  readonly forbids: number;
  /** Whether any entry grants RCU protection. */
  readonly grantsRcu: boolean;
  /** Number of entries with a token (`acquired_refs`): all but RCU and preemption. A lock counts even when its object's id is 0. */
  readonly refCount: number;

  constructor(readonly entries: readonly Held[]) {
    let forbids = 0;
    let rcu = false;
    let refs = 0;
    for (const e of entries) {
      forbids |= e.forbids;
      rcu ||= e.cls.grantsRcu;
      if (e.cls.token !== 'none') refs++;
    }
    this.forbids = forbids;
    this.grantsRcu = rcu;
    this.refCount = refs;
  }

  /** Number of entries of a class. */
  count(className: string): number {
    let n = 0;
    for (const e of this.entries) if (e.cls.name === className) n++;
    return n;
  }
  /** Entry with that reference id, whatever its class. */
  byId(id: number): Held | undefined {
    return id === 0 ? undefined : this.entries.find((e) => e.id === id);
  }
  /** First entry that hangs on `parentId`. */
  childOf(parentId: number): Held | undefined {
    return parentId === 0 ? undefined : this.entries.find((e) => e.parentId === parentId);
  }
  /** Newest entry of one of the classes. */
  newest(match: (e: Held) => boolean): Held | undefined {
    return this.entries.findLast(match);
  }
  push(entry: Held): HeldTable {
    return new HeldTable([...this.entries, entry]);
  }
  /** Without that entry; order of the others is kept. */
  remove(entry: Held): HeldTable {
    return new HeldTable(this.entries.filter((e) => e !== entry));
  }
}

export const NOTHING_HELD = new HeldTable([]);
