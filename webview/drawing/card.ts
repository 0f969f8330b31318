// SPDX-License-Identifier: GPL-2.0-only
/** Cards of blocks: the same anatomy everywhere. Cards are for the eye; screen readers get the tree. */
import type { ContextGraph, GraphInsn, HeldResource, OperationKind } from '../../src/protocol/graph';
import { type CompareLook, type NodeSides, type SideView, chipsThatFit } from '../compare/look';
import type { Block } from './block';
import { h } from '../page/dom';
import { laneMarks } from '../model/lanes';
import { chipText } from '../../src/protocol/words';
import { chip, type Glyph, glyph, glyphOf, type MarkLook, rails } from '../page/marks';
import type { LensTag, LensView } from '../lens/types';
import { foldText, insnsOf, type Row } from '../model/rows';
import { tellsSleep } from '../model/sleep-once';
import { spell } from '../../src/protocol/insns';

const MAX_CHIPS = 3;

/** What a card needs beside its block. */
export interface CardContext {
  readonly graph: ContextGraph;
  readonly lanes: ReadonlyMap<string, number>;
  readonly letters: ReadonlyMap<string, MarkLook>;
  readonly laneCount: number;
  readonly lens: LensView;
  readonly compare: CompareLook | null;
}

/** Words of the assembly by which an operation leads elsewhere. */
const CONTROL: Partial<Record<OperationKind, readonly string[]>> = {
  call: ['call'],
  goto: ['goto', 'gotol', 'gotox'],
  branch: ['if', 'goto'],
  may_goto: ['may_goto', 'goto'],
  exit: ['exit'],
};

/** The assembly of an instruction with its registers, what it calls, and its words of control in colour. */
function assembly(insn: GraphInsn): (Node | string)[] {
  const { kind, reads, writes, callee } = insn.operation;
  const looks = new Map([...reads, ...writes].flatMap((no) => [`r${no}`, `w${no}`].map((name) => [name, 'va'])));
  for (const word of CONTROL[kind] ?? []) looks.set(word, 'ctl');
  if (callee !== null) looks.set(callee.name, 'fn');
  return words(spell(insn)).map((word) => {
    const cls = looks.get(word);
    return cls === undefined ? word : h('span', { class: cls }, word);
  });
}

/** A text in words and what is between them. */
function words(text: string): string[] {
  return text.split(/(\w+)/);
}

function worthFirst(held: readonly HeldResource[]): HeldResource[] {
  return [...held].sort((a, b) => b.forbids.length - a.forbids.length || a.takenAt - b.takenAt);
}

function chips(held: readonly HeldResource[], states: number): HTMLElement[] {
  const sorted = worthFirst(held);
  const shown = sorted
    .slice(0, MAX_CHIPS)
    .sort((a, b) => a.takenAt - b.takenAt)
    .map((x) => chip(x, states));
  if (sorted.length > MAX_CHIPS) shown.push(h('span', { class: 'dim' }, `+${sorted.length - MAX_CHIPS}`));
  return shown;
}

/** What changes over a block: resources that its end holds and its start does not. */
function exitChips(block: Block): HTMLElement[] {
  const first = block.node.instructions[0]!;
  const last = block.node.instructions[block.node.instructions.length - 1]!;
  const before = new Set(first.held.map((x) => x.key));
  return chips(
    last.held.filter((x) => !before.has(x.key)),
    last.states,
  );
}

function header(block: Block, context: CardContext): HTMLElement {
  const insns = block.node.instructions;
  const first = insns[0]!;
  const last = insns[insns.length - 1]!;
  const range = first.index === last.index ? String(first.index) : `${first.index}–${last.index}`;
  const lines = insns.map((i) => i.source?.line).filter((l) => l !== undefined);
  const low = Math.min(...lines);
  const high = Math.max(...lines);
  const place = lines.length === 0 ? '' : low === high ? ` · line ${low}` : ` · lines ${low}–${high}`;
  const changed = exitChips(block);
  const start: Glyph = glyphOf(first);
  const rejected = insns.some((i) => i.rejected);
  const end: Glyph = rejected ? 'rejected' : glyphOf(last);
  const quiet = start === end && !tellsSleep(context.graph, start);
  const sides = context.compare?.nodes.get(block.node.id);
  const heat = context.lens.heat?.get(block.node.id);
  return h(
    'div',
    { class: 'card-head' },
    h('span', { class: 'id' }, block.node.name),
    h('span', { class: 'dim range' }, `${range}${place}`),
    h('span', { class: 'grow' }),
    heat !== undefined &&
      h('span', { class: `tag heat heat-${heat.step}` }, `${heat.visits.toLocaleString('en')} visit${heat.visits === 1 ? '' : 's'}`),
    ...(sides === undefined && heat === undefined
      ? [...chips(first.held, first.states), changed.length > 0 && h('span', { class: 'dim' }, '→'), ...changed]
      : []),
    sides?.kind === 'differs' && h('span', { class: 'differs', role: 'img', 'aria-label': 'differs' }, '≠'),
    sides !== undefined && sides.kind !== 'differs' && h('span', { class: 'dim' }, sides.kind === 'same' ? 'same' : 'not comparable'),
    (sides === undefined || sides.kind === 'same') &&
      !quiet &&
      h(
        'span',
        { class: 'glyphs' },
        glyph(start, 14),
        start !== end && h('span', { class: 'dim arrow' }, '→'),
        start !== end && glyph(end, 14),
      ),
  );
}

