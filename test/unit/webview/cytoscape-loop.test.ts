// SPDX-License-Identifier: GPL-2.0-only
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import loop, { FRAMES_AWAKE, type LoopRenderer } from '../../../webview/drawing/cytoscape-loop';

let waiting: FrameRequestCallback[] = [];

beforeEach(() => {
  waiting = [];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => waiting.push(frame));
});
afterEach(() => vi.unstubAllGlobals());

/** Shows so many frames; how many were asked for. */
function frames(count: number): number {
  let shown = 0;
  while (shown < count && waiting.length > 0) {
    expect(waiting).toHaveLength(1);
    waiting.shift()!(shown++);
  }
  return shown;
}

function started(): { renderer: LoopRenderer & typeof loop; drawn: unknown[]; before: boolean[]; state: { batching: boolean } } {
  const drawn: unknown[] = [];
  const before: boolean[] = [];
  const state = { batching: false };
  const cy = { batching: () => state.batching, animate: (...args: unknown[]) => args };
  const renderer = { ...loop, cy, beforeRenderCallbacks: [], render: (options: unknown) => drawn.push(options) };
  renderer.beforeRender((willDraw) => before.push(willDraw), 1);
  renderer.startRenderLoop();
  renderer.startRenderLoop();
  return { renderer, drawn, before, state };
}

it('draws once what was asked for, and asks for no more frames once nothing is to be drawn', () => {
  const { renderer, drawn, before } = started();
  renderer.redraw({ first: 1 });
  renderer.redraw({ second: 2 });
  expect(frames(1000)).toBe(1 + FRAMES_AWAKE);
  expect(drawn).toEqual([{ second: 2 }]);
  expect(before).toEqual([true, ...Array.from({ length: FRAMES_AWAKE }, () => false)]);
  renderer.redraw();
  expect(frames(1000)).toBe(1 + FRAMES_AWAKE);
  expect(drawn).toHaveLength(2);
  expect(renderer.timeToRender()).toBeGreaterThanOrEqual(0);
});

it('is woken by an animation, which asks for its drawings itself', () => {
  const { renderer, drawn } = started();
  frames(1000);
  let steps = 0;
  renderer.beforeRender(() => {
    if (steps > 0 && steps-- > 0) renderer.redraw();
  }, 2);
  steps = 3;
  expect(renderer.cy.animate({ pan: 1 })).toEqual([{ pan: 1 }]);
  expect(frames(1000)).toBeGreaterThanOrEqual(FRAMES_AWAKE);
  // what is asked for in a frame that draws is drawn by it
  expect(drawn).toHaveLength(2);
});

it('waits with a drawing for the end of a batch, and stops for good when it is destroyed', () => {
  const { renderer, drawn, state } = started();
  state.batching = true;
  renderer.redraw();
  frames(FRAMES_AWAKE * 3);
  expect(drawn).toEqual([]);
  expect(waiting).toHaveLength(1);
  state.batching = false;
  frames(1000);
  expect(drawn).toHaveLength(1);
  Object.assign(renderer, { destroyed: true });
  renderer.redraw();
  expect(frames(1000)).toBe(1);
  renderer.beforeRender(() => undefined, 1);
  expect(renderer.beforeRenderCallbacks).toHaveLength(1);
});

it('does first what has the highest priority', () => {
  const { renderer } = started();
  const order: number[] = [];
  for (const priority of [2, 3, 0]) renderer.beforeRender(() => order.push(priority), priority);
  frames(1);
  expect(order).toEqual([3, 2, 0]);
});
