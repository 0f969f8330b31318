// SPDX-License-Identifier: GPL-2.0-only
import './style.css';
import { Explorer } from './explorer';
import { watchFocus } from './page/focus';
import { onMessage, post } from './page/vscode-api';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
watchFocus();
const explorer = new Explorer(root);
onMessage((message) => explorer.receive(message));
post({ type: 'ready' });

declare global {
  interface Window {
    /** What tests may ask the view. */
    bpfContextTest?: ReturnType<Explorer['forTests']>;
  }
}
window.bpfContextTest = explorer.forTests();
