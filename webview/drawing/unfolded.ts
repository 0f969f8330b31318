// SPDX-License-Identifier: GPL-2.0-only
/** What a piece of a function unfolds to: its blocks in C, of a repeat those of one copy, and beside them what differs, visits and ways out. */
import { plainName } from '../../src/protocol/words';
import { differences, formsWords } from '../large/differs';
import { codeWords, placeWords, seriesWords, titleOf, visitsWords, waysOut, type WayOut } from '../large/group-words';
import { listLanes } from '../large/group-layout';
import { copyNodes, type Group } from '../large/groups';
import { loopRounds } from '../large/loop-words';
import { modelOf, type Repeat } from '../large/repeats';
import { count, variesWords } from '../large/words';
import type { GraphNode } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import { h, s } from '../page/dom';
import type { OpenedInput } from './opened-function';

export interface UnfoldedInput extends OpenedInput {
  readonly group: Group;
  readonly at: number;
  /** Width of the whole, px. */
  readonly width: number;
}

/** Blocks, lines of what differs and ways out that are shown at most. */
const MOST = { blocks: 24, differ: 5, ways: 6, lanes: 5 } as const;
/** Block in the list, px. */
const ITEM = { height: 44, lane: 8 } as const;
/** Narrower than this what is beside the blocks stands below them. */
const WIDE = 560;

/** Visits of each copy of a repeat. */
export function visitsOfCopies({ stave }: Pick<OpenedInput, 'stave'>, r: Repeat): number[] {
  return Array.from({ length: r.copies }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < r.length; i++) sum += stave.code.insns[r.start + k * r.length + i]!.states;
    return sum;
  });
}

function blockElement(node: GraphNode, most: number): HTMLElement {
  let visits = 0;
  for (const i of node.instructions) visits = Math.max(visits, i.states);
  const rejected = node.instructions.some((i) => i.rejected);
  return h(
    'div',
    {
      class: `unfolded-block${visits === 0 ? ' dead' : ''}${rejected ? ' rejected' : ''}`,
      'data-node': node.id,
      'data-insn': node.instructions[0]!.index,
    },
    h(
      'div',
      { class: 'piece-line' },
      h('b', {}, node.name),
      h('span', { class: 'dim' }, placeWords(node.instructions)),
      h('span', { class: 'grow' }),
      h('span', { class: 'dim' }, visitsWords([node], visits)),
    ),
    h('div', { class: 'piece-code' }, codeWords(node)),
    h('div', { class: 'piece-bar', style: `width: ${most === 0 ? 0 : Math.round((visits / most) * 100)}%` }),
  );
}

/** Blocks one below the other; what goes on elsewhere than to the next has a lane at the left. */
function blockList(input: UnfoldedInput, nodes: readonly GraphNode[]): HTMLElement {
  const index = indexOf(input.program.graph);
  const shown = nodes.slice(0, MOST.blocks);
  const number = new Map(shown.map((n, i) => [n.id, i]));
  const falls = new Set<number>();
  const jumps: { from: number; to: number }[] = [];
  shown.forEach((n, from) => {
    for (const e of index.out.get(n.id) ?? []) {
      const to = e.kind === 'call' ? undefined : number.get(e.to);
      if (to === undefined) continue;
      if (to === from + 1) falls.add(from);
      else jumps.push({ from, to });
    }
  });
  const lanes = listLanes(jumps, MOST.lanes);
  const left = (Math.max(-1, ...lanes.map((l) => l.lane)) + 1) * ITEM.lane + 6;
  const mid = (i: number, part: number): number => i * (ITEM.height + 14) + ITEM.height * part;
  const lines = lanes.map(({ from, to, lane }) => {
    const x = left - 6 - lane * ITEM.lane;
    const y = mid(to, 0.3);
    return s('path', {
      class: `piece-edge${to <= from ? ' back' : ''}`,
      d: `M${left} ${mid(from, 0.7)}H${x}V${y}H${left - 2}M${left - 6} ${y - 3}l5 3l-5 3`,
    });
  });
  const downs = [...falls].map((i) => {
    const y = mid(i, 1);
    return s('path', { class: 'piece-edge', d: `M${left + 30} ${y}v13m-3 -5l3 5l3 -5` });
  });
  let most = 0;
  for (const n of nodes) for (const i of n.instructions) most = Math.max(most, i.states);
  const list = h(
    'div',
    { class: 'unfolded-blocks' },
    s('svg', { class: 'piece-edges', width: left + 60, height: mid(shown.length, 0), 'aria-hidden': 'true' }, ...lines, ...downs),
    ...shown.map((n) => blockElement(n, most)),
    nodes.length > shown.length &&
      h('div', { class: 'dim' }, `and ${count(nodes.length - shown.length)} more blocks: the level Blocks shows all`),
  );
  list.style.setProperty('--left', `${left}px`);
  return list;
}

const fact = (title: string, ...children: (HTMLElement | SVGElement | string | false)[]): HTMLElement =>
  h(
    'div',
    { class: 'unfolded-fact' },
    h('b', {}, title),
    ...children.map((c) => (typeof c === 'string' ? h('div', { class: 'dim' }, c) : c)),
  );

