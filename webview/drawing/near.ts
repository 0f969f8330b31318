// SPDX-License-Identifier: GPL-2.0-only
/** Drawing at the level Instructions: regions, cards, labels, and what Cytoscape is given. Cards and labels exist only near the view. */
import type cytoscape from 'cytoscape';
import { card, type CardContext } from './card';
import type { Block, DrawnEdge } from './block';
import type { Diagram } from './diagram';
import { h } from '../page/dom';
import type { View } from './far';
import { edgeElement, nodeElement } from './graph-elements';
import type { Box } from './labels';
import { edgeKey } from '../lens/types';
import { RegionLayer } from './region-layer';

/** Pixels around the view in which cards are kept. */
const NEAR = 300;
/** With more blocks Cytoscape gets only those near the view. */
const ALL_UP_TO = 400;
/** Width of a letter of an edge's label, px. */
const LETTER = 5.5;

interface Near {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The parts of an edge, each as a thin box, and its label. */
function segmentBoxes({ way: { points, label, labelOn }, label: text }: DrawnEdge): Box[] {
  const width = text.length * LETTER + 8;
  const out: Box[] = text === '' ? [] : [{ x: labelOn ? label.x - width / 2 : label.x, y: label.y - 8, width, height: 16 }];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    out.push({ x: Math.min(a.x, b.x) - 2, y: Math.min(a.y, b.y) - 2, width: Math.abs(a.x - b.x) + 4, height: Math.abs(a.y - b.y) + 4 });
  }
  return out;
}

/** An edge with the room that it takes: asked in every frame, for thousands of edges. */
interface Span {
  readonly edge: DrawnEdge;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function spanOf(edge: DrawnEdge): Span {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of edge.way.points) {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { edge, left, top, right, bottom };
}

/** Whether something of an edge is near the view: of a long one its ends may be far away on both sides. */
function passes({ edge, left, top, right, bottom }: Span, near: Near): boolean {
  if (left > near.right || right < near.left || top > near.bottom || bottom < near.top) return false;
  const { points } = edge.way;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    if (
      Math.min(a.x, b.x) <= near.right &&
      Math.max(a.x, b.x) >= near.left &&
      Math.min(a.y, b.y) <= near.bottom &&
      Math.max(a.y, b.y) >= near.top
    )
      return true;
  }
  return false;
}

/** From the edge of the view to a label, px. */
const INSIDE = 4;

/** Where the label of an edge stands: one on a line that is in view is wholly in view. */
function labelTransform({ way: { label, labelOn }, label: text }: DrawnEdge, here: Box): string {
  const half = (text.length * LETTER + 8) / 2;
  const [low, high] = [here.x + half + INSIDE, here.x + here.width - half - INSIDE];
  const inView = labelOn && label.x + half > here.x && label.x - half < here.x + here.width && low <= high;
  const x = inView ? Math.min(Math.max(label.x, low), high) : label.x;
  return `translate(${x}px, ${label.y}px) translate(${labelOn ? '-50%' : '0'}, -50%)`;
}

export class NearScene {
  readonly behind = h('div', { class: 'layer behind' });
  readonly front = h('div', { class: 'layer front', 'aria-hidden': 'true' });
  readonly cards = new Map<string, HTMLElement>();
  private readonly edgeLabels = new Map<string, HTMLElement>();
  private readonly regions = new RegionLayer(this.front);
  /** Elements given to Cytoscape, when not all are. */
  private present: Set<string> | null = null;
  private diagram: Diagram | null = null;
  private blocks: ReadonlyMap<string, Block> = new Map();
  private spans: readonly Span[] = [];
  private context: CardContext | null = null;
  private selected: number | null = null;
  private linked: ReadonlySet<number> = new Set();
  private hits: ReadonlySet<number> = new Set();

  constructor(private readonly cy: cytoscape.Core) {
    this.behind.append(this.regions.shapes);
  }

  /** Takes everything away, or puts a diagram there. */
  show(diagram: Diagram | null, context: CardContext | null): void {
    for (const el of [...this.cards.values(), ...this.edgeLabels.values()]) el.remove();
    this.cards.clear();
    this.edgeLabels.clear();
    this.diagram = diagram;
    this.blocks = new Map();
    this.spans = [];
    this.context = context;
    if (diagram === null || context === null) {
      this.cy.elements().remove();
      this.regions.show([], false);
      return;
    }
    const { regions } = context.lens;
    this.blocks = new Map(diagram.blocks.map((b) => [b.node.id, b]));
    this.spans = diagram.edges.map(spanOf);
    this.present = diagram.blocks.length > ALL_UP_TO ? new Set() : null;
    this.cy.batch(() => {
      this.cy.elements().remove();
      if (this.present === null)
        this.cy.add([...diagram.blocks.map(nodeElement), ...diagram.edges.map((e) => edgeElement(e, this.blocks, context.lens))]);
    });
    this.regions.show(regions === 'off' ? [] : diagram.regions, regions === 'outline');
  }

