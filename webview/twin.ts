// SPDX-License-Identifier: GPL-2.0-only
import type { GraphView } from './drawing/graph-view';
import { programOf } from './large/program';
import { staveWords } from './large/words';
import { legsOf } from './picture';
import type { Session } from './session/state';
import type { StavesTwin } from './tree/tree';

/** What the tree says of functions while they are drawn; null while their blocks are. */
export function twinOf(session: Session, { staves }: GraphView): StavesTwin | null {
  if (session.detail === null || !session.staves) return null;
  const program = programOf(session.detail.graph);
  const legs = legsOf(session);
  return {
    items: program.staves.map((x) => ({ fn: x.fn.name, start: x.fn.start, words: staveWords(program, x, legs) })),
    beside: (insn, by) => staves.beside(insn, by),
  };
}
