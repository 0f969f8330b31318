// SPDX-License-Identifier: GPL-2.0-only
/** Pages for when there is no picture and none is being made. */
import type { FileError } from '../../src/protocol/model';
import type { FromWebview } from '../../src/protocol/messages';
import { button } from '../page/controls';
import { h, textLines } from '../page/dom';

type Post = (message: FromWebview) => void;

/** Why there is no picture. */
export function errorPage(error: FileError, post: Post): HTMLElement {
  const diags = error.diagnostics.filter((d) => d.severity === 'error').slice(0, 20);
  const open = (d: (typeof diags)[number]): void =>
    post({ type: 'openSource', place: { file: d.file, line: d.line, column: d.column, text: '' }, preserveFocus: false });
  return h(
    'div',
    { class: `notice ${error.kind}`, role: 'alert' },
    h('h2', {}, error.title),
    diags.length === 0 && h('p', {}, error.message),
    error.details.length > 0 && h('pre', {}, ...textLines(error.details.join('\n'))),
    diags.length > 0 &&
      h(
        'ul',
        {},
        ...diags.map((d) =>
          h('li', {}, h('button', { type: 'button', class: 'link', onclick: () => open(d) }, `${d.line}:${d.column}`), ` ${d.message}`),
        ),
      ),
  );
}

/** Nothing is open. */
export function emptyPage(post: Post): HTMLElement {
  return h(
    'div',
    { class: 'notice' },
    h('h2', {}, 'Nothing to show yet'),
    h('p', {}, 'Open a C file that has a SEC("…") function, BPF assembly (.bpf.s), or a BPF object (.bpf.o).'),
    button('Open a file', () => post({ type: 'openFile' })),
  );
}
