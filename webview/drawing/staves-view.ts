// SPDX-License-Identifier: GPL-2.0-only
/** The level Functions: staves in a list that scrolls, what is chosen and found over them. */
import { h, s } from '../page/dom';
import type { LensView } from '../lens/types';
import { indexOf } from '../model/graph-index';
import type { PathLeg } from '../large/failing-path';
import { type Box, layStaves, type LayoutInput, leftOf, placeAt, STAVE, type Staves, xOf } from '../large/layout';
import type { Opened } from '../large/opened';
import type { Groups } from '../large/groups';
import { placeOf, type Program, programOf, type Stave } from '../large/program';
import type { CompareLook } from '../compare/look';
import type { ContextGraph, GraphNode } from '../../src/protocol/graph';
import { count } from '../large/words';
import type { View } from './far';
import { markOpened, type OpenedFunction, openedFunction } from './opened-function';
import { Pieces, type Way } from './pieces';
import { settle } from './settle';
import { type Finder, hitMarks, viewMarks } from './staves-marks';
import { fonts } from './fonts';
import { type Fonts, stavesElement } from './staves-picture';
import { unfoldedNodes } from './unfolded';

/** Around a selected instruction, px. */
const MARGIN = 48;

export interface StavesInput {
  readonly graph: ContextGraph;
  readonly legs: readonly PathLeg[];
  readonly lens: LensView;
  /** Only this function, as a ruler over what is drawn of it. */
  readonly only?: string;
  readonly compare: CompareLook | null;
  /** What is open below the strips. */
  readonly opened: readonly Opened[];
  /** The failing path: its instructions, and the place from which on it is wrong. */
  readonly way: Way;
  /** How the states of a shown copy differ from those of the one before; '' while that is not known. */
  readonly states: string;
}

export interface StavesHandlers {
  readonly onSelect: (insn: number) => void;
  /** Another part is in view. */
  readonly onScroll: () => void;
  /** The function of an instruction is to be opened, or closed. */
  readonly onToggle: (insn: number) => void;
  /** Further in, to the block of an instruction, at a point of the view. */
  readonly onDeeper: (insn: number, at: { readonly x: number; readonly y: number }) => void;
  /** A piece of an open function is to be unfolded or folded; another copy of it is to be shown. */
  readonly onPiece: (fn: string, group: number) => void;
  readonly onCopy: (fn: string, by: 1 | -1) => void;
}

/** What a point is on. */
export interface StaveHit {
  readonly fn: string;
  readonly insn: number;
  readonly node: string;
  /** On the head, not on the strip. */
  readonly head: boolean;
}

/** Legs of one function as one: what lies between them is elsewhere. */
function alone(legs: readonly PathLeg[]): readonly PathLeg[] {
  return legs.slice(0, 1).map((first) => {
    const points = legs.flatMap((l) => l.points);
    const wrong = points.findIndex((p) => p.guilty);
    return { ...first, points, wrong: wrong < 0 ? points.length : wrong };
  });
}

export class StavesView {
  readonly element = h('div', { class: 'staves', 'aria-hidden': 'true', hidden: true });
  private readonly stage = h('div', { class: 'staves-stage' });
  private readonly marks = s('svg', { class: 'staves-marks', 'aria-hidden': 'true' });
  private readonly below = h('div', { class: 'staves-below', hidden: true });
  private input: StavesInput | null = null;
  layout: Staves | null = null;
  /** Functions that are open, as they are drawn. */
  opened: readonly OpenedFunction[] = [];
  private readonly pieces = new Pieces();
  private selected: number | null = null;
  private hits: readonly number[] = [];
  private linked: readonly number[] = [];
  private fonts: Fonts | null = null;
  private inView: readonly (readonly [number, number])[] = [];

  constructor(private readonly handlers: StavesHandlers) {
    this.element.append(this.stage, this.below);
    this.element.addEventListener('click', (e) => this.click(e));
    this.element.addEventListener('dblclick', (e) => this.open(e));
    this.element.addEventListener(
      'scroll',
      () => {
        this.tellBelow();
        this.handlers.onScroll();
      },
      { passive: true },
    );
  }

  get program(): Program | null {
    return this.input === null ? null : programOf(this.input.graph);
  }

  /** What a function consists of, as it is shown when it is open. */
  piecesOf(
    { graph, legs, way }: Pick<StavesInput, 'graph' | 'legs' | 'way'>,
    fn: string,
  ): { readonly stave: Stave; readonly groups: Groups } | null {
    const program = programOf(graph);
    const stave = program.staves.find((x) => x.fn.name === fn);
    return stave === undefined ? null : { stave, groups: this.pieces.of(program, stave, legs, way) };
  }

