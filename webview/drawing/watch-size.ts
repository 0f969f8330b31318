// SPDX-License-Identifier: GPL-2.0-only
import type { Point } from '../layout/route';

/** Tells when the room for an element becomes another one, and whether a point of it was in view before. */
export function watchSize(element: HTMLElement, point: () => Point | null, onChange: (seen: boolean) => void): void {
  let { clientWidth: width, clientHeight: height } = element;
  new ResizeObserver(() => {
    const at = point();
    const seen = at !== null && at.x > 0 && at.x < width && at.y > 0 && at.y < height;
    ({ clientWidth: width, clientHeight: height } = element);
    onChange(seen);
  }).observe(element);
}
