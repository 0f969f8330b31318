// SPDX-License-Identifier: GPL-2.0-only
/** Contexts, registers and stack of the state that is shown, and where a register's value comes from. */
import type { FrameView, SlotView, StateView } from '../../src/protocol/model';
import { chipText } from '../../src/protocol/words';
import { h } from '../page/dom';
import { control } from '../page/identity';
import { chip, colourOf } from '../page/marks';
import { section } from '../page/section';
import type { InspectorHandlers, InspectorPicture } from './picture';

/** A cell for each context, as the policy orders and names them. */
export function contextsSection(state: StateView): HTMLElement {
  const cells = state.contexts.map((c) => {
    const el = h(
      'div',
      { class: `context${c.depth > 0 ? ' on' : ''}`, title: c.title },
      h('b', {}, chipText({ id: 0, depth: c.depth, letter: c.letter, inStates: 1 }, 1)),
      h('span', {}, c.kind),
    );
    if (c.depth > 0) el.style.borderColor = colourOf(c);
    return el;
  });
  return section('contexts', 'Contexts', state.ownPermission, h('div', { class: 'contexts' }, ...cells));
}

export function originSection(picture: InspectorPicture, handlers: InspectorHandlers): HTMLElement | null {
  const { origin, insn, state } = picture;
  if (origin === null || origin.insn !== insn?.index || origin.state !== state) return null;
  const go = (n: number): HTMLElement =>
    h('button', { type: 'button', class: 'link', ...control('go', n), onclick: () => handlers.onGo(n) }, String(n));
  const parts = origin.steps.flatMap((x, i): (Node | string)[] => [
    i === 0 ? '' : h('span', { class: 'dim' }, ' ← '),
    ...(x.kind === 'check' ? [h('span', { class: 'dim' }, `${x.text} at `), go(x.insn)] : [go(x.insn), ' ', h('code', {}, x.text)]),
  ]);
  if (origin.start !== '') parts.push(origin.steps.length === 0 ? '' : h('span', { class: 'dim' }, ' ← '), origin.start);
  return section(
    'origin',
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

export function registerSection(frame: FrameView, state: StateView, handlers: InspectorHandlers): HTMLElement {
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
            ...control('origin', r.number),
            onclick: () => handlers.onOrigin(r.number),
          },
          r.text,
        ),
      ),
      h('td', { class: 'carries' }, variableName(r.variable), carried(r.carries, state)),
    ),
  );
  return section(
    'registers',
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

export function stackSection(frame: FrameView, state: StateView): HTMLElement {
  const title = `frame ${frame.frame} · ${frame.function}`;
  if (frame.stack.length === 0) return section('stack', 'Stack', title, h('p', { class: 'dim' }, 'Nothing was written.'));
  return section(
    'stack',
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
