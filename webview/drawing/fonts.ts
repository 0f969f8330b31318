// SPDX-License-Identifier: GPL-2.0-only
import { h } from '../page/dom';
import type { Fonts } from './staves-picture';

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
export function fonts(): Fonts {
  const probe = h('span', { style: 'font-family: var(--mono)' });
  document.body.append(probe);
  const mono = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { text: measurer(`11px ${getComputedStyle(document.body).fontFamily}`), name: measurer(`600 12px ${mono}`) };
}