  /** Draws a program anew; keeps the place of the scroll. */
  show(input: StavesInput): void {
    this.input = input;
    this.draw();
  }

  private draw(): void {
    const { input } = this;
    const width = this.element.clientWidth;
    if (input === null || width === 0) return;
    const whole = programOf(input.graph);
    const { only } = input;
    const program = only === undefined ? whole : { ...whole, staves: whole.staves.filter((x) => x.fn.name === only) };
    const legs = only === undefined ? input.legs : input.legs.filter((l) => l.fn === only);
    this.fonts ??= fonts();
    const base = { program, legs: only === undefined ? legs : alone(legs), width, measure: this.fonts.text };
    const before = new Map(this.layout?.boxes.map((box) => [box.stave.fn.name, box.y]));
    const opened = only === undefined ? this.openAll(program, base) : new Map([[only, 0]]);
    this.layout = layStaves({ ...base, opened });
    for (const { element, input: own } of this.opened) {
      const box = this.layout.boxes.find((x) => x.stave === own.stave)!;
      element.style.top = `${box.body}px`;
    }
    this.stage.replaceChildren(
      stavesElement({ program, layout: this.layout, lens: input.lens, opened: new Set(opened.keys()), fonts: this.fonts }),
      ...this.opened.map((o) => o.element),
      this.marks,
    );
    this.stage.style.height = `${this.layout.height}px`;
    this.drawMarks();
    if (only === undefined) settle(this.stage, this.layout, before);
  }

  /** Makes what is open below strips; the height of each. */
  private openAll(program: Program, base: Omit<LayoutInput, 'opened'>): ReadonlyMap<string, number> {
    const { opened, lens, compare, way, legs, states } = this.input!;
    this.stage.replaceChildren();
    const wanted = opened.filter((o) => program.staves.some((x) => x.fn.name === o.fn));
    const flat = layStaves({ ...base, opened: new Map(wanted.map((o) => [o.fn, 0])) });
    this.opened = wanted.map((state) => {
      const box = flat.boxes.find((x) => x.stave.fn.name === state.fn)!;
      const { stave } = box;
      // right of the lines that lead to callees
      const x = program.staves.length > 1 ? leftOf(stave.depth + 1) : box.x;
      const groups = this.pieces.of(program, stave, legs, way);
      const width = Math.min(flat.right, flat.width - STAVE.edge) - x;
      return openedFunction({ program, stave, groups, state, lens, compare, x, width, states }, this.stage);
    });
    return new Map(this.opened.map((o) => [o.input.stave.fn.name, o.layout.height]));
  }

  /** What is in view. */
  view(): View {
    const { scrollTop, clientWidth: width, clientHeight: height } = this.element;
    return { zoom: 1, x: 0, y: -scrollTop, width, height };
  }

  /** Brings a height to the middle. */
  scrollTo(y: number): void {
    this.element.scrollTop = y - this.element.clientHeight / 2;
  }

  /** Frames what is in view of a function's instructions, by their numbers. */
  showInView(ranges: readonly (readonly [number, number])[]): void {
    this.inView = ranges;
    this.drawMarks();
  }

  /** The room for it changed. */
  resize(): void {
    if (!this.element.hidden && this.layout?.width !== this.element.clientWidth) this.draw();
  }

  /** What is selected, what a search found, and the instructions of the cursor's line. */
  mark(selected: number | null, hits: readonly number[], linked: readonly number[]): void {
    this.selected = selected;
    this.hits = hits;
    this.linked = linked;
    this.drawMarks();
  }

  /** Place of an instruction in the view, px. */
  positionOf(insn: number): { readonly x: number; readonly y: number } | null {
    const at = this.boxOf(insn);
    const rect = this.elementOf(insn)?.getBoundingClientRect();
    const corner = this.element.getBoundingClientRect();
    if (rect !== undefined) return { x: rect.left + rect.width / 2 - corner.left, y: rect.top + 12 - corner.top };
    return at === null ? null : { x: at.x, y: at.box.base - at.box.sky / 2 - this.element.scrollTop };
  }

  /** The instruction of the bar beside that of an instruction; null at the end. */
  beside(insn: number, by: 1 | -1): number | null {
    const at = this.boxOf(insn);
    if (at === null) return null;
    const { bars, axis, stave } = at.box;
    const place = axis.at(placeOf(stave, insn));
    const bar = bars[bars.findIndex((b) => place >= b.from && place < b.to) + by];
    return bar === undefined ? null : (stave.code.insns[axis.kept[bar.from]!]?.index ?? null);
  }

