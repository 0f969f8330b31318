// SPDX-License-Identifier: GPL-2.0-only
import { h } from './dom';
import { control } from './identity';

/** A section that folds. Its name is what it is remembered by; its title is for people. */
export function section(name: string, title: string, right: string, ...body: (Node | string | false)[]): HTMLElement {
  return h(
    'details',
    { class: 'section', open: true, 'data-section': name },
    h('summary', control('fold', name), h('span', { class: 'title' }, title), h('span', { class: 'dim right' }, right)),
    ...body,
  );
}
