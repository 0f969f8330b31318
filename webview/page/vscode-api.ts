// SPDX-License-Identifier: GPL-2.0-only
import type { FromWebview, ToWebview } from '../../src/protocol/messages';
import { WholeGraph } from './whole-graph';

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

/** Listens to the host. Messages of other windows do not come from it and are left alone. */
export function onMessage(listener: (message: ToWebview) => void): void {
  const graphs = new WholeGraph();
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const data = event.data;
    if (typeof data !== 'object' || data === null || typeof (data as { type?: unknown }).type !== 'string') return;
    const message = graphs.receive(data as ToWebview);
    if (message !== null) listener(message);
  });
}
