// SPDX-License-Identifier: GPL-2.0-only
import type { LensId } from './lens/types';
import type { RowMode } from './model/rows';
import { saveState, savedState } from './page/vscode-api';

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

/** Memory of a panel that has none: the host says which file and program it is about. */
function startMemory(): ViewMemory {
  const raw = JSON.parse(document.body.dataset['remembered'] ?? '{}') as Partial<ViewMemory>;
  return {
    uri: raw.uri ?? '',
    program: raw.program ?? '',
    rows: 'key',
    inspector: true,
    legend: true,
    selected: null,
    zoom: null,
    pan: null,
    folded: [],
    lens: 'contexts',
    followed: '',
    closedSections: [],
    inspectorWidth: 330,
    compare: '',
    all: false,
  };
}

/** Memory of an earlier life of this panel, or its start. */
export function recall(): ViewMemory {
  const start = startMemory();
  const known = savedState();
  return typeof known === 'object' && known !== null ? { ...start, ...(known as Partial<ViewMemory>), uri: start.uri } : start;
}

export function remember(memory: ViewMemory): void {
  saveState(memory);
}
