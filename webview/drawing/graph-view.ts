// SPDX-License-Identifier: GPL-2.0-only
/**
 * The drawing. At the level Instructions: regions behind, Cytoscape in the middle (edges, and nodes as invisible boxes for hits), cards
 * in front; cards are DOM, made only for blocks in view. Further out: one canvas. Pan and zoom are Cytoscape's at every level.
 */
import cytoscape from 'cytoscape';
import type { ContextGraph, GraphEdge, GraphFunction } from '../../src/protocol/graph';
import { sized } from './canvas';
import { type CanvasColours, canvasColours } from './canvas-colours';
import type { CardContext } from './card';
import type { CompareLook } from '../compare/look';
import type { Block } from './block';
import { type Diagram, lanesOf } from './diagram';
import { h } from '../page/dom';
import { FarScene, type View } from './far';
import { edgeStyle } from './graph-elements';
import { indexOf } from '../model/graph-index';
import { laneCount } from '../model/lanes';
import { MANY_BLOCKS } from '../model/large';
import type { Rect } from '../layout/outline';
import type { Point } from '../layout/route';
import type { LensView } from '../lens/types';
import { type Level, levelAt, zoomOf } from './levels';
import { glyphOf } from '../page/marks';
import { detailItems, overviewItems } from './map-items';
import { MiniMap } from './minimap';
import { type Anchor, detailPlaces, nearest, overviewPlaces, type Places, rectOf } from './places';
import { pointedAt } from './pointed';
import { NearScene } from './near';
import { roleOf } from '../../src/marks/rails';
import { callOrder, functionCards, OVERVIEW, type Overview, overviewOf } from './overview';
import { Peek } from './peek';
import { panTo } from './reveal';
import { BLOCK } from './sizes';
import { onThemeChange } from '../page/theme';

const ZOOM = { min: 0.04, max: 2 } as const;
const PAN_MS = 160;
/** From so many on the level Functions says more than a large function seen from afar. */
const SOME_FUNCTIONS = 4;
/** Between the drawing and the edge of the view, px. */
const EDGE = 7;
/** Room of the largest mini-map in its corner, px. */
const MAP = { width: 192, height: 136 } as const;
/** With more elements nothing moves by itself. */
const STILL_FROM = 600;

/** What is drawn. */
export interface Picture {
  readonly graph: ContextGraph;
  readonly fn: GraphFunction;
  /** Overview of all functions instead of one. */
  readonly all: boolean;
  /** Functions that the overview shows as cards. */
  readonly closed: ReadonlySet<string>;
  /** Detailed layout of a function, made when it is needed. */
  readonly diagram: (fn: GraphFunction) => Diagram;
  readonly lens: LensView;
  readonly compare: CompareLook | null;
  readonly selected: number | null;
}

export interface GraphViewHandlers {
  readonly onSelect: (insn: number) => void;
  readonly onOpenFold: (insn: number) => void;
  readonly onFoldBlock: (node: string) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onFollow: (key: string) => void;
  readonly onEdge: (edge: GraphEdge) => void;
  readonly onRegion: (key: string) => void;
  /** Into what an instruction calls. */
  readonly onEnter: (insn: number) => void;
  /** The view moved to another function, or opens or closes one. */
  readonly onFunction: (name: string) => void;
  readonly onToggleFunction: (name: string) => void;
  readonly onViewChange: (zoom: number, pan: { x: number; y: number }, level: Level) => void;
}

type SceneKind = 'detail' | 'overview' | 'functions';

const sceneOf = (level: Level): SceneKind => (level === 'instructions' ? 'detail' : level === 'functions' ? 'functions' : 'overview');

