// SPDX-License-Identifier: GPL-2.0-only
/** The mini-map in its corner: what it shows of the scene at hand, and when it yields to what is below it. */
import { roleOf } from '../../src/marks/rails';
import type { Point } from '../layout/route';
import type { CanvasColours } from './canvas-colours';
import type { View } from './far';
import { detailItems, overviewItems } from './map-items';
import { MiniMap } from './minimap';
import type { Scenes } from './scenes';
import { stavesMap } from './staves-map';
import type { StavesView } from './staves-view';

/** Room of the largest mini-map in its corner, px. */
const ROOM = { width: 192, height: 136 } as const;
/** So far to the right the map may go to the left corner. */
const LEFT_FROM = 200;

export class MapCorner {
  private readonly map: MiniMap;
  readonly element: HTMLElement;

  constructor(
    private readonly scenes: Scenes,
    private readonly staves: StavesView,
    onMove: (x: number, y: number) => void,
  ) {
    this.map = new MiniMap((x, y) => {
      if (scenes.scene === 'functions') staves.scrollTo(y);
      else onMove(x, y);
    });
    this.element = this.map.element;
  }

  /** Draws what does not move with the view. */
  draw(view: View, colours: CanvasColours): void {
    const { picture: p, overview, scene } = this.scenes;
    if (p === null) return;
    if (scene === 'functions') {
      this.drawStaves(colours);
      return;
    }
    const looks = { selected: this.scenes.selectedNode(), compare: p.compare, lens: p.lens };
    const d = scene === 'detail' ? this.scenes.diagram : null;
    const items = d !== null ? detailItems(d, looks) : overview !== null ? overviewItems(overview, looks) : [];
    const regions =
      p.lens.regions === 'off'
        ? []
        : (d?.regions ?? []).filter((r) => !r.partial).flatMap((r) => r.rects.map((x) => ({ ...x, colour: colours.of(roleOf(r.held)) })));
    const { width, height } = d ?? overview ?? { width: 1, height: 1 };
    this.map.show(items, regions, width, height, colours);
    this.map.view(view, colours);
  }

  private drawStaves(colours: CanvasColours): void {
    const { layout } = this.staves;
    if (layout === null) return;
    const { items, rails } = stavesMap(
      layout,
      this.staves.opened.map((o) => ({ stave: o.input.stave, pieces: o.layout.boxes, panel: o.layout.panel })),
    );
    const regions = rails.map(({ held, ...rect }) => ({ ...rect, colour: colours.of(roleOf(held)) }));
    this.map.show(items, regions, layout.width, layout.height, colours);
    this.map.view(this.staves.view(), colours);
  }

  /** The part that is in view; the map goes to the other side when it would cover the selected block, and goes where all is in view. */
  follow(view: View, colours: CanvasColours, panel: Element | null): void {
    if (this.scenes.scene === 'functions') {
      const { layout } = this.staves;
      const insn = this.scenes.picture?.selected ?? null;
      const at = insn === null ? null : this.staves.positionOf(insn);
      const under = at !== null && at.x > view.width - ROOM.width && at.y > view.height - ROOM.height && at.y < view.height;
      panel?.classList.toggle('corner-left', under);
      panel?.classList.toggle('corner-none', layout === null || layout.height <= view.height);
      this.map.view(this.staves.view(), colours);
      return;
    }
    this.map.view(view, colours);
    const node = this.scenes.selectedNode();
    const rect = node === null ? null : this.scenes.rectOf(node);
    const { zoom: z, x, y, width, height } = view;
    const covered =
      rect !== null &&
      (rect.x + rect.width) * z + x > width - ROOM.width &&
      rect.x * z + x < width &&
      (rect.y + rect.height) * z + y > height - ROOM.height &&
      rect.y * z + y < height;
    const left = covered && rect.x * z + x > LEFT_FROM;
    panel?.classList.toggle('corner-left', left);
    panel?.classList.toggle('corner-none', (covered && !left) || this.allInView(view));
  }

  /** Whether the view shows everything that the map would. */
  private allInView({ zoom: z, x, y, width: w, height: ht }: View): boolean {
    const { width, height } = this.scenes.sizeOf(this.scenes.scene);
    return x >= 0 && y >= 0 && x + width * z <= w && y + height * z <= ht;
  }
}

/** Middle of what is selected, if it is in view, else of the view. */
export function middleOf(at: Point | null, { width, height }: { readonly width: number; readonly height: number }): Point {
  return at !== null && at.x > 0 && at.x < width && at.y > 0 && at.y < height ? at : { x: width / 2, y: height / 2 };
}
