// SPDX-License-Identifier: GPL-2.0-only
/** The inspector: one instruction in one state. Order of the sections is fixed. */
import type { Refusal } from '../../src/protocol/asks';
import type { GraphInsn, GraphNode, HeldResource } from '../../src/protocol/graph';
import type { FrameView, InsnStates, ProgramDetail, SlotView, StateView } from '../../src/protocol/model';
import type { OriginView } from '../../src/protocol/path';
import { absence } from './absent';
import { iconButton } from '../page/controls';
import { h } from '../page/dom';
import { icon } from '../page/icons';
import { indexOf } from '../model/graph-index';
import { sleepRuns } from '../lens/sleep';
import { neverSleeps } from '../model/sleep-once';
import { chipText, effectVerb, forbiddenText, HOLDING, listText, resourceName } from '../../src/protocol/words';
import { chip, colourOf, glyph, glyphOf, GLYPH_WORDS } from '../page/marks';
import { rejectionElement } from './rejection';
import { errnoName } from '../../src/protocol/errno';
import { stateDifferences } from './state-differences';
import { coded, linked } from '../page/linked';

export interface InspectorHandlers {
  readonly onGo: (insn: number) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onState: (index: number) => void;
  readonly onBack: () => void;
  readonly onForward: () => void;
  readonly onCopy: (text: string) => void;
  /** Opens the page of a problem code. */
  readonly onProblem: (code: string) => void;
  readonly onFollow: (key: string) => void;
  /** Where does this register's value come from? */
  readonly onOrigin: (register: number) => void;
  /** A section was opened or closed. */
  readonly onFold: (title: string, open: boolean) => void;
}

/** What stands where states do not come. */
const NO_STATES: Readonly<Record<Refusal, string>> = {
  gone: 'The states are not kept any more; they come back when the program is verified again.',
  late: 'Reading the states took too long; select the instruction again.',
  failed: 'The states could not be read.',
  cancelled: 'Reading the states was cancelled.',
};

export interface InspectorPicture {
  readonly detail: ProgramDetail;
  readonly node: GraphNode | null;
  readonly insn: GraphInsn | null;
  readonly states: InsnStates | null;
  /** Why there will be none, null while they may come. */
  readonly noStates: Refusal | null;
  readonly state: number;
  readonly canBack: boolean;
  readonly canForward: boolean;
  readonly origin: OriginView | null;
  /** Titles of the sections that are closed. */
  readonly closed: readonly string[];
  /** What a lens or a comparison shows above. */
  readonly above: HTMLElement | null;
}

function section(title: string, right: string, ...body: (Node | string | false)[]): HTMLElement {
  return h(
    'details',
    { class: 'section', open: true },
    h('summary', {}, h('span', { class: 'title' }, title), h('span', { class: 'dim right' }, right)),
    ...body,
  );
}

function placeLink(insn: number, detail: ProgramDetail, handlers: InspectorHandlers): (Node | string)[] {
  const line = indexOf(detail.graph).lineOf(insn);
  return [
    h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(insn) }, String(insn)),
    line === null ? '' : h('span', { class: 'dim' }, ` :${line}`),
  ];
}

function heldSection(picture: InspectorPicture, state: StateView, handlers: InspectorHandlers): HTMLElement {
  const effect = picture.insn === null || picture.node === null ? [] : effectOf(picture.insn, picture.node);
  if (state.held.length === 0 && state.given.length === 0)
    return section('Held here', '0', h('p', { class: 'dim' }, 'Nothing is held.'), ...effect);
  /** Other places that take the same resource on other paths. */
  const elsewhere = (key: string, here: number): (Node | string)[] => {
    const others = (picture.insn?.held.find((x) => x.key === key)?.takenPlaces ?? []).filter((p) => p !== here);
    return others.length === 0
      ? []
      : [
          h(
            'span',
            { class: 'dim block' },
            'or ',
            ...others.flatMap((p, i) => [i === 0 ? '' : ', ', ...placeLink(p, picture.detail, handlers)]),
          ),
        ];
  };
  const rows = state.held.map((x) =>
    h(
      'tr',
      {},
      h('td', {}, followable(x, handlers)),
      h('td', {}, ...coded(resourceName(x))),
      h('td', {}, ...placeLink(x.takenAt, picture.detail, handlers), ...elsewhere(x.key, x.takenAt)),
      h('td', { class: x.forbids.length === 0 ? 'dim' : '' }, forbiddenText(x.forbids)),
    ),
  );
  for (const { resource, at } of state.given) {
    rows.push(
      h(
        'tr',
        { class: 'gone' },
        h('td', {}, chip(resource, 1, true)),
        h('td', {}, h('s', {}, ...coded(resourceName(resource)))),
        h('td', {}, ...placeLink(resource.takenAt, picture.detail, handlers)),
        h('td', { class: 'dim' }, `${HOLDING[resource.holding].ended} at `, ...placeLink(at, picture.detail, handlers)),
      ),
    );
  }
  const worst = state.held.find((x) => x.forbids.length > 0) ?? state.held[0];
  return section(
    'Held here',
    String(state.held.length),
    h(
      'table',
      { class: 'held' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, h('span', { class: 'hidden' }, 'Mark')),
          h('th', { scope: 'col' }, 'What'),
          h('th', { scope: 'col' }, 'Since'),
          h('th', { scope: 'col' }, 'Forbids'),
        ),
      ),
      h('tbody', {}, ...rows),
    ),
    worst !== undefined &&
      h(
        'p',
        {},
        h(
          'button',
          { type: 'button', class: 'link', onclick: () => handlers.onFollow(worst.key) },
          `Follow ${chipText(worst, 1)} in the graph`,
        ),
      ),
    ...effect,
  );
}

