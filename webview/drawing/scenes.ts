// SPDX-License-Identifier: GPL-2.0-only
/** What is laid out at each level, how large it is, and where things are in it. Layouts are made when they are asked for. */
import type { GraphFunction, GraphNode } from '../../src/protocol/graph';
import type { Rect } from '../layout/outline';
import type { Point } from '../layout/route';
import { isLarge, opensOnStaves } from '../large/program';
import { indexOf } from '../model/graph-index';
import { laneCount } from '../model/lanes';
import { MANY_BLOCKS } from '../model/large';
import { insnsOf } from '../model/rows';
import type { Block } from './block';
import type { CardContext } from './card';
import { type Diagram, lanesOf } from './diagram';
import { type Level, levelAt, zoomOf } from './levels';
import { BLOCK } from './sizes';
import type { View } from './far';
import { Later } from './later';
import { callOrder, OVERVIEW, type Overview, overviewSteps } from './overview';
import type { Picture } from './picture';
import { type Anchor, detailPlaces, nearest, overviewPlaces, type Places, rectOf } from './places';

/** Cards; boxes; staves. */
export type SceneKind = 'detail' | 'overview' | 'functions';

/** Large programs have what is open at the level Chains in place, below strips. */
export const sceneOf = (level: Level, inPlace: boolean): SceneKind =>
  level === 'instructions' ? 'detail' : level === 'functions' || (level === 'chains' && inPlace) ? 'functions' : 'overview';

export const ZOOM = { min: 0.04, max: 2 } as const;
/** From so many on the level Functions says more than a large function seen from afar. */
const SOME_FUNCTIONS = 4;
/** Between the drawing and the edge of the view, px. */
export const EDGE = 7;
/** Staves have a scale of their own: what stands for it among the zooms. */
const STAVES_ZOOM = 0.12;

export interface Room {
  readonly width: number;
  readonly height: number;
}

export class Scenes {
  picture: Picture | null = null;
  private laterDiagram: Later<Diagram> | null = null;
  private laterOverview: Later<Overview> | null = null;
  level: Level = 'instructions';
  scene: SceneKind = 'detail';
  /** Places of the layout that was asked for last. */
  private placed: { readonly of: Diagram | Overview; readonly places: Places } | null = null;

  constructor(private readonly room: () => Room) {}

  /** Cards of the function at hand, null before they were laid out. */
  get diagram(): Diagram | null {
    return this.laterDiagram?.value ?? null;
  }

  /** Boxes, null before they were laid out. */
  get overview(): Overview | null {
    return this.laterOverview?.value ?? null;
  }

  show(picture: Picture): void {
    const old = this.picture;
    // lenses and what is selected move no box
    const same = old?.graph === picture.graph && old.fn === picture.fn && old.all === picture.all && old.closed === picture.closed;
    if (!same) this.laterOverview = null;
    this.laterDiagram = null;
    this.picture = picture;
  }

  /** Another function of the same picture. */
  turnTo(fn: GraphFunction): void {
    this.show({ ...this.picture!, fn });
  }

  /** One step of laying out what may be looked at next; false when all of it is there. */
  prepare(): boolean {
    return this.picture !== null && (this.boxes().step() || this.cards().step());
  }

  /** What a level shows of the program at hand. */
  sceneOf(level: Level): SceneKind {
    return sceneOf(level, this.picture !== null && isLarge(this.picture.graph));
  }

  /** At another level: true when what is laid out is another scene. `fn`: the function that is gone into. */
  goTo(level: Level): boolean {
    const scene = this.sceneOf(level);
    this.level = level;
    if (scene === this.scene) return false;
    this.scene = scene;
    return true;
  }

  /** What is drawn at the level at hand; null for staves, which scroll. */
  laidOut(): Diagram | Overview | null {
    const p = this.picture;
    if (p === null || this.scene === 'functions') return null;
    return (this.scene === 'detail' ? this.cards() : this.boxes()).get();
  }

  private cards(): Later<Diagram> {
    const p = this.picture!;
    return (this.laterDiagram ??= new Later(p.diagram(p.fn)));
  }

  private boxes(): Later<Overview> {
    const { graph, fn, all, closed } = this.picture!;
    return (this.laterOverview ??= new Later(overviewSteps(graph, all ? callOrder(graph) : [fn], all ? closed : new Set())));
  }

  sizeOf(scene: SceneKind): Room {
    if (scene === 'functions') return this.room();
    return (scene === 'detail' ? this.cards() : this.boxes()).get();
  }

  private fitZoom(scene: SceneKind): number {
    if (scene === 'detail' && indexOf(this.picture!.graph).blocksOf(this.picture!.fn.name).length > MANY_BLOCKS) return 0;
    const { width, height } = this.sizeOf(scene);
    const room = this.room();
    return Math.min((room.width - 2 * EDGE) / Math.max(1, width), (room.height - 2 * EDGE) / Math.max(1, height));
  }

  /** The level that fills the view, and its zoom: staves of programs that no single function shows; else the nearest that shows all; else as far out as blocks go. */
  home(): { readonly level: Level; readonly zoom: number } {
    const { graph } = this.picture!;
    if (opensOnStaves(graph)) return { level: 'functions', zoom: STAVES_ZOOM };
    const detail = this.fitZoom('detail');
    if (detail >= zoomOf('instructions')) return { level: 'instructions', zoom: Math.min(1, detail) };
    const far = Math.min(this.fitZoom('overview'), zoomOf('instructions') - 0.04);
    if (far >= zoomOf('chains')) return { level: levelAt(far, null), zoom: far };
    if (graph.functions.length < SOME_FUNCTIONS) return { level: 'chains', zoom: zoomOf('chains') };
    return { level: 'functions', zoom: STAVES_ZOOM };
  }

