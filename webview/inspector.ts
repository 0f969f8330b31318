// SPDX-License-Identifier: GPL-2.0-only
/** The inspector: one instruction in one state. Order of the sections is fixed. */
import type { GraphInsn, GraphNode } from '../src/graph/types';
import type { FrameView, InsnStates, ProgramDetail, SlotView, StateView } from '../src/protocol/model';
import { iconButton } from './controls';
import { h } from './dom';
import { chip, colourOf, glyph, glyphOf, GLYPH_WORDS } from './marks';

export interface InspectorHandlers {
  readonly onGo: (insn: number) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onState: (index: number) => void;
  readonly onBack: () => void;
  readonly onForward: () => void;
  readonly onCopy: (text: string) => void;
}

export interface InspectorPicture {
  readonly detail: ProgramDetail;
  readonly node: GraphNode | null;
  readonly insn: GraphInsn | null;
  readonly states: InsnStates | null;
  readonly state: number;
  readonly canBack: boolean;
  readonly canForward: boolean;
}

/** Text in which instruction numbers with a line, like "8 (line 18)", lead somewhere. */
function linked(text: string, go: (insn: number) => void): (Node | string)[] {
  return text.split(/(\b\d+ \(line \d+\))/).map((part, i) => {
    if (i % 2 === 0) return part;
    const insn = Number(/^\d+/.exec(part)![0]);
    return h('button', { type: 'button', class: 'link', onclick: () => go(insn) }, part);
  });
}

function section(title: string, right: string, ...body: (Node | string | false)[]): HTMLElement {
  return h('details', { class: 'section', open: true }, h('summary', {}, h('span', { class: 'title' }, title), h('span', { class: 'dim right' }, right)), ...body);
}

function placeLink(insn: number, detail: ProgramDetail, handlers: InspectorHandlers): (Node | string)[] {
  const source = detail.graph.nodes.flatMap((n) => n.instructions).find((i) => i.index === insn)?.source;
  return [h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(insn) }, String(insn)), source == null ? '' : h('span', { class: 'dim' }, ` :${source.line}`)];
}

function heldSection(picture: InspectorPicture, state: StateView, handlers: InspectorHandlers): HTMLElement {
  if (state.held.length === 0) return section('Held here', '0', h('p', { class: 'dim' }, 'Nothing is held.'));
  const rows = state.held.map((x) =>
    h(
      'tr',
      {},
      h('td', {}, chip(x, 1)),
      h('td', {}, x.title, x.object !== null && h('span', { class: 'dim block' }, `of ${x.object}`)),
      h('td', {}, ...placeLink(x.takenAt, picture.detail, handlers)),
      h('td', { class: x.forbids.length === 0 ? 'dim' : '' }, x.forbids.length === 0 ? 'nothing' : x.forbids.join(', ')),
    ),
  );
  return section(
    'Held here',
    String(state.held.length),
    h('table', { class: 'held' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, h('span', { class: 'hidden' }, 'Mark')), h('th', { scope: 'col' }, 'What'), h('th', { scope: 'col' }, 'Taken at'), h('th', { scope: 'col' }, 'Forbids'))), h('tbody', {}, ...rows)),
  );
}

function contextsSection(state: StateView): HTMLElement {
  const cells = state.contexts.map((c) => {
    const el = h('div', { class: `context${c.depth > 0 ? ' on' : ''}`, title: c.title }, h('b', {}, `${c.letter} ${c.depth}`), h('span', {}, c.kind));
    if (c.depth > 0) el.style.borderColor = colourOf(c.letter);
    return el;
  });
  return section('Contexts', state.ownPermission, h('div', { class: 'contexts' }, ...cells));
}

function carried(key: string | null, state: StateView): Node | false {
  const held = key === null ? undefined : state.held.find((x) => x.key === key);
  return held === undefined ? false : chip(held, 1);
}

function registerSection(frame: FrameView, state: StateView): HTMLElement {
  const rows = frame.registers.map((r) => h('tr', {}, h('th', { scope: 'row' }, r.name), h('td', {}, r.text), h('td', { class: 'carries' }, carried(r.carries, state))));
  return section(
    'Registers',
    'on entry',
    h('table', { class: 'registers' }, h('thead', { class: 'hidden' }, h('tr', {}, h('th', { scope: 'col' }, 'Register'), h('th', { scope: 'col' }, 'Value'), h('th', { scope: 'col' }, 'Carries'))), h('tbody', {}, ...rows)),
    frame.unreadable !== '' && h('p', { class: 'dim' }, frame.unreadable),
  );
}

function slotRow(slot: SlotView, state: StateView): HTMLElement {
  const body =
    slot.text === ''
      ? h('div', { class: 'bytes' }, ...[...slot.bytes].reverse().map((b) => h('i', {}, b)))
      : h('div', { class: 'bytes span' }, slot.text, ' ', carried(slot.carries, state));
  return h('tr', {}, h('th', { scope: 'row' }, `fp${slot.offset}`), h('td', {}, body));
}

function stackSection(frame: FrameView, state: StateView): HTMLElement {
  const title = `frame ${frame.frame} · ${frame.function}`;
  if (frame.stack.length === 0) return section('Stack', title, h('p', { class: 'dim' }, 'Nothing was written.'));
  return section('Stack', title, h('table', { class: 'stack' }, h('thead', { class: 'hidden' }, h('tr', {}, h('th', { scope: 'col' }, 'Offset'), h('th', { scope: 'col' }, 'Bytes'))), h('tbody', {}, ...frame.stack.map((x) => slotRow(x, state)))));
}

