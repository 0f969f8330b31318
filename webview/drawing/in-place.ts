// SPDX-License-Identifier: GPL-2.0-only
/** The level Chains of large programs: functions open in place, below their strips. */
import { copyAt } from '../large/groups';
import { groupWords, shortRepeat } from '../large/group-words';
import { closed, copied, type Opened, opened, unfolded } from '../large/opened';
import { placeOf } from '../large/program';
import { endOf, type Repeat } from '../large/repeats';
import { count } from '../large/words';
import { indexOf } from '../model/graph-index';
import { type OpenedFunction, pieceOf } from './opened-function';
import type { Scenes } from './scenes';
import type { StavesView } from './staves-view';

export interface InPlaceHandlers {
  /** The staves are to be drawn anew. */
  readonly redraw: () => void;
  /** The level is to be that of functions, or that of what is open. */
  readonly level: (level: 'functions' | 'chains') => void;
  readonly select: (insn: number) => void;
  /** Something opened or closed: the tree is another one, and this is said. */
  readonly told: (words: string) => void;
  /** First instructions of the copy that is shown and of the one before it, null where no copy is shown. */
  readonly copies: (pair: CopyPair | null) => void;
}

/** Two copies that stand one behind the other, by their first instructions and the number of the earlier one. */
export interface CopyPair {
  readonly insn: number;
  readonly before: number;
  readonly number: number;
}

/** Share of a function's work from which what repeats is shown at once. */
const MUCH = 0.5;

/** What Enter does where something is selected. */
export type Entered = 'opened' | 'deeper';

export class InPlace {
  opened: readonly Opened[] = [];
  /** Where the staves stood before the first function was opened. */
  private scrollBefore = 0;

  constructor(
    private readonly scenes: Scenes,
    private readonly staves: StavesView,
    private readonly handlers: InPlaceHandlers,
  ) {}

  private functionOf(insn: number): string {
    const graph = this.scenes.picture?.graph;
    return (graph === undefined ? undefined : indexOf(graph).at(insn)?.node.function) ?? '';
  }

  private isOpen(fn: string): boolean {
    return this.opened.some((o) => o.fn === fn);
  }

  private shown(fn: string): OpenedFunction | undefined {
    return this.staves.opened.find((o) => o.input.stave.fn.name === fn);
  }

  /** What is open suits a level: nothing at that of functions, at that of chains a function. */
  suit(level: string, fn: string): void {
    if (level !== 'chains') {
      if (level === 'functions') this.set([]);
    } else if (!this.isOpen(fn)) this.set(opened(this.opened, fn, false));
  }

  /** Forgets all of it: another program. */
  reset(): void {
    this.opened = [];
  }

  /** A program begins with a function open. */
  begin(fn: string): void {
    this.opened = this.withMain(opened([], fn, false), fn);
    this.handlers.redraw();
  }

  /** Where most of the work of a function repeats, one copy of it is what is looked for; a piece that is all of it hides nothing. */
  private withMain(list: readonly Opened[], fn: string): readonly Opened[] {
    const own = this.scenes.picture === null ? null : this.staves.piecesOf(this.scenes.picture, fn);
    if (own === null) return list;
    const { groups } = own.groups;
    const repeats = groups.filter((g) => g.repeat !== null);
    const visits = repeats.reduce((sum, g) => sum + g.visits, 0);
    const [most] = [...repeats].sort((a, b) => b.visits - a.visits);
    if (groups.length === 1) return unfolded(list, fn, 0, most?.repeat?.before ?? 0);
    if (most === undefined || visits < MUCH * own.stave.visits) return list;
    return unfolded(list, fn, groups.indexOf(most), most.repeat!.before);
  }

  private set(list: readonly Opened[]): void {
    const { element } = this.staves;
    if (this.opened.length === 0 && list.length > 0) this.scrollBefore = element.scrollTop;
    const closes = this.opened.length > 0 && list.length === 0;
    this.opened = list;
    this.handlers.redraw();
    if (closes) element.scrollTop = this.scrollBefore;
  }

  /** Opens a function, instead of what is open or beside it. */
  open(insn: number, also: boolean): void {
    const fn = this.functionOf(insn);
    if (fn === '' || this.isOpen(fn)) return;
    this.set(this.withMain(opened(this.opened, fn, also), fn));
    this.handlers.level('chains');
    const own = this.shown(fn);
    const pieces = own?.input.groups.groups.length ?? 0;
    this.handlers.told(`${fn} is open: ${pieces} piece${pieces === 1 ? '' : 's'}.`);
  }

  close(fn: string): void {
    const left = closed(this.opened, fn);
    if (left.length === 0) this.handlers.level('functions');
    this.set(left);
    this.handlers.told(`${fn} is closed.`);
  }

  /** Opens the function of an instruction, or closes it. */
  toggle(insn: number): void {
    const fn = this.functionOf(insn);
    if (this.isOpen(fn)) this.close(fn);
    else this.open(insn, false);
  }

  /** Enter on an instruction: opens its function, then its piece; what is unfolded is gone into. */
  enter(insn: number, also: boolean): Entered {
    const fn = this.functionOf(insn);
    const own = this.shown(fn);
    if (own === undefined || also) {
      this.open(insn, also);
      return 'opened';
    }
    const piece = pieceOf(own.input.stave, own.input.groups, insn);
    if (piece === null || own.input.state.group === piece.at) return 'deeper';
    this.piece(fn, piece.at, insn);
    return 'opened';
  }

  /** Unfolds a piece, at the copy of an instruction or at the one that is like most; the same one again folds. */
  piece(fn: string, group: number, insn: number | null = null): void {
    const own = this.shown(fn);
    const wanted = own?.input.groups.groups[group];
    if (own === undefined || wanted === undefined) return;
    const { stave } = own.input;
    const r = wanted.repeat;
    const place = insn === null ? -1 : placeOf(stave, insn);
    const copy = r === null ? 0 : place >= r.start && place < endOf(r) ? copyAt(r, place) : r.before;
    this.set(unfolded(this.opened, fn, group, copy));
    const now = this.opened.find((o) => o.fn === fn);
    const words = groupWords(own.input.program, stave, own.input.groups, group);
    if (now?.group !== group) {
      this.handlers.copies(null);
      this.handlers.told(`Folded. ${words}`);
    } else if (r === null) this.handlers.told(`Unfolded. ${words}`);
    else this.showCopy(own, r, now.copy, `Unfolded. ${words} `);
  }

  /** The next or the previous copy of what is unfolded; false where no copies are. */
  copy(fn: string, by: 1 | -1): boolean {
    const own = this.shown(fn);
    const state = this.opened.find((o) => o.fn === fn);
    const r = state?.group == null ? undefined : own?.input.groups.groups[state.group]?.repeat;
    if (own === undefined || state === undefined || r == null) return false;
    const list = copied(this.opened, fn, state.copy + by, r.copies);
    this.set(list);
    this.showCopy(own, r, list.find((o) => o.fn === fn)!.copy, '');
    return true;
  }

  private showCopy({ input: { stave } }: OpenedFunction, r: Repeat, copy: number, words: string): void {
    const at = (k: number): number => stave.code.insns[r.start + k * r.length]!.index;
    const last = stave.code.insns[r.start + (copy + 1) * r.length - 1]!.index;
    this.handlers.select(at(copy));
    this.handlers.copies(copy === 0 ? null : { insn: at(copy), before: at(copy - 1), number: copy });
    this.handlers.told(`${words}Copy ${count(copy + 1)} of ${shortRepeat(stave, r)}: instructions ${at(copy)} to ${last}.`);
  }
}