function tags(insn: GraphInsn): HTMLElement[] {
  const out: HTMLElement[] = [];
  if (insn.note !== null && insn.noteShown !== true) out.push(h('span', { class: 'tag' }, insn.note));
  if (insn.demands.length > 0) {
    const guilty = insn.rejected;
    out.push(
      h('span', { class: `tag ${guilty ? 'guilty' : 'demand'}` }, h('b', {}, 'zZ'), insn.demands.includes('fault') ? ' faults' : ' sleeps'),
    );
  }
  return out;
}

function side(letter: 'A' | 'B', view: SideView, width: number): HTMLElement {
  const held = worthFirst(view.held);
  const shown = held
    .slice(
      0,
      chipsThatFit(
        held.map((x) => chipText(x, view.states)),
        view.word,
        width,
      ),
    )
    .sort((a, b) => a.takenAt - b.takenAt);
  return h(
    'div',
    { class: 'side' },
    h('span', { class: `letter ${letter === 'A' ? 'filled' : ''}` }, letter),
    ...shown.map((x) => chip(x, view.states)),
    glyph(view.glyph, 13),
    h('span', { class: 'word' }, view.word),
  );
}

/** Both answers, under a block that differs. */
function footer(sides: NodeSides, width: number): HTMLElement {
  return h('div', { class: 'card-foot' }, side('A', sides.a, width / 2), side('B', sides.b, width / 2));
}

function lensTag(tag: LensTag): HTMLElement {
  return h('span', { class: tag.kind === 'step' ? 'step' : `tag ${tag.kind}` }, tag.text);
}

function rowElement(
  row: Row,
  before: GraphInsn | undefined,
  next: GraphInsn | undefined,
  context: CardContext,
  selected: number | null,
): HTMLElement {
  const insns = insnsOf(row);
  const first = insns[0]!;
  const isSelected = selected !== null && insns.some((i) => i.index === selected);
  const rejected = insns.some((i) => i.rejected);
  const own = rejected ? 'rejected' : glyphOf(first);
  const showGlyph = (rejected || before === undefined || glyphOf(before) !== own) && tellsSleep(context.graph, own, first);
  const text =
    row.kind === 'insn'
      ? h('span', { class: 'text' }, ...assembly(row.insn))
      : row.kind === 'fold'
        ? h('span', { class: 'text folded' }, `⋯ ${foldText(row)}`)
        : h('span', { class: 'text c' }, row.text);
  const el = h(
    'div',
    {
      class: `row${isSelected ? ' selected' : ''}${rejected ? ' rejected' : ''}${row.kind === 'fold' ? ' fold' : ''}${first.visit === 'visited' ? '' : ' dead'}${insns.some((i) => context.lens.marked.has(i.index)) ? ' marked' : ''}`,
      'data-insn': first.index,
      'data-last': insns[insns.length - 1]!.index,
    },
    h('span', { class: 'lanes' }, rails(laneMarks(insns, next, context.lanes, context.letters), 17)),
    h('span', { class: 'index' }, row.kind === 'c' ? `:${row.line}` : String(first.index)),
    text,
    ...insns.flatMap((i) => context.lens.tags.get(i.index) ?? []).map(lensTag),
    ...(row.kind === 'insn' ? tags(row.insn) : insns.flatMap((i) => (i.demands.length > 0 ? tags(i).slice(-1) : []))),
    h('span', { class: 'row-glyph' }, showGlyph && glyph(own, 13)),
  );
  el.style.setProperty('--lanes', `${context.laneCount * 8 + 5}px`);
  return el;
}

/** The card of a block, at its place. */
export function card(block: Block, context: CardContext, selected: number | null): HTMLElement {
  const insns = block.node.instructions;
  const rejected = insns.some((i) => i.rejected);
  const dead = insns.every((i) => i.visit !== 'visited');
  const chosen = selected !== null && insns.some((i) => i.index === selected);
  const rows = block.rows.map((row, i) => {
    const here = insnsOf(row);
    const previous = block.rows[i - 1];
    const before = previous === undefined ? undefined : insnsOf(previous)[insnsOf(previous).length - 1];
    const position = insns.indexOf(here[here.length - 1]!);
    return rowElement(row, before, insns[position + 1], context, selected);
  });
  const sides = context.compare?.nodes.get(block.node.id);
  const { lens } = context;
  const extra = [
    lens.blocks.get(block.node.id) ?? '',
    lens.focus !== null && !lens.focus.has(block.node.id) ? 'faded' : '',
    sides?.kind === 'differs' ? 'different' : '',
  ].filter((c) => c !== '');
  const el = h(
    'div',
    {
      class: `card${chosen ? ' selected' : ''}${rejected ? ' rejected' : ''}${dead ? ' dead' : ''}${extra.map((c) => ` ${c}`).join('')}`,
      'data-node': block.node.id,
    },
    header(block, context),
    ...rows,
    sides !== undefined && sides.kind !== 'same' && footer(sides, block.width),
  );
  el.style.transform = `translate(${block.x}px, ${block.y}px)`;
  el.style.width = `${block.width}px`;
  el.style.height = `${block.height}px`;
  return el;
}
