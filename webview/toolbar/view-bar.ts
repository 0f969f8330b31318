// SPDX-License-Identifier: GPL-2.0-only
/** The second line of the panel: lens, rows, and what the view does. */
import { lensBar } from '../lens/bar';
import type { LensId } from '../lens/types';
import type { RowMode } from '../model/rows';
import { iconButton, segments } from '../page/controls';
import { h } from '../page/dom';
import { icon } from '../page/icons';

export interface ViewBarHandlers {
  readonly onLens: (id: LensId) => void;
  readonly onRows: (mode: RowMode) => void;
  readonly onZoom: (by: 1 | -1) => void;
  readonly onFit: () => void;
  readonly onFoldAll: () => void;
  readonly onInspector: () => void;
}

const ROWS = [
  { value: 'c', text: 'C', title: 'One row a source line' },
  { value: 'key', text: 'Key', title: 'Calls, branches and changes' },
  { value: 'all', text: 'All', title: 'Every instruction' },
] as const;

export class ViewBar {
  readonly element: HTMLElement;
  private readonly lenses;
  private readonly rows;
  private readonly zoom = h('span', { class: 'dim zoom' }, '100 %');

  /** @param extra stands before the zoom: what only some modes have */
  constructor(handlers: ViewBarHandlers, extra: HTMLElement) {
    this.lenses = lensBar(handlers.onLens);
    this.rows = segments<RowMode>('Rows', ROWS, handlers.onRows);
    this.element = h(
      'div',
      { class: 'lensbar', role: 'toolbar', 'aria-label': 'View' },
      h('span', { class: 'dim lens-word' }, 'Lens'),
      this.lenses.element,
      h('span', { class: 'dim rows-word' }, 'Rows'),
      this.rows.element,
      h('span', { class: 'grow' }),
      extra,
      this.zoom,
      iconButton(icon('zoomOut'), 'Zoom out', () => handlers.onZoom(-1)),
      iconButton(icon('zoomIn'), 'Zoom in', () => handlers.onZoom(1)),
      iconButton(icon('fit'), 'Fit graph', handlers.onFit),
      iconButton(icon('fold'), 'Fold or unfold all blocks', handlers.onFoldAll),
      iconButton(icon('inspector'), 'Inspector on or off', handlers.onInspector),
    );
  }

  /** @param followed chip of the resource that Follow is about, '' for none */
  showLens(id: LensId, followed: string): void {
    this.lenses.set(id, followed);
  }

  showRows(mode: RowMode): void {
    this.rows.set(mode);
  }

  showZoom(zoom: number): void {
    this.zoom.textContent = `${Math.round(zoom * 100)} %`;
  }
}
