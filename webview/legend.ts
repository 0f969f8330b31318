// SPDX-License-Identifier: GPL-2.0-only
/** The legend: what the marks mean that the lens uses. */
import type { CompareLook } from './compare-look';
import { h } from './dom';
import type { LensView } from './lens/types';
import { type Glyph, GLYPH_WORDS, glyph } from './marks';

const GLYPHS: readonly Glyph[] = ['may', 'not', 'mixed', 'unreachable'];

export function legendRows(lens: LensView, look: CompareLook | null): HTMLElement[] {
  if (lens.heat !== null) {
    const steps = lens.scale.map((t, i) => h('span', { class: `heat-${i + 1}` }, `${t.toLocaleString('en')}${i === lens.scale.length - 1 ? '+' : ''}`));
    return [h('b', {}, 'Heat: visits of a block'), h('div', { class: 'scale' }, ...steps), h('div', { class: 'dim' }, 'the number and the bar say it too')];
  }
  if (lens.id === 'follow') {
    const sample = (kind: string, words: string): HTMLElement => h('div', {}, h('span', { class: `sample ${kind}` }), ` ${words}`);
    return [sample('thread', 'held along this edge'), sample('leak', 'held to the end: leak'), sample('never', 'not travelled')];
  }
  if (look !== null) {
    const differ = [...look.nodes.values()].filter((x) => !x.same).length;
    return [
      h('div', {}, h('span', { class: 'differs' }, '≠'), ` block differs: ${differ} of ${look.nodes.size}`),
      h('div', {}, h('span', { class: 'letter filled' }, 'A'), ` ${look.a}`),
      h('div', {}, h('span', { class: 'letter' }, 'B'), ` ${look.b}`),
    ];
  }
  return GLYPHS.map((g) => h('div', {}, glyph(g, 13, false), ` ${GLYPH_WORDS[g]}`));
}
