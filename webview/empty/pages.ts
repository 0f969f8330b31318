// SPDX-License-Identifier: GPL-2.0-only
/** Pages for when there is no picture and none is being made. */
import type { FileError, ProgramResult } from '../../src/protocol/model';
import type { FromWebview } from '../../src/protocol/messages';
import { whyNoGraph } from '../../src/protocol/without-graph';
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

/** A program that was verified, or had no time to be, and has no graph. */
export function noPicturePage(result: ProgramResult, post: Post): HTMLElement {
  const why = whyNoGraph(result);
  return h(
    'div',
    { class: 'notice', role: 'alert' },
    h('h2', {}, `No picture of ${result.program}`),
    h('p', {}, `${why[0]!.toUpperCase()}${why.slice(1)}.`),
    ...(result.withoutGraph?.kind === 'ways'
      ? []
      : [
          h('p', { class: 'dim' }, 'A setting says how much CPU time an object may take.'),
          button('Open the time limit', () => post({ type: 'openTimeLimit' })),
        ]),
  );
}
