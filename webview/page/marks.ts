// SPDX-License-Identifier: GPL-2.0-only
/** The marks as elements of the page: sleep glyphs, rails and chips. What they look like is in `src/marks`. */
import type { HeldResource } from '../../src/protocol/graph';
import { type Glyph, GLYPH_SHAPES, GLYPH_WORDS, type Shape } from '../../src/marks/glyphs';
import { type LaneMark, laneShapes, type MarkLook, railShapes, roleOf } from '../../src/marks/rails';
import { coloured } from '../../src/marks/svg';
import { chipText, chipWords, HOLDING } from '../../src/protocol/words';
import { h, s } from './dom';

export { type Glyph, GLYPH_WORDS, glyphOf } from '../../src/marks/glyphs';
export type { LaneMark, MarkLook } from '../../src/marks/rails';

const cssColour = (role: string): string => (role === 'fg' ? 'currentColor' : `var(--${role})`);

function drawn(shapes: readonly Shape[]): SVGElement[] {
  return shapes.map((shape) =>
    s(shape.tag, Object.fromEntries(Object.entries(shape.attrs).map(([k, v]) => [k, coloured(v, cssColour)])), shape.text),
  );
}

/** A glyph as SVG; named for screen readers unless the word stands beside it. */
export function glyph(kind: Glyph, size = 14, labelled = true): SVGSVGElement {
  const label = labelled ? { role: 'img', 'aria-label': GLYPH_WORDS[kind] } : { 'aria-hidden': 'true' };
  return s(
    'svg',
    { width: size, height: size, viewBox: '0 0 14 14', class: `glyph glyph-${kind}`, ...label },
    ...drawn(GLYPH_SHAPES[kind]),
  );
}

/** Colour variable of a class. */
export function colourOf(look: MarkLook): string {
  return cssColour(roleOf(look));
}

/** One piece of a rail, 4 px wide at `x`, in the pattern of its class. */
export function rail(look: MarkLook, x: number, y0: number, y1: number, partial: boolean): SVGElement[] {
  return drawn(railShapes(look, x, y0, y1, partial));
}

/** Left end of the first lane, and distance of the lanes, px. */
export const LANE = { left: 5, pitch: 8 } as const;

/** Rails of one row, by lane; `null` for an empty lane. */
export function rails(lanes: readonly (LaneMark | null)[], height: number): SVGSVGElement {
  return s(
    'svg',
    { width: lanes.length * LANE.pitch + LANE.left, height, class: 'rails', 'aria-hidden': 'true' },
    ...drawn(laneShapes(lanes, height, LANE.left, LANE.pitch)),
  );
}

/** A chip: pattern, letter, id. `gone` = was held on this path. */
export function chip(held: HeldResource, states: number, gone = false): HTMLElement {
  const swatch = s('svg', { width: 9, height: 14, 'aria-hidden': 'true' }, ...rail(held, 2.5, 0, 14, held.inStates < states));
  const words = chipWords(held, states);
  return h(
    'span',
    {
      class: `chip${gone ? ' gone' : ''}`,
      style: `--c:${colourOf(held)}`,
      title: words,
      role: 'img',
      'aria-label': gone ? `${words}, ${HOLDING[held.holding].ended}` : words,
      'data-key': held.key,
    },
    swatch,
    h('b', {}, chipText(held, states)),
  );
}
