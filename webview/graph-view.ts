// SPDX-License-Identifier: GPL-2.0-only
/**
 * The drawing: regions behind, Cytoscape in the middle (edges, and nodes as invisible boxes for hits, pan and zoom), cards in front.
 * Cards are DOM, made only for blocks in view; the layers get Cytoscape's pan and zoom as one CSS transform.
 */
import cytoscape from 'cytoscape';
import { card, regionLabels, regionShapes } from './card';
import { BLOCK, type Block, type Diagram, type DrawnEdge } from './diagram';
import { h } from './dom';
import type { Point } from './layout/route';
import { onThemeChange, palette } from './theme';

/** Below this zoom blocks are boxes with their number, drawn on the canvas. */
const CARDS_FROM = 0.35;
/** Pixels around the view in which cards are kept. */
const NEAR = 300;
const ZOOM = { min: 0.05, max: 2 } as const;
const PAN_MS = 160;

export interface GraphViewHandlers {
  readonly onSelect: (insn: number) => void;
  readonly onOpenFold: (insn: number) => void;
  readonly onFoldBlock: (node: string) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onViewChange: (zoom: number, pan: { x: number; y: number }) => void;
}

interface EdgeStyle {
  weights: number[];
  distances: number[];
}

/** Corners as Cytoscape's segments want them: place along, and distance from, the straight line between the ends. */
export function segments(points: readonly Point[]): EdgeStyle {
  const a = points[0]!;
  const b = points[points.length - 1]!;
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = Math.max(dx * dx + dy * dy, 1e-6);
  const length = Math.sqrt(length2);
  const inner = points.slice(1, -1);
  return {
    weights: inner.map((p) => ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2),
    distances: inner.map((p) => ((p.y - a.y) * dx - (p.x - a.x) * dy) / length),
  };
}

/** An end of an edge relative to the middle of its block. */
function endpoint(p: Point, block: Block): string {
  return `${p.x - (block.x + block.width / 2)}px ${p.y - (block.y + block.height / 2)}px`;
}

export class GraphView {
  readonly element: HTMLElement;
  private readonly stage = h('div', { class: 'cy' });
  private readonly behind = h('div', { class: 'layer behind' });
  private readonly front = h('div', { class: 'layer front', 'aria-hidden': 'true' });
  private readonly cy: cytoscape.Core;
  private diagram: Diagram | null = null;
  private selected: number | null = null;
  private linked = new Set<number>();
  private hits = new Set<number>();
  private readonly cards = new Map<string, HTMLElement>();
  private pendingDraw = false;

  constructor(private readonly handlers: GraphViewHandlers) {
    this.element = h('div', { class: 'canvas' }, this.behind, this.stage, this.front);
    this.cy = cytoscape({
      container: this.stage,
      elements: [],
      minZoom: ZOOM.min,
      maxZoom: ZOOM.max,
      userZoomingEnabled: false,
      boxSelectionEnabled: false,
      autoungrabify: true,
      autounselectify: true,
      layout: { name: 'preset' },
      style: [],
    });
    this.style();
    onThemeChange(() => this.style());
    this.cy.on('viewport', () => this.schedule());
    this.cy.on('tap', 'node', (e) => {
      const block = this.block((e.target as cytoscape.NodeSingular).id());
      if (block !== undefined) this.handlers.onSelect(block.node.instructions[0]!.index);
    });
    this.element.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
    this.front.addEventListener('click', (e) => this.click(e));
    this.front.addEventListener('dblclick', (e) => {
      const id = (e.target as Element).closest<HTMLElement>('.card-head')?.parentElement?.dataset['node'];
      if (id !== undefined) this.handlers.onFoldBlock(id);
    });
    new ResizeObserver(() => {
      this.cy.resize();
      this.schedule();
    }).observe(this.element);
  }

  /** Shows a function's diagram. Keeps pan and zoom when it is the same function as before. */
  show(diagram: Diagram, selected: number | null): void {
    const same = this.diagram?.fn.name === diagram.fn.name && this.diagram.fn.start === diagram.fn.start;
    this.diagram = diagram;
    this.selected = selected;
    for (const c of this.cards.values()) c.remove();
    this.cards.clear();
    const blocks = new Map(diagram.blocks.map((b) => [b.node.id, b]));
    this.cy.batch(() => {
      this.cy.elements().remove();
      this.cy.add([
        ...diagram.blocks.map((b): cytoscape.ElementDefinition => ({
          group: 'nodes',
          data: { id: b.node.id, label: `${b.node.id.replace(/^f0/, '')}  ${b.node.instructions[0]!.index}–${b.node.instructions[b.node.instructions.length - 1]!.index}`, w: b.width, h: b.height },
          position: { x: b.x + b.width / 2, y: b.y + b.height / 2 },
          classes: b.node.instructions.some((i) => i.rejected) ? 'rejected' : '',
        })),
        ...diagram.edges.map((e) => this.edgeElement(e, blocks)),
      ]);
    });
    this.behind.replaceChildren(regionShapes(diagram));
    this.front.replaceChildren(...regionLabels(diagram));
    if (!same) this.start();
    this.draw();
  }

