// SPDX-License-Identifier: GPL-2.0-only
/**
 * Cytoscape's loop of frames (in the place of its `extensions/renderer/base/redraw`, see `scripts/host/webview-bundle.mjs`). As published it asks
 * for every frame of the screen as long as the page is open; this one sleeps while there is nothing to draw, and is woken by who asks for a drawing.
 */

/** Frames without a drawing after which it sleeps. Animations begin in the first of these, and pictures of elements are made in the others. */
export const FRAMES_AWAKE = 60;

type BeforeFrame = (willDraw: boolean, at: number) => void;

/** What of Cytoscape's renderer the loop reads and writes. Times are ms. */
export interface LoopRenderer {
  readonly cy: { batching(): boolean; animate(...args: unknown[]): unknown };
  readonly render: (options: unknown) => void;
  readonly destroyed?: boolean;
  /** What runs before each frame, the highest priority first. */
  readonly beforeRenderCallbacks: { readonly fn: BeforeFrame; readonly priority: number }[];
  renderLoopStarted?: boolean;
  requestedFrame?: boolean;
  renderOptions?: unknown;
  lastDrawTime?: number;
  lastRedrawTime?: number;
  averageRedrawTime?: number;
  redrawCount?: number;
  redrawTotalTime?: number;
  /** Begins to ask for frames, if it does not. */
  wake?: () => void;
}

function draw(r: LoopRenderer): void {
  const from = performance.now();
  r.render(r.renderOptions);
  r.lastDrawTime = performance.now();
  const took = r.lastDrawTime - from;
  r.redrawCount = (r.redrawCount ?? 0) + 1;
  r.redrawTotalTime = (r.redrawTotalTime ?? 0) + took;
  r.lastRedrawTime = took;
  // who makes pictures of elements goes by this: one slow drawing does not decide
  r.averageRedrawTime = ((r.averageRedrawTime ?? took) + took) / 2;
  r.requestedFrame = false;
}

export default {
  timeToRender(this: LoopRenderer): number {
    return this.redrawTotalTime! / this.redrawCount!;
  },

  redraw(this: LoopRenderer, options: unknown = {}): void {
    this.averageRedrawTime ??= 0;
    this.lastRedrawTime ??= 0;
    this.lastDrawTime ??= 0;
    this.requestedFrame = true;
    this.renderOptions = options;
    this.wake?.();
  },

  beforeRender(this: LoopRenderer, fn: BeforeFrame, priority: number): void {
    if (this.destroyed === true) return;
    this.beforeRenderCallbacks.push({ fn, priority });
    this.beforeRenderCallbacks.sort((a, b) => b.priority - a.priority);
  },

  startRenderLoop(this: LoopRenderer): void {
    if (this.renderLoopStarted === true) return;
    this.renderLoopStarted = true;
    let asked = false;
    let idle = 0;
    const frame = (at: number): void => {
      asked = false;
      if (this.destroyed === true) return;
      const draws = this.requestedFrame === true;
      // in the middle of a batch nothing is right yet
      if (!this.cy.batching()) {
        for (const { fn } of [...this.beforeRenderCallbacks]) fn(draws, at);
        if (draws) draw(this);
      }
      idle = draws ? 0 : idle + 1;
      if (idle < FRAMES_AWAKE) next();
    };
    const next = (): void => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(frame);
    };
    this.wake = (): void => {
      idle = 0;
      next();
    };
    const { cy, wake } = this;
    const animate = cy.animate.bind(cy);
    cy.animate = (...args): unknown => {
      wake();
      return animate(...args);
    };
    wake();
  },
};
