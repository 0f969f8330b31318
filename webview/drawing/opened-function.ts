// SPDX-License-Identifier: GPL-2.0-only
/** What is open below a strip: the pieces of a function as boxes with edges, and what one of them unfolds to. */
import type { CompareLook } from '../compare/look';
import { codeWords, insnsOf, placeWords, titleOf, visitsWords } from '../large/group-words';
import { layPieces, type PieceEdge, type PieceLayout } from '../large/group-layout';
import { copyAt, type Group, type Groups } from '../large/groups';
import { roundsBound } from '../large/loop-words';
import type { Opened } from '../large/opened';
import { placeOf, type Program, type Stave } from '../large/program';
import { count } from '../large/words';
import type { LensView } from '../lens/types';
import { h, s } from '../page/dom';
import { chip } from '../page/marks';
import { rounded } from './staves-picture';
import { unfoldedElement } from './unfolded';

/** Chips of what is held that a box has room for. */
const MOST_CHIPS = 3;

export interface OpenedInput {
  readonly program: Program;
  readonly stave: Stave;
  readonly groups: Groups;
  readonly state: Opened;
  readonly lens: LensView;
  readonly compare: CompareLook | null;
  /** Left end and width of the room, px. */
  readonly x: number;
  readonly width: number;
  /** How the states of the shown copy differ from those of the one before; '' while that is not known. */
  readonly states: string;
}

export interface OpenedFunction {
  readonly element: HTMLElement;
  readonly layout: PieceLayout;
  readonly input: OpenedInput;
}

function lineOf({ edge, points }: PieceEdge): SVGElement[] {
  const end = points.at(-1)!;
  const before = points.at(-2)!;
  const down = end.y > before.y;
  const head = down ? `M${end.x - 3.5} ${end.y - 6}h7l-3.5 6Z` : `M${end.x - 6} ${end.y - 3.5}v7l6 -3.5Z`;
  const cls = `${edge.path === null ? '' : ` path ${edge.path}`}${edge.back ? ' back' : ''}${edge.travelled ? '' : ' never'}`;
  const d = rounded(points, 4);
  return [
    s('path', { class: `piece-edge${cls}`, d }),
    ...(edge.back && edge.path === null ? [s('path', { class: 'piece-edge inside', d })] : []),
    s('path', { class: `piece-head${cls}`, d: head }),
  ];
}

function pieceElement(input: OpenedInput, layout: PieceLayout, at: number): HTMLElement {
  const { program, stave, groups, lens, compare, state } = input;
  const g = groups.groups[at]!;
  const box = layout.boxes[at]!;
  const first = g.nodes[0]!.instructions[0]!;
  const faded = lens.focus !== null && !g.nodes.some((n) => lens.focus!.has(n.id));
  const differs = g.nodes.some((n) => compare?.nodes.get(n.id)?.kind === 'differs');
  const seen = g.nodes.some((n) => n.instructions.some((i) => i.visit === 'visited'));
  const rejected = g.nodes.some((n) => n.instructions.some((i) => i.rejected));
  const untold = layout.untold.filter((e) => e.from === at).map((e) => e.to + 1);
  const classes = [g.repeat === null ? '' : 'stack', seen ? '' : 'dead', rejected ? 'rejected' : '', faded ? 'faded' : ''];
  const rounds = g.loop === null ? '' : roundsBound(program, stave, g.loop);
  const share = stave.visits === 0 ? 0 : g.visits / stave.visits;
  const el = h(
    'div',
    {
      class: `piece ${classes.filter((c) => c !== '').join(' ')}`,
      'data-fn': stave.fn.name,
      'data-group': at,
      title: codeWords(g.nodes[0]!),
    },
    h(
      'div',
      { class: 'piece-title' },
      h('span', { class: 'piece-fold' }, state.group === at ? '⌄' : '›'),
      h('span', { class: 'dim' }, String(at + 1)),
      h('b', {}, `${differs ? '≠ ' : ''}${titleOf(stave, g)}`),
      h('span', { class: 'grow' }),
      ...g.steps.map((x) => h('span', { class: `piece-step${x.guilty ? ' guilty' : ''}` }, String(x.number))),
      h('span', { class: 'dim' }, rounds === '' ? visitsWords(g.nodes, g.most) : rounds),
    ),
    h(
      'div',
      { class: 'piece-line' },
      h('span', { class: 'dim' }, placeWords(insnsOf(stave, g))),
      h('span', { class: 'grow' }),
      untold.length > 0 && h('span', { class: 'dim' }, `→ ${untold.slice(0, 3).join(', ')}`),
      ...first.held.slice(0, MOST_CHIPS).map((x) => chip(x, first.states)),
    ),
    h('div', { class: 'piece-code' }, codeWords(g.nodes[0]!)),
    h('div', { class: 'piece-bar', style: `width: ${Math.round(share * 100)}%` }),
  );
  el.style.cssText = `left: ${box.x}px; top: ${box.y}px; width: ${box.width}px; height: ${box.height}px`;
  return el;
}

