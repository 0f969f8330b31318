// SPDX-License-Identifier: GPL-2.0-only
/** The function that is drawn as one stave over its blocks: where in it one is. In large programs only. */
import { isLarge } from '../large/program';
import { indexOf } from '../model/graph-index';
import { h } from '../page/dom';
import type { View } from './far';
import type { Picture } from './picture';
import { inView, type Scenes } from './scenes';
import { StavesView } from './staves-view';

/** Height at most, px, and as a share of the room. */
const MOST = 190;
const SHARE = 0.4;
/** Callers and callees that are named. */
const MOST_OTHERS = 3;

export class Ruler {
  readonly element: HTMLElement;
  private readonly staves: StavesView;
  /** Functions beside this one: those that call it, and those that it calls. */
  private readonly others = h('div', { class: 'ruler-others' });
  /** What it was drawn from: from level to level that stays. */
  private drawn: readonly unknown[] = [];

  /** `go`: to an instruction, of another function perhaps; `leave`: out to the functions. */
  constructor(
    onSelect: (insn: number) => void,
    private readonly go: (insn: number) => void,
    leave: () => void,
  ) {
    const nothing = (): void => undefined;
    this.staves = new StavesView({ onSelect, onScroll: nothing, onToggle: leave, onDeeper: leave, onPiece: nothing, onCopy: nothing });
    this.element = this.staves.element;
    this.element.classList.add('ruler');
    this.element.append(this.others);
    // a second click is one on what came since
    this.others.addEventListener('dblclick', (e) => e.stopPropagation());
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
    this.showOthers(p);
    const room = this.element.parentElement?.clientHeight ?? 0;
    const height = Math.min(this.staves.layout?.height ?? 0, MOST, Math.round(room * SHARE));
    this.element.style.height = `${height}px`;
    return height;
  }

  private showOthers({ graph, fn }: Picture): void {
    const index = indexOf(graph);
    const named = (words: string, names: readonly string[]): (Node | string)[] => {
      const shown = names.slice(0, MOST_OTHERS).flatMap((name, i) => {
        const { start } = index.functions.get(name)!;
        const link = h('span', { class: 'ruler-other', title: `Go to ${name}` }, name);
        link.addEventListener('click', (e) => {
          e.stopPropagation();
          this.go(start);
        });
        return [i === 0 ? `${words} ` : ', ', link];
      });
      const more = names.length - MOST_OTHERS;
      return more > 0 ? [...shown, ` and ${more} more`] : shown;
    };
    const before = named('called by', index.callers(fn.name));
    const after = named('calls', index.callees(fn.name));
    this.others.replaceChildren(...before, ...(before.length > 0 && after.length > 0 ? [' · '] : []), ...after);
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
