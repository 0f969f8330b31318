// SPDX-License-Identifier: GPL-2.0-only
/** Differences between two policies: a list, most important first, and both verdicts. */
import type { Incomparable, InsnAnswer, InsnDifference } from '../../src/protocol/compare';
import type { CompareState, CompareWord } from '../../src/protocol/messages';
import { answerGlyph, answerWord, KIND_WORDS } from './look';
import { iconButton } from '../page/controls';
import { h } from '../page/dom';
import { verdictSentence } from './words';
import { coded, linked } from '../page/linked';
import { chip, glyph } from '../page/marks';

export interface DifferenceHandlers {
  readonly onPick: (index: number) => void;
  readonly onStep: (by: 1 | -1) => void;
  readonly onProgram: (program: string) => void;
  readonly onGo: (insn: number) => void;
}

/** The box of a side: A filled, B hollow. */
export function sideLetter(side: 'A' | 'B'): HTMLElement {
  return h('span', { class: `letter${side === 'A' ? ' filled' : ''}` }, side);
}

function answer(side: 'A' | 'B', a: InsnAnswer): HTMLElement {
  const g = answerGlyph(a);
  return h(
    'span',
    { class: 'side' },
    sideLetter(side),
    ...a.held.slice(0, 3).map((x) => chip(x, Math.max(a.states, 1))),
    glyph(g, 13, false),
    ` ${answerWord(g)}`,
  );
}

function placeText(d: Pick<InsnDifference, 'block' | 'source'>): string {
  return `${d.block}${d.source === null ? '' : ` · line ${d.source.line}`}`;
}

function word(w: CompareWord): (Node | string)[] {
  const look =
    w.verdict === 'accept'
      ? h('span', { class: 'tick', 'aria-hidden': 'true' }, '✓')
      : w.verdict === 'unknown'
        ? glyph('unknown', 13, false)
        : glyph('rejected', 13, false);
  return [look, ` ${w.verdict === 'accept' ? 'accepted' : w.text}`];
}

/** A place at which the two cannot be compared, with what each says so far. */
function incomparableRow(d: Incomparable, handlers: DifferenceHandlers): HTMLElement {
  const insns = h('b', {}, d.last > d.insn ? `${d.insn}–${d.last}` : String(d.insn));
  const line = h(
    'span',
    { class: 'line' },
    h('span', { class: 'same-sign', 'aria-hidden': 'true' }, '?'),
    insns,
    h('span', { class: 'dim' }, placeText(d)),
  );
  const answers = h('span', { class: 'answers' }, answer('A', d.a), answer('B', d.b));
  return h(
    'li',
    {},
    h('button', { type: 'button', class: 'difference incomparable', onclick: () => handlers.onGo(d.insn) }, line, answers),
  );
}

/** The list, with the chosen entry marked. */
export function differencesElement(state: CompareState, policy: string, chosen: number, handlers: DifferenceHandlers): HTMLElement {
  const c = state.comparison;
  const count = c?.differences.length ?? 0;
  const previous = iconButton('↑', 'Previous difference', () => handlers.onStep(-1));
  const next = iconButton('↓', 'Next difference', () => handlers.onStep(1));
  previous.disabled = next.disabled = count === 0;
  const head = h(
    'div',
    { class: 'head' },
    h(
      'div',
      { class: 'line' },
      h('h2', {}, c === null ? 'Comparison' : `${count} difference${count === 1 ? '' : 's'}`),
      h('span', { class: 'grow' }),
      previous,
      h('span', { class: 'dim', role: 'status' }, count === 0 ? '' : `${chosen + 1} of ${count}`),
      next,
    ),
    h('p', { class: 'sides' }, sideLetter('A'), ` ${state.policy}  `, sideLetter('B'), ` ${policy}`),
    h(
      'p',
      { role: state.problem === '' ? undefined : 'status' },
      ...(state.busy ? ['Comparing…'] : linked(verdictSentence(state, policy), handlers.onGo)),
    ),
  );
  const rows = (c?.differences ?? []).slice(0, 200).map((d, i) => {
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: `difference${i === chosen ? ' chosen' : ''}`,
          'aria-current': i === chosen ? 'true' : undefined,
          onclick: () => handlers.onPick(i),
        },
        h(
          'span',
          { class: 'line' },
          h('span', { class: 'differs', 'aria-hidden': 'true' }, '≠'),
          h('b', {}, d.last > d.insn ? `${d.insn}–${d.last}` : String(d.insn)),
          h('span', { class: 'dim' }, placeText(d)),
          h('span', { class: 'grow' }),
          h(
            'span',
            { class: 'tag' },
            d.kinds
              .slice(0, 2)
              .map((k) => KIND_WORDS[k])
              .join(', '),
          ),
        ),
        h('span', { class: 'answers' }, answer('A', d.a), answer('B', d.b)),
        h('span', { class: 'sentence' }, ...coded(d.sentence)),
      ),
    );
  });
  const table = h(
    'details',
    { class: 'section', open: true },
    h(
      'summary',
      {},
      h('span', { class: 'title' }, 'All programs of this file'),
      h('span', { class: 'dim right' }, String(state.programs.length)),
    ),
    h(
      'table',
      { class: 'both' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Program'),
          h('th', { scope: 'col' }, sideLetter('A'), ` ${state.policy}`),
          h('th', { scope: 'col' }, sideLetter('B'), ` ${policy}`),
        ),
      ),
      h(
        'tbody',
        {},
        ...state.programs.map((p) =>
          h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row' },
              h('button', { type: 'button', class: 'link', onclick: () => handlers.onProgram(p.program) }, p.program),
            ),
            h('td', { title: p.a.text }, ...word(p.a)),
            h('td', { title: p.b.text }, ...word(p.b)),
          ),
        ),
      ),
    ),
  );
  const unknown = c?.incomparable ?? [];
  const unknownSection =
    unknown.length > 0 &&
    h(
      'details',
      { class: 'section', open: true },
      h('summary', {}, h('span', { class: 'title' }, 'Not comparable'), h('span', { class: 'dim right' }, String(unknown.length))),
      h('p', { class: 'dim' }, ...linked(unknown[0]!.sentence, handlers.onGo)),
      h('ul', { class: 'difference-list' }, ...unknown.slice(0, 200).map((d) => incomparableRow(d, handlers))),
    );
  const hazards = [
    ...(c?.hazards.a ?? []).map((x) => ({ ...x, side: 'A' as const })),
    ...(c?.hazards.b ?? []).map((x) => ({ ...x, side: 'B' as const })),
  ];
  const hazardSection =
    hazards.length > 0 &&
    h(
      'details',
      { class: 'section', open: true },
      h('summary', {}, h('span', { class: 'title' }, 'Hazards'), h('span', { class: 'dim right' }, 'information')),
      ...hazards.map((x) => h('p', {}, sideLetter(x.side), ` ${x.insn}: ${x.text}`)),
    );
  return h(
    'section',
    { class: 'lens-page differences', 'aria-label': 'Differences' },
    head,
    rows.length > 0 && h('ul', { class: 'difference-list' }, ...rows),
    unknownSection,
    hazardSection,
    table,
  );
}