  /** What is under a point of the view, px from its corner; what is nearest where nothing is. */
  at(point: { readonly x: number; readonly y: number }): StaveHit | null {
    const { layout, input } = this;
    if (layout === null || input === null) return null;
    const y = point.y + this.element.scrollTop;
    let best: Box | undefined;
    for (const box of layout.boxes) if (box.y <= y || best === undefined) best = box;
    if (best === undefined) return null;
    const place = placeAt(best, point.x);
    const { insns, nodes } = best.stave.code;
    const piece = this.pieceAt(best, point.x, y);
    if (piece !== null) return { fn: best.stave.fn.name, insn: piece.instructions[0]!.index, node: piece.id, head: false };
    const insn = insns[place];
    return insn === undefined ? null : { fn: best.stave.fn.name, insn: insn.index, node: nodes[place]!.id, head: y < best.top - 2 };
  }

  /** The block whose instructions a point of a strip is on; null beside strips. */
  onStrip(point: { readonly x: number; readonly y: number }, target: Element): string | null {
    const y = point.y + this.element.scrollTop;
    const over = target.closest('.staves') === this.element && target.closest('.opened-function') === null;
    const box = over ? this.layout?.boxes.find((b) => y >= b.top - 4 && y <= b.base + 8) : undefined;
    if (box === undefined || point.x < box.x || point.x > box.x + box.width) return null;
    return box.stave.code.nodes[placeAt(box, point.x)]?.id ?? null;
  }

  /** Place below the strip of an instruction, px of the view. */
  belowStrip(insn: number): { readonly x: number; readonly y: number } | null {
    const at = this.boxOf(insn);
    return at === null ? null : { x: at.x, y: at.box.bottom + 14 - this.element.scrollTop };
  }

  /** First block of the piece that is nearest to a point below an open strip; null elsewhere. */
  private pieceAt(box: Box, x: number, y: number): GraphNode | null {
    const own = this.opened.find((o) => o.input.stave === box.stave);
    if (own === undefined || y < box.body) return null;
    let best: GraphNode | null = null;
    let least = Infinity;
    own.layout.boxes.forEach((b, i) => {
      const away = Math.max(0, b.x - x, x - b.x - b.width) + Math.max(0, b.y + box.body - y, y - box.body - b.y - b.height);
      if (away >= least) return;
      least = away;
      best = own.input.groups.groups[i]!.nodes[0]!;
    });
    return best;
  }

  /** Instructions of what is unfolded, by their first and last. */
  private unfoldedRanges(): (readonly [number, number])[] {
    return this.opened.flatMap(({ input: own }) => {
      const group = own.state.group === null ? undefined : own.groups.groups[own.state.group];
      const nodes = group === undefined ? [] : unfoldedNodes(own, group);
      return nodes.length === 0 ? [] : [[nodes[0]!.instructions[0]!.index, nodes.at(-1)!.instructions.at(-1)!.index] as const];
    });
  }

  /** The element of an instruction below an open strip: its block where that is shown, else its piece. */
  private elementOf(insn: number): HTMLElement | null {
    const node = this.input === null ? undefined : indexOf(this.input.graph).at(insn)?.node;
    const own = this.opened.find((o) => o.input.stave.fn.name === node?.function);
    if (own === undefined || node === undefined) return null;
    const blocks = [...own.element.querySelectorAll<HTMLElement>('.unfolded-block')];
    const at = own.input.groups.of.get(node.id);
    return blocks.find((b) => b.dataset['node'] === node.id) ?? own.element.querySelector<HTMLElement>(`.piece[data-group="${at ?? -1}"]`);
  }

  private boxOf(insn: number): { readonly box: Box; readonly x: number } | null {
    const { layout, input } = this;
    const fn = input === null ? undefined : indexOf(input.graph).at(insn)?.node.function;
    const box = layout?.boxes.find((b) => b.stave.fn.name === fn);
    return box === undefined ? null : { box, x: xOf(box, placeOf(box.stave, insn)) };
  }

  /** Scrolls so that an instruction's stave is in view. */
  reveal(insn: number): void {
    const at = this.boxOf(insn);
    if (at === null) return;
    const { scrollTop, clientHeight } = this.element;
    const element = this.elementOf(insn);
    const { top } = this.element.getBoundingClientRect();
    const rect = element?.getBoundingClientRect();
    const y = rect === undefined ? at.box.y : rect.top - top + scrollTop;
    const bottom = rect === undefined ? at.box.bottom : rect.bottom - top + scrollTop;
    if (y < scrollTop + 4) this.element.scrollTop = y - 8;
    else if (bottom > scrollTop + clientHeight - MARGIN) this.element.scrollTop = Math.min(y - 8, bottom - clientHeight + MARGIN);
  }

