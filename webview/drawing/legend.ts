// SPDX-License-Identifier: GPL-2.0-only
/** The legend: what the marks mean that the lens uses. */
import type { Verdict } from '../../src/protocol/model';
import { sleepText } from '../../src/protocol/words';
import type { CompareLook, NodeSides } from '../compare/look';
import { sideLetter } from '../compare/differences';
import { h } from '../page/dom';
import type { LensView } from '../lens/types';
import { type Glyph, GLYPH_WORDS, glyph } from '../page/marks';

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = { accept: 'accepted', reject: 'rejected', unknown: 'unknown' };
const GLYPHS: readonly Glyph[] = ['may', 'not', 'mixed', 'unreachable'];

/** One policy of a comparison with its verdict. */
function side(letter: 'A' | 'B', policy: string, verdict: Verdict): HTMLElement {
  const mark =
    verdict === 'accept'
      ? h('span', { class: 'tick', 'aria-hidden': 'true' }, '✓')
      : glyph(verdict === 'reject' ? 'rejected' : 'unknown', 13, false);
  return h('div', { class: 'legend-side' }, sideLetter(letter), h('span', { class: 'grow' }, policy), mark, VERDICT_WORDS[verdict]);
}

/** What the drawing of functions as strips has. */
function staveRows(): HTMLElement[] {
  const row = (kind: string, words: string): HTMLElement => h('div', {}, h('span', { class: `sample stave-${kind}` }), ` ${words}`);
  return [
    row('hot', 'most visited tenth'),
    h('div', {}, h('span', { class: 'sample stave-dots' }), ' not visited, ', h('span', { class: 'sample stave-misses' }), ' a few'),
    row('sleeps', sleepText('yes')),
    row('copies', 'copies, folded'),
    row('loop', 'loop'),
    row('held', 'held'),
  ];
}

/** `staves`: whether functions are drawn as strips. */
export function legendRows(lens: LensView, look: CompareLook | null, staves: boolean): HTMLElement[] {
  if (lens.heat !== null) {
    const steps = lens.scale.map((t, i) =>
      h('span', { class: `heat-${i + 1}` }, `${t.toLocaleString('en')}${i === lens.scale.length - 1 ? '+' : ''}`),
    );
    return [
      h('b', {}, 'Heat: visits of a block'),
      h('div', { class: 'scale' }, ...steps),
      h('div', { class: 'dim' }, 'the number and the bar say it too'),
    ];
  }
  if (lens.id === 'follow') {
    const sample = (kind: string, words: string): HTMLElement => h('div', {}, h('span', { class: `sample ${kind}` }), ` ${words}`);
    return [sample('thread', 'held along this edge'), sample('leak', 'held to the end: leak'), sample('never', 'not travelled')];
  }
  if (look !== null) {
    const count = (kind: NodeSides['kind']): number => [...look.nodes.values()].filter((x) => x.kind === kind).length;
    const unknown = count('unknown');
    return [
      side('A', look.a, look.verdictA),
      side('B', look.b, look.verdictB),
      h('div', {}, h('span', { class: 'differs' }, '≠'), ` block differs: ${count('differs')} of ${look.nodes.size}`),
      h('div', {}, h('span', { class: 'same-sign', 'aria-hidden': 'true' }, '='), ` same in both: ${count('same')}`),
      ...(unknown === 0
        ? []
        : [h('div', {}, h('span', { class: 'same-sign', 'aria-hidden': 'true' }, '?'), ` not comparable: ${unknown}`)]),
    ];
  }
  if (staves && (lens.id === 'contexts' || lens.id === 'path')) return staveRows();
  return GLYPHS.map((g) => h('div', {}, glyph(g, 13, false), ` ${GLYPH_WORDS[g]}`));
}
