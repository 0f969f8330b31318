// SPDX-License-Identifier: GPL-2.0-only
/** Labels of regions: they stand right of the uppermost block, or beside their region, and stay in view while part of it is. Pure. */

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
/** From a region to a label that stands outside of it. */
const BESIDE = 8;
/** From the edge of the view. */
const INSIDE = 6;
/** Places that are tried before a label is left out. */
const TRIES = 24;

const apart = (a: Box, b: Box): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

/**
 * Upper left corners in the coordinates of the diagram, null for labels that have no place now: not over a block, an edge or
 * another label, inside the view and at the height of their region.
 */
export function labelPlaces(
  wishes: readonly LabelWish[],
  blocks: readonly Box[],
  view: Box,
  edges: readonly Box[] = [],
): ({ readonly x: number; readonly y: number } | null)[] {
  const taken: Box[] = [];
  const place = (w: LabelWish, x: number, avoid: readonly Box[]): { x: number; y: number } | null => {
    const lowest = w.region.y + w.region.height - HEIGHT - 2;
    let y = Math.min(Math.max(w.y, view.y + INSIDE), Math.max(lowest, w.y));
    for (let tries = 0; tries < TRIES; tries++) {
      const box = { x, y, width: w.width, height: HEIGHT };
      const hit = taken.find((t) => !apart(box, t)) ?? avoid.find((b) => !apart(box, b));
      if (hit === undefined) {
        taken.push(box);
        return { x, y };
      }
      y = hit.y + hit.height + GAP;
      if (y > lowest && y > w.y + 3 * HEIGHT) return null;
    }
    return null;
  };
  return wishes.map((w) => {
    if (
      w.region.y > view.y + view.height ||
      w.region.y + w.region.height < view.y ||
      w.region.x > view.x + view.width ||
      w.region.x + w.region.width < view.x
    )
      return null;
    const inside = (x: number): number => Math.min(Math.max(x, view.x + INSIDE), view.x + view.width - w.width - INSIDE);
    const beside = [w.x, w.region.x + w.region.width + BESIDE, w.region.x - w.width - BESIDE];
    for (const x of new Set(beside.map(inside))) {
      const found = place(w, x, [...blocks, ...edges]);
      if (found !== null) return found;
    }
    return null;
  });
}
