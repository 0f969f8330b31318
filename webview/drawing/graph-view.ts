// SPDX-License-Identifier: GPL-2.0-only
/**
 * The drawing. At the level Instructions: regions behind, Cytoscape in the middle (edges, and nodes as invisible boxes for hits), cards
 * in front; cards are DOM, made only for blocks in view. Further out one canvas, and staves at the level Functions. Pan and zoom are
 * Cytoscape's at every level but that, which scrolls.
 */
import type cytoscape from 'cytoscape';
import { isLarge } from '../large/program';
import type { Point } from '../layout/route';
import { indexOf } from '../model/graph-index';
import { h } from '../page/dom';
import { onThemeChange } from '../page/theme';
import { sized } from './canvas';
import { type CanvasColours, canvasColours } from './canvas-colours';
import { type Drawn, drawnOf } from './drawn';
import { FarScene, type View } from './far';
import { edgeStyle } from './graph-elements';
import { Idle } from './later';
import { type Level, levelAt } from './levels';
import { MapCorner, middleOf } from './map-corner';
import { NearScene } from './near';
import { Peek } from './peek';
import type { GraphViewHandlers, Picture } from './picture';
import type { Anchor } from './places';
import { pointing } from './pointing';
import { Ruler } from './ruler';
import { Scenes } from './scenes';
import { StavesScene } from './staves-scene';
import type { StavesView } from './staves-view';
import { watchSize } from './watch-size';
import { clamped, cytoscapeIn, Viewport } from './viewport';

/** With more elements nothing moves by itself. */
const STILL_FROM = 600;

export class GraphView {
  readonly element: HTMLElement;
  readonly ruler: Ruler;
  private readonly stage = h('div', { class: 'cy' });
  private readonly farCanvas = h('canvas', { class: 'far', 'aria-hidden': 'true' });
  private readonly cy: cytoscape.Core;
  private readonly scenes = new Scenes(() => this.room());
  private readonly port: Viewport;
  private readonly far = new FarScene();
  private readonly near: NearScene;
  readonly staves: StavesView;
  readonly scene: StavesScene;
  private readonly map: MapCorner;
  private readonly peek = new Peek();
  private readonly idle = new Idle();
  private colours: CanvasColours;
  private linked = new Set<number>();
  private hits = new Set<number>();
  private pendingDraw = false;

  constructor(private readonly handlers: GraphViewHandlers) {
    this.colours = canvasColours();
    this.cy = cytoscapeIn(this.stage);
    this.port = new Viewport(this.cy, this.scenes, () => this.room());
    this.near = new NearScene(this.cy);
    this.scene = new StavesScene(this.scenes, {
      handlers,
      onScroll: () => {
        this.peek.rest(null, () => undefined);
        this.schedule();
      },
      deeper: (insn, at) => this.deeper(insn, at),
      level: (level) => this.atLevel(level),
      onDrawn: () => {
        this.peek.hide();
        this.map.draw(this.port.view(), this.colours);
      },
    });
    this.staves = this.scene.view;
    this.map = new MapCorner(this.scenes, this.staves, (x, y) => this.port.centre(x, y));
    this.ruler = new Ruler(handlers.onSelect, handlers.onGo, () => this.goLevel('functions'));
    this.element = h(
      'div',
      { class: 'canvas' },
      this.near.behind,
      this.stage,
      this.farCanvas,
      this.near.front,
      this.staves.element,
      this.map.element,
      this.peek.element,
    );
    onThemeChange(() => {
      this.cy.style(edgeStyle());
      this.colours = canvasColours();
      this.map.draw(this.port.view(), this.colours);
      this.draw();
    });
    this.cy.on('viewport', () => this.schedule());
    pointing({
      element: this.element,
      front: this.near.front,
      cy: this.cy,
      scenes: this.scenes,
      far: this.far,
      peek: this.peek,
      staves: this.staves,
      handlers,
      zoomAround: (zoom, point, exact) => this.zoomAround(zoom, point, exact),
      drawPeek: (id) => this.drawPeek(id),
    });
    watchSize(
      this.element,
      () => {
        const node = this.scenes.selectedNode();
        return node === null ? null : this.renderedPosition(node);
      },
      (seen) => this.resized(seen),
    );
  }

  /** `seen`: what is selected was in view, and stays in it. */
  private resized(seen: boolean): void {
    this.cy.resize();
    this.staves.resize();
    this.ruler.resize();
    const selected = this.scenes.picture?.selected;
    const { width, height } = this.room();
    if (seen && selected != null && width > 0 && height > 0) this.reveal(selected);
    this.schedule();
  }

