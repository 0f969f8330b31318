// SPDX-License-Identifier: GPL-2.0-only
/** Staves and what is open below them, as one scene of the drawing. */
import type { Point } from '../layout/route';
import { indexOf } from '../model/graph-index';
import { InPlace } from './in-place';
import type { Level } from './levels';
import type { GraphViewHandlers } from './picture';
import type { Scenes } from './scenes';
import { StavesView } from './staves-view';

export interface StavesHost {
  readonly handlers: GraphViewHandlers;
  /** It was scrolled. */
  readonly onScroll: () => void;
  /** Further in, to the block of an instruction, from a point of the view. */
  readonly deeper: (insn: number, at: Point) => void;
  readonly level: (level: 'functions' | 'chains') => void;
  /** It was drawn anew. */
  readonly onDrawn: () => void;
}

export class StavesScene {
  readonly view: StavesView;
  readonly inPlace: InPlace;
  private hits: ReadonlySet<number> = new Set();
  private linked: ReadonlySet<number> = new Set();

  constructor(
    private readonly scenes: Scenes,
    private readonly host: StavesHost,
  ) {
    const { handlers } = host;
    this.view = new StavesView({
      onSelect: (insn) => handlers.onSelect(insn),
      onScroll: host.onScroll,
      onToggle: (insn) => this.inPlace.toggle(insn),
      onDeeper: host.deeper,
      onPiece: (fn, group) => this.inPlace.piece(fn, group),
      onCopy: (fn, by) => void this.inPlace.copy(fn, by),
    });
    this.inPlace = new InPlace(scenes, this.view, {
      redraw: () => this.show(),
      level: host.level,
      select: (insn) => handlers.onSelect(insn),
      told: (words) => handlers.onOpened(words),
      copies: (pair) => handlers.onCopies(pair),
    });
  }

  /** Draws the picture at hand, if staves are what is shown. */
  show(): void {
    const p = this.scenes.picture;
    if (p === null || this.scenes.scene !== 'functions') return;
    const { graph, legs, lens, compare, way, copyWords } = p;
    this.view.show({ graph, legs, lens, compare, way, opened: this.inPlace.opened, states: copyWords });
    this.mark(this.hits, this.linked);
    this.host.onDrawn();
  }

  /** What a search found, and the instructions of the cursor's line. */
  mark(hits: ReadonlySet<number>, linked: ReadonlySet<number>): void {
    this.hits = hits;
    this.linked = linked;
    if (this.scenes.scene === 'functions') this.view.mark(this.scenes.picture?.selected ?? null, [...hits], [...linked]);
  }

  /** At the level Chains the function of what is selected is open, or the main one. False where that level is another scene. */
  openAtLevel(level: Level): boolean {
    const { picture, scene } = this.scenes;
    if (picture === null || scene !== 'functions' || this.scenes.sceneOf(level) !== scene || level !== 'chains') return false;
    if (this.scenes.level !== level) this.inPlace.open(picture.selected ?? picture.fn.start, false);
    return true;
  }

  /** The function of an instruction is opened, its piece unfolded, or that gone into; `also`: beside what is open. False where no staves are. */
  openAt(insn: number | null, also: boolean, middle: Point): boolean {
    if (this.scenes.scene !== 'functions' || this.scenes.picture === null) return false;
    const at = insn ?? this.scenes.picture.fn.start;
    if (this.inPlace.enter(at, also) === 'deeper') this.host.deeper(at, middle);
    return true;
  }

  /** Another copy of the repeat that is unfolded in the function of an instruction. False where none is. */
  stepCopy(insn: number | null, by: 1 | -1): boolean {
    const { picture, scene } = this.scenes;
    const fn = picture === null || scene !== 'functions' ? undefined : indexOf(picture.graph).at(insn ?? picture.fn.start)?.node.function;
    return fn !== undefined && this.inPlace.copy(fn, by);
  }
}
