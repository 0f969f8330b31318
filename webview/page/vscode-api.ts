// SPDX-License-Identifier: GPL-2.0-only
import { type FromWebview, parseToWebview } from '../../src/protocol/messages';
import { WholeGraph, type WholeMessage } from './whole-graph';

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): unknown;
  setState(state: object): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export function post(message: FromWebview): void {
  api.postMessage(message);
}

/** What was saved in an earlier life of this page, undefined if nothing was. */
export function savedState(): unknown {
  return api.getState();
}

export function saveState(state: object): void {
  api.setState(state);
}

/** Listens to the host. What is no message of it is left alone. */
export function onMessage(listener: (message: WholeMessage) => void): void {
  const graphs = new WholeGraph();
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = parseToWebview(event.data);
    const message = parsed === null ? null : graphs.receive(parsed);
    if (message !== null) listener(message);
  });
}