  /** What is selected, outlined for the cursor's line, and found: cards are made anew with the next {@link draw}. */
  mark(selected: number | null, linked: ReadonlySet<number>, hits: ReadonlySet<number>): void {
    this.selected = selected;
    this.linked = linked;
    this.hits = hits;
    for (const el of this.cards.values()) el.remove();
    this.cards.clear();
  }

  /** Draws what is near the view. */
  draw(view: View): void {
    const { zoom: z, x, y } = view;
    const transform = `translate(${x}px, ${y}px) scale(${z})`;
    this.behind.style.transform = transform;
    this.front.style.transform = transform;
    const left = (-x - NEAR) / z;
    const top = (-y - NEAR) / z;
    const right = (view.width - x + NEAR) / z;
    const bottom = (view.height - y + NEAR) / z;
    const wanted = new Map<string, Block>();
    for (const b of this.diagram?.blocks ?? [])
      if (b.x < right && b.x + b.width > left && b.y < bottom && b.y + b.height > top) wanted.set(b.node.id, b);
    for (const [id, el] of this.cards) {
      if (wanted.has(id)) continue;
      el.remove();
      this.cards.delete(id);
    }
    for (const [id, block] of wanted) if (!this.cards.has(id)) this.addCard(block);
    const edges: DrawnEdge[] = [];
    for (const span of this.spans) if (passes(span, { left, top, right, bottom })) edges.push(span.edge);
    if (this.present !== null) this.presentOnly(edges);
    const here = { x: -x / z, y: -y / z, width: view.width / z, height: view.height / z };
    this.placeEdgeLabels(edges, { left, top, right, bottom }, here);
    this.regions.draw(
      { x: left, y: top, width: right - left, height: bottom - top },
      here,
      [...wanted.values()],
      edges.flatMap((e) => segmentBoxes(e)),
    );
  }

  /** Gives Cytoscape only what is near the view: thousands of elements would make every frame slow. */
  private presentOnly(edges: readonly DrawnEdge[]): void {
    const present = this.present!;
    const { blocks } = this;
    const wanted = new Set<string>();
    for (const e of edges) {
      wanted.add(e.id);
      wanted.add(e.edge.from);
      wanted.add(e.edge.to);
    }
    for (const id of this.cards.keys()) wanted.add(id);
    const gone = [...present].filter((id) => !wanted.has(id));
    const fresh = [...wanted].filter((id) => !present.has(id));
    if (gone.length === 0 && fresh.length === 0) return;
    this.cy.batch(() => {
      for (const id of gone) this.cy.getElementById(id).remove();
      this.cy.add(fresh.filter((id) => blocks.has(id)).map((id) => nodeElement(blocks.get(id)!)));
      const wantedEdges = new Set(fresh);
      this.cy.add(edges.filter((e) => wantedEdges.has(e.id)).map((e) => edgeElement(e, blocks, this.context!.lens)));
    });
    this.present = wanted;
  }

  private placeEdgeLabels(edges: readonly DrawnEdge[], near: Near, here: Box): void {
    const { lens } = this.context!;
    const wanted = new Map(
      edges
        .filter(
          (e) =>
            e.label !== '' &&
            e.way.label.x > near.left &&
            e.way.label.x < near.right &&
            e.way.label.y > near.top &&
            e.way.label.y < near.bottom,
        )
        .map((e) => [e.id, e]),
    );
    for (const [id, el] of this.edgeLabels) {
      if (wanted.has(id)) continue;
      el.remove();
      this.edgeLabels.delete(id);
    }
    for (const [id, e] of wanted) {
      const known = this.edgeLabels.get(id);
      if (known !== undefined) {
        known.style.transform = labelTransform(e, here);
        continue;
      }
      const faded = lens.focus !== null && !lens.edges.has(edgeKey(e.edge));
      const el = h(
        'div',
        { class: `edge-label${e.way.labelOn ? ' on' : ''}${faded ? ' faded' : ''}${e.edge.travelled ? '' : ' never'}` },
        e.label,
      );
      el.style.transform = labelTransform(e, here);
      this.edgeLabels.set(id, el);
      this.front.prepend(el);
    }
  }

  private addCard(block: Block): void {
    const el = card(block, this.context!, this.selected);
    this.outline(el, block);
    this.cards.set(block.node.id, el);
    this.front.append(el);
  }

  private outline(el: HTMLElement, block: Block): void {
    el.classList.toggle(
      'linked',
      block.node.instructions.some((i) => this.linked.has(i.index)),
    );
    for (const row of el.querySelectorAll<HTMLElement>('.row')) {
      const first = Number(row.dataset['insn']);
      const last = Number(row.dataset['last']);
      const within = (set: ReadonlySet<number>): boolean =>
        block.node.instructions.some((i) => i.index >= first && i.index <= last && set.has(i.index));
      row.classList.toggle('linked', within(this.linked));
      row.classList.toggle('hit', within(this.hits));
    }
  }
}
