// SPDX-License-Identifier: GPL-2.0-only
/** Pages and banners for when there is no picture, or an old one. */
import type { FileError } from '../src/protocol/model';
import type { FromWebview, PanelState } from '../src/protocol/messages';
import { button } from './controls';
import { h } from './dom';
import { KEY_LIST } from './keys';

type Post = (message: FromWebview) => void;

const STAGES = { compile: 'Compiling', load: 'Loading', verify: 'Verifying', graph: 'Drawing' } as const;

/** Why there is no picture. */
export function errorPage(error: FileError, post: Post): HTMLElement {
  const diags = error.diagnostics.filter((d) => d.severity === 'error').slice(0, 20);
  const open = (d: (typeof diags)[number]): void => post({ type: 'openSource', place: { file: d.file, line: d.line, column: d.column, text: '' }, preserveFocus: false });
  return h(
    'div',
    { class: `notice ${error.kind}`, role: 'alert' },
    h('h2', {}, error.title),
    diags.length === 0 && h('p', {}, error.message),
    error.details.length > 0 && h('pre', {}, error.details.join('\n')),
    diags.length > 0 && h('ul', {}, ...diags.map((d) => h('li', {}, h('button', { type: 'button', class: 'link', onclick: () => open(d) }, `${d.line}:${d.column}`), ` ${d.message}`))),
  );
}

/** Nothing is open. */
export function emptyPage(post: Post): HTMLElement {
  return h('div', { class: 'notice' }, h('h2', {}, 'Nothing to show yet'), h('p', {}, 'Open a C file with a SEC(…) in it, or a BPF object (.bpf.o).'), button('Open a file', () => post({ type: 'openFile' })));
}

/** An analysis runs; progress 0 to 1, −1 unknown. */
export function loadingPage(stage: keyof typeof STAGES, progress: number, post: Post): HTMLElement {
  const bar = h('div', { class: 'bar', role: 'progressbar', 'aria-label': 'Share of the kernel’s instruction limit', 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('span', {}));
  const page = h('div', { class: 'notice loading' }, h('h2', { role: 'status' }), bar, button('Cancel', () => post({ type: 'cancel' }), { secondary: true }));
  fill(page, stage, progress);
  return page;
}

function fill(page: Element, stage: keyof typeof STAGES, progress: number): void {
  const title = page.querySelector('h2')!;
  const bar = page.querySelector<HTMLElement>('.bar')!;
  const text = `${STAGES[stage]}…`;
  if (title.textContent !== text) title.textContent = text;
  if (progress < 0) bar.removeAttribute('aria-valuenow');
  else bar.setAttribute('aria-valuenow', String(Math.round(progress * 100)));
  bar.querySelector('span')!.style.width = `${Math.max(2, progress * 100)}%`;
}

/** Brings a loading page up to date where it stands, so that its button can be clicked while it changes. False if there is none. */
export function updateLoading(container: HTMLElement, stage: keyof typeof STAGES, progress: number): boolean {
  const page = container.hidden ? null : container.querySelector('.notice.loading');
  if (page === null) return false;
  fill(page, stage, progress);
  return true;
}

/** The most severe banner of a state: failure, then stale, then unknown. Null for none. */
export function bannerOf(state: PanelState): { readonly kind: string; readonly content: (Node | string)[] } | null {
  const { error, stale, detail } = state;
  const edits = stale === null ? '' : `${stale.edits} edit${stale.edits === 1 ? '' : 's'} since`;
  if (error !== null && detail !== null) {
    const why = stale?.reason ?? error.message;
    return { kind: error.kind === 'internal' ? 'failed' : 'stale', content: [h('b', {}, `${error.title}.`), ` ${why} `, h('span', { class: 'dim' }, stale === null || stale.edits === 0 ? 'The last good picture is shown.' : `The last good picture is shown; ${edits}.`)] };
  }
  if (stale !== null) return { kind: 'stale', content: [h('b', {}, 'Stale.'), ` ${stale.reason} `, h('span', { class: 'dim' }, `${edits}; save to verify again.`)] };
  if (detail?.result.verdict === 'unknown') return { kind: 'unknown', content: [h('b', {}, 'No verdict.'), ` ${detail.result.reason ?? ''} is not modelled; what is shown before that point stands, nothing is claimed after it.`] };
  return null;
}

/** The list of keys. */
export function keysDialog(): HTMLDialogElement {
  const dialog = h(
    'dialog',
    { class: 'keys', 'aria-label': 'Keys of the graph' },
    h('h2', {}, 'Keys of the graph'),
    h('table', {}, h('tbody', {}, ...KEY_LIST.map((k) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, k.keys)), h('td', {}, k.does))))),
    button('Close', () => dialog.close(), { secondary: true }),
  );
  dialog.addEventListener('close', () => dialog.remove());
  return dialog;
}
