// SPDX-License-Identifier: GPL-2.0-only
/** Pan and zoom of the drawing: Cytoscape's, which all layers follow. */
import type cytoscape from 'cytoscape';
import { edgeStyle } from './graph-elements';
import type { Point } from '../layout/route';
import type { View } from './far';
import type { Anchor } from './places';
import { library } from './library';
import { panTo, wholePan } from './reveal';
import { type Scenes, ZOOM } from './scenes';
import { BLOCK } from './sizes';
import type { Rect } from '../layout/outline';

const PAN_MS = 160;

export const clamped = (zoom: number): number => Math.min(ZOOM.max, Math.max(ZOOM.min, zoom));

/** Cytoscape as we use it: it lays out nothing and moves nothing by itself. */
export function cytoscapeIn(container: HTMLElement): cytoscape.Core {
  return library()({
    container,
    elements: [],
    minZoom: ZOOM.min,
    maxZoom: ZOOM.max,
    userZoomingEnabled: false,
    boxSelectionEnabled: false,
    autoungrabify: true,
    autounselectify: true,
    layout: { name: 'preset' },
    style: edgeStyle(),
  });
}

export class Viewport {
  constructor(
    readonly cy: cytoscape.Core,
    private readonly scenes: Scenes,
    private readonly room: () => { readonly width: number; readonly height: number },
  ) {}

  get zoom(): number {
    return this.cy.zoom();
  }

  view(): View {
    const { x, y } = this.cy.pan();
    return { zoom: this.cy.zoom(), x, y, ...this.room() };
  }

  set(zoom: number, pan: Point): void {
    this.cy.viewport({ zoom: clamped(zoom), pan });
  }

  /** As a program begins. */
  start(): void {
    const { scenes } = this;
    if (scenes.scene === 'detail') {
      const { zoom, pan } = scenes.detailStart();
      this.set(zoom, pan);
      return;
    }
    const { zoom } = scenes.home();
    this.set(zoom, scenes.centredPan(zoom));
  }

  /** Another function, or all instead of one: the same level, from its beginning. */
  startScope(): void {
    if (this.scenes.scene === 'detail') this.start();
    else this.set(this.zoom, this.scenes.centredPan(this.zoom));
  }

  /** Middle of a block's head on screen, null where it has no place. */
  headOf(node: string): Point | null {
    const rect = this.scenes.rectOf(node);
    if (rect === null) return null;
    const { x, y } = this.cy.pan();
    const down = (this.scenes.scene === 'detail' ? BLOCK.header : rect.height) / 2;
    return { x: (rect.x + rect.width / 2) * this.zoom + x, y: (rect.y + down) * this.zoom + y };
  }

  /** Brings a point of the layout to the middle. */
  centre(x: number, y: number): void {
    const z = this.cy.zoom();
    const { width, height } = this.room();
    this.cy.pan({ x: width / 2 - x * z, y: height / 2 - y * z });
  }

  /** What fits into the view in one direction is wholly in it in that direction. */
  keepWhole(): void {
    this.cy.pan(this.whole(this.cy.pan()));
  }

  private whole(pan: Point): Point {
    return wholePan(pan, this.scenes.sizeOf(this.scenes.scene), this.view());
  }

  /** A point of the screen in the layout. */
  inLayout(point: Point): Point {
    const { x, y } = this.cy.pan();
    const z = this.cy.zoom();
    return { x: (point.x - x) / z, y: (point.y - y) / z };
  }

  /** Where an anchor's point is on screen. */
  pointOf(anchor: Anchor): Point | null {
    const rect = this.scenes.rectOfAnchor(anchor);
    if (rect === null) return null;
    const { x, y } = this.cy.pan();
    const z = this.cy.zoom();
    return { x: (rect.x + rect.width * anchor.fx) * z + x, y: (rect.y + rect.height * anchor.fy) * z + y };
  }

  /** Moves the view so that an anchor's point is at a point of the screen. */
  putAt(anchor: Anchor, point: Point): void {
    const now = this.pointOf(anchor);
    if (now !== null) this.cy.panBy({ x: point.x - now.x, y: point.y - now.y });
  }

  /** Brings something into view; moves nothing out of it that fits into it. `still`: at once. */
  reveal(rect: Rect, line: number, still: boolean): void {
    const wanted = panTo(rect, line, this.view());
    if (wanted === null) return;
    const target = this.whole(wanted);
    this.cy.stop();
    if (still) this.cy.pan(target);
    else this.cy.animate({ pan: target }, { duration: PAN_MS, easing: 'ease-out' });
  }
}