/** Words and order of the contexts that most policies know; others follow with their own name. */
const CONTEXT_WORDS: Readonly<Record<string, string>> = { nofault: 'no fault', rcu: 'RCU', preempt: 'preempt', irq: 'IRQ', lock: 'lock' };

function contextsSection(state: StateView): HTMLElement {
  const known = Object.keys(CONTEXT_WORDS);
  const rank = (kind: string): number => (known.includes(kind) ? known.indexOf(kind) : known.length);
  const cells = [...state.contexts]
    .sort((a, b) => rank(a.kind) - rank(b.kind))
    .map((c) => {
      const el = h(
        'div',
        { class: `context${c.depth > 0 ? ' on' : ''}`, title: c.title },
        h('b', {}, `${c.letter} ${c.depth}`),
        h('span', {}, CONTEXT_WORDS[c.kind] ?? c.kind),
      );
      if (c.depth > 0) el.style.borderColor = colourOf(c);
      return el;
    });
  return section('Contexts', state.ownPermission, h('div', { class: 'contexts' }, ...cells));
}

/** A chip that leads to the life of its resource. */
function followable(x: HeldResource, handlers: InspectorHandlers): HTMLElement {
  return h('button', { type: 'button', class: 'chip-button', title: 'Follow it', onclick: () => handlers.onFollow(x.key) }, chip(x, 1));
}

/** What the instruction does to the held set: before and after, over all states. */
function effectOf(insn: GraphInsn, node: GraphNode): HTMLElement[] {
  if (insn.effects.length === 0) return [];
  const next = node.instructions[node.instructions.indexOf(insn) + 1];
  const held = new Map([...(next?.held ?? []), ...insn.held].map((x) => [x.key, x]));
  const does = insn.effects.flatMap((e) => {
    const resource = held.get(e.key);
    return resource === undefined ? [] : [`${effectVerb(e, resource.holding)} the ${resourceName(resource)}`];
  });
  const set = (held: readonly HeldResource[], states: number): (Node | string)[] =>
    held.length === 0 ? ['nothing'] : held.flatMap((x, i) => [i === 0 ? '' : ' ', chip(x, states)]);
  const words = h(
    'p',
    {},
    ...(does.length === 0 ? ['This instruction changes what is held.'] : coded(`This instruction ${listText(does)}.`)),
  );
  return next === undefined
    ? [words]
    : [
        words,
        h('p', { class: 'effect' }, ...set(insn.held, insn.states), h('span', { class: 'dim' }, ' → '), ...set(next.held, next.states)),
      ];
}

