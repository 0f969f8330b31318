// SPDX-License-Identifier: GPL-2.0-only
/** What the inspector says of an edge and of a region. Pure. */
import type { ContextGraph, GraphEdge, HeldResource } from '../../src/protocol/graph';
import { beginsHolding, forbiddenText, HOLDING, numberedName, resourceName } from '../../src/protocol/words';
import { indexOf } from '../model/graph-index';
import type { LensPage, ListRow } from '../lens/types';
import { isExit, spell } from '../../src/protocol/insns';

const KINDS: Readonly<Record<GraphEdge['kind'], string>> = {
  fall: 'Falls through',
  taken: 'Branch taken',
  jump: 'Jump',
  call: 'Call',
  back: 'Back to the head of a loop',
};

const names = (list: readonly HeldResource[]): string => list.map(numberedName).join(', ');

/** An edge: its condition, and what is known more at each of its ends. */
export function edgePage(graph: ContextGraph, edge: GraphEdge): LensPage {
  const index = indexOf(graph);
  const last = index.nodes.get(edge.from)!.instructions.at(-1)!;
  const first = index.nodes.get(edge.to)!.instructions[0]!;
  const before = new Map(last.held.map((x) => [x.key, x]));
  const after = new Map(first.held.map((x) => [x.key, x]));
  const some = (x: HeldResource, states: number): boolean => x.inStates < states;
  const rows: ListRow[] = [];
  const gone = last.held.filter((x) => !after.has(x.key));
  const settled = first.held.filter((x) => before.has(x.key) && some(before.get(x.key)!, last.states) && !some(x, first.states));
  const mixed = first.held.filter((x) => before.has(x.key) && !some(before.get(x.key)!, last.states) && some(x, first.states));
  const fresh = first.held.filter((x) => !before.has(x.key));
  if (gone.length > 0) rows.push({ insn: last.index, head: index.nameOf(edge.from), text: `held only before: ${names(gone)}` });
  if (fresh.length > 0) rows.push({ insn: first.index, head: index.nameOf(edge.to), text: `held only after: ${names(fresh)}` });
  if (settled.length > 0) rows.push({ insn: first.index, head: index.nameOf(edge.to), text: `held in every state: ${names(settled)}` });
  if (mixed.length > 0)
    rows.push({ insn: first.index, head: index.nameOf(edge.to), text: `held in some states, since other ways meet here: ${names(mixed)}` });
  if (rows.length === 0)
    rows.push({
      insn: null,
      head: '',
      text: last.held.length === 0 ? 'Nothing is held at either end.' : `The same is held at both ends: ${names(first.held)}.`,
    });
  return {
    title: `${index.nameOf(edge.from)} → ${index.nameOf(edge.to)}`,
    text: `${KINDS[edge.kind]}${edge.label === '' ? '' : ` when ${edge.label}`}${edge.meaning === '' ? '' : ` (${edge.meaning})`}. ${edge.travelled ? `${first.states.toLocaleString('en')} arrival${first.states === 1 ? '' : 's'} at ${first.index} over all ways.` : 'No state went along here.'}`,
    sections: [
      {
        name: 'ends',
        title: 'Ends',
        right: '',
        rows: [
          { insn: last.index, head: String(last.index), text: spell(last) },
          { insn: first.index, head: String(first.index), text: spell(first) },
        ],
      },
      { name: 'sides', title: 'What each side knows more', right: '', rows },
    ],
  };
}

/** A region: what it is, where it begins and ends, and every way out of it. */
export function regionPage(graph: ContextGraph, key: string): LensPage | null {
  const index = indexOf(graph);
  const inside = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.held.some((x) => x.key === key));
  const first = inside[0];
  const held = first?.held.find((x) => x.key === key);
  if (first === undefined || held === undefined) return null;
  const within = new Set(inside.map((i) => i.index));
  const line = (insn: number): string => {
    const at = index.lineOf(insn);
    return at === null ? '' : `:${at}`;
  };
  const exits: ListRow[] = [];
  for (const node of graph.nodes) {
    for (const insn of node.instructions) {
      const effect = insn.effects.find((e) => e.key === key && !beginsHolding(e));
      if (effect !== undefined)
        exits.push({
          insn: insn.index,
          head: String(insn.index),
          text: `${HOLDING[held.holding].ended}: ${spell(insn)}`,
          right: line(insn.index),
        });
    }
    const last = node.instructions.at(-1);
    if (last === undefined || !within.has(last.index)) continue;
    if (isExit(last))
      exits.push({
        insn: last.index,
        head: String(last.index),
        text: 'still held at the end',
        right: line(last.index),
        guilty: last.rejected,
      });
    if (last.effects.some((e) => e.key === key)) continue;
    for (const e of index.out.get(node.id) ?? []) {
      const to = index.nodes.get(e.to)?.instructions[0];
      if (e.kind !== 'call' && to !== undefined && to.visit === 'visited' && !within.has(to.index))
        exits.push({
          insn: to.index,
          head: String(last.index),
          text: e.label === '' ? `not held in ${index.nameOf(e.to)}` : `nothing is held when ${e.label}`,
          right: line(last.index),
        });
    }
  }
  const places = [...new Set(inside.flatMap((i) => i.held.filter((x) => x.key === key).flatMap((x) => x.takenPlaces)))].sort(
    (a, b) => a - b,
  );
  const end = inside.at(-1)!;
  return {
    title: resourceName(held),
    chip: held,
    text: `Forbids ${forbiddenText(held.forbids)} at ${inside.length.toLocaleString('en')} instruction${inside.length === 1 ? '' : 's'}, ${first.index} to ${end.index}.`,
    sections: [
      {
        name: 'begins',
        title: 'Begins',
        right: '',
        rows: places.map((p) => ({ insn: p, head: String(p), text: index.at(p) === null ? '' : spell(index.at(p)!.insn), right: line(p) })),
      },
      { name: 'ways-out', title: 'Ways out', right: String(exits.length), rows: exits },
    ],
  };
}