const link = (insn: number, words: string): HTMLElement =>
  h('div', { class: 'unfolded-link', 'data-insn': insn }, h('span', { class: 'link' }, count(insn)), ` ${words}`);

/** A skyline of copies: a rise to the right means that it does not converge. */
function copiesSkyline(visits: readonly number[], chosen: number): SVGElement {
  const most = Math.max(1, ...visits);
  const width = 168;
  const pitch = width / visits.length;
  const bar = (v: number, i: number): string => {
    const high = Math.max(1, (26 * v) / most);
    return `M${(i * pitch).toFixed(2)} 28v${(-high).toFixed(1)}h${Math.max(0.6, pitch * 0.7).toFixed(2)}V28z`;
  };
  return s(
    'svg',
    { width, height: 30, class: 'copies-skyline', 'aria-hidden': 'true' },
    s('path', { class: 'sky cold', d: visits.map(bar).join('') }),
    s('path', { class: 'chosen-copy', d: bar(visits[chosen] ?? 0, chosen) }),
  );
}

function repeatFacts({ stave, state, states }: UnfoldedInput, r: Repeat): HTMLElement[] {
  const all = differences(stave, r);
  const visits = visitsOfCopies({ stave }, r);
  const varies = variesWords(r);
  return [
    fact(
      'What differs',
      ...all.slice(0, MOST.differ).map((d) => link(d.insn, formsWords(d))),
      ...(all.length > MOST.differ ? [`and ${count(all.length - MOST.differ)} more constants`] : []),
      `${varies.charAt(0).toUpperCase()}${varies.slice(1)}; jump targets differ`,
    ),
    fact('States on entry', states === '' ? 'Go from copy to copy to see what differs' : states),
    fact(`Visits, ${count(r.copies)} copies`, copiesSkyline(visits, state.copy), seriesWords(visits)),
  ];
}

function facts(input: UnfoldedInput, nodes: readonly GraphNode[]): HTMLElement[] {
  const { program, stave, group } = input;
  const last = nodes.at(-1)!;
  const at = stave.code.nodes.lastIndexOf(last);
  const next = stave.code.nodes[at + 1]?.id ?? null;
  const ways = waysOut(program, nodes, next);
  const told = new Map<string, WayOut>();
  for (const w of ways) if (!told.has(`${w.insn} ${w.words}`)) told.set(`${w.insn} ${w.words}`, w);
  const held = nodes[0]!.instructions[0]!.held.map(plainName);
  const rounds = group.loop === null ? '' : loopRounds(program, stave, group.loop);
  return [
    ...(group.repeat === null ? [] : repeatFacts(input, group.repeat)),
    ...(rounds === '' ? [] : [fact('Rounds', rounds)]),
    ...(held.length === 0 ? [] : [fact('Held at its beginning', held.join(', '))]),
    fact(
      'Ways out',
      ...[...told.values()].slice(0, MOST.ways).map((w) => link(w.insn, w.words)),
      ...(told.size > MOST.ways ? [`and ${count(told.size - MOST.ways)} more`] : []),
      ...(told.size === 0 ? [next === null ? 'the end of the function' : 'only on to what follows'] : []),
    ),
  ];
}

/** Blocks that are shown of a piece: of a repeat those of the copy at hand. */
export function unfoldedNodes({ stave, state }: Pick<OpenedInput, 'stave' | 'state'>, group: Group): readonly GraphNode[] {
  return group.repeat === null ? group.nodes : copyNodes(stave, group.repeat, state.copy);
}

function stepper({ state, stave, at }: UnfoldedInput, r: Repeat): HTMLElement {
  const button = (by: number, text: string, title: string): HTMLElement =>
    h('button', { type: 'button', class: 'copy-step', tabindex: -1, title, 'data-by': by, 'data-fn': stave.fn.name, 'data-of': at }, text);
  return h(
    'span',
    { class: 'stepper' },
    button(-1, '‹', 'Previous copy'),
    h('span', {}, `copy ${count(state.copy + 1)} of ${count(r.copies)}`),
    button(1, '›', 'Next copy'),
  );
}

/** A piece, unfolded. */
export function unfoldedElement(input: UnfoldedInput): HTMLElement {
  const { stave, group, width, state } = input;
  const nodes = unfoldedNodes(input, group);
  const r = group.repeat;
  const peeled = r !== null && (state.copy < r.before || state.copy >= r.copies - r.after);
  const model = r === null || r.before === 0 ? '' : ` · the one that stands for all is copy ${(modelOf(r) - r.start) / r.length + 1}`;
  return h(
    'div',
    { class: `unfolded${width < WIDE ? ' narrow' : ''}` },
    h(
      'div',
      { class: 'unfolded-head' },
      h('b', {}, r === null ? titleOf(stave, group) : `one of ${count(r.copies)}`),
      h(
        'span',
        { class: 'dim' },
        `${placeWords(nodes.flatMap((n) => n.instructions))}${peeled ? ` · differs in more than the others${model}` : ''}`,
      ),
      h('span', { class: 'grow' }),
      r !== null && stepper(input, r),
    ),
    h('div', { class: 'unfolded-body' }, blockList(input, nodes), h('div', { class: 'unfolded-facts' }, ...facts(input, nodes))),
  );
}