/** `1st`, `2nd`, … */
function ordinal(n: number): string {
  const tens = n % 100;
  return `${n}${tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

function originSection(picture: InspectorPicture, handlers: InspectorHandlers): HTMLElement | null {
  const { origin, insn, state } = picture;
  if (origin === null || origin.insn !== insn?.index || origin.state !== state) return null;
  const go = (n: number): HTMLElement => h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(n) }, String(n));
  const parts = origin.steps.flatMap((x, i): (Node | string)[] => [
    i === 0 ? '' : h('span', { class: 'dim' }, ' ← '),
    ...(x.kind === 'check' ? [h('span', { class: 'dim' }, `${x.text} at `), go(x.insn)] : [go(x.insn), ' ', h('code', {}, x.text)]),
  ]);
  if (origin.start !== '') parts.push(origin.steps.length === 0 ? '' : h('span', { class: 'dim' }, ' ← '), origin.start);
  return section(
    `Where r${origin.register} comes from`,
    'newest first',
    h('p', { class: 'origin' }, ...(parts.length === 0 ? ['Nothing on this path writes it.'] : parts)),
  );
}

/** The C variable, in code font. */
function variableName(name: string | null): Node | false {
  return name !== null && h('code', { class: 'name' }, name);
}

function carried(key: string | null, state: StateView): Node | false {
  const held = key === null ? undefined : state.held.find((x) => x.key === key);
  return held === undefined ? false : chip(held, 1);
}

function registerSection(frame: FrameView, state: StateView, handlers: InspectorHandlers): HTMLElement {
  const rows = frame.registers.map((r) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, r.name),
      h(
        'td',
        {},
        h(
          'button',
          {
            type: 'button',
            class: 'value',
            title: `Where ${r.name} comes from`,
            onclick: () => handlers.onOrigin(Number(r.name.slice(1))),
          },
          r.text,
        ),
      ),
      h('td', { class: 'carries' }, variableName(r.variable), carried(r.carries, state)),
    ),
  );
  return section(
    'Registers',
    'on entry',
    h(
      'table',
      { class: 'registers' },
      h(
        'thead',
        { class: 'hidden' },
        h('tr', {}, h('th', { scope: 'col' }, 'Register'), h('th', { scope: 'col' }, 'Value'), h('th', { scope: 'col' }, 'Carries')),
      ),
      h('tbody', {}, ...rows),
    ),
    frame.unreadable !== '' && h('p', { class: 'dim' }, frame.unreadable),
  );
}

function slotRow(slot: SlotView, state: StateView): HTMLElement {
  const body =
    slot.text === ''
      ? h('div', { class: 'bytes' }, ...[...slot.bytes].reverse().map((b) => h('i', {}, b)))
      : h('div', { class: 'bytes span' }, slot.text);
  const carries = h('td', { class: 'carries' }, variableName(slot.variable), carried(slot.carries, state));
  return h('tr', {}, h('th', { scope: 'row' }, `fp${slot.offset}`), h('td', {}, body), carries);
}

function stackSection(frame: FrameView, state: StateView): HTMLElement {
  const title = `frame ${frame.frame} · ${frame.function}`;
  if (frame.stack.length === 0) return section('Stack', title, h('p', { class: 'dim' }, 'Nothing was written.'));
  return section(
    'Stack',
    title,
    h(
      'table',
      { class: 'stack' },
      h(
        'thead',
        { class: 'hidden' },
        h('tr', {}, h('th', { scope: 'col' }, 'Offset'), h('th', { scope: 'col' }, 'Bytes'), h('th', { scope: 'col' }, 'Carries')),
      ),
      h('tbody', {}, ...frame.stack.map((x) => slotRow(x, state))),
    ),
  );
}

/** Runs of instructions that the program's page lists. */
const MOST_RUNS = 30;

/** Why the program may sleep nowhere, where one thing decides that. */
function nowhere({ graph, result }: ProgramDetail): string {
  if (!neverSleeps(graph)) return 'Nowhere.';
  return `Nowhere: the program is not sleepable (SEC("${result.section}")), whatever it holds.`;
}

function programPage(detail: ProgramDetail, handlers: InspectorHandlers): HTMLElement[] {
  const { result, graph } = detail;
  const calls = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.demands.length > 0);
  const runs = sleepRuns(graph);
  const go = (insn: number, text: string): HTMLElement =>
    h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(insn) }, text);
  const range = (run: readonly GraphInsn[]): string => (run.length === 1 ? String(run[0]!.index) : `${run[0]!.index}–${run.at(-1)!.index}`);
  return [
    h('div', { class: 'head' }, h('h2', {}, result.program), h('span', { class: 'dim' }, `${result.progType} · SEC("${result.section}")`)),
    section(
      'Verdict',
      result.policy,
      h(
        'p',
        {},
        result.verdict === 'accept'
          ? 'Accepted.'
          : result.verdict === 'reject'
            ? `Rejected${result.insn === null ? '' : ` at ${result.insn}`}${result.errno === 0 ? '' : `, ${errnoName(result.errno)}`}.`
            : `Unknown: ${result.reason ?? ''}.`,
      ),
      // what the kernel said on the way of an accepted program is no part of its verdict
      ...(result.verdict === 'accept' ? [] : result.message.map((m) => h('code', { class: 'message' }, m))),
      h(
        'p',
        { class: 'dim' },
        `${result.insnCount.toLocaleString('en')} instructions, ${result.processedInsns.toLocaleString('en')} processed, ${result.totalStates.toLocaleString('en')} states, ${(result.timeUs / 1000).toFixed(1)} ms`,
      ),
    ),
    section(
      'Where it may sleep',
      result.sleepable ? 'program is sleepable' : 'program is not sleepable',
      runs.length === 0
        ? h('p', { class: 'dim' }, nowhere(detail))
        : h(
            'p',
            {},
            ...runs.slice(0, MOST_RUNS).flatMap(({ run }, i) => [i === 0 ? '' : ', ', go(run[0]!.index, range(run))]),
            runs.length > MOST_RUNS ? ` and ${runs.length - MOST_RUNS} more` : '',
          ),
    ),
    section(
      'Calls that may sleep',
      String(calls.length),
      h('ul', {}, ...calls.map((c) => h('li', {}, glyph(glyphOf(c), 13), ' ', go(c.index, `${c.index} ${c.text}`)))),
    ),
    h('p', { class: 'dim hint' }, 'Click a block or an instruction to see its states.'),
  ];
}

export class Inspector {
  readonly element = h('aside', { class: 'inspector', 'aria-label': 'Inspector', tabindex: -1 });
  /** What was pinned, beside the inspector that goes on. */
  private readonly pinned = h('aside', { class: 'inspector pinned', 'aria-label': 'Pinned', tabindex: -1 });
  private shown: InspectorPicture | null = null;
  /** State that others are compared with. */
  private base: number | null = null;

  constructor(private readonly handlers: InspectorHandlers) {}

  focusWhy(): void {
    this.element.querySelector<HTMLElement>('.why')?.focus();
  }

  show(picture: InspectorPicture): void {
    const { detail, insn, node, states } = picture;
    if (this.shown?.insn?.index !== insn?.index || this.shown?.detail.result.program !== detail.result.program) this.base = null;
    this.shown = picture;
    const scroll = this.element.scrollTop;
    if (insn === null || node === null) {
      this.fill([picture.above, ...programPage(detail, this.handlers)], picture.closed);
      return;
    }
    const state = states?.states[picture.state];
    const place =
      insn.source === null
        ? []
        : [
            ' · ',
            h(
              'button',
              { type: 'button', class: 'link place-link', title: insn.source.file, onclick: () => this.handlers.onOpenSource(insn.index) },
              h('span', { class: 'file' }, insn.source.file.split('/').pop() ?? ''),
              `:${insn.source.line}`,
            ),
          ];
    const back = iconButton('←', 'Back', this.handlers.onBack);
    const forward = iconButton('→', 'Forward', this.handlers.onForward);
    back.disabled = !picture.canBack;
    forward.disabled = !picture.canForward;
    const pin = iconButton(icon('pin'), 'Pin', () => this.pin());
    const total = states?.total ?? insn.states;
    const kept = states?.states.length ?? 0;
    const step = h(
      'div',
      { class: 'stepper' },
      iconButton('‹', 'Previous state', () => this.handlers.onState(picture.state - 1)),
      h(
        'span',
        { class: 'state-count', role: 'status' },
        total === 0
          ? 'No state arrives here'
          : kept === 0
            ? `${total} state${total === 1 ? '' : 's'}`
            : `State ${picture.state + 1} of ${kept}${kept < total ? ` (${kept} of ${total.toLocaleString('en')} kept)` : ''}`,
      ),
      iconButton('›', 'Next state', () => this.handlers.onState(picture.state + 1)),
      (state?.pass ?? 1) > 1 || (states?.states.some((x) => x.pass > 1) ?? false)
        ? h('span', { class: 'dim' }, `${ordinal(state?.pass ?? 1)} pass`)
        : '',
      h('span', { class: 'grow' }),
      kept > 1 &&
        h(
          'button',
          { type: 'button', class: 'link compare-states', 'aria-pressed': String(this.base !== null), onclick: () => this.compare() },
          this.base === null ? 'Compare' : `Compared with ${this.base + 1}`,
        ),
    );
    const hazards = (detail.result.hazards ?? []).filter((x) => x.insn === insn.index);
    const children: (Node | null | false)[] = [
      picture.above,
      h(
        'div',
        { class: 'head' },
        h(
          'div',
          { class: 'line' },
          h('h2', {}, `Instruction ${insn.index}`),
          h('span', { class: 'dim whereabouts' }, h('span', {}, node.name), ...place),
          h('span', { class: 'grow' }),
          back,
          forward,
          pin,
        ),
        h('code', { class: 'insn' }, insn.text, insn.source !== null && h('span', { class: 'comment' }, ` ; ${insn.source.text.trim()}`)),
        step,
      ),
      insn.rejected && rejectionElement(detail, node, insn, this.handlers),
      this.comparedWith(states, picture.state),
      ...hazards.map((x) =>
        h('div', { class: 'why hazard' }, h('div', { class: 'answer' }, h('b', {}, 'Hazard, not an error.')), h('p', {}, x.text)),
      ),
    ];
    if (state !== undefined) {
      const kind = state.maySleep ? (state.mayFault ? 'may' : 'nofault') : 'not';
      children.push(
        h(
          'div',
          { class: 'why', tabindex: -1 },
          h('div', { class: 'answer' }, glyph(kind, 15, false), h('b', {}, state.why.answer)),
          h('p', {}, ...linked(state.why.reason, this.handlers.onGo)),
          state.why.until.length > 0 && h('p', { class: 'dim' }, ...linked(state.why.until, this.handlers.onGo)),
        ),
        heldSection(picture, state, this.handlers),
        contextsSection(state),
        ...state.frames.flatMap((f, i) => [...(i === 0 ? [registerSection(f, state, this.handlers)] : []), stackSection(f, state)]),
        originSection(picture, this.handlers),
      );
    } else {
      const kind = glyphOf(insn);
      const { answer, reason } =
        insn.visit === 'visited'
          ? {
              answer: `${GLYPH_WORDS[kind].replace(/^./, (c) => c.toUpperCase())}.`,
              reason: [picture.noStates === null ? 'Reading the states…' : NO_STATES[picture.noStates]],
            }
          : absence(detail.graph, detail.result, node, insn);
      children.push(
        h(
          'div',
          { class: 'why', tabindex: -1 },
          h('div', { class: 'answer' }, glyph(kind, 15, false), h('b', {}, answer)),
          h('p', { class: 'dim' }, ...linked(reason, this.handlers.onGo)),
        ),
      );
    }
    this.fill(children, picture.closed);
    this.element.scrollTop = scroll;
  }

  /** The state that is shown becomes the one that others are compared with, and the next one is shown; again ends it. */
  private compare(): void {
    const now = this.shown;
    if (now === null) return;
    if (this.base === null) {
      this.base = now.state;
      this.handlers.onState(now.state + 1);
    } else {
      this.base = null;
      this.show(now);
    }
  }

  private comparedWith(states: InsnStates | null, at: number): HTMLElement | null {
    const a = this.base === null ? undefined : states?.states[this.base];
    const b = states?.states[at];
    if (a === undefined || b === undefined || this.base === null) return null;
    const rows = stateDifferences(a, b).map((d) =>
      h('tr', {}, h('th', { scope: 'row' }, d.what), h('td', {}, ...coded(d.a)), h('td', {}, ...coded(d.b))),
    );
    const body =
      rows.length === 0
        ? h('p', { class: 'dim' }, this.base === at ? 'Step to another state.' : 'They show the same.')
        : h(
            'table',
            { class: 'registers two-states' },
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                h('th', { scope: 'col' }, ''),
                h('th', { scope: 'col' }, `State ${this.base + 1}`),
                h('th', { scope: 'col' }, `State ${at + 1}`),
              ),
            ),
            h('tbody', {}, ...rows),
          );
    return section('Differences', `states ${this.base + 1} and ${at + 1}`, body);
  }

  /** Keeps what is shown beside the inspector; the inspector goes on by itself. */
  private pin(): void {
    const now = this.shown;
    if (now === null) return;
    const unpin = iconButton('×', 'Unpin', () => {
      this.pinned.remove();
      this.element.focus();
    });
    unpin.classList.add('unpin');
    this.pinned.replaceChildren(unpin, ...this.element.childNodes);
    this.element.before(this.pinned);
    this.show(now);
  }

  /** Sections fold, and stay so for the next instruction. */
  private fill(children: readonly (Node | null | false)[], closed: readonly string[]): void {
    this.element.replaceChildren(...children.filter((c) => c !== false && c !== null));
    for (const el of this.element.querySelectorAll<HTMLDetailsElement>('details.section')) {
      const title = (el.querySelector('.title')?.textContent ?? '').replace(/ r\d+ /, ' rN ');
      if (closed.includes(title)) el.open = false;
      el.addEventListener('toggle', () => this.handlers.onFold(title, el.open));
    }
  }
}
