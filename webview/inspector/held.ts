// SPDX-License-Identifier: GPL-2.0-only
/** What is held in the state that is shown, and what the instruction changes of it. */
import type { GraphInsn, GraphNode, HeldResource } from '../../src/protocol/graph';
import type { ProgramDetail, StateView } from '../../src/protocol/model';
import { chipText, effectVerb, forbiddenText, HOLDING, listText, resourceName } from '../../src/protocol/words';
import { indexOf } from '../model/graph-index';
import { h } from '../page/dom';
import { control } from '../page/identity';
import { coded } from '../page/linked';
import { chip } from '../page/marks';
import { section } from '../page/section';
import type { InspectorHandlers, InspectorPicture } from './picture';

function placeLink(insn: number, detail: ProgramDetail, handlers: InspectorHandlers): (Node | string)[] {
  const line = indexOf(detail.graph).lineOf(insn);
  return [
    h('button', { type: 'button', class: 'link', ...control('go', insn), onclick: () => handlers.onGo(insn) }, String(insn)),
    line === null ? '' : h('span', { class: 'dim' }, ` :${line}`),
  ];
}

export function heldSection(picture: InspectorPicture, state: StateView, handlers: InspectorHandlers): HTMLElement {
  const effect = picture.insn === null || picture.node === null ? [] : effectOf(picture.insn, picture.node);
  if (state.held.length === 0 && state.given.length === 0)
    return section('held', 'Held here', '0', h('p', { class: 'dim' }, 'Nothing is held.'), ...effect);
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
    'held',
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
          { type: 'button', class: 'link', ...control('follow', worst.key), onclick: () => handlers.onFollow(worst.key) },
          `Follow ${chipText(worst, 1)} in the graph`,
        ),
      ),
    ...effect,
  );
}

/** A chip that leads to the life of its resource. */
function followable(x: HeldResource, handlers: InspectorHandlers): HTMLElement {
  const onclick = (): void => handlers.onFollow(x.key);
  return h('button', { type: 'button', class: 'chip-button', title: 'Follow it', ...control('follow', x.key), onclick }, chip(x, 1));
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
