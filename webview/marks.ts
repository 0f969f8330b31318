// SPDX-License-Identifier: GPL-2.0-only
/** The marks: sleep glyphs, rails and chips. Shape says whether, letter and pattern say who, colour only repeats it. */
import type { GraphInsn, HeldResource } from '../src/graph/types';
import { h, s } from './dom';

/** Answers that a glyph can give. */
export type Glyph = 'may' | 'nofault' | 'not' | 'mixed' | 'unreachable' | 'unvisited' | 'unknown' | 'rejected';

/** Words of the glyphs, also their names for screen readers. */
export const GLYPH_WORDS: Readonly<Record<Glyph, string>> = {
  may: 'may sleep',
  nofault: 'may sleep, not fault',
  not: 'must not sleep',
  mixed: 'depends on the path',
  unreachable: 'unreachable',
  unvisited: 'not visited',
  unknown: 'unknown',
  rejected: 'rejected here',
};

/** The glyph of one instruction. */
export function glyphOf(insn: GraphInsn): Glyph {
  if (insn.rejected) return 'rejected';
  if (insn.visit === 'unreachable') return 'unreachable';
  if (insn.visit === 'not-visited') return 'unvisited';
  if (insn.maySleep === 'mixed') return 'mixed';
  if (insn.maySleep === 'no') return 'not';
  return insn.mayFault === 'yes' ? 'may' : insn.mayFault === 'mixed' ? 'mixed' : 'nofault';
}

const MOON = 'M10.2 1.2A6 6 0 1 0 13 9.6 5 5 0 0 1 10.2 1.2Z';
const SHIFT = 'translate(-.4 .3)';

function glyphShape(kind: Glyph): SVGElement[] {
  switch (kind) {
    case 'may':
      return [s('path', { d: MOON, fill: 'var(--sleep)', stroke: 'var(--sleep)', 'stroke-width': 0.8, transform: SHIFT })];
    case 'nofault':
      return [s('path', { d: MOON, fill: 'none', stroke: 'var(--sleep)', 'stroke-width': 1.5, transform: SHIFT }), s('circle', { cx: 10.6, cy: 4, r: 1.7, fill: 'var(--noFault)' })];
    case 'not':
      return [
        s('path', { d: MOON, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.2, transform: SHIFT }),
        s('path', { d: 'M1.6 1.6 12.4 12.4', stroke: 'var(--bg)', 'stroke-width': 3.6 }),
        s('path', { d: 'M1.4 1.4 12.6 12.6', stroke: 'currentColor', 'stroke-width': 1.7 }),
      ];
    case 'mixed':
      return [
        s('circle', { cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.3 }),
        s('path', { d: 'M7 1.7A5.3 5.3 0 0 0 7 12.3Z', fill: 'var(--sleep)' }),
        s('path', { d: 'M7 1.2V12.8', stroke: 'currentColor', 'stroke-width': 1.2 }),
      ];
    case 'unreachable':
      return [s('circle', { cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: 'var(--off)', 'stroke-width': 1.4, 'stroke-dasharray': '2.4 1.8' })];
    case 'unvisited':
      return [
        s('circle', { cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: 'var(--off)', 'stroke-width': 1.2 }),
        ...[4.4, 7, 9.6].map((cx) => s('circle', { cx, cy: 7, r: 0.9, fill: 'var(--off)' })),
      ];
    case 'unknown':
      return [
        s('path', { d: 'M7 1 13 7 7 13 1 7Z', fill: 'none', stroke: 'var(--attention)', 'stroke-width': 1.3 }),
        s('text', { x: 7, y: 10, 'text-anchor': 'middle', 'font-size': 8.5, 'font-weight': 700, fill: 'var(--attention)' }, '?'),
      ];
    case 'rejected':
      return [s('circle', { cx: 7, cy: 7, r: 6, fill: 'none', stroke: 'var(--rejected)', 'stroke-width': 1.4 }), s('path', { d: 'M4.6 4.6 9.4 9.4M9.4 4.6 4.6 9.4', stroke: 'var(--rejected)', 'stroke-width': 1.5 })];
  }
}

/** A glyph as SVG; named for screen readers unless the word stands beside it. */
export function glyph(kind: Glyph, size = 14, labelled = true): SVGSVGElement {
  const label = labelled ? { role: 'img', 'aria-label': GLYPH_WORDS[kind] } : { 'aria-hidden': 'true' };
  return s('svg', { width: size, height: size, viewBox: '0 0 14 14', class: `glyph glyph-${kind}`, ...label }, ...glyphShape(kind));
}

