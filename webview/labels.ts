// SPDX-License-Identifier: GPL-2.0-only
/** Labels of regions: they stand right of the uppermost block and stay in view while part of their region is. Pure. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelWish {
  readonly region: Box;
  /** Where it stands when its region is wholly in view. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const HEIGHT = 18;
const GAP = 4;

const apart = (a: Box, b: Box): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

/**
 * Upper left corners in the coordinates of the diagram, null for labels that have no place now: not over a block, not over
 * another label, inside their region and the view.
 */
export function labelPlaces(wishes: readonly LabelWish[], blocks: readonly Box[], view: Box): ({ readonly x: number; readonly y: number } | null)[] {
  const taken: Box[] = [];
  return wishes.map((w) => {
    const lowest = w.region.y + w.region.height - HEIGHT - 2;
    if (w.region.y > view.y + view.height || w.region.y + w.region.height < view.y) return null;
    let y = Math.min(Math.max(w.y, view.y + 6), Math.max(lowest, w.y));
    for (let tries = 0; tries < 12; tries++) {
      const box = { x: w.x, y, width: w.width, height: HEIGHT };
      const hit = taken.find((t) => !apart(box, t)) ?? blocks.find((b) => !apart(box, b));
      if (hit === undefined) {
        taken.push(box);
        return { x: w.x, y };
      }
      y = hit.y + hit.height + GAP;
      if (y > lowest && y > w.y + 3 * HEIGHT) return null;
    }
    return null;
  });
}