function rejection(detail: ProgramDetail, handlers: InspectorHandlers): HTMLElement {
  const { result } = detail;
  const message = result.message.join('\n');
  return h(
    'div',
    { class: 'why rejected' },
    h('div', { class: 'answer' }, glyph('rejected', 15, false), h('b', { class: 'error' }, 'Rejected here.')),
    h('code', { class: 'message' }, message),
    result.explanation !== null && result.explanation !== result.message[result.message.length - 1] && h('p', {}, ...linked(result.explanation, handlers.onGo)),
    ...result.related.map((r) => h('p', {}, h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(r.insn) }, String(r.insn)), ` ${r.text}`)),
    h('button', { type: 'button', class: 'link', onclick: () => handlers.onCopy(message) }, 'Copy the message'),
  );
}

function programPage(detail: ProgramDetail, handlers: InspectorHandlers): HTMLElement[] {
  const { result, graph } = detail;
  const calls = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.demands.length > 0);
  return [
    h('div', { class: 'head' }, h('h2', {}, result.program), h('span', { class: 'dim' }, `${result.progType} · SEC("${result.section}")`)),
    section(
      'Verdict',
      result.policy,
      h('p', {}, result.verdict === 'accept' ? 'Accepted.' : result.verdict === 'reject' ? `Rejected${result.insn === null ? '' : ` at ${result.insn}`}.` : `Unknown: ${result.reason ?? ''}.`),
      ...result.message.map((m) => h('code', { class: 'message' }, m)),
      h('p', { class: 'dim' }, `${result.insnCount.toLocaleString('en')} instructions, ${result.processedInsns.toLocaleString('en')} processed, ${result.totalStates.toLocaleString('en')} states, ${(result.timeUs / 1000).toFixed(1)} ms`),
    ),
    section('Calls that may sleep', String(calls.length), h('ul', {}, ...calls.map((c) => h('li', {}, glyph(glyphOf(c), 13), ' ', h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(c.index) }, `${c.index} ${c.text}`))))),
    h('p', { class: 'dim hint' }, 'Click a block or an instruction to see its states.'),
  ];
}

export class Inspector {
  readonly element = h('aside', { class: 'inspector', 'aria-label': 'Inspector', tabindex: -1 });

  constructor(private readonly handlers: InspectorHandlers) {}

  focusWhy(): void {
    this.element.querySelector<HTMLElement>('.why')?.focus();
  }

  show(picture: InspectorPicture): void {
    const { detail, insn, node, states } = picture;
    const scroll = this.element.scrollTop;
    if (insn === null || node === null) {
      this.element.replaceChildren(...programPage(detail, this.handlers));
      return;
    }
    const state = states?.states[picture.state];
    const place = insn.source === null ? [] : [' · ', h('button', { type: 'button', class: 'link', onclick: () => this.handlers.onOpenSource(insn.index) }, `${insn.source.file.split('/').pop() ?? ''}:${insn.source.line}`)];
    const back = iconButton('←', 'Back', this.handlers.onBack);
    const forward = iconButton('→', 'Forward', this.handlers.onForward);
    back.disabled = !picture.canBack;
    forward.disabled = !picture.canForward;
    const total = states?.total ?? insn.states;
    const kept = states?.states.length ?? 0;
    const step = h(
      'div',
      { class: 'stepper' },
      iconButton('‹', 'Previous state', () => this.handlers.onState(picture.state - 1)),
      h('span', { class: 'state-count', role: 'status' }, total === 0 ? 'No state arrives here' : kept === 0 ? `${total} states` : `State ${picture.state + 1} of ${kept}${kept < total ? ` (${kept} of ${total.toLocaleString('en')} kept)` : ''}`),
      iconButton('›', 'Next state', () => this.handlers.onState(picture.state + 1)),
    );
    const children: (Node | false)[] = [
      h('div', { class: 'head' }, h('div', { class: 'line' }, h('h2', {}, `Instruction ${insn.index}`), h('span', { class: 'dim' }, node.id.replace(/^f0/, ''), ...place), h('span', { class: 'grow' }), back, forward), h('code', { class: 'insn' }, insn.text, insn.source !== null && h('span', { class: 'comment' }, ` ; ${insn.source.text.trim()}`)), step),
      insn.rejected && rejection(detail, this.handlers),
    ];
    if (state !== undefined) {
      const kind = state.maySleep ? (state.mayFault ? 'may' : 'nofault') : 'not';
      children.push(
        h('div', { class: 'why', tabindex: -1 }, h('div', { class: 'answer' }, glyph(kind, 15, false), h('b', {}, state.why.answer)), h('p', {}, ...linked(state.why.reason, this.handlers.onGo)), state.why.until !== '' && h('p', { class: 'dim' }, ...linked(state.why.until, this.handlers.onGo))),
        heldSection(picture, state, this.handlers),
        contextsSection(state),
        ...state.frames.flatMap((f, i) => [...(i === 0 ? [registerSection(f, state)] : []), stackSection(f, state)]),
      );
    } else {
      children.push(h('div', { class: 'why', tabindex: -1 }, h('div', { class: 'answer' }, glyph(glyphOf(insn), 15, false), h('b', {}, `${GLYPH_WORDS[glyphOf(insn)].replace(/^./, (c) => c.toUpperCase())}.`)), h('p', { class: 'dim' }, insn.visit === 'unreachable' ? 'No state arrives here: the program never runs this.' : insn.visit === 'not-visited' ? 'Verification ended before this was reached.' : 'Reading the states…')));
    }
    this.element.replaceChildren(...children.filter((c) => c !== false));
    this.element.scrollTop = scroll;
  }
}
