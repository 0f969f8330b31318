// SPDX-License-Identifier: GPL-2.0-only
/** The page "Loads on": a table of programs × kernels with the first difference in words. What it shows comes from the host. */
import './style.css';
import { type FromLoadsOn, type LoadsOnKept, type LoadsOnPage, parseLoadsOnKept } from '../../src/protocol/loads-on-page';
import { h } from '../page/dom';
import { Announcer } from '../page/announce';
import { pressGate } from '../page/press';
import { LoadsOnTable } from './table';
import { Head } from './head';

declare function acquireVsCodeApi(): { postMessage(message: FromLoadsOn): void; getState(): unknown; setState(state: LoadsOnKept): void };

const api = acquireVsCodeApi();
const post = (message: FromLoadsOn): void => api.postMessage(message);

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const announcer = new Announcer();
const head = new Head(post, () => {
  table.draw();
  keep();
});
const table = new LoadsOnTable(
  post,
  head,
  (text) => announcer.say(text),
  () => keep(),
);
/** The file that the page was last of, and the folder if it was of one. */
let of = { uri: '', folder: '' };
const keep = (): void => api.setState({ ...of, sort: table.sort, differences: head.differences, wanted: head.wanted });
const kept = parseLoadsOnKept(api.getState());
table.sort = kept.sort;
head.restore(kept);
const state = h('div', { class: 'state' });
root.append(h('main', { 'aria-label': 'Loads on' }, head.element, state, table.element, table.detail), announcer.element);

/** Errors, and why there is nothing to see. */
function drawState(page: LoadsOnPage): void {
  const lines = page.errors.map((e) => h('p', { class: 'error' }, e));
  const empty = page.empty === '' ? [] : [h('p', {}, page.empty)];
  const notes = page.notes.map((note) => h('p', { class: 'dim' }, note));
  state.replaceChildren(...lines, ...notes, ...empty);
}

/** One screen reader announcement when the work is over. */
let wasBusy = '';

function show(page: LoadsOnPage): void {
  const { uri, scope, folderUri } = page;
  of = { uri, folder: scope === 'folder' ? folderUri : '' };
  keep();
  head.show(page);
  table.show(page);
  drawState(page);
  document.body.toggleAttribute('data-done', page.busy === '');
  if (wasBusy !== '' && page.busy === '') announcer.say(head.sums);
  wasBusy = page.busy;
}

const afterPress = pressGate(document);
window.addEventListener('message', ({ data }: MessageEvent<{ readonly type: string; readonly page: LoadsOnPage }>) => {
  if (data.type === 'page') afterPress(() => show(data.page));
});
post({ type: 'ready' });
