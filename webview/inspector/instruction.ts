// SPDX-License-Identifier: GPL-2.0-only
/** The head of the inspector at an instruction, and what the state that is shown says. */
import type { Refusal } from '../../src/protocol/asks';
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { ProgramDetail, StateView } from '../../src/protocol/model';
import type { Rich } from '../../src/protocol/rich';
import { sentence } from '../../src/protocol/words';
import { iconButton } from '../page/controls';
import { h } from '../page/dom';
import { icon } from '../page/icons';
import { control } from '../page/identity';
import { linked } from '../page/linked';
import { type Glyph, glyph, glyphOf, GLYPH_WORDS } from '../page/marks';
import { absence } from './absent';
import { heldSection } from './held';
import type { InspectorHandlers, InspectorPicture } from './picture';
import { contextsSection, originSection, registerSection, stackSection } from './values';

/** What stands where states do not come. */
const NO_STATES: Readonly<Record<Refusal, string>> = {
  gone: 'The states are not kept any more; they come back when the program is verified again.',
  late: 'Reading the states took too long; select the instruction again.',
  failed: 'The states could not be read.',
  cancelled: 'Reading the states was cancelled.',
};

/** `1st`, `2nd`, … */
function ordinal(n: number): string {
  const tens = n % 100;
  return `${n}${tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** What the head can do beside what {@link InspectorHandlers} can. */
interface HeadHandlers {
  readonly pin: () => void;
  readonly compare: () => void;
}

/** The C line, as a link; nothing where there is none. */
function placeLink(insn: GraphInsn, handlers: InspectorHandlers): (Node | string)[] {
  if (insn.source === null) return [];
  const { file, line } = insn.source;
  const link = h(
    'button',
    {
      type: 'button',
      class: 'link place-link',
      title: file,
      ...control('open-source', insn.index),
      onclick: () => handlers.onOpenSource(insn.index),
    },
    h('span', { class: 'file' }, file.split('/').pop() ?? ''),
    `:${line}`,
  );
  return [' · ', link];
}

/** Which of the states is shown, of how many. */
function countWords({ states, state }: InspectorPicture, insn: GraphInsn): string {
  const total = states?.total ?? insn.states;
  const kept = states?.states.length ?? 0;
  if (total === 0) return 'No state arrives here';
  if (kept === 0) return `${total} state${total === 1 ? '' : 's'}`;
  return `State ${state + 1} of ${kept}${kept < total ? ` (${kept} of ${total.toLocaleString('en')} kept)` : ''}`;
}

function stepper(
  picture: InspectorPicture,
  insn: GraphInsn,
  base: number | null,
  compare: () => void,
  handlers: InspectorHandlers,
): HTMLElement {
  const all = picture.states?.states ?? [];
  const pass = all[picture.state]?.pass ?? 1;
  const again = pass > 1 || all.some((x) => x.pass > 1);
  return h(
    'div',
    { class: 'stepper' },
    iconButton('‹', 'Previous state', () => handlers.onState(picture.state - 1), control('previous-state')),
    h('span', { class: 'state-count', role: 'status' }, countWords(picture, insn)),
    iconButton('›', 'Next state', () => handlers.onState(picture.state + 1), control('next-state')),
    again ? h('span', { class: 'dim' }, `${ordinal(pass)} pass`) : '',
    h('span', { class: 'grow' }),
    all.length > 1 &&
      h(
        'button',
        {
          type: 'button',
          class: 'link compare-states',
          'aria-pressed': String(base !== null),
          ...control('compare-states'),
          onclick: compare,
        },
        base === null ? 'Compare' : `Compared with ${base + 1}`,
      ),
  );
}

/** Number, place and text of the instruction, back and forward, the states. `base` is the state that others are compared with. */
export function instructionHead(
  picture: InspectorPicture,
  node: GraphNode,
  insn: GraphInsn,
  base: number | null,
  head: HeadHandlers,
  handlers: InspectorHandlers,
): HTMLElement {
  const back = iconButton('←', 'Back', handlers.onBack, control('back'));
  const forward = iconButton('→', 'Forward', handlers.onForward, control('forward'));
  back.disabled = !picture.canBack;
  forward.disabled = !picture.canForward;
  return h(
    'div',
    { class: 'head' },
    h(
      'div',
      { class: 'line' },
      h('h2', {}, `Instruction ${insn.index}`),
      h('span', { class: 'dim whereabouts' }, h('span', {}, node.name), ...placeLink(insn, handlers)),
      h('span', { class: 'grow' }),
      back,
      forward,
      iconButton(icon('pin'), 'Pin', head.pin, control('pin')),
    ),
    h('code', { class: 'insn' }, insn.text, insn.source !== null && h('span', { class: 'comment' }, ` ; ${insn.source.text.trim()}`)),
    stepper(picture, insn, base, head.compare, handlers),
  );
}

/** Hazards of the call at an instruction. */
export function hazardElements(detail: ProgramDetail, insn: GraphInsn): HTMLElement[] {
  return (detail.result.hazards ?? [])
    .filter((x) => x.insn === insn.index)
    .map((x) => h('div', { class: 'why hazard' }, h('div', { class: 'answer' }, h('b', {}, 'Hazard, not an error.')), h('p', {}, x.text)));
}

/** The sentence that says why, with its glyph. */
function whyElement(kind: Glyph, answer: string, ...reasons: (HTMLElement | false)[]): HTMLElement {
  return h('div', { class: 'why', tabindex: -1 }, h('div', { class: 'answer' }, glyph(kind, 15, false), h('b', {}, answer)), ...reasons);
}

function shownState(picture: InspectorPicture, state: StateView, handlers: InspectorHandlers): (HTMLElement | null)[] {
  const { why } = state;
  return [
    whyElement(
      state.maySleep ? (state.mayFault ? 'may' : 'nofault') : 'not',
      why.answer,
      h('p', {}, ...linked(why.reason, handlers.onGo)),
      why.until.length > 0 && h('p', { class: 'dim' }, ...linked(why.until, handlers.onGo)),
    ),
    heldSection(picture, state, handlers),
    contextsSection(state),
    ...state.frames.flatMap((f, i) => [...(i === 0 ? [registerSection(f, state, handlers)] : []), stackSection(f, state)]),
    originSection(picture, handlers),
  ];
}

/** All that the state says; where there is none, why. */
export function stateElements(
  picture: InspectorPicture,
  node: GraphNode,
  insn: GraphInsn,
  handlers: InspectorHandlers,
): (HTMLElement | null)[] {
  const state = picture.states?.states[picture.state];
  if (state !== undefined) return shownState(picture, state, handlers);
  const { detail, noStates } = picture;
  const kind = glyphOf(insn);
  const waiting = {
    answer: `${sentence(GLYPH_WORDS[kind])}.`,
    reason: [noStates === null ? 'Reading the states…' : NO_STATES[noStates]] as Rich,
  };
  const { answer, reason } = insn.visit === 'visited' ? waiting : absence(detail.graph, detail.result, node, insn);
  return [whyElement(kind, answer, h('p', { class: 'dim' }, ...linked(reason, handlers.onGo)))];
}
