// SPDX-License-Identifier: GPL-2.0-only
/** Sleep glyphs: shape says whether. Shapes are data, so that the panel, the gutter and the icon font draw the same. */
import type { GraphInsn } from '../protocol/graph';
import { sleepText } from '../protocol/words';

/** Answers that a glyph can give. */
export type Glyph = 'may' | 'nofault' | 'not' | 'mixed' | 'unreachable' | 'unvisited' | 'unknown' | 'rejected';

/** Words of the glyphs, also their names for screen readers. */
export const GLYPH_WORDS: Readonly<Record<Glyph, string>> = {
  may: sleepText('yes'),
  nofault: `${sleepText('yes')}, not fault`,
  not: sleepText('no'),
  mixed: sleepText('mixed'),
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

/** An SVG element as data. Colours are roles (`{sleep}`, `{fg}`), replaced by whoever draws. */
export interface Shape {
  readonly tag: 'path' | 'circle' | 'rect' | 'text';
  readonly attrs: Readonly<Record<string, string | number>>;
  readonly text?: string;
}

/** Roles of colours in shapes. */
export type ColourRole =
  'fg' | 'bg' | 'card' | 'off' | 'sleep' | 'noFault' | 'lock' | 'rcu' | 'preempt' | 'irq' | 'reference' | 'rejected' | 'attention';

const MOON = 'M10.2 1.2A6 6 0 1 0 13 9.6 5 5 0 0 1 10.2 1.2Z';
const SHIFT = 'translate(-.4 .3)';

const path = (attrs: Shape['attrs']): Shape => ({ tag: 'path', attrs });
const circle = (attrs: Shape['attrs']): Shape => ({ tag: 'circle', attrs });

/** The glyph on a grid of 14 × 14. */
export const GLYPH_SHAPES: Readonly<Record<Glyph, readonly Shape[]>> = {
  may: [path({ d: MOON, fill: '{sleep}', stroke: '{sleep}', 'stroke-width': 0.8, transform: SHIFT })],
  nofault: [
    path({ d: MOON, fill: 'none', stroke: '{sleep}', 'stroke-width': 1.5, transform: SHIFT }),
    circle({ cx: 10.6, cy: 4, r: 1.7, fill: '{noFault}' }),
  ],
  not: [
    path({ d: MOON, fill: 'none', stroke: '{fg}', 'stroke-width': 1.2, transform: SHIFT }),
    path({ d: 'M1.6 1.6 12.4 12.4', stroke: '{bg}', 'stroke-width': 3.6 }),
    path({ d: 'M1.4 1.4 12.6 12.6', stroke: '{fg}', 'stroke-width': 1.7 }),
  ],
  mixed: [
    circle({ cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: '{fg}', 'stroke-width': 1.3 }),
    path({ d: 'M7 1.7A5.3 5.3 0 0 0 7 12.3Z', fill: '{sleep}' }),
    path({ d: 'M7 1.2V12.8', stroke: '{fg}', 'stroke-width': 1.2 }),
  ],
  unreachable: [circle({ cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: '{off}', 'stroke-width': 1.4, 'stroke-dasharray': '2.4 1.8' })],
  unvisited: [
    circle({ cx: 7, cy: 7, r: 5.3, fill: 'none', stroke: '{off}', 'stroke-width': 1.2 }),
    ...[4.4, 7, 9.6].map((cx) => circle({ cx, cy: 7, r: 0.9, fill: '{off}' })),
  ],
  unknown: [
    path({ d: 'M7 1 13 7 7 13 1 7Z', fill: 'none', stroke: '{attention}', 'stroke-width': 1.3 }),
    path({ d: 'M5.5 5.8A1.5 1.5 0 1 1 7.5 7.2L7 8.4M7 9.5V10.2', fill: 'none', stroke: '{attention}', 'stroke-width': 1.2 }),
  ],
  rejected: [
    circle({ cx: 7, cy: 7, r: 6, fill: 'none', stroke: '{rejected}', 'stroke-width': 1.4 }),
    path({ d: 'M4.6 4.6 9.4 9.4M9.4 4.6 4.6 9.4', stroke: '{rejected}', 'stroke-width': 1.5 }),
  ],
};
