// SPDX-License-Identifier: GPL-2.0-only
/** What the inspector shows of a lens: a text, and lists whose entries lead somewhere. */
import { uncoded } from '../../src/protocol/words';
import { s, h } from '../page/dom';
import { control } from '../page/identity';
import { coded } from '../page/linked';
import type { LensPage, ListRow, ListSection } from './types';
import { chip, glyph } from '../page/marks';

/** A piece of the line of a life: which way it goes on, and what stands on it. */
function lifeMark(mark: NonNullable<ListRow['mark']>, first: boolean, last: boolean): SVGSVGElement {
  const line = (y0: number, y1: number): SVGElement => s('path', { d: `M10 ${y0}V${y1}`, stroke: 'currentColor', 'stroke-width': 3 });
  const parts: SVGElement[] = [];
  if (mark === 'leak') {
    if (!last) parts.push(line(0, 26));
    parts.push(
      s('path', { d: 'M10 -2C10 8 16 8 20 12', fill: 'none', stroke: 'var(--rejected)', 'stroke-width': 2.5 }),
      s('circle', { cx: 22, cy: 13, r: 6, fill: 'var(--bg)', stroke: 'var(--rejected)', 'stroke-width': 1.5 }),
      s('path', { d: 'M19.5 10.5 24.5 15.5M24.5 10.5 19.5 15.5', stroke: 'var(--rejected)', 'stroke-width': 1.5 }),
    );
  } else {
    if (!first) parts.push(line(0, 13));
    if (!last) parts.push(line(13, 26));
    if (mark === 'start') parts.push(s('circle', { cx: 10, cy: 13, r: 5, fill: 'currentColor' }));
    else if (mark === 'split') parts.push(s('path', { d: 'M10 8 15 13 10 18 5 13Z', fill: 'currentColor' }));
    else if (mark === 'end')
      parts.push(s('circle', { cx: 10, cy: 13, r: 4.5, fill: 'var(--bg)', stroke: 'currentColor', 'stroke-width': 2.2 }));
    else parts.push(s('circle', { cx: 10, cy: 13, r: 3, fill: 'currentColor' }));
  }
  return s('svg', { width: 30, height: 26, class: 'life-mark', 'aria-hidden': 'true' }, ...parts);
}

function rowElement(row: ListRow, first: boolean, last: boolean, onGo: (insn: number) => void): HTMLElement {
  const bar =
    row.bar === undefined
      ? null
      : h('span', { class: 'share', 'aria-hidden': 'true' }, h('span', { style: `width:${Math.max(2, row.bar * 100)}%` }));
  const content: (Node | string | false | null)[] = [
    row.mark !== undefined && lifeMark(row.mark, first, last),
    row.glyph !== undefined && glyph(row.glyph, 13),
    row.mark !== undefined && h('span', { class: 'number' }, String(row.insn ?? '')),
    row.head !== '' && h('span', { class: `name${row.guilty === true ? ' error' : ''}` }, row.head),
    bar ?? h('span', { class: 'text' }, ...coded(row.text)),
    row.right !== undefined && row.right !== '' && h('span', { class: 'dim right' }, row.right),
  ];
  const { insn } = row;
  const cls = `entry${row.mark !== undefined ? ' life' : ''}`;
  return h(
    'li',
    {},
    insn === null
      ? h('div', { class: cls }, ...content)
      : h('button', { type: 'button', class: cls, ...control('go', insn), 'data-insn': insn, onclick: () => onGo(insn) }, ...content),
  );
}

/** A list of the inspector. */
export function sectionElement(section: ListSection, onGo: (insn: number) => void): HTMLElement {
  return h(
    'details',
    { class: 'section list', open: true, 'data-section': section.name },
    h(
      'summary',
      control('fold', section.name),
      h('span', { class: 'title' }, section.title),
      h('span', { class: 'dim right' }, section.right),
    ),
    h('ul', {}, ...section.rows.map((r, i) => rowElement(r, i === 0, i === section.rows.length - 1, onGo))),
    section.note !== undefined && h('p', { class: 'dim' }, section.note),
  );
}

/** The page of a lens. `extra` stands after the text. */
export function lensPageElement(page: LensPage, onGo: (insn: number) => void, ...extra: (Node | false)[]): HTMLElement {
  return h(
    'section',
    { class: 'lens-page', 'aria-label': uncoded(page.title) },
    h(
      'div',
      { class: 'head' },
      h('div', { class: 'line' }, page.chip !== undefined && chip(page.chip, 1), h('h2', {}, ...coded(page.title))),
      h('p', { class: 'dim' }, ...coded(page.text)),
      ...extra,
    ),
    ...page.sections.map((x) => sectionElement(x, onGo)),
  );
}
