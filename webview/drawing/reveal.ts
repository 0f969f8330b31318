// SPDX-License-Identifier: GPL-2.0-only
import type { Rect } from '../layout/outline';
import type { Point } from '../layout/route';
import type { View } from './far';

/**
 * Pan (px of the screen) that brings something into view, null where it is in view already: no further than to the inner 80 % of the height
 * and 90 % of the width, so that what was in view stays in view; what is more than a screen away comes to the upper third. Pure.
 * @param line place in the layout that must be seen, px from the upper edge of `rect`
 */
export function panTo(rect: Rect, line: number, { zoom, x, y, width, height }: View): Point | null {
  const at = (rect.y + line) * zoom + y;
  const left = rect.x * zoom + x;
  const right = left + rect.width * zoom;
  const dx =
    right > width * 0.95
      ? Math.max(width * 0.95 - right, width * 0.05 - left)
      : left < width * 0.05
        ? Math.min(width * 0.05 - left, width * 0.95 - right)
        : 0;
  const away = at < -height || at > 2 * height;
  const dy = at > height * 0.9 ? (away ? height / 3 : height * 0.8) - at : at < height * 0.1 ? (away ? height / 3 : height * 0.2) - at : 0;
  return dx === 0 && dy === 0 ? null : { x: x + dx, y: y + dy };
}

/** The pan nearest to another one with which what fits into the view in one direction is wholly in it in that direction. */
export function wholePan(pan: Point, size: { readonly width: number; readonly height: number }, { zoom, width, height }: View): Point {
  const within = (at: number, drawn: number, room: number): number => (drawn > room ? at : Math.min(Math.max(at, 0), room - drawn));
  return { x: within(pan.x, size.width * zoom, width), y: within(pan.y, size.height * zoom, height) };
}
