// SPDX-License-Identifier: GPL-2.0-only
/** Marks as SVG text, for places that know no CSS variables: the gutter and exports. */
import type { ColourRole, Shape } from './glyphs';

/** A value for each role. */
export type Colours = Readonly<Record<ColourRole, string>>;

/** VS Code's chart colours in its default themes; gutter icons cannot use theme colours. */
export const DARK: Colours = {
  fg: '#cccccc',
  bg: '#1f1f1f',
  card: '#1f1f1f',
  off: '#7f7f7f',
  sleep: '#3794ff',
  noFault: '#b180d7',
  lock: '#b180d7',
  rcu: '#89d185',
  preempt: '#d18616',
  irq: '#d18616',
  reference: '#cccccc',
  rejected: '#f14c4c',
  attention: '#cca700',
};
export const LIGHT: Colours = {
  fg: '#3b3b3b',
  bg: '#ffffff',
  card: '#ffffff',
  off: '#8f8f8f',
  sleep: '#0063d3',
  noFault: '#652d90',
  lock: '#652d90',
  rcu: '#388a34',
  preempt: '#b8730a',
  irq: '#b8730a',
  reference: '#3b3b3b',
  rejected: '#e51400',
  attention: '#8f6600',
};

const escape = (s: string): string => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** An attribute value with its roles replaced. */
export function coloured(value: string | number, colours: (role: ColourRole) => string): string {
  return typeof value === 'number' ? String(value) : value.replace(/^\{(\w+)\}$/, (_, role: string) => colours(role as ColourRole));
}

/** One shape as SVG text. */
export function shapeText(shape: Shape, colours: Colours): string {
  const attrs = Object.entries(shape.attrs).map(([k, v]) => ` ${k}="${escape(coloured(v, (role) => colours[role]))}"`);
  return `<${shape.tag}${attrs.join('')}>${escape(shape.text ?? '')}</${shape.tag}>`;
}

/** A whole picture. `body` is SVG text. */
export function svgText(width: number, height: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;
}
