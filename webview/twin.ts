// SPDX-License-Identifier: GPL-2.0-only
import type { GraphView } from './drawing/graph-view';
import type { OpenedFunction } from './drawing/opened-function';
import { unfoldedNodes } from './drawing/unfolded';
import { groupWords } from './large/group-words';
import { programOf } from './large/program';
import { staveWords } from './large/words';
import { legsOf } from './picture';
import type { Session } from './session/state';
import type { StavesTwin, TwinItem } from './tree/tree';
import { blockWords } from './tree/words';

/** What is open below a strip: its pieces, and the blocks of the one that is unfolded. */
function openItems({ input }: OpenedFunction): TwinItem[] {
  const { program, stave, groups, state } = input;
  return groups.groups.flatMap((g, at): TwinItem[] => {
    const first = g.nodes[0]!.instructions[0]!.index;
    const last = g.nodes.at(-1)!.instructions.at(-1)!.index;
    const open = state.group === at;
    const place = { at, of: groups.groups.length };
    const own: TwinItem = { level: 2, place, start: first, end: last + 1, words: groupWords(program, stave, groups, at), open };
    const nodes = open ? unfoldedNodes(input, g) : [];
    return [
      own,
      ...nodes.map((n, i): TwinItem => {
        const start = n.instructions[0]!.index;
        const end = n.instructions.at(-1)!.index + 1;
        return { level: 3, place: { at: i, of: nodes.length }, start, end, words: blockWords(n, program.graph), open: null };
      }),
    ];
  });
}

/** What the tree says of functions while they are drawn; null while their blocks are. */
export function twinOf(session: Session, { staves }: GraphView): StavesTwin | null {
  if (session.detail === null || !session.staves) return null;
  const program = programOf(session.detail.graph);
  const legs = legsOf(session);
  return {
    items: program.staves.flatMap((x, at): TwinItem[] => {
      const own = staves.opened.find((o) => o.input.stave === x);
      const place = { at, of: program.staves.length };
      const words = staveWords(program, x, legs);
      return [
        { level: 1, place, start: x.fn.start, end: x.fn.end, words, open: own !== undefined },
        ...(own === undefined ? [] : openItems(own)),
      ];
    }),
    beside: (insn, by) => staves.beside(insn, by),
  };
}
