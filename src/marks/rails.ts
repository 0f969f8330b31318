// SPDX-License-Identifier: GPL-2.0-only
/** Rails: colour and pattern of its class say what is held. Disc = taken, full = held, broken = held in some states, ring = given back. */
import type { ColourRole, Shape } from './glyphs';

/** Colours that a policy file may name for a class. */
const NAMED: Readonly<Record<string, ColourRole>> = {
  green: 'rcu',
  orange: 'preempt',
  purple: 'lock',
  blue: 'sleep',
  red: 'rejected',
  yellow: 'attention',
  neutral: 'reference',
};

/** Colours of their own, which classes that come with the extension name, and with each of them a pattern. */
const OWN = ['reference', 'noFault', 'lock', 'rcu', 'preempt', 'irq'] as const;
/** Patterns for other classes, told apart by their letters: with a gap in the middle, long dash, dash-dot, ladder. */
const OTHERS = ['gap', 'long', 'dashdot', 'ladder'] as const;

export type Pattern = (typeof OWN)[number] | (typeof OTHERS)[number];

/** What a mark needs to know of a class: its letter, and the colour that it names. */
export interface MarkLook {
  readonly letter: string;
  readonly colour?: string | undefined;
}

/** How a reference looks, and anything else of which no more is known than that it is held. */
export const REFERENCE_LOOK: MarkLook = { letter: '#', colour: 'reference' };

const ownOf = ({ colour }: MarkLook): (typeof OWN)[number] | undefined => OWN.find((own) => own === colour);

/** Colour role of a class: its own, or that of the colour that it names. */
export function roleOf(look: MarkLook): ColourRole {
  return ownOf(look) ?? NAMED[look.colour ?? ''] ?? 'lock';
}

/** Pattern of a class: its own, or one by its letter. */
export function patternOf(look: MarkLook): Pattern {
  return ownOf(look) ?? OTHERS[look.letter.charCodeAt(0) % OTHERS.length]!;
}

/** One piece of a rail, 4 px wide at `x`, in the pattern of its class. */
export function railShapes(look: MarkLook, x: number, y0: number, y1: number, partial: boolean): Shape[] {
  const colour = `{${roleOf(look)}}`;
  const pattern = patternOf(look);
  const line = (width: number, dash: string): Shape[] => [
    { tag: 'path', attrs: { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': width, 'stroke-dasharray': dash } },
  ];
  const height = y1 - y0;
  if (height <= 0) return [];
  if (pattern === 'reference')
    return [{ tag: 'rect', attrs: { x: x + 1, y: y0, width: 1.6, height, fill: colour, opacity: partial ? 0.45 : 0.8 } }];
  if (partial)
    return [{ tag: 'path', attrs: { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 3.6, 'stroke-dasharray': '2 2.25' } }];
  switch (pattern) {
    case 'gap':
      return [-0.2, 2.6].map((dx): Shape => ({ tag: 'rect', attrs: { x: x + dx, y: y0, width: 1.6, height, fill: colour } }));
    case 'long':
      return line(4, '9 3');
    case 'dashdot':
      return line(3.4, '7 2.5 2 2.5');
    case 'ladder':
      return [...line(4.4, '1.4 3'), { tag: 'rect', attrs: { x: x + 1.2, y: y0, width: 1.6, height, fill: colour } }];
    case 'rcu': {
      const dots: Shape[] = [];
      for (let y = y0 + 1.5; y < y1 - 1; y += 4.25) dots.push({ tag: 'circle', attrs: { cx: x + 2, cy: y + 0.6, r: 1.75, fill: colour } });
      return dots;
    }
    case 'preempt':
      return [{ tag: 'path', attrs: { d: `M${x + 2} ${y0}V${y1}`, stroke: colour, 'stroke-width': 4, 'stroke-dasharray': '6 2.5' } }];
    case 'lock':
      return [-0.5, 2.7].map((dx): Shape => ({ tag: 'rect', attrs: { x: x + dx, y: y0, width: 1.8, height, fill: colour } }));
    case 'irq': {
      let d = `M${x + 2} ${y0}`;
      for (let y = y0; y < y1; y += 4.25)
        d += `L${x + 4.4} ${Math.min(y1, y + 1.06)}L${x - 0.4} ${Math.min(y1, y + 3.2)}L${x + 2} ${Math.min(y1, y + 4.25)}`;
      return [{ tag: 'path', attrs: { d, fill: 'none', stroke: colour, 'stroke-width': 1.7 } }];
    }
    case 'noFault':
      return [{ tag: 'rect', attrs: { x, y: y0, width: 4, height, fill: colour } }];
  }
}

/** State of one lane in one row. */
export interface LaneMark extends MarkLook {
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
    const colour = `{${roleOf(mark)}}`;
    if (mark.state === 'on' || mark.state === 'partial') out.push(...railShapes(mark, x, 0, height, partial));
    else if (mark.state.startsWith('take'))
      out.push(...railShapes(mark, x, mid, height, partial), {
        tag: 'circle',
        attrs: { cx: x + 2, cy: mid, r: 3.6, fill: colour, stroke: '{card}' },
      });
    else
      out.push(...railShapes(mark, x, 0, mid, partial), {
        tag: 'circle',
        attrs: { cx: x + 2, cy: mid, r: 3.1, fill: '{card}', stroke: colour, 'stroke-width': 1.7 },
      });
  });
  return out;
}
