// SPDX-License-Identifier: GPL-2.0-only
/** The bar between graph and inspector: dragged, or moved with the arrow keys. */
import { h } from './dom';

/** Widths that the inspector may have, and a step of the arrow keys, px. */
const LEAST = 260;
const MOST = 560;
const STEP = 16;

/** `onWidth` is told every width, the first one too, after the page was put together. */
export function sizeHandle(start: number, onWidth: (width: number) => void): HTMLElement {
  const handle = h('div', {
    class: 'handle',
    role: 'separator',
    tabindex: 0,
    'aria-label': 'Width of the inspector',
    'aria-orientation': 'vertical',
    'aria-valuemin': LEAST,
    'aria-valuemax': MOST,
  });
  let width = start;
  const set = (wanted: number): void => {
    width = Math.round(Math.min(MOST, Math.max(LEAST, wanted)));
    handle.setAttribute('aria-valuenow', String(width));
    onWidth(width);
  };
  handle.addEventListener('pointerdown', (e) => handle.setPointerCapture(e.pointerId));
  handle.addEventListener('pointermove', (e) => {
    if (e.buttons !== 0) set(handle.parentElement!.getBoundingClientRect().right - e.clientX);
  });
  handle.addEventListener('keydown', (e) => {
    if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') set(width + (e.key === 'ArrowLeft' ? STEP : -STEP));
  });
  queueMicrotask(() => set(start));
  return handle;
}
