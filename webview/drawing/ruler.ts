// SPDX-License-Identifier: GPL-2.0-only
/** The function that is drawn as one stave over its blocks: where in it one is. In large programs only. */
import { isLarge } from '../large/program';
import type { View } from './far';
import type { Picture } from './picture';
import { inView, type Scenes } from './scenes';
import { StavesView } from './staves-view';

/** Height at most, px, and as a share of the room. */
const MOST = 190;
const SHARE = 0.4;

export class Ruler {
  readonly element: HTMLElement;
  private readonly staves: StavesView;
  /** What it was drawn from: from level to level that stays. */
  private drawn: readonly unknown[] = [];

  /** `leave`: out to the functions. */
  constructor(onSelect: (insn: number) => void, leave: () => void) {
    const nothing = (): void => undefined;
    this.staves = new StavesView({ onSelect, onScroll: nothing, onToggle: leave, onDeeper: leave, onPiece: nothing, onCopy: nothing });
    this.element = this.staves.element;
    this.element.classList.add('ruler');
  }

  /** Shows what belongs over a scene; its height, px, 0 where nothing does. */
  show({ scene }: Scenes, p: Picture): number {
    const wanted = scene !== 'functions' && !p.all && isLarge(p.graph);
    this.element.hidden = !wanted;
    if (!wanted) return 0;
    const { graph, legs, lens, compare, way } = p;
    const drawn = [graph, legs, lens, compare, way, p.fn, this.element.clientWidth];
    if (drawn.some((x, i) => x !== this.drawn[i]))
      this.staves.show({ graph, legs, lens, compare, way, opened: [], states: '', only: p.fn.name });
    this.drawn = drawn;
    const room = this.element.parentElement?.clientHeight ?? 0;
    const height = Math.min(this.staves.layout?.height ?? 0, MOST, Math.round(room * SHARE));
    this.element.style.height = `${height}px`;
    return height;
  }

  /** Selection and hits. */
  mark(selected: number | null, hits: ReadonlySet<number>, linked: ReadonlySet<number>): void {
    if (!this.element.hidden) this.staves.mark(selected, [...hits], [...linked]);
  }

  /** What of the function is in view. */
  follow(scenes: Scenes, view: View): void {
    if (!this.element.hidden) this.staves.showInView(inView(scenes, view));
  }

  resize(): void {
    this.staves.resize();
  }
}
