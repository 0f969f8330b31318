// SPDX-License-Identifier: GPL-2.0-only
/** The level Functions: staves in a list that scrolls, what is chosen and found over them. */
import { h, s } from '../page/dom';
import type { LensView } from '../lens/types';
import { indexOf } from '../model/graph-index';
import type { PathLeg } from '../large/failing-path';
import { type Box, layStaves, placeAt, type Staves, xOf } from '../large/layout';
import { placeOf, type Program, programOf } from '../large/program';
import type { ContextGraph } from '../../src/protocol/graph';
import { count } from '../large/words';
import type { View } from './far';
import { type Fonts, stavesElement } from './staves-picture';

/** Hits nearer than this fall together, px. */
const NEAR = 6;
/** Around a selected instruction, px. */
const MARGIN = 48;

export interface StavesInput {
  readonly graph: ContextGraph;
  readonly legs: readonly PathLeg[];
  readonly lens: LensView;
  /** Only this function, as a ruler over what is drawn of it. */
  readonly only?: string;
}

export interface StavesHandlers {
  readonly onSelect: (insn: number) => void;
  /** Another part is in view. */
  readonly onScroll: () => void;
  /** The function of an instruction is to be opened, at a point of the view. */
  readonly onOpen: (insn: number, at: { readonly x: number; readonly y: number }) => void;
}

/** What a point is on. */
export interface StaveHit {
  readonly fn: string;
  readonly insn: number;
  readonly node: string;
  /** On the head, not on the strip. */
  readonly head: boolean;
}

/** Widths of texts as the page sets them, by their font. */
function measurer(font: string): (text: string) => number {
  const ctx = document.createElement('canvas').getContext('2d');
  if (ctx !== null) ctx.font = font;
  const known = new Map<string, number>();
  return (text) => {
    let width = known.get(text);
    if (width === undefined) known.set(text, (width = ctx === null ? text.length * 7 : ctx.measureText(text).width));
    return width;
  };
}

/** Names of functions are set in the editor's font. */
function fonts(): Fonts {
  const probe = h('span', { style: 'font-family: var(--mono)' });
  document.body.append(probe);
  const mono = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { text: measurer(`11px ${getComputedStyle(document.body).fontFamily}`), name: measurer(`600 12px ${mono}`) };
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
    const opened = only === undefined ? null : { fn: only, height: 0 };
    this.layout = layStaves({ program, legs: only === undefined ? legs : alone(legs), width, measure: this.fonts.text, opened });
    this.stage.replaceChildren(
      stavesElement({ program, layout: this.layout, lens: input.lens, opened: only ?? null, fonts: this.fonts }),
      this.marks,
    );
    this.stage.style.height = `${this.layout.height}px`;
    this.drawMarks();
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

  /** Height of what is drawn, px. */
  get height(): number {
    return this.layout?.height ?? 0;
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
    const insn = insns[place];
    return insn === undefined ? null : { fn: best.stave.fn.name, insn: insn.index, node: nodes[place]!.id, head: y < best.top - 2 };
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
    const { y, bottom } = at.box;
    if (y < scrollTop + 4) this.element.scrollTop = y - 8;
    else if (bottom > scrollTop + clientHeight - MARGIN) this.element.scrollTop = Math.min(y - 8, bottom - clientHeight + MARGIN);
  }

  private hitAt(e: MouseEvent): StaveHit | null {
    const box = this.element.getBoundingClientRect();
    return this.at({ x: e.clientX - box.left, y: e.clientY - box.top });
  }

  private click(e: MouseEvent): void {
    const disc = (e.target as Element).closest<SVGElement>('.disc')?.dataset['insn'];
    if (disc !== undefined) {
      this.handlers.onSelect(Number(disc));
      return;
    }
    const hit = this.hitAt(e);
    if (hit === null) return;
    const fold = (e.target as Element).closest('.fold-arrow') !== null;
    if (fold) this.open(e);
    else this.handlers.onSelect(hit.head ? indexOf(this.input!.graph).functions.get(hit.fn)!.start : hit.insn);
  }

  private open(e: MouseEvent): void {
    const hit = this.hitAt(e);
    const box = this.element.getBoundingClientRect();
    if (hit !== null) this.handlers.onOpen(hit.insn, { x: e.clientX - box.left, y: e.clientY - box.top });
  }

  /** Selection, hits and the cursor's line, over the picture. */
  private drawMarks(): void {
    const { layout } = this;
    if (layout === null) return;
    this.marks.setAttribute('width', String(layout.width));
    this.marks.setAttribute('height', String(layout.height));
    const parts: SVGElement[] = [...this.viewMarks(), ...this.hitMarks()];
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
    this.tellBelow();
  }

  /** Frames around what is in view; what is near is one. */
  private viewMarks(): SVGElement[] {
    const out: { box: Box; from: number; to: number }[] = [];
    for (const [first, last] of this.inView) {
      const a = this.boxOf(first);
      const b = this.boxOf(last);
      if (a === null || b === null) continue;
      const to = b.x + b.box.scale;
      const top = out.find((o) => a.x <= o.to + NEAR && to >= o.from - NEAR);
      if (top === undefined) out.push({ box: a.box, from: a.x, to });
      else {
        top.from = Math.min(top.from, a.x);
        top.to = Math.max(top.to, to);
      }
    }
    return out.map(({ box, from, to }) =>
      s('rect', { class: 'in-view', x: from - 1, y: box.top - 7, width: Math.max(4, to - from + 2), height: box.sky + 12, rx: 2 }),
    );
  }

  private hitMarks(): SVGElement[] {
    const groups: { box: Box; x: number; n: number; current: boolean }[] = [];
    for (const insn of this.hits) {
      const at = this.boxOf(insn);
      if (at === null) continue;
      const known = groups.find((g) => g.box === at.box && Math.abs(g.x - at.x) < NEAR);
      if (known === undefined) groups.push({ ...at, n: 1, current: insn === this.selected });
      else {
        known.n++;
        known.current ||= insn === this.selected;
      }
    }
    return groups.flatMap(({ box, x, n, current }) => [
      s('rect', { class: `hit${current ? ' current' : ''}`, x: x - 3, y: box.top - 3, width: 6, height: box.sky + 5, rx: 1.5 }),
      ...(n > 1 ? [s('text', { class: 'hit-count', x: x + 5, y: box.top - 3 }, `×${count(n)}`)] : []),
    ]);
  }

  /** How many hits are out of view. */
  private tellBelow(): void {
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
