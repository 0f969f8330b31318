// SPDX-License-Identifier: GPL-2.0-only
/**
 * A press of the mouse until it is a click. A browser gives no click if the element under the press was replaced before the button came up,
 * so what would redraw the page by itself (the host's messages, a question that nobody answered) waits that long.
 */

/** Longest press that anything waits for: who holds the button down longer looks at the page. */
const PATIENCE_MS = 2000;
/** So far the pointer may move, px; beyond it is a drag, and no click comes of it. */
const DRAG_PX = 8;

/** Begins to follow presses of a page. What is handed to the result is done at once, or in order after the click. */
export function pressGate(page: Document): (work: () => void) => void {
  let from: { readonly x: number; readonly y: number } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late: (() => void)[] = [];
  const open = (): void => {
    from = null;
    clearTimeout(timer);
    try {
      for (let work = late.shift(); work !== undefined; work = late.shift()) work();
    } finally {
      if (late.length > 0) timer = setTimeout(open);
    }
  };
  const openIn = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(open, ms);
  };
  const listen = <K extends keyof DocumentEventMap>(type: K, listener: (e: DocumentEventMap[K]) => void): void =>
    page.addEventListener(type, listener, { capture: true });
  listen('pointerdown', (e) => {
    from = { x: e.clientX, y: e.clientY };
    openIn(PATIENCE_MS);
  });
  listen('pointermove', (e) => {
    if (from !== null && Math.hypot(e.clientX - from.x, e.clientY - from.y) > DRAG_PX) open();
  });
  // the click comes in the same task as the release
  listen('pointerup', () => from !== null && openIn(0));
  listen('pointercancel', () => from !== null && openIn(0));
  return (work) => {
    if (from === null && late.length === 0) work();
    else late.push(work);
  };
}
