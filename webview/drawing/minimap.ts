// SPDX-License-Identifier: GPL-2.0-only
/** Mini-map: all blocks small, where the view is, and what to look for. Drag or click moves the view. For the pointer only. */
import type { CanvasColour, CanvasColours } from './canvas-colours';
import { h } from '../page/dom';
import type { View } from './far';

export interface MapItem {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: 'frame' | 'block' | 'selected' | 'rejected' | 'differs' | 'dead';
}

export interface MapRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: string;
}

const COLOURS: Readonly<Record<MapItem['kind'], CanvasColour>> = {
  frame: 'line',
  block: 'dim',
  dead: 'dim',
  differs: 'attention',
  selected: 'focus',
  rejected: 'rejected',
};
/** What lies over what. */
const ORDER: readonly MapItem['kind'][] = ['frame', 'block', 'dead', 'differs', 'selected', 'rejected'];

const SMALL = { width: 118, height: 92 } as const;
const LARGE = { width: 168, height: 112 } as const;
const MANY = 100;
const PAD = 6;

export class MiniMap {
  readonly element = h('canvas', { class: 'minimap', 'aria-hidden': 'true' });
  private still: HTMLCanvasElement | null = null;
  private scale = 1;
  private dx = 0;
  private dy = 0;
  private size: { width: number; height: number } = SMALL;

  constructor(private readonly onMove: (x: number, y: number) => void) {
    const move = (e: PointerEvent): void => {
      const box = this.element.getBoundingClientRect();
      this.onMove((e.clientX - box.left - this.dx) / this.scale, (e.clientY - box.top - this.dy) / this.scale);
    };
    this.element.addEventListener('pointerdown', (e) => {
      this.element.setPointerCapture(e.pointerId);
      e.stopPropagation();
      move(e);
    });
    this.element.addEventListener('pointermove', (e) => {
      if (e.buttons !== 0) move(e);
    });
  }

  /** Draws what does not move with the view. */
  show(items: readonly MapItem[], regions: readonly MapRegion[], width: number, height: number, colours: CanvasColours): void {
    this.size = items.length > MANY ? LARGE : SMALL;
    const ratio = window.devicePixelRatio;
    this.element.width = this.size.width * ratio;
    this.element.height = this.size.height * ratio;
    this.element.style.width = `${this.size.width}px`;
    this.element.style.height = `${this.size.height}px`;
    this.scale = Math.min((this.size.width - 2 * PAD) / Math.max(1, width), (this.size.height - 2 * PAD) / Math.max(1, height));
    this.dx = (this.size.width - width * this.scale) / 2;
    this.dy = (this.size.height - height * this.scale) / 2;
    const still = document.createElement('canvas');
    still.width = this.element.width;
    still.height = this.element.height;
    const ctx = still.getContext('2d');
    if (ctx === null) return;
    ctx.scale(ratio, ratio);
    const rect = (r: { x: number; y: number; width: number; height: number }): [number, number, number, number] => [
      r.x * this.scale + this.dx,
      r.y * this.scale + this.dy,
      Math.max(1, r.width * this.scale),
      Math.max(1, r.height * this.scale),
    ];
    for (const r of regions) {
      ctx.globalAlpha = 0.3;
      ctx.fillStyle = r.colour;
      ctx.fillRect(...rect(r));
    }
    ctx.globalAlpha = 1;
    ctx.lineWidth = 1;
    // one path a look: thousands of blocks one by one would take a frame
    const looks = new Map<string, { readonly kind: MapItem['kind']; readonly bordered: boolean; readonly path: Path2D }>();
    for (const i of items) {
      const at = rect(i);
      // blocks too small for a border are marks themselves: filled as cards they would be one dark square
      const bordered = at[2] > 3 && at[3] > 2;
      const key = `${i.kind}${bordered ? '' : ' small'}`;
      let look = looks.get(key);
      if (look === undefined) looks.set(key, (look = { kind: i.kind, bordered, path: new Path2D() }));
      look.path.rect(...at);
    }
    for (const { kind, bordered, path } of [...looks.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))) {
      ctx.strokeStyle = colours.of(COLOURS[kind]);
      if (kind !== 'frame') {
        const special = kind === 'rejected' || kind === 'differs' || kind === 'selected';
        ctx.fillStyle = special || !bordered ? ctx.strokeStyle : colours.of('card');
        ctx.globalAlpha = kind === 'dead' ? 0.4 : special ? (bordered ? 0.5 : 1) : bordered ? 1 : 0.6;
        ctx.fill(path);
        ctx.globalAlpha = kind === 'dead' ? 0.4 : 1;
      }
      if (bordered || kind === 'frame') ctx.stroke(path);
      ctx.globalAlpha = 1;
    }
    this.still = still;
  }

  /** Draws the part that is in view over it. */
  view(view: View, colours: CanvasColours): void {
    const ctx = this.element.getContext('2d');
    if (ctx === null || this.still === null) return;
    const ratio = window.devicePixelRatio;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.element.width, this.element.height);
    ctx.drawImage(this.still, 0, 0);
    ctx.scale(ratio, ratio);
    const left = Math.max(1, (-view.x / view.zoom) * this.scale + this.dx);
    const top = Math.max(1, (-view.y / view.zoom) * this.scale + this.dy);
    const right = Math.min(this.size.width - 1, ((view.width - view.x) / view.zoom) * this.scale + this.dx);
    const bottom = Math.min(this.size.height - 1, ((view.height - view.y) / view.zoom) * this.scale + this.dy);
    if (right <= left || bottom <= top) return;
    ctx.strokeStyle = colours.of('fg');
    ctx.lineWidth = 1;
    ctx.strokeRect(left, top, right - left, bottom - top);
  }
}
