// SPDX-License-Identifier: GPL-2.0-only
/** Peek: a block's card at 100 % beside its small box, after the pointer or the focus rested on it. */
import type { ContextGraph, GraphNode } from '../../src/protocol/graph';
import { card, type CardContext } from './card';
import { BLOCK } from './sizes';
import { h } from '../page/dom';
import { indexOf } from '../model/graph-index';
import type { FarScene, View } from './far';
import { OVERVIEW } from './overview';
import type { Scenes } from './scenes';
import type { StavesView } from './staves-view';
import { rowsOf } from '../model/rows';

/** Rest before a peek opens, milliseconds. */
const REST_MS = 400;
/** Rows that a peek shows at most. */
const MOST_ROWS = 24;

export class Peek {
  readonly element = h('div', { class: 'peek', hidden: true, 'aria-hidden': 'true' });
  private timer: number | null = null;
  private shown: string | null = null;
  private kept = false;

  /** The pointer or focus is on that block, null when on none. `draw` shows it. */
  rest(id: string | null, draw: (id: string) => void): void {
    if (this.kept || id === this.shown) return;
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
    if (id === null) {
      this.hide();
      return;
    }
    this.timer = window.setTimeout(() => draw(id), REST_MS);
  }

  /** Shows the card of a block beside its small box, or below its place on a strip. */
  showNode(id: string, scenes: Scenes, far: FarScene, staves: StavesView, { zoom: z, x, y, width, height }: View): void {
    const { picture: p, scene } = scenes;
    const node = p === null ? undefined : indexOf(p.graph).nodes.get(id);
    if (p === null || node === undefined || scene === 'detail') return;
    const context = scenes.contextOf(indexOf(p.graph).functions.get(node.function)!);
    const box = far.box(id);
    const below = scene === 'functions' ? staves.belowStrip(scenes.firstOf(id)) : null;
    if (below !== null) this.show(p.graph, node, context, p.selected, { ...below, width: 0, height: 0 }, { width, height });
    else if (scene === 'overview' && box !== undefined) {
      const at = { x: box.x * z + x, y: box.y * z + y, width: OVERVIEW.width * z, height: OVERVIEW.height * z };
      this.show(p.graph, node, context, p.selected, at, { width, height });
    }
  }

  /** Shows the card of a block beside a box on screen. */
  private show(
    graph: ContextGraph,
    node: GraphNode,
    context: CardContext,
    selected: number | null,
    box: { x: number; y: number; width: number; height: number },
    room: { width: number; height: number },
  ): void {
    this.shown = node.id;
    const rows = rowsOf(node, graph.nodes.length > 1 ? 'key' : 'all', new Set()).slice(0, MOST_ROWS);
    const height = BLOCK.header + rows.length * BLOCK.row + BLOCK.below;
    const right = box.x + box.width + 12;
    const x = right + BLOCK.width <= room.width ? right : Math.max(4, box.x - BLOCK.width - 12);
    const y = Math.max(4, Math.min(box.y - 8, room.height - height - 8));
    this.element.replaceChildren(card({ node, rows, x, y, width: BLOCK.width, height }, { ...context, compare: null }, selected));
    this.element.hidden = false;
  }

  /** Keeps what is shown, or lets it go. False when nothing is shown. */
  toggleKeep(): boolean {
    if (this.element.hidden) return false;
    this.kept = !this.kept;
    this.element.classList.toggle('kept', this.kept);
    if (!this.kept) this.hide();
    return true;
  }

  hide(): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
    this.shown = null;
    this.kept = false;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.element.classList.remove('kept');
  }
}
