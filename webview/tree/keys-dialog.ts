// SPDX-License-Identifier: GPL-2.0-only
import { button } from '../page/controls';
import { h } from '../page/dom';
import { KEY_LIST } from './keys';

/** The list of keys. */
export function keysDialog(): HTMLDialogElement {
  const dialog = h(
    'dialog',
    { class: 'keys', 'aria-label': 'Keys of the graph' },
    h('h2', {}, 'Keys of the graph'),
    h(
      'table',
      {},
      h('tbody', {}, ...KEY_LIST.map((k) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, k.keys)), h('td', {}, k.does)))),
    ),
    button('Close', () => dialog.close(), { secondary: true }),
  );
  dialog.addEventListener('close', () => dialog.remove());
  return dialog;
}
