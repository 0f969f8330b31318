// SPDX-License-Identifier: GPL-2.0-only
/** The mouse as people have it: it goes to what is seen, scrolls only what scrolls, and clicks only where the pointer meets what is meant. */
import type { Locator, Page } from 'playwright-core';

/** A place in an element, px from its upper left corner. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** What stands at a spot of an element. */
interface Seen {
  /** What the pointer would meet instead, '' if it meets the element. */
  readonly instead: string;
  /** How far the wheel has to turn over the middle of what scrolls around it, null if nothing does or it needs none. */
  readonly wheel: { readonly at: Spot; readonly dx: number; readonly dy: number } | null;
  /** The spot, and the element's corner, in the coordinates of its frame. */
  readonly spot: Spot;
  readonly corner: Spot;
}

/** Asks the page what is at a spot, through frames' own coordinates and shadow roots, when the element stands still. */
function look(target: Locator, spot: Spot | null): Promise<Seen> {
  return target.evaluate(async (el, given) => {
    const frame = (): Promise<DOMRect> => new Promise((done) => requestAnimationFrame(() => done(el.getBoundingClientRect())));
    let box = el.getBoundingClientRect();
    // what scrolls or is laid out anew comes to rest; what always moves is clicked where it is
    for (let n = 0; n < 60; n++) {
      const next = await frame();
      const still = next.x === box.x && next.y === box.y && next.width === box.width && next.height === box.height;
      box = next;
      if (still) break;
    }
    const at = { x: box.left + (given?.x ?? box.width / 2), y: box.top + (given?.y ?? box.height / 2) };
    const up = (node: Node | null): Node | null =>
      node === null
        ? null
        : node instanceof Element && node.assignedSlot !== null
          ? node.assignedSlot
          : (node.parentNode ?? (node instanceof ShadowRoot ? node.host : null));
    let hit = document.elementFromPoint(at.x, at.y);
    for (;;) {
      const deeper: Element | null = hit?.shadowRoot?.elementFromPoint(at.x, at.y) ?? null;
      if (deeper === null || deeper === hit) break;
      hit = deeper;
    }
    let wheel = null;
    for (let node = up(el); node !== null && wheel === null; node = up(node)) {
      if (!(node instanceof Element)) continue;
      const { overflowX, overflowY } = getComputedStyle(node);
      const room = node.getBoundingClientRect();
      const scrolls = (how: string, inner: number, outer: number): boolean => (how === 'auto' || how === 'scroll') && inner > outer + 1;
      const past = (value: number, low: number, high: number): number =>
        value < low + 4 ? value - low - 24 : value > high - 4 ? value - high + 24 : 0;
      const dy = scrolls(overflowY, node.scrollHeight, node.clientHeight) ? past(at.y, room.top, room.bottom) : 0;
      const dx = scrolls(overflowX, node.scrollWidth, node.clientWidth) ? past(at.x, room.left, room.right) : 0;
      if (dx !== 0 || dy !== 0) wheel = { at: { x: room.left + room.width / 2, y: room.top + room.height / 2 }, dx, dy };
    }
    for (let node: Node | null = hit; node !== null; node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null)) {
      if (node === el) return { instead: '', wheel: null, spot: at, corner: { x: box.left, y: box.top } };
    }
    const name = hit === null ? 'nothing' : `<${hit.tagName.toLowerCase()} class="${hit.getAttribute('class') ?? ''}">`;
    return { instead: name, wheel, spot: at, corner: { x: box.left, y: box.top } };
  }, spot);
}

/** Brings a spot of an element under the pointer, by the wheel where it has to be. Throws with what lies there instead. */
export async function pointAt(page: Page, target: Locator, spot: Spot | null = null, limitMs = 90_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (let seen = await look(target, spot); ; seen = await look(target, spot)) {
    const box = await target.boundingBox();
    if (box !== null) {
      const toPage = (p: Spot): Spot => ({ x: p.x - seen.corner.x + box.x, y: p.y - seen.corner.y + box.y });
      if (seen.instead === '') {
        const { x, y } = toPage(seen.spot);
        await page.mouse.move(x, y);
        return;
      }
      if (seen.wheel !== null) {
        const { x, y } = toPage(seen.wheel.at);
        await page.mouse.move(x, y);
        await page.mouse.wheel(seen.wheel.dx, seen.wheel.dy);
      }
    }
    if (Date.now() > end) throw new Error(`${String(target)} cannot be pointed at: ${seen.instead} is there`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Clicks what is seen. */
export async function tap(page: Page, target: Locator, spot: Spot | null = null): Promise<void> {
  await target.waitFor();
  await pointAt(page, target, spot);
  await page.mouse.down();
  await page.mouse.up();
}
