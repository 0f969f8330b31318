// SPDX-License-Identifier: GPL-2.0-only
import './style.css';
import { loadLibrary } from './drawing/library';
import { Explorer } from './explorer';
import { h } from './page/dom';
import { watchFocus } from './page/focus';
import { pressGate } from './page/press';
import { onMessage, post } from './page/vscode-api';
import type { WholeMessage } from './page/whole-graph';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
watchFocus();
const afterPress = pressGate(document);

/** What the host said before there was somebody to hear it. */
const early: WholeMessage[] = [];
let receive = (message: WholeMessage): void => void early.push(message);
onMessage((message) => afterPress(() => receive(message)));
// the host prepares the graph while the library is loaded
post({ type: 'ready' });
try {
  await loadLibrary();
} catch (e) {
  root.append(h('p', { role: 'alert' }, `The graph cannot be drawn: a file of the extension is missing or cannot be read (${String(e)}).`));
  throw e;
}
const explorer = new Explorer(root, afterPress);
receive = (message) => explorer.receive(message);
for (const message of early) receive(message);

declare global {
  interface Window {
    /** What tests may ask the view. */
    bpfContextTest?: ReturnType<Explorer['forTests']>;
  }
}
window.bpfContextTest = explorer.forTests();