  private room(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** Shows a picture. Keeps the selected block where it was when it is the same program; a new one starts from its beginning. */
  show(picture: Picture): void {
    const { scenes } = this;
    const old = scenes.picture;
    const sameProgram = old !== null && old.graph.program === picture.graph.program && old.graph.object === picture.graph.object;
    const sameScope = sameProgram && old.fn.start === picture.fn.start && old.all === picture.all;
    const keep = sameScope ? scenes.anchorOf(scenes.selectedNode()) : null;
    const at = keep === null ? null : this.port.pointOf(keep);
    scenes.show(picture);
    if (!sameProgram) {
      scenes.level = isLarge(picture.graph) ? scenes.home().level : 'instructions';
      scenes.scene = scenes.sceneOf(scenes.level);
      this.scene.inPlace.reset();
    }
    this.build();
    if (!sameProgram && scenes.scene === 'functions' && scenes.level === 'chains') this.scene.inPlace.begin(picture.fn.name);
    if (!sameProgram) this.port.start();
    else if (!sameScope) this.port.startScope();
    else if (keep !== null && at !== null) this.port.putAt(keep, at);
    this.draw();
  }

  /** Marks an instruction; the block it is in is brought into view. */
  select(insn: number | null, reveal: boolean): void {
    const { scenes } = this;
    if (scenes.picture === null) return;
    scenes.picture = { ...scenes.picture, selected: insn };
    this.redrawMarks();
    this.map.draw(this.port.view(), this.colours);
    if (insn !== null && reveal) this.reveal(insn);
    const node = scenes.selectedNode();
    // over strips only for the keyboard: a selection that comes by itself covers nothing
    const rests = scenes.scene === 'overview' || (scenes.scene === 'functions' && document.activeElement?.closest('.tree') != null);
    if (rests && node !== null && reveal) this.peek.rest(node, (id) => this.drawPeek(id));
  }

  /** Outlines blocks of the cursor's line. */
  highlight(insns: readonly number[]): void {
    this.linked = new Set(insns);
    this.redrawMarks();
  }

  /** Outlines what a search found. */
  showHits(insns: readonly number[]): void {
    this.hits = new Set(insns);
    this.redrawMarks();
  }

  zoomBy(factor: number): void {
    this.zoomAround(this.cy.zoom() * factor, this.middle());
  }

  zoomTo(level: number): void {
    this.zoomAround(level, this.middle());
    this.port.keepWhole();
  }

  /** Goes to a level, keeping what is selected or in the middle. */
  goLevel(level: Level): void {
    const zoom = this.scenes.zoomFor(level);
    if (this.scene.openAtLevel(level)) return;
    if (this.scenes.selectedNode() !== null || this.scenes.scene === 'functions') {
      this.zoomAround(zoom, this.middle(), true);
      if (this.scenes.scene === 'overview') this.port.keepWhole();
      return;
    }
    this.cy.zoom(zoom);
    this.setLevel(level);
    this.port.set(zoom, this.scenes.centredPan(zoom));
    this.draw();
  }

  fit(): void {
    if (this.scenes.picture === null) return;
    const { level, zoom } = this.scenes.home();
    this.setLevel(level);
    this.port.set(zoom, this.scenes.centredPan(zoom));
    this.draw();
  }

  restore(zoom: number, pan: { x: number; y: number }): void {
    this.setLevel(levelAt(zoom, null));
    this.port.set(zoom, pan);
  }

  /** First instruction of the folded row that an instruction is behind, null if it has a row of its own. */
  foldAt(insn: number): number | null {
    return this.scenes.foldAt(insn);
  }

  /** Over staves: the function of an instruction is opened, its piece unfolded, or that gone into. False elsewhere. */
  openAt(insn: number | null, also: boolean): boolean {
    return this.scene.openAt(insn, also, this.middle());
  }

  /** Keeps or lets go a peek. False when there is none. */
  keepPeek(): boolean {
    return this.peek.toggleKeep();
  }

  /** Middle of a block's head in the view, for tests. */
  renderedPosition(node: string): { x: number; y: number } | null {
    if (this.scenes.scene === 'functions') return this.staves.positionOf(this.scenes.firstOf(node));
    return this.port.headOf(node);
  }

  /** What is drawn, for tests. */
  drawn(): Drawn {
    return drawnOf(this.scenes, [...this.near.cards.keys()], this.cy.zoom());
  }

  /** Draws the scene of the level at hand anew. */
  private build(): void {
    const { scenes } = this;
    const p = scenes.picture!;
    this.peek.hide();
    this.element.classList.toggle('is-far', scenes.scene !== 'detail');
    this.staves.element.hidden = scenes.scene !== 'functions';
    this.makeRoom(p);
    const laid = scenes.laidOut();
    if (laid === null) {
      this.near.show(null, null);
      this.scene.show();
    } else if ('blocks' in laid) {
      this.near.show(laid, scenes.contextOf(p.fn));
      this.near.mark(p.selected, this.linked, this.hits);
    } else {
      this.near.show(null, null);
      this.far.show(laid);
    }
    this.map.draw(this.port.view(), this.colours);
    if (isLarge(p.graph)) this.idle.start(() => scenes.prepare());
  }

  /** The zoom stands for a level that staves show. */
  private atLevel(level: Level): void {
    this.scenes.level = level;
    this.cy.zoom(this.scenes.zoomFor(level));
    this.draw();
  }

  /** The ruler takes its room from the drawing. */
  private makeRoom(p: Picture): void {
    this.element.style.top = `${this.ruler.show(this.scenes, p)}px`;
    this.cy.resize();
  }

  private middle(): Point {
    const node = this.scenes.selectedNode();
    return middleOf(node === null ? null : this.renderedPosition(node), {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
    });
  }

  /** From what is open in place to the block of an instruction. */
  private deeper(insn: number, at: Point): void {
    const place = indexOf(this.scenes.picture!.graph).at(insn);
    if (place !== null) this.enter('blocks', this.scenes.anchorOf(place.node.id), at);
  }

  /** Zooms so that what is at a point of the screen stays there, over the levels. */
  private zoomAround(zoom: number, point: Point, exactLevel = false): void {
    const { scenes } = this;
    if (scenes.picture === null) return;
    const to = clamped(zoom);
    const level = levelAt(to, exactLevel ? null : scenes.level);
    if (scenes.sceneOf(level) === scenes.scene) {
      const changed = level !== scenes.level;
      if (changed) this.setLevel(level, this.anchorAt(point)?.fn);
      this.cy.zoom({ level: to, renderedPosition: point });
      if (changed) this.draw();
      return;
    }
    const anchor = (exactLevel ? scenes.anchorOf(scenes.selectedNode()) : null) ?? this.anchorAt(point);
    this.cy.zoom(to);
    this.enter(level, anchor, point);
  }

  private enter(level: Level, anchor: Anchor | null, point: Point): void {
    if (levelAt(this.cy.zoom(), null) !== level) this.cy.zoom(this.scenes.zoomFor(level));
    this.setLevel(level, anchor?.fn);
    if (anchor !== null) this.port.putAt(anchor, point);
    this.draw();
  }

  private setLevel(level: Level, fn?: string): void {
    const { scenes } = this;
    const another = scenes.goTo(level);
    const p = scenes.picture!;
    if (scenes.scene === 'functions') this.scene.inPlace.suit(level, fn ?? p.fn.name);
    if (!another) return;
    const alone = scenes.scene === 'detail' || !p.all;
    if (scenes.scene !== 'functions' && alone && fn !== undefined && fn !== p.fn.name) {
      scenes.turnTo(indexOf(p.graph).functions.get(fn)!);
      this.handlers.onFunction(fn);
    }
    this.build();
  }

  private anchorAt(point: Point): Anchor | null {
    if (this.scenes.scene === 'functions') {
      const hit = this.staves.at(point);
      return hit === null ? null : this.scenes.anchorOf(hit.node);
    }
    return this.scenes.nearest(this.port.inLayout(point));
  }

  private reveal(insn: number): void {
    const { scenes } = this;
    if (scenes.scene === 'functions') {
      this.staves.reveal(insn);
      return;
    }
    const place = indexOf(scenes.picture!.graph).at(insn);
    if (place === null) return;
    const rect = scenes.rectOf(place.node.id);
    if (rect === null) return;
    const line = scenes.lineOf(place.node.id, insn) ?? rect.height / 2;
    const still = document.body.classList.contains('vscode-reduce-motion') || this.near.cards.size + this.cy.elements().length > STILL_FROM;
    this.port.reveal(rect, line, still);
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
    const view = this.port.view();
    const { scenes } = this;
    if (scenes.picture !== null) {
      if (scenes.scene === 'detail') this.near.draw(view);
      else if (scenes.scene === 'overview') this.drawFar(view);
      this.ruler.follow(scenes, view);
      this.map.follow(view, this.colours, this.element.parentElement);
    }
    this.handlers.onViewChange(view.zoom, { x: view.x, y: view.y }, scenes.level, scenes.scene === 'functions');
  }

  private drawFar(view: View): void {
    const ctx = sized(this.farCanvas, view);
    if (ctx === null) return;
    const { scenes } = this;
    const { graph, lens, compare } = scenes.picture!;
    const blocks = { selected: scenes.selectedNode(), linked: scenes.nodesOf(this.linked), hits: scenes.nodesOf(this.hits) };
    this.far.paint(ctx, view, scenes.level, { graph, lens, compare, ...blocks }, this.colours);
  }

  private redrawMarks(): void {
    const { scene } = this.scenes;
    const selected = this.scenes.picture?.selected ?? null;
    this.ruler.mark(selected, this.hits, this.linked);
    this.scene.mark(this.hits, this.linked);
    if (scene !== 'functions') this.near.mark(selected, this.linked, this.hits);
    this.draw();
  }

  private drawPeek(id: string): void {
    this.peek.showNode(id, this.scenes, this.far, this.staves, this.port.view());
  }
}