  private hitAt(e: MouseEvent): StaveHit | null {
    const box = this.element.getBoundingClientRect();
    return this.at({ x: e.clientX - box.left, y: e.clientY - box.top });
  }

  private click(e: MouseEvent): void {
    const target = e.target as Element;
    const step = target.closest<HTMLElement>('.copy-step');
    const piece = target.closest<HTMLElement>('.piece');
    const insn = target.closest<HTMLElement | SVGElement>('[data-insn]')?.dataset['insn'];
    if (step !== null) this.handlers.onCopy(step.dataset['fn']!, Number(step.dataset['by']) < 0 ? -1 : 1);
    else if (insn !== undefined) this.handlers.onSelect(Number(insn));
    else if (piece !== null) {
      const fn = piece.dataset['fn']!;
      const at = Number(piece.dataset['group']);
      const own = this.opened.find((o) => o.input.stave.fn.name === fn);
      if (target.closest('.piece-fold') !== null) this.handlers.onPiece(fn, at);
      else if (own !== undefined) this.handlers.onSelect(own.input.groups.groups[at]!.nodes[0]!.instructions[0]!.index);
    } else if (target.closest('.opened-function') === null) this.clickStrip(e);
  }

  private clickStrip(e: MouseEvent): void {
    const hit = this.hitAt(e);
    if (hit === null) return;
    if ((e.target as Element).closest('.fold-arrow') !== null) this.handlers.onToggle(hit.insn);
    else this.handlers.onSelect(hit.head ? indexOf(this.input!.graph).functions.get(hit.fn)!.start : hit.insn);
  }

  private open(e: MouseEvent): void {
    const target = e.target as Element;
    const hit = this.hitAt(e);
    const corner = this.element.getBoundingClientRect();
    const at = { x: e.clientX - corner.left, y: e.clientY - corner.top };
    const piece = target.closest<HTMLElement>('.piece');
    const block = target.closest<HTMLElement>('.unfolded-block')?.dataset['insn'];
    if (target.closest('.fold-arrow, .piece-fold, .copy-step') !== null) return;
    if (block !== undefined) this.handlers.onDeeper(Number(block), at);
    else if (piece !== null) this.handlers.onPiece(piece.dataset['fn']!, Number(piece.dataset['group']));
    else if (hit !== null && target.closest('.opened-function') === null) {
      if (this.opened.some((o) => o.input.stave.fn.name === hit.fn)) this.handlers.onDeeper(hit.insn, at);
      else this.handlers.onToggle(hit.insn);
    }
  }

  /** Selection, hits and the cursor's line, over the picture. */
  private drawMarks(): void {
    const { layout } = this;
    if (layout === null) return;
    this.marks.setAttribute('width', String(layout.width));
    this.marks.setAttribute('height', String(layout.height));
    const find: Finder = (insn) => this.boxOf(insn);
    const parts: SVGElement[] = [
      ...viewMarks(find, [...this.inView, ...this.unfoldedRanges()]),
      ...hitMarks(find, this.hits, this.selected),
    ];
    for (const insn of this.linked) {
      const at = this.boxOf(insn);
      if (at !== null) parts.push(s('path', { class: 'linked-line', d: `M${at.x} ${at.box.top - 3}V${at.box.base + 3}` }));
    }
    const chosen = this.selected === null ? null : this.boxOf(this.selected);
    if (chosen !== null) {
      const { box, x } = chosen;
      parts.push(
        s('path', { class: 'hair', d: `M${x} ${box.top - 5}V${box.bottom}` }),
        s('path', { class: 'hair-head', d: `M${x - 4} ${box.top - 9}h8l-4 5Z` }),
      );
    }
    this.marks.replaceChildren(...parts);
    for (const o of this.opened) markOpened(o, this.selected, this.hits);
    this.tellBelow();
  }

  /** How many hits are out of view. */
  private tellBelow(): void {
    // asking for sizes makes the page lay itself out, in every frame
    this.below.hidden = true;
    if (this.hits.length === 0) return;
    const { scrollTop, clientHeight } = this.element;
    let above = 0;
    let below = 0;
    for (const insn of this.hits) {
      const y = this.boxOf(insn)?.box.base;
      if (y === undefined) continue;
      if (y < scrollTop) above++;
      else if (y > scrollTop + clientHeight) below++;
    }
    this.below.hidden = above + below === 0;
    this.below.textContent = [above > 0 ? `${count(above)} more above` : '', below > 0 ? `${count(below)} more below` : '']
      .filter((t) => t !== '')
      .join(' · ');
  }
}