/** An open function. It must stand in the page to be measured: `room` is where it will stand. */
export function openedFunction(input: OpenedInput, room: HTMLElement): OpenedFunction {
  const { groups, state, x, width } = input;
  const base = { count: groups.groups.length, edges: groups.edges, x, width };
  const element = h('div', { class: 'opened-function', 'data-fn': input.stave.fn.name });
  let layout = layPieces({ ...base, unfolded: null });
  const unfolded = state.group === null ? null : groups.groups[state.group];
  if (unfolded != null) {
    const widths = layPieces({ ...base, unfolded: { group: state.group!, height: 0 } }).panel!;
    const panel = unfoldedElement({ ...input, group: unfolded, at: state.group!, width: widths.width });
    panel.style.left = `${widths.x}px`;
    panel.style.width = `${widths.width}px`;
    element.append(panel);
    room.append(element);
    layout = layPieces({ ...base, unfolded: { group: state.group!, height: panel.offsetHeight } });
    panel.style.top = `${layout.panel!.y}px`;
  }
  element.prepend(
    s(
      'svg',
      { class: 'piece-edges', width: x + width + 4, height: layout.height, 'aria-hidden': 'true' },
      ...[...layout.edges].sort((a, b) => Number(a.edge.path !== null) - Number(b.edge.path !== null)).flatMap(lineOf),
    ),
    ...groups.groups.map((_, i) => pieceElement(input, layout, i)),
  );
  element.style.height = `${layout.height}px`;
  return { element, layout, input };
}

/** Marks what is selected and found in an open function. */
export function markOpened({ element, input }: OpenedFunction, selected: number | null, hits: readonly number[]): void {
  const { stave, groups } = input;
  const within = (insn: number | null): boolean => insn !== null && insn >= stave.fn.start && insn < stave.fn.end;
  const node = within(selected) ? stave.code.nodes[placeOf(stave, selected!)] : undefined;
  const at = node === undefined ? undefined : groups.of.get(node.id);
  const found = new Map<number, number>();
  const foundIn = new Set<string>();
  for (const insn of hits) {
    if (!within(insn)) continue;
    const { id } = stave.code.nodes[placeOf(stave, insn)]!;
    foundIn.add(id);
    const own = groups.of.get(id);
    if (own !== undefined) found.set(own, (found.get(own) ?? 0) + 1);
  }
  for (const el of element.querySelectorAll<HTMLElement>('.piece')) {
    const group = Number(el.dataset['group']);
    el.classList.toggle('selected', group === at);
    const n = found.get(group);
    el.classList.toggle('hit', n !== undefined);
    if (n === undefined) delete el.dataset['hits'];
    else el.dataset['hits'] = `×${count(n)}`;
  }
  for (const el of element.querySelectorAll<HTMLElement>('.unfolded-block')) {
    el.classList.toggle('selected', el.dataset['node'] === node?.id);
    el.classList.toggle('hit', foundIn.has(el.dataset['node'] ?? ''));
  }
}

/** The piece of an instruction, and its copy there; null for what is in another function. */
export function pieceOf(
  stave: Stave,
  groups: Groups,
  insn: number,
): { readonly at: number; readonly group: Group; readonly copy: number } | null {
  const place = placeOf(stave, insn);
  const at = groups.of.get(stave.code.nodes[place]?.id ?? '');
  if (at === undefined) return null;
  const group = groups.groups[at]!;
  return { at, group, copy: group.repeat === null ? 0 : copyAt(group.repeat, place) };
}