  /** Zoom at which one comes to a level. */
  zoomFor(level: Level): number {
    return level === 'instructions' ? 1 : level === 'blocks' ? 0.62 : level === 'chains' ? 0.3 : STAVES_ZOOM;
  }

  /** How a function begins at the level Instructions. */
  detailStart(): { readonly zoom: number; readonly pan: Point } {
    const d = this.cards().get();
    const { width: w, height: ht } = this.room();
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
    return { zoom, pan: { x: Math.max(rest, begin), y: EDGE } };
  }

  centredPan(zoom: number): Point {
    const { width, height } = this.sizeOf(this.scene);
    const room = this.room();
    return { x: Math.max(EDGE, (room.width - width * zoom) / 2), y: Math.max(EDGE, (room.height - height * zoom) / 2) };
  }

  /** Where things are in the scene at hand; the diagram or overview must have been made. */
  private get places(): Places | null {
    const p = this.picture;
    const drawn = this.scene === 'detail' ? this.diagram : this.scene === 'overview' ? this.overview : null;
    if (p === null || drawn === null) return null;
    if (this.placed?.of !== drawn)
      this.placed = { of: drawn, places: 'blocks' in drawn ? detailPlaces(p.graph, drawn) : overviewPlaces(drawn) };
    return this.placed.places;
  }

  /** What is nearest to a point of the layout. */
  nearest(point: Point): Anchor | null {
    return this.places === null ? null : nearest(this.places, point);
  }

  anchorOf(node: string | null): Anchor | null {
    return node === null || this.picture === null ? null : { node, fn: this.functionOf(node), fx: 0.5, fy: 0 };
  }

  private functionOf(node: string): string {
    return this.picture === null ? '' : (indexOf(this.picture.graph).nodes.get(node)?.function ?? '');
  }

  /** Rectangle of an anchor in the layout. */
  rectOfAnchor(anchor: Anchor): Rect | null {
    return this.places === null ? null : rectOf(this.places, anchor);
  }

  /** Rectangle of a block, or of its function where blocks have no place. */
  rectOf(node: string): Rect | null {
    return this.places === null ? null : rectOf(this.places, { node, fn: this.functionOf(node) });
  }

  block(id: string): Block | undefined {
    return this.diagram?.blocks.find((b) => b.node.id === id);
  }

  /** First instruction of the folded row that an instruction is behind, null if it has a row of its own. */
  foldAt(insn: number): number | null {
    const { picture, scene } = this;
    const node = picture === null || scene !== 'detail' ? undefined : indexOf(picture.graph).at(insn)?.node.id;
    const row =
      node === undefined ? undefined : this.block(node)?.rows.find((r) => r.kind === 'fold' && insnsOf(r).some((i) => i.index === insn));
    return row?.kind === 'fold' ? row.insns[0]!.index : null;
  }

  /** Height of an instruction's row in its card, null where there are no cards. */
  lineOf(node: string, insn: number): number | null {
    const block = this.scene === 'detail' ? this.block(node) : undefined;
    if (block === undefined) return null;
    const row = block.rows.findIndex((r) => insnsOf(r).some((i) => i.index === insn));
    return BLOCK.header + Math.max(0, row) * BLOCK.row;
  }

  /** What the cards of a function need to know. */
  contextOf(fn: GraphFunction): CardContext {
    const { graph, lens, compare } = this.picture!;
    const own = this.diagram !== null && fn.name === this.picture!.fn.name ? this.diagram : lanesOf(graph, fn);
    return {
      graph,
      lanes: own.lanes,
      letters: own.letters,
      laneCount: 'laneCount' in own ? own.laneCount : laneCount(own.lanes),
      lens,
      compare,
    };
  }

  firstOf(node: string): number {
    return indexOf(this.picture!.graph).nodes.get(node)!.instructions[0]!.index;
  }

  selectedNode(): string | null {
    const p = this.picture;
    return p === null || p.selected === null ? null : (indexOf(p.graph).at(p.selected)?.node.id ?? null);
  }

  nodesOf(insns: ReadonlySet<number>): ReadonlySet<string> {
    const index = indexOf(this.picture!.graph);
    return new Set([...insns].map((i) => index.at(i)?.node.id).filter((id) => id !== undefined));
  }
}

/** First and last instructions of the blocks that are in view. */
export function inView({ scene, diagram, overview }: Scenes, view: View): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  const { zoom: z, x: dx, y: dy, width, height } = view;
  const add = (node: GraphNode, x: number, y: number, w: number, h: number): void => {
    if (x * z + dx > width || (x + w) * z + dx < 0 || y * z + dy > height || (y + h) * z + dy < 0) return;
    out.push([node.instructions[0]!.index, node.instructions.at(-1)!.index]);
  };
  if (scene === 'detail') for (const b of diagram?.blocks ?? []) add(b.node, b.x, b.y, b.width, b.height);
  else for (const b of overview?.boxes ?? []) add(b.node, b.x, b.y, OVERVIEW.width, OVERVIEW.height);
  return out;
}
