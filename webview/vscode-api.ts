// SPDX-License-Identifier: GPL-2.0-only
import type { FromWebview, ToWebview } from '../src/protocol/messages';
import type { LensId } from './lens/types';
import type { RowMode } from './rows';

/** What the view keeps over reloads, beside what the host keeps. */
export interface ViewMemory {
  readonly uri: string;
  readonly program: string;
  readonly rows: RowMode;
  readonly inspector: boolean;
  readonly legend: boolean;
  readonly selected: number | null;
  readonly zoom: number | null;
  readonly pan: { readonly x: number; readonly y: number } | null;
  readonly folded: readonly string[];
  readonly lens: LensId;
  /** Key of the resource that Follow is about, '' for none. */
  readonly followed: string;
  /** Titles of closed sections of the inspector. */
  readonly closedSections: readonly string[];
  readonly inspectorWidth: number;
  /** Policy compared with, '' for none. */
  readonly compare: string;
  /** Overview of all functions. */
  readonly all: boolean;
}

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): unknown;
  setState(state: ViewMemory): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export function post(message: FromWebview): void {
  api.postMessage(message);
}

/** Memory of a panel that has none: the host says which file and program it is about. */
function startMemory(): ViewMemory {
  const raw = JSON.parse(document.body.dataset['remembered'] ?? '{}') as Partial<ViewMemory>;
  return { uri: raw.uri ?? '', program: raw.program ?? '', rows: 'key', inspector: true, legend: true, selected: null, zoom: null, pan: null, folded: [], lens: 'contexts', followed: '', closedSections: [], inspectorWidth: 330, compare: '', all: false };
}

/** Memory of an earlier life of this panel, or its start. */
export function recall(): ViewMemory {
  const start = startMemory();
  const known = api.getState();
  return typeof known === 'object' && known !== null ? { ...start, ...(known as Partial<ViewMemory>), uri: start.uri } : start;
}

export function remember(memory: ViewMemory): void {
  api.setState(memory);
}

/** Listens to the host. Messages of other windows do not come from it and are left alone. */
export function onMessage(listener: (message: ToWebview) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const data = event.data;
    if (typeof data === 'object' && data !== null && typeof (data as { type?: unknown }).type === 'string') listener(data as ToWebview);
  });
}