export class GraphView {
  readonly element: HTMLElement;
  private readonly stage = h('div', { class: 'cy' });
  private readonly farCanvas = h('canvas', { class: 'far', 'aria-hidden': 'true' });
  private readonly cy: cytoscape.Core;
  private readonly far = new FarScene();
  private readonly near: NearScene;
  private readonly map = new MiniMap((x, y) => this.centre(x, y));
  private readonly peek = new Peek();
  private picture: Picture | null = null;
  private diagram: Diagram | null = null;
  private overview: Overview | null = null;
  private level: Level = 'instructions';
  private scene: SceneKind = 'detail';
  private colours: CanvasColours;
  private linked = new Set<number>();
  private hits = new Set<number>();
  private pendingDraw = false;
  /** Places of the layout that was asked for last. */
  private placed: { readonly of: Diagram | Overview; readonly places: Places } | null = null;

  constructor(private readonly handlers: GraphViewHandlers) {
    this.colours = canvasColours();
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
      style: edgeStyle(),
    });
    this.near = new NearScene(this.cy);
    this.element = h(
      'div',
      { class: 'canvas' },
      this.near.behind,
      this.stage,
      this.farCanvas,
      this.near.front,
      this.map.element,
      this.peek.element,
    );
    onThemeChange(() => {
      this.cy.style(edgeStyle());
      this.colours = canvasColours();
      this.drawMap();
      this.draw();
    });
    this.cy.on('viewport', () => this.schedule());
    this.cy.on('tap', (e) => {
      const at = e.position;
      if (this.scene === 'detail') {
        if (e.target === this.cy) return;
        const target = e.target as cytoscape.SingularElementArgument;
        if (!target.isNode()) {
          const edge = this.diagram?.edges.find((x) => x.id === target.id())?.edge;
          if (edge !== undefined) this.handlers.onEdge(edge);
          return;
        }
        const block = this.block(target.id());
        if (block !== undefined) this.handlers.onSelect(block.node.instructions[0]!.index);
        return;
      }
      const hit = this.far.hit(at.x, at.y);
      if (hit?.kind === 'block') this.handlers.onSelect(this.firstOf(hit.id));
      else if (hit?.kind === 'function' && this.scene === 'overview' && hit.head) this.handlers.onToggleFunction(hit.name);
      else if (hit?.kind === 'function') this.handlers.onSelect(indexOf(this.picture!.graph).functions.get(hit.name)!.start);
    });
    this.element.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
    this.element.addEventListener('dblclick', (e) => this.doubleClick(e));
    this.element.addEventListener('pointermove', (e) => this.pointer(e));
    this.element.addEventListener('pointerleave', () => this.peek.rest(null, () => undefined));
    this.near.front.addEventListener('click', (e) => this.click(e));
    let { clientWidth: width, clientHeight: height } = this.element;
    new ResizeObserver(() => {
      // what is selected stays in view when the room for the graph gets smaller
      const node = this.selectedNode();
      const at = node === null ? null : this.renderedPosition(node);
      const seen = at !== null && at.x > 0 && at.x < width && at.y > 0 && at.y < height;
      ({ clientWidth: width, clientHeight: height } = this.element);
      this.cy.resize();
      if (seen && this.picture?.selected != null && width > 0 && height > 0) this.reveal(this.picture.selected);
      this.schedule();
    }).observe(this.element);
  }

  /** Shows a picture. Keeps the selected block where it was when it is the same program; a new one starts from its beginning. */
  show(picture: Picture): void {
    const old = this.picture;
    const sameProgram = old !== null && old.graph.program === picture.graph.program && old.graph.object === picture.graph.object;
    const sameScope = sameProgram && old.fn.start === picture.fn.start && old.all === picture.all;
    const keep = sameScope ? this.anchorOf(this.selectedNode()) : null;
    const at = keep === null ? null : this.pointOf(keep);
    this.picture = picture;
    this.diagram = null;
    this.overview = null;
    if (!sameProgram) this.level = picture.graph.nodes.length > MANY_BLOCKS ? this.home().level : 'instructions';
    this.scene = sceneOf(this.level);
    this.build();
    if (!sameProgram) this.start();
    else if (!sameScope) this.startScope();
    else if (keep !== null && at !== null) this.putAt(keep, at);
    this.draw();
  }

  /** Marks an instruction; the block it is in is brought into view. */
  select(insn: number | null, reveal: boolean): void {
    if (this.picture === null) return;
    this.picture = { ...this.picture, selected: insn };
    this.redrawCards();
    this.drawMap();
    if (insn !== null && reveal) this.reveal(insn);
    const node = this.selectedNode();
    if (this.scene !== 'detail' && node !== null && reveal) this.peek.rest(node, (id) => this.drawPeek(id));
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
    this.zoomAround(this.cy.zoom() * factor, this.middle());
  }

  zoomTo(level: number): void {
    this.zoomAround(level, this.middle());
    this.keepWhole();
  }

  /** What fits into the view in one direction is wholly in it in that direction. */
  private keepWhole(): void {
    const { width, height } = this.sizeOf(this.scene);
    const { zoom: z, x, y, width: w, height: ht } = this.view();
    const within = (at: number, size: number, room: number): number => (size > room ? at : Math.min(Math.max(at, 0), room - size));
    this.cy.pan({ x: within(x, width * z, w), y: within(y, height * z, ht) });
  }

  /** Goes to a level, keeping what is selected or in the middle. */
  goLevel(level: Level): void {
    const zoom = level === 'instructions' ? 1 : level === 'blocks' ? 0.62 : level === 'chains' ? 0.3 : this.functionsZoom();
    if (this.selectedNode() !== null) {
      this.zoomAround(zoom, this.middle(), true);
      return;
    }
    this.cy.zoom(zoom);
    this.setLevel(level);
    this.setViewport(zoom, this.centredPan(zoom));
    this.draw();
  }

  fit(): void {
    if (this.picture === null) return;
    const { level, zoom } = this.home();
    this.setLevel(level);
    this.setViewport(zoom, this.centredPan(zoom));
  }

  /** The level that fills the view, and its zoom: the nearest that shows all, else functions where there are some, else as far out as blocks go. */
  private home(): { readonly level: Level; readonly zoom: number } {
    const detail = this.fitZoom('detail');
    if (detail >= zoomOf('instructions')) return { level: 'instructions', zoom: Math.min(1, detail) };
    const far = Math.min(this.fitZoom('overview'), zoomOf('instructions') - 0.04);
    if (far >= zoomOf('chains')) return { level: levelAt(far, null), zoom: far };
    if (this.picture!.graph.functions.length < SOME_FUNCTIONS) return { level: 'chains', zoom: zoomOf('chains') };
    return { level: 'functions', zoom: this.functionsZoom() };
  }

  private functionsZoom(): number {
    return Math.min(0.19, Math.max(ZOOM.min, this.fitZoom('functions')));
  }

  get zoom(): number {
    return this.cy.zoom();
  }

  restore(zoom: number, pan: { x: number; y: number }): void {
    this.setLevel(levelAt(zoom, null));
    this.setViewport(zoom, pan);
  }

  /** First instruction of the folded row that an instruction is behind, null if it has a row of its own. */
  foldAt(insn: number): number | null {
    const node = this.picture === null || this.scene !== 'detail' ? undefined : indexOf(this.picture.graph).at(insn)?.node.id;
    const row =
      node === undefined ? undefined : this.block(node)?.rows.find((r) => r.kind === 'fold' && r.insns.some((i) => i.index === insn));
    return row?.kind === 'fold' ? row.insns[0]!.index : null;
  }

  /** Keeps or lets go a peek. False when there is none. */
  keepPeek(): boolean {
    return this.peek.toggleKeep();
  }

  /** Middle of a block's head in the view, for tests. */
  renderedPosition(node: string): { x: number; y: number } | null {
    const rect = this.rectOf(node);
    if (rect === null) return null;
    const { x, y } = this.cy.pan();
    const z = this.cy.zoom();
    return { x: (rect.x + rect.width / 2) * z + x, y: (rect.y + (this.scene === 'detail' ? BLOCK.header : rect.height) / 2) * z + y };
  }

  /** What is drawn, for tests. */
  drawn(): {
    nodes: string[];
    cards: string[];
    edges: number;
    zoom: number;
    level: Level;
    blocks: { id: string; glyph: string; held: string[] }[];
  } {
    const nodes =
      this.scene === 'detail' ? (this.diagram?.blocks.map((b) => b.node) ?? []) : (this.overview?.boxes.map((b) => b.node) ?? []);
    return {
      nodes: nodes.map((n) => n.id),
      cards: [...this.near.cards.keys()],
      edges: this.scene === 'detail' ? (this.diagram?.edges.length ?? 0) : (this.overview?.edges.length ?? 0),
      zoom: this.cy.zoom(),
      level: this.level,
      blocks: nodes
        .slice(0, 500)
        .map((n) => ({ id: n.id, glyph: glyphOf(n.instructions[0]!), held: n.instructions[0]!.held.map((x) => x.key) })),
    };
  }

  /** Lays out and draws the scene of the level at hand anew. */
  private build(): void {
    const p = this.picture!;
    this.peek.hide();
    this.element.classList.toggle('is-far', this.scene !== 'detail');
    if (this.scene === 'detail') {
      this.diagram ??= p.diagram(p.fn);
      this.near.show(this.diagram, this.context());
      this.near.mark(p.selected, this.linked, this.hits);
    } else {
      this.overview = this.makeOverview(this.scene);
      this.near.show(null, null);
      this.far.show(this.overview);
    }
    this.drawMap();
  }

  private makeOverview(scene: SceneKind): Overview {
    const p = this.picture!;
    if (scene === 'functions') return functionCards(p.graph);
    return overviewOf(p.graph, p.all ? callOrder(p.graph) : [p.fn], p.all ? p.closed : new Set());
  }

  private start(): void {
    const { clientWidth: w, clientHeight: ht } = this.element;
    if (this.scene !== 'detail') {
      const { zoom } = this.home();
      this.setViewport(zoom, this.centredPan(zoom));
      return;
    }
    const d = this.diagram!;
    const fits = Math.min(w / (d.width + 2 * EDGE), ht / (d.height + 2 * EDGE));
    // text is read at 100 %; only what is far too large starts smaller
    const zoom = Math.min(1, Math.max(fits, zoomOf('instructions')));
    const rest = (w - d.width * zoom) / 2;
    const entry = d.blocks.find((b) => b.node.id === this.picture!.fn.entry);
    // what does not fit begins with its lines at the left, or with the entry where those leave no room for it
    const begin =
      entry === undefined || (entry.x + entry.width) * zoom + EDGE <= w
        ? EDGE
        : Math.max(EDGE - entry.x * zoom, w - EDGE - (entry.x + entry.width) * zoom);
    this.setViewport(zoom, { x: Math.max(rest, begin), y: EDGE });
  }

  /** Another function, or all instead of one: the same level, from its beginning. */
  private startScope(): void {
    if (this.scene === 'detail') this.start();
    else this.setViewport(this.cy.zoom(), this.centredPan(this.cy.zoom()));
  }

  private setViewport(zoom: number, pan: { x: number; y: number }): void {
    this.cy.viewport({ zoom: Math.min(ZOOM.max, Math.max(ZOOM.min, zoom)), pan });
  }

  private sizeOf(scene: SceneKind): { width: number; height: number } {
    if (scene === 'detail') return (this.diagram ??= this.picture!.diagram(this.picture!.fn));
    return scene === this.scene && this.overview !== null ? this.overview : this.makeOverview(scene);
  }

  private fitZoom(scene: SceneKind): number {
    if (scene === 'detail' && indexOf(this.picture!.graph).blocksOf(this.picture!.fn.name).length > MANY_BLOCKS) return 0;
    const { width, height } = this.sizeOf(scene);
    return Math.min(
      (this.element.clientWidth - 2 * EDGE) / Math.max(1, width),
      (this.element.clientHeight - 2 * EDGE) / Math.max(1, height),
    );
  }

  private centredPan(zoom: number): { x: number; y: number } {
    const { width, height } = this.sizeOf(this.scene);
    return {
      x: Math.max(EDGE, (this.element.clientWidth - width * zoom) / 2),
      y: Math.max(EDGE, (this.element.clientHeight - height * zoom) / 2),
    };
  }

  private middle(): Point {
    const node = this.selectedNode();
    const at = node === null ? null : this.renderedPosition(node);
    const { clientWidth: w, clientHeight: ht } = this.element;
    if (at !== null && at.x > 0 && at.x < w && at.y > 0 && at.y < ht) return at;
    return { x: w / 2, y: ht / 2 };
  }

  /** Zooms so that what is at a point of the screen stays there, over the levels. */
  private zoomAround(zoom: number, point: Point, exactLevel = false): void {
    if (this.picture === null) return;
    const to = Math.min(ZOOM.max, Math.max(ZOOM.min, zoom));
    const level = levelAt(to, exactLevel ? null : this.level);
    if (sceneOf(level) === this.scene) {
      const changed = level !== this.level;
      this.level = level;
      this.cy.zoom({ level: to, renderedPosition: point });
      if (changed) this.draw();
      return;
    }
    const anchor = (exactLevel ? this.anchorOf(this.selectedNode()) : null) ?? this.anchorAt(point);
    this.cy.zoom(to);
    this.setLevel(level, anchor?.fn);
    if (anchor !== null) this.putAt(anchor, point);
    this.draw();
  }

  private setLevel(level: Level, fn?: string): void {
    const scene = sceneOf(level);
    this.level = level;
    if (scene === this.scene) return;
    this.scene = scene;
    this.overview = null;
    if (scene === 'detail' && fn !== undefined && fn !== this.picture!.fn.name) {
      this.picture = { ...this.picture!, fn: indexOf(this.picture!.graph).functions.get(fn)! };
      this.diagram = null;
      this.handlers.onFunction(fn);
    }
    this.build();
  }

  /** Where things are in the scene at hand; the diagram or overview must have been made. */
  private get places(): Places | null {
    const p = this.picture;
    const drawn = this.scene === 'detail' ? this.diagram : this.overview;
    if (p === null || drawn === null) return null;
    if (this.placed?.of !== drawn)
      this.placed = { of: drawn, places: 'blocks' in drawn ? detailPlaces(p.graph, drawn) : overviewPlaces(drawn) };
    return this.placed.places;
  }

  private anchorAt(point: Point): Anchor | null {
    const pan = this.cy.pan();
    const z = this.cy.zoom();
    return this.places === null ? null : nearest(this.places, { x: (point.x - pan.x) / z, y: (point.y - pan.y) / z });
  }

  private anchorOf(node: string | null): Anchor | null {
    return node === null || this.picture === null ? null : { node, fn: this.functionOf(node), fx: 0.5, fy: 0 };
  }

  private functionOf(node: string): string {
    return this.picture === null ? '' : (indexOf(this.picture.graph).nodes.get(node)?.function ?? '');
  }

  /** Rectangle of a block, or of its function where blocks have no place. */
  private rectOf(node: string): Rect | null {
    return this.places === null ? null : rectOf(this.places, { node, fn: this.functionOf(node) });
  }

  /** Where an anchor's point is on screen. */
  private pointOf(anchor: Anchor): Point | null {
    const rect = this.places === null ? null : rectOf(this.places, anchor);
    if (rect === null) return null;
    const pan = this.cy.pan();
    const z = this.cy.zoom();
    return { x: (rect.x + rect.width * anchor.fx) * z + pan.x, y: (rect.y + rect.height * anchor.fy) * z + pan.y };
  }

  private putAt(anchor: Anchor, point: Point): void {
    const now = this.pointOf(anchor);
    if (now !== null) this.cy.panBy({ x: point.x - now.x, y: point.y - now.y });
  }

  private centre(x: number, y: number): void {
    const z = this.cy.zoom();
    this.cy.pan({ x: this.element.clientWidth / 2 - x * z, y: this.element.clientHeight / 2 - y * z });
  }

  private reveal(insn: number): void {
    const p = this.picture!;
    const place = indexOf(p.graph).at(insn);
    if (place === null) return;
    const rect = this.rectOf(place.node.id);
    if (rect === null) return;
    const block = this.scene === 'detail' ? this.block(place.node.id) : undefined;
    const row =
      block === undefined
        ? 0
        : Math.max(
            0,
            block.rows.findIndex((r) => (r.kind === 'insn' ? [r.insn] : r.insns).some((i) => i.index === insn)),
          );
    const target = panTo(rect, block === undefined ? rect.height / 2 : BLOCK.header + row * BLOCK.row, this.view());
    if (target === null) return;
    const still = document.body.classList.contains('vscode-reduce-motion') || this.near.cards.size + this.cy.elements().length > STILL_FROM;
    this.cy.stop();
    if (still) this.cy.pan(target);
    else this.cy.animate({ pan: target }, { duration: PAN_MS, easing: 'ease-out' });
  }

  private block(id: string): Block | undefined {
    return this.diagram?.blocks.find((b) => b.node.id === id);
  }

  private firstOf(node: string): number {
    return indexOf(this.picture!.graph).nodes.get(node)!.instructions[0]!.index;
  }

  private selectedNode(): string | null {
    const p = this.picture;
    return p === null || p.selected === null ? null : (indexOf(p.graph).at(p.selected)?.node.id ?? null);
  }

  private nodesOf(insns: ReadonlySet<number>): ReadonlySet<string> {
    const index = indexOf(this.picture!.graph);
    return new Set([...insns].map((i) => index.at(i)?.node.id).filter((id) => id !== undefined));
  }

  private schedule(): void {
    if (this.pendingDraw) return;
    this.pendingDraw = true;
    requestAnimationFrame(() => {
      this.pendingDraw = false;
      this.draw();
    });
  }

  private view(): View {
    const { x, y } = this.cy.pan();
    return { zoom: this.cy.zoom(), x, y, width: this.element.clientWidth, height: this.element.clientHeight };
  }

  private draw(): void {
    const view = this.view();
    if (this.picture !== null) {
      if (this.scene === 'detail') this.near.draw(view);
      else this.drawFar(view);
      this.map.view(view, this.colours);
      this.yieldToSelection();
    }
    this.handlers.onViewChange(view.zoom, { x: view.x, y: view.y }, this.level);
  }

  private drawFar(view: View): void {
    const ctx = sized(this.farCanvas, view);
    if (ctx === null) return;
    const p = this.picture!;
    this.far.paint(
      ctx,
      view,
      this.level,
      {
        graph: p.graph,
        lens: p.lens,
        compare: p.compare,
        selected: this.selectedNode(),
        linked: this.nodesOf(this.linked),
        hits: this.nodesOf(this.hits),
      },
      this.colours,
    );
  }

  /** The mini-map goes to the other side when it would cover the selected block; without room there it goes. It goes too where all is in view. */
  private yieldToSelection(): void {
    const node = this.selectedNode();
    const rect = node === null ? null : this.rectOf(node);
    const { zoom: z, x, y, width, height } = this.view();
    const covered =
      rect !== null &&
      (rect.x + rect.width) * z + x > width - MAP.width &&
      rect.x * z + x < width &&
      (rect.y + rect.height) * z + y > height - MAP.height &&
      rect.y * z + y < height;
    const left = covered && rect.x * z + x > 200;
    this.element.parentElement?.classList.toggle('corner-left', left);
    this.element.parentElement?.classList.toggle('corner-none', (covered && !left) || this.allInView());
  }

  /** Whether the view shows everything that the mini-map would. */
  private allInView(): boolean {
    const { width, height } = this.sizeOf(this.scene);
    const { zoom: z, x, y, width: w, height: ht } = this.view();
    return x >= 0 && y >= 0 && x + width * z <= w && y + height * z <= ht;
  }

  private drawMap(): void {
    const p = this.picture;
    if (p === null) return;
    const looks = { selected: this.selectedNode(), compare: p.compare, lens: p.lens };
    const d = this.scene === 'detail' ? this.diagram : null;
    const o = this.overview;
    const items = d !== null ? detailItems(d, looks) : o !== null ? overviewItems(o, this.scene === 'functions', looks) : [];
    const regions =
      p.lens.regions === 'off'
        ? []
        : (d?.regions ?? [])
            .filter((r) => !r.partial)
            .flatMap((r) => r.rects.map((x) => ({ ...x, colour: this.colours.of(roleOf(r.held)) })));
    const { width, height } = d ?? o ?? { width: 1, height: 1 };
    this.map.show(items, regions, width, height, this.colours);
    this.map.view(this.view(), this.colours);
  }

  private context(): CardContext {
    const p = this.picture!;
    const d = this.diagram;
    const lanes = d ?? { ...lanesOf(p.graph, p.fn), laneCount: laneCount(lanesOf(p.graph, p.fn).lanes) };
    return {
      graph: p.graph,
      lanes: lanes.lanes,
      letters: lanes.letters,
      laneCount: lanes.laneCount,
      lens: p.lens,
      compare: p.compare,
    };
  }

  private redrawCards(): void {
    this.near.mark(this.picture?.selected ?? null, this.linked, this.hits);
    this.draw();
  }

  private drawPeek(id: string): void {
    const p = this.picture;
    const box = this.far.box(id);
    if (p === null || box === undefined || this.scene === 'detail') return;
    const { zoom: z, x, y, width, height } = this.view();
    const fn = indexOf(p.graph).functions.get(box.node.function)!;
    const own = lanesOf(p.graph, fn);
    const context = { ...this.context(), ...own, laneCount: laneCount(own.lanes) };
    this.peek.show(
      p.graph,
      box.node,
      context,
      p.selected,
      { x: box.x * z + x, y: box.y * z + y, width: OVERVIEW.width * z, height: OVERVIEW.height * z },
      { width, height },
    );
  }

  private pointer(e: PointerEvent): void {
    if (this.scene === 'detail' || e.buttons !== 0 || this.peek.element.contains(e.target as Node)) return;
    const { x, y } = this.pointOn(e);
    const pan = this.cy.pan();
    const z = this.cy.zoom();
    const hit = this.far.hit((x - pan.x) / z, (y - pan.y) / z);
    this.peek.rest(hit?.kind === 'block' ? hit.id : null, (id) => this.drawPeek(id));
  }

  private click(e: MouseEvent): void {
    const at = pointedAt(e.target as Element);
    switch (at?.kind) {
      case 'chip':
        this.handlers.onFollow(at.key);
        break;
      case 'region':
        this.handlers.onRegion(at.key);
        break;
      case 'row':
        if (at.fold) this.handlers.onOpenFold(at.insn);
        this.handlers.onSelect(at.insn);
        if (e.ctrlKey || e.metaKey) this.handlers.onOpenSource(at.insn);
        break;
      case 'card':
        this.handlers.onSelect(this.firstOf(at.node));
    }
  }

  /** On a block's head: fold; on a call: into the callee; on a region's label: follow; further out: nearer. */
  private doubleClick(e: MouseEvent): void {
    const at = pointedAt(e.target as Element);
    if (at?.kind === 'region' || at?.kind === 'chip') this.handlers.onFollow(at.key);
    else if (at?.kind === 'card' && at.head && this.scene === 'detail') this.handlers.onFoldBlock(at.node);
    else if (at?.kind === 'row') this.handlers.onEnter(at.insn);
    else if (this.scene !== 'detail') this.zoomAround(this.scene === 'functions' ? 0.5 : 1, this.pointOn(e), true);
  }

  /** Where an event is, px from the drawing's corner. */
  private pointOn(e: MouseEvent): Point {
    const box = this.element.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey) this.zoomAround(this.cy.zoom() * Math.exp(-e.deltaY / 300), this.pointOn(e));
    else this.cy.panBy({ x: e.shiftKey ? -e.deltaY : -e.deltaX, y: e.shiftKey ? 0 : -e.deltaY });
  }
}
