// SPDX-License-Identifier: GPL-2.0-only
/** Differences between two policies: a list, most important first, and both verdicts. */
import type { Incomparable, InsnAnswer, InsnDifference } from '../../src/protocol/compare';
import type { HazardNote } from '../../src/protocol/model';
import type { CompareState, CompareWord } from '../../src/protocol/messages';
import { answerGlyph, answerWord, KIND_WORDS } from './look';
import { iconButton } from '../page/controls';
import { h } from '../page/dom';
import { control } from '../page/identity';
import { verdictSentence } from './words';
import { coded, linked } from '../page/linked';
import { section } from '../page/section';
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
    h(
      'button',
      { type: 'button', class: 'difference incomparable', ...control('go', d.insn), onclick: () => handlers.onGo(d.insn) },
      line,
      answers,
    ),
  );
}

/** Entries of a list that are drawn at most. */
const MOST = 200;

function headElement(state: CompareState, policy: string, chosen: number, handlers: DifferenceHandlers): HTMLElement {
  const count = state.comparison?.differences.length ?? 0;
  const previous = iconButton('↑', 'Previous difference', () => handlers.onStep(-1), control('previous-difference'));
  const next = iconButton('↓', 'Next difference', () => handlers.onStep(1), control('next-difference'));
  previous.disabled = next.disabled = count === 0;
  return h(
    'div',
    { class: 'head' },
    h(
      'div',
      { class: 'line' },
      h('h2', {}, state.comparison === null ? 'Comparison' : `${count} difference${count === 1 ? '' : 's'}`),
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
}

function differenceRow(d: InsnDifference, chosen: boolean, onPick: () => void): HTMLElement {
  const kinds = d.kinds.slice(0, 2).map((k) => KIND_WORDS[k]);
  return h(
    'li',
    {},
    h(
      'button',
      {
        type: 'button',
        class: `difference${chosen ? ' chosen' : ''}`,
        'aria-current': chosen ? 'true' : undefined,
        ...control('difference', d.insn),
        onclick: onPick,
      },
      h(
        'span',
        { class: 'line' },
        h('span', { class: 'differs', 'aria-hidden': 'true' }, '≠'),
        h('b', {}, d.last > d.insn ? `${d.insn}–${d.last}` : String(d.insn)),
        h('span', { class: 'dim' }, placeText(d)),
        h('span', { class: 'grow' }),
        h('span', { class: 'tag' }, kinds.join(', ')),
      ),
      h('span', { class: 'answers' }, answer('A', d.a), answer('B', d.b)),
      h('span', { class: 'sentence' }, ...coded(d.sentence)),
    ),
  );
}

/** All programs of the file under both policies. */
function programsSection(state: CompareState, policy: string, handlers: DifferenceHandlers): HTMLElement {
  const row = (p: CompareState['programs'][number]): HTMLElement =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row' },
        h(
          'button',
          { type: 'button', class: 'link', ...control('program', p.program), onclick: () => handlers.onProgram(p.program) },
          p.program,
        ),
      ),
      h('td', { title: p.a.text }, ...word(p.a)),
      h('td', { title: p.b.text }, ...word(p.b)),
    );
  const heads = h(
    'tr',
    {},
    h('th', { scope: 'col' }, 'Program'),
    h('th', { scope: 'col' }, sideLetter('A'), ` ${state.policy}`),
    h('th', { scope: 'col' }, sideLetter('B'), ` ${policy}`),
  );
  const table = h('table', { class: 'both' }, h('thead', {}, heads), h('tbody', {}, ...state.programs.map(row)));
  return section('programs', 'All programs of this file', String(state.programs.length), table);
}

function incomparableSection(unknown: readonly Incomparable[], handlers: DifferenceHandlers): HTMLElement | false {
  const [first] = unknown;
  if (first === undefined) return false;
  return section(
    'incomparable',
    'Not comparable',
    String(unknown.length),
    h('p', { class: 'dim' }, ...linked(first.sentence, handlers.onGo)),
    h('ul', { class: 'difference-list' }, ...unknown.slice(0, MOST).map((d) => incomparableRow(d, handlers))),
  );
}

function hazardSection({ comparison }: CompareState): HTMLElement | false {
  const of = (side: 'A' | 'B', hazards: readonly HazardNote[] = []): HTMLElement[] =>
    hazards.map((x) => h('p', {}, sideLetter(side), ` ${x.insn}: ${x.text}`));
  const all = [...of('A', comparison?.hazards.a), ...of('B', comparison?.hazards.b)];
  return all.length > 0 && section('hazards', 'Hazards', 'information', ...all);
}

/** The list, with the chosen entry marked. */
export function differencesElement(state: CompareState, policy: string, chosen: number, handlers: DifferenceHandlers): HTMLElement {
  const { differences = [], incomparable = [] } = state.comparison ?? {};
  const rows = differences.slice(0, MOST).map((d, i) => differenceRow(d, i === chosen, () => handlers.onPick(i)));
  return h(
    'section',
    { class: 'lens-page differences', 'aria-label': 'Differences' },
    headElement(state, policy, chosen, handlers),
    rows.length > 0 && h('ul', { class: 'difference-list' }, ...rows),
    incomparableSection(incomparable, handlers),
    hazardSection(state),
    programsSection(state, policy, handlers),
  );
}
