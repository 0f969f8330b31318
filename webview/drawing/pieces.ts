// SPDX-License-Identifier: GPL-2.0-only
/** Pieces of the functions that are open, made once as long as what they are made from stays. */
import type { PathLeg } from '../large/failing-path';
import { type Groups, groupsOf } from '../large/groups';
import type { Program, Stave } from '../large/program';

/** The failing path: its instructions in order, and the place among them from which on it is wrong. */
export interface Way {
  readonly insns: readonly number[];
  readonly wrongFrom: number;
}

/** Of a program that is not rejected. */
export const NO_WAY: Way = { insns: [], wrongFrom: Infinity };

export class Pieces {
  private made = new Map<Stave, { readonly legs: readonly PathLeg[]; readonly way: Way; readonly groups: Groups }>();

  of({ graph, staves }: Program, stave: Stave, legs: readonly PathLeg[], way: Way): Groups {
    const known = this.made.get(stave);
    if (known?.legs === legs && known.way === way) return known.groups;
    const groups = groupsOf(graph, stave, legs, way.insns, way.wrongFrom);
    this.made = new Map([...this.made].filter(([x]) => staves.includes(x)));
    this.made.set(stave, { legs, way, groups });
    return groups;
  }
}
