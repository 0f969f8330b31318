// SPDX-License-Identifier: GPL-2.0-only
/** Rails: letter and pattern say who is held. Disc = taken, full = held, broken = held in some states, ring = given back. */
import type { ColourRole, Shape } from './glyphs';

const COLOURS: Readonly<Record<string, ColourRole>> = { F: 'noFault', S: 'noFault', L: 'lock', R: 'rcu', P: 'preempt', I: 'irq', '#': 'reference' };

/** Colour role by a class's letter. */
export function roleOf(letter: string): ColourRole {
  return COLOURS[letter] ?? 'lock';
}

/** One piece of a rail, 4 px wide at `x`, in the pattern of its class. */
export function railShapes(letter: string, x: number, y0: number, y1: number, partial: boolean): Shape[] {
  const colour = `{${roleOf(letter)}}`;
  const height = y1 - y0;
  if (height <= 0) return [];
  if (letter === '#') return [{ tag: 'rect', attrs: { x: x + 1, y: y0, width: 1.6, height, fill: colour, opacity: partial ? 0.45 : 0.8 } }];
  if (partial) return [{ tag: 'path', attrs: { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 3.6, 'stroke-dasharray': '2 2.25' } }];
  switch (letter) {
    case 'R': {
      const dots: Shape[] = [];
      for (let y = y0 + 1.5; y < y1 - 1; y += 4.25) dots.push({ tag: 'circle', attrs: { cx: x + 2, cy: y + 0.6, r: 1.75, fill: colour } });
      return dots;
    }
    case 'P':
      return [{ tag: 'path', attrs: { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 4, 'stroke-dasharray': '6 2.5' } }];
    case 'L':
      return [-0.5, 2.7].map((dx): Shape => ({ tag: 'rect', attrs: { x: x + dx, y: y0, width: 1.8, height, fill: colour } }));
    case 'I': {
      let d = `M${x + 2} ${y0}`;
      for (let y = y0; y < y1; y += 4.25) d += `L${x + 4.4} ${Math.min(y1, y + 1.06)}L${x - 0.4} ${Math.min(y1, y + 3.2)}L${x + 2} ${Math.min(y1, y + 4.25)}`;
      return [{ tag: 'path', attrs: { d, fill: 'none', stroke: colour, 'stroke-width': 1.7 } }];
    }
    default:
      return [{ tag: 'rect', attrs: { x, y: y0, width: 4, height, fill: colour } }];
  }
}

/** State of one lane in one row. */
export interface LaneMark {
  readonly letter: string;
  readonly state: 'on' | 'partial' | 'take' | 'take-partial' | 'give' | 'give-partial';
}

/** Rails of one row with the lanes `pitch` px apart, the first at `left`; `null` for an empty lane. */
export function laneShapes(lanes: readonly (LaneMark | null)[], height: number, left: number, pitch: number): Shape[] {
  const out: Shape[] = [];
  lanes.forEach((mark, i) => {
    if (mark === null) return;
    const x = left + i * pitch;
    const mid = height / 2;
    const partial = mark.state.endsWith('partial');
    const colour = `{${roleOf(mark.letter)}}`;
    if (mark.state === 'on' || mark.state === 'partial') out.push(...railShapes(mark.letter, x, 0, height, partial));
    else if (mark.state.startsWith('take')) out.push(...railShapes(mark.letter, x, mid, height, partial), { tag: 'circle', attrs: { cx: x + 2, cy: mid, r: 3.6, fill: colour, stroke: '{card}' } });
    else out.push(...railShapes(mark.letter, x, 0, mid, partial), { tag: 'circle', attrs: { cx: x + 2, cy: mid, r: 3.1, fill: '{card}', stroke: colour, 'stroke-width': 1.7 } });
  });
  return out;
}