  /** Marks an instruction; the block it is in is brought into view. */
  select(insn: number | null, reveal: boolean): void {
    this.selected = insn;
    this.redrawCards();
    if (insn !== null && reveal) this.reveal(insn);
  }

  /** Outlines blocks of the cursor's line. */
  highlight(insns: readonly number[]): void {
    this.linked = new Set(insns);
    this.redrawCards();
  }

  /** Outlines what a search found. */
  showHits(insns: readonly number[]): void {
    this.hits = new Set(insns);
    this.redrawCards();
  }

  zoomBy(factor: number): void {
    const level = Math.min(ZOOM.max, Math.max(ZOOM.min, this.cy.zoom() * factor));
    this.cy.zoom({ level, renderedPosition: { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 } });
  }

  zoomTo(level: number): void {
    this.zoomBy(level / this.cy.zoom());
  }

  fit(): void {
    this.cy.fit(undefined, 24);
    if (this.cy.zoom() > 1) {
      this.cy.zoom(1);
      this.cy.center();
    }
  }

  get zoom(): number {
    return this.cy.zoom();
  }

  restore(zoom: number, pan: { x: number; y: number }): void {
    this.cy.viewport({ zoom, pan });
  }

  /** Middle of a block's head in the view, for tests. */
  renderedPosition(node: string): { x: number; y: number } | null {
    const block = this.block(node);
    if (block === undefined) return null;
    const { x, y } = this.cy.pan();
    const z = this.cy.zoom();
    return { x: (block.x + block.width / 2) * z + x, y: (block.y + BLOCK.header / 2) * z + y };
  }

  /** What is drawn, for tests. */
  drawn(): { nodes: string[]; cards: string[]; edges: number; zoom: number } {
    return { nodes: this.cy.nodes().map((n) => n.id()), cards: [...this.cards.keys()], edges: this.cy.edges().length, zoom: this.cy.zoom() };
  }

  private start(): void {
    const d = this.diagram!;
    const { clientWidth: w, clientHeight: ht } = this.element;
    const fits = Math.min(w / (d.width + 120), ht / (d.height + 60));
    // text is read at 100 %; only what is far too large starts smaller
    const zoom = d.blocks.length > 400 ? Math.max(fits, 0.1) : Math.min(1, Math.max(fits, 0.82));
    this.cy.viewport({ zoom, pan: { x: Math.max(60, (w - d.width * zoom) / 2 - 40), y: 16 } });
  }

  private reveal(insn: number): void {
    const block = this.diagram?.blocks.find((b) => b.node.instructions.some((i) => i.index === insn));
    if (block === undefined) return;
    const row = Math.max(0, block.rows.findIndex((r) => (r.kind === 'insn' ? [r.insn] : r.insns).some((i) => i.index === insn)));
    const z = this.cy.zoom();
    const pan = this.cy.pan();
    const y = (block.y + BLOCK.header + row * BLOCK.row) * z + pan.y;
    const x = (block.x + block.width / 2) * z + pan.x;
    const { clientWidth: w, clientHeight: ht } = this.element;
    const out = x < w * 0.1 || x > w * 0.9 || y < ht * 0.1 || y > ht * 0.9;
    if (!out) return;
    const target = { x: pan.x + w / 2 - x, y: pan.y + ht / 3 - y };
    const still = document.body.classList.contains('vscode-reduce-motion') || this.cy.elements().length > 600;
    if (still) this.cy.pan(target);
    else this.cy.animate({ pan: target }, { duration: PAN_MS, easing: 'ease-out' });
  }

  private block(id: string): Block | undefined {
    return this.diagram?.blocks.find((b) => b.node.id === id);
  }

  private edgeElement(e: DrawnEdge, blocks: ReadonlyMap<string, Block>): cytoscape.ElementDefinition {
    const { points } = e.way;
    const seg = segments(points);
    const from = blocks.get(e.edge.from)!;
    const to = blocks.get(e.edge.to)!;
    return {
      group: 'edges',
      data: { id: e.id, source: e.edge.from, target: e.edge.to, label: e.way.back ? 'loop' : e.edge.label, start: endpoint(points[0]!, from), end: endpoint(points[points.length - 1]!, to), ...seg },
      classes: [e.way.back ? 'back' : e.edge.kind, e.edge.travelled ? '' : 'never', seg.weights.length === 0 ? 'straight' : 'bent'].join(' '),
    };
  }