/** Colour variable by the class's letter. */
export function colourOf(letter: string): string {
  const names: Readonly<Record<string, string>> = { F: 'noFault', S: 'noFault', L: 'lock', R: 'rcu', P: 'preempt', I: 'irq', '#': 'reference' };
  return `var(--${names[letter] ?? 'lock'})`;
}

/** One piece of a rail, 4 px wide at `x`, in the pattern of its class. */
export function rail(letter: string, x: number, y0: number, y1: number, partial: boolean): SVGElement[] {
  const colour = colourOf(letter);
  const height = y1 - y0;
  if (height <= 0) return [];
  if (letter === '#') return [s('rect', { x: x + 1, y: y0, width: 1.6, height, fill: colour, opacity: partial ? 0.45 : 0.8 })];
  if (partial) return [s('path', { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 3.6, 'stroke-dasharray': '2 2.25' })];
  switch (letter) {
    case 'R': {
      const dots: SVGElement[] = [];
      for (let y = y0 + 1.5; y < y1 - 1; y += 4.25) dots.push(s('circle', { cx: x + 2, cy: y + 0.6, r: 1.75, fill: colour }));
      return dots;
    }
    case 'L':
      return [s('rect', { x: x - 0.5, y: y0, width: 1.8, height, fill: colour }), s('rect', { x: x + 2.7, y: y0, width: 1.8, height, fill: colour })];
    case 'P':
      return [s('path', { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 4, 'stroke-dasharray': '6 2.5' })];
    case 'I': {
      let d = `M${x + 2} ${y0}`;
      for (let y = y0; y < y1; y += 4.25) d += `L${x + 4.4} ${Math.min(y1, y + 1.06)}L${x - 0.4} ${Math.min(y1, y + 3.2)}L${x + 2} ${Math.min(y1, y + 4.25)}`;
      return [s('path', { d, fill: 'none', stroke: colour, 'stroke-width': 1.7 })];
    }
    default:
      return [s('rect', { x, y: y0, width: 4, height, fill: colour })];
  }
}

/** State of one lane in one row. */
export type LaneMark = { readonly letter: string; readonly state: 'on' | 'partial' | 'take' | 'take-partial' | 'give' | 'give-partial' };

const LANE = 8;

/** Rails of one row, by lane; `null` for an empty lane. */
export function rails(lanes: readonly (LaneMark | null)[], height: number): SVGSVGElement {
  const svg = s('svg', { width: lanes.length * LANE + 5, height, class: 'rails', 'aria-hidden': 'true' });
  lanes.forEach((mark, i) => {
    if (mark === null) return;
    const x = 5 + i * LANE;
    const mid = height / 2;
    const partial = mark.state.endsWith('partial');
    const colour = colourOf(mark.letter);
    if (mark.state === 'on' || mark.state === 'partial') svg.append(...rail(mark.letter, x, 0, height, partial));
    else if (mark.state.startsWith('take')) {
      svg.append(...rail(mark.letter, x, mid, height, partial), s('circle', { cx: x + 2, cy: mid, r: 3.6, fill: colour, stroke: 'var(--card)' }));
    } else {
      svg.append(...rail(mark.letter, x, 0, mid, partial), s('circle', { cx: x + 2, cy: mid, r: 3.1, fill: 'var(--card)', stroke: colour, 'stroke-width': 1.7 }));
    }
  });
  return svg;
}

/** Text of a chip: letter and id, or letter and depth for classes without one; `?` when held in some states only. */
export function chipText(held: HeldResource, states: number): string {
  const number = held.id === 0 ? held.depth : held.id;
  return `${held.letter === '#' ? '#' : `${held.letter} `}${number}${held.inStates < states ? '?' : ''}`;
}

/** Words of a chip, for screen readers and tooltips. */
export function chipWords(held: HeldResource, states: number): string {
  const forbids = held.forbids.length === 0 ? 'forbids nothing' : `forbids ${held.forbids.join(', ')}`;
  const some = held.inStates < states ? `, in ${held.inStates} of ${states} states` : '';
  return `${held.title}${held.id === 0 ? '' : ` ${held.id}`}, taken at ${held.takenPlaces.join(' or ')}, ${forbids}${some}`;
}

/** A chip: pattern, letter, id. `gone` = was held on this path. */
export function chip(held: HeldResource, states: number, gone = false): HTMLElement {
  const swatch = s('svg', { width: 9, height: 14, 'aria-hidden': 'true' }, ...rail(held.letter, 2.5, 0, 14, held.inStates < states));
  const words = chipWords(held, states);
  return h('span', { class: `chip${gone ? ' gone' : ''}`, style: `--c:${colourOf(held.letter)}`, title: words, role: 'img', 'aria-label': gone ? `${words}, given back` : words }, swatch, h('b', {}, chipText(held, states)));
}
