// SPDX-License-Identifier: GPL-2.0-only
/** The inspector: one instruction in one state. Order of the sections is fixed. */
import type { InsnStates } from '../../src/protocol/model';
import { iconButton } from '../page/controls';
import { h } from '../page/dom';
import { redrawKeepingControl } from '../page/focus';
import { control } from '../page/identity';
import { coded } from '../page/linked';
import { section } from '../page/section';
import { hazardElements, instructionHead, stateElements } from './instruction';
import type { InspectorHandlers, InspectorPicture } from './picture';
import { programPage, wholeElements } from './program-page';
import { rejectionElement } from './rejection';
import { stateDifferences } from './state-differences';

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
    const base = this.base;
    const head = instructionHead(picture, node, insn, base, { pin: () => this.pin(), compare: () => this.compare() }, this.handlers);
    const children = [
      picture.above,
      head,
      insn.rejected && rejectionElement(picture, node, insn, this.handlers),
      ...(insn.rejected ? wholeElements(detail, (at) => this.handlers.onGo(at)) : []),
      this.comparedWith(states, picture.state),
      ...hazardElements(detail, insn),
      ...stateElements(picture, node, insn, this.handlers),
    ];
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
    return section('differences', 'Differences', `states ${this.base + 1} and ${at + 1}`, body);
  }

  /** Keeps what is shown beside the inspector; the inspector goes on by itself. */
  private pin(): void {
    const now = this.shown;
    if (now === null) return;
    const close = (): void => {
      this.pinned.remove();
      this.element.focus();
    };
    const unpin = iconButton('×', 'Unpin', close, control('unpin'));
    unpin.classList.add('unpin');
    this.pinned.replaceChildren(unpin, ...this.element.childNodes);
    this.element.before(this.pinned);
    this.show(now);
  }

  /** Sections fold, and stay so for the next instruction. */
  private fill(children: readonly (Node | null | false)[], closed: readonly string[]): void {
    redrawKeepingControl(this.element, () => this.element.replaceChildren(...children.filter((c) => c !== false && c !== null)));
    for (const el of this.element.querySelectorAll<HTMLDetailsElement>('details.section')) {
      const name = el.dataset['section'] ?? '';
      if (closed.includes(name)) el.open = false;
      el.addEventListener('toggle', () => this.handlers.onFold(name, el.open));
    }
  }
}