  private style(): void {
    const p = palette();
    this.cy.style([
      { selector: 'node', style: { shape: 'round-rectangle', width: 'data(w)', height: 'data(h)', 'background-opacity': 0, 'border-opacity': 0, label: '' } },
      {
        selector: 'node.far',
        style: { 'background-opacity': 1, 'background-color': p.background, 'border-opacity': 1, 'border-width': 2, 'border-color': p.edge, label: 'data(label)', 'text-valign': 'center', 'font-size': 30, color: p.label, 'font-family': p.font },
      },
      { selector: 'node.far.rejected', style: { 'border-color': p.edgeError, 'border-width': 8 } },
      {
        selector: 'edge',
        style: {
          width: 1.5, 'line-color': p.edge, 'target-arrow-shape': 'triangle', 'target-arrow-color': p.edge, 'arrow-scale': 0.8, label: 'data(label)',
          'font-size': 10, 'font-family': p.font, color: p.label, 'text-background-color': p.background, 'text-background-opacity': 1, 'text-background-padding': '2px', 'min-zoomed-font-size': 7,
        },
      },
      { selector: 'edge', style: { 'source-endpoint': (e: cytoscape.EdgeSingular) => e.data('start') as string, 'target-endpoint': (e: cytoscape.EdgeSingular) => e.data('end') as string } },
      { selector: 'edge.straight', style: { 'curve-style': 'straight' } },
      {
        selector: 'edge.bent',
        style: {
          'curve-style': 'round-segments',
          'edge-distances': 'endpoints',
          'segment-weights': (e: cytoscape.EdgeSingular) => e.data('weights') as number[],
          'segment-distances': (e: cytoscape.EdgeSingular) => e.data('distances') as number[],
          'segment-radii': [7],
        },
      },
      { selector: 'edge.taken', style: { 'source-arrow-shape': 'circle', 'source-arrow-color': p.edge } },
      { selector: 'edge.back', style: { width: 3 } },
      { selector: 'edge.never', style: { 'line-style': 'dashed', 'line-color': p.edgeDead, 'target-arrow-color': p.edgeDead } },
    ] as cytoscape.StylesheetJson);
  }

  private schedule(): void {
    if (this.pendingDraw) return;
    this.pendingDraw = true;
    requestAnimationFrame(() => {
      this.pendingDraw = false;
      this.draw();
    });
  }

  private draw(): void {
    const z = this.cy.zoom();
    const { x, y } = this.cy.pan();
    const transform = `translate(${x}px, ${y}px) scale(${z})`;
    this.behind.style.transform = transform;
    this.front.style.transform = transform;
    const near = z >= CARDS_FROM;
    this.front.classList.toggle('far', !near);
    this.cy.nodes().toggleClass('far', !near);
    const left = (-x - NEAR) / z;
    const top = (-y - NEAR) / z;
    const right = (this.element.clientWidth - x + NEAR) / z;
    const bottom = (this.element.clientHeight - y + NEAR) / z;
    const wanted = new Set<string>();
    if (near) for (const b of this.diagram?.blocks ?? []) if (b.x < right && b.x + b.width > left && b.y < bottom && b.y + b.height > top) wanted.add(b.node.id);
    for (const [id, el] of this.cards) {
      if (wanted.has(id)) continue;
      el.remove();
      this.cards.delete(id);
    }
    for (const id of wanted) if (!this.cards.has(id)) this.addCard(id);
    this.handlers.onViewChange(z, { x, y });
  }

  private addCard(id: string): void {
    const block = this.block(id);
    if (block === undefined || this.diagram === null) return;
    const el = card(block, this.diagram, this.selected);
    this.mark(el, block);
    this.cards.set(id, el);
    this.front.append(el);
  }

  private mark(el: HTMLElement, block: Block): void {
    el.classList.toggle('linked', block.node.instructions.some((i) => this.linked.has(i.index)));
    for (const row of el.querySelectorAll<HTMLElement>('.row')) {
      const first = Number(row.dataset['insn']);
      const last = Number(row.dataset['last']);
      const within = (set: ReadonlySet<number>): boolean => block.node.instructions.some((i) => i.index >= first && i.index <= last && set.has(i.index));
      row.classList.toggle('linked', within(this.linked));
      row.classList.toggle('hit', within(this.hits));
    }
  }

  private redrawCards(): void {
    for (const [id, el] of [...this.cards]) {
      el.remove();
      this.cards.delete(id);
    }
    this.draw();
  }

  private click(event: Event): void {
    const e = event as MouseEvent;
    const row = (e.target as Element).closest<HTMLElement>('.row');
    if (row !== null) {
      const insn = Number(row.dataset['insn']);
      if (row.classList.contains('fold')) this.handlers.onOpenFold(insn);
      this.handlers.onSelect(insn);
      if (e.ctrlKey || e.metaKey) this.handlers.onOpenSource(insn);
      return;
    }
    const id = (e.target as Element).closest<HTMLElement>('.card')?.dataset['node'];
    const block = id === undefined ? undefined : this.block(id);
    if (block !== undefined) this.handlers.onSelect(block.node.instructions[0]!.index);
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey) {
      const box = this.element.getBoundingClientRect();
      const level = Math.min(ZOOM.max, Math.max(ZOOM.min, this.cy.zoom() * Math.exp(-e.deltaY / 300)));
      this.cy.zoom({ level, renderedPosition: { x: e.clientX - box.left, y: e.clientY - box.top } });
    } else this.cy.panBy({ x: e.shiftKey ? -e.deltaY : -e.deltaX, y: e.shiftKey ? 0 : -e.deltaY });
  }
}
