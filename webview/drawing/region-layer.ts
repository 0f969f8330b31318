// SPDX-License-Identifier: GPL-2.0-only
/** Regions on the page: shapes behind the blocks, labels beside them. Only what is near the view exists. */
import { patternOf } from '../../src/marks/rails';
import { mustNotText, plainName } from '../../src/protocol/words';
import { h, s } from '../page/dom';
import { type Box, labelPlaces } from './labels';
import { chip, colourOf } from '../page/marks';
import type { Region } from './regions';

/** Words of a region's label. */
export function labelWords(r: Region, several: boolean): string {
  if (r.partial) return `held in ${r.held.inStates} of ${r.states} states`;
  const name = several ? plainName(r.held) : r.held.title;
  return `${name}${r.held.holding === 'region' ? '' : ' held'}: ${mustNotText(r.held.forbids)}`;
}

interface Shown {
  readonly shape: SVGPathElement;
  readonly label: HTMLElement;
  /** Measured once. */
  width: number;
}

export class RegionLayer {
  readonly shapes = s('svg', { class: 'regions', width: 1, height: 1, 'aria-hidden': 'true' });
  private regions: readonly Region[] = [];
  /** Titles that stand for several things. */
  private several = new Set<string>();
  private readonly shown = new Map<Region, Shown>();

  constructor(private readonly labels: HTMLElement) {}

  show(regions: readonly Region[], outlineOnly: boolean): void {
    for (const { shape, label } of this.shown.values()) {
      shape.remove();
      label.remove();
    }
    this.shown.clear();
    this.regions = regions;
    this.shapes.classList.toggle('outline', outlineOnly);
    const objects = new Map<string, Set<string>>();
    for (const { held } of regions) objects.set(held.title, (objects.get(held.title) ?? new Set()).add(plainName(held)));
    this.several = new Set([...objects].filter(([, of]) => of.size > 1).map(([title]) => title));
  }

  /** Draws what meets `near`, with labels in `view` that stand over none of the obstacles. */
  draw(near: Box, view: Box, blocks: readonly Box[], edges: readonly Box[]): void {
    const meets = (r: Region): boolean =>
      r.x < near.x + near.width && r.x + r.width > near.x && r.y < near.y + near.height && r.y + r.height > near.y;
    const wanted = this.regions.filter(meets);
    const keep = new Set(wanted);
    for (const [region, { shape, label }] of this.shown) {
      if (keep.has(region)) continue;
      shape.remove();
      label.remove();
      this.shown.delete(region);
    }
    for (const r of wanted) if (!this.shown.has(r)) this.add(r);
    // shapes lie over each other in the order of nesting
    const order = wanted.map((r) => this.shown.get(r)!.shape);
    if (order.some((el, i) => this.shapes.children[i] !== el)) this.shapes.replaceChildren(...order);
    for (const r of wanted) {
      const shown = this.shown.get(r)!;
      shown.label.hidden = false;
      if (shown.width === 0) shown.width = shown.label.offsetWidth;
    }
    const places = labelPlaces(
      wanted.map((r) => ({ region: r, x: r.label.x, y: r.label.y, width: this.shown.get(r)!.width })),
      blocks,
      view,
      edges,
    );
    wanted.forEach((r, i) => {
      const { label } = this.shown.get(r)!;
      const at = places[i];
      label.hidden = at === null || at === undefined;
      if (at != null) label.style.transform = `translate(${at.x}px, ${at.y}px)`;
    });
  }

  private add(r: Region): void {
    const shape = s('path', {
      d: r.path,
      class: `region region-${patternOf(r.held)}${r.partial ? ' partial' : ''}`,
      style: `--c:${colourOf(r.held)}`,
    });
    const label = h(
      'div',
      { class: `region-label${r.partial ? ' dim' : ''}`, 'data-key': r.held.key },
      chip(r.held, r.states),
      ` ${labelWords(r, this.several.has(r.held.title))}`,
    );
    this.labels.append(label);
    this.shown.set(r, { shape, label, width: 0 });
  }
}
