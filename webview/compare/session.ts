// SPDX-License-Identifier: GPL-2.0-only
/** The comparison with another policy as the view goes through it: looks of the blocks, and where one stands in the list. */
import type { InsnDifference } from '../../src/protocol/compare';
import type { PanelState } from '../../src/protocol/messages';
import { type CompareLook, compareLook } from './look';
import { type DifferenceHandlers, differencesElement, verdictSentence } from './differences';
import { h } from '../page/dom';

export class CompareSession {
  /** Both answers by block, null while nothing is compared. */
  look: CompareLook | null = null;
  /** Number of the difference at hand. */
  at = 0;
  readonly button: HTMLButtonElement;
  private state: PanelState | null = null;

  constructor(private readonly handlers: DifferenceHandlers) {
    this.button = h('button', { type: 'button', class: 'pill', hidden: true, onclick: () => handlers.onStep(1) });
  }

  get active(): boolean {
    return this.state?.compare != null;
  }

  private get list(): readonly InsnDifference[] {
    return this.state?.compare?.comparison?.differences ?? [];
  }

  /** Takes up a state; what changed for the picture, and what there is to say of it. */
  set(state: PanelState): { readonly changed: boolean; readonly words: string | null } {
    const before = this.state?.compare ?? null;
    const shown = this.look;
    this.state = state;
    const now = state.compare ?? null;
    const c = now?.comparison ?? null;
    this.look = c === null || state.detail === null ? null : compareLook(c, state.detail.graph.nodes);
    this.at = Math.min(this.at, Math.max(0, this.list.length - 1));
    this.button.hidden = now === null;
    this.button.disabled = now?.busy !== true && this.list.length === 0;
    this.button.replaceChildren(
      h('span', { class: 'differs', 'aria-hidden': 'true' }, '≠'),
      now?.busy === true ? ' Comparing' : ` Differences ${this.list.length}`,
    );
    const said = now === null || now.busy || (before?.policy === now.policy && before.comparison !== null && !before.busy);
    const count = this.list.length;
    return {
      changed: shown !== this.look,
      words: said ? null : `${verdictSentence(now, state.policy)} ${count} difference${count === 1 ? '' : 's'} from ${now.policy}.`,
    };
  }

  /** An instruction was selected: its difference is the one at hand, if it has one. */
  adopt(insn: number): void {
    const within = (d: InsnDifference | undefined): boolean => d !== undefined && insn >= d.insn && insn <= d.last;
    if (within(this.list[this.at])) return;
    const at = this.list.findIndex(within);
    if (at >= 0) this.at = at;
  }

  /** Goes to a difference, by number; null if there is none. */
  pick(at: number): InsnDifference | null {
    const d = this.list[at];
    if (d === undefined) return null;
    this.at = at;
    return d;
  }

  /** The next or previous one, round the list. */
  step(by: 1 | -1): InsnDifference | null {
    return this.list.length === 0 ? null : this.pick((this.at + by + this.list.length) % this.list.length);
  }

  /** The list for the inspector, null while nothing is compared. */
  element(): HTMLElement | null {
    const compare = this.state?.compare ?? null;
    return compare === null ? null : differencesElement(compare, this.state!.policy, this.at, this.handlers);
  }

  /** What tests may ask. */
  facts(): { compareWith: string | null; differences: number | null; difference: number } {
    return {
      compareWith: this.state?.compare?.policy ?? null,
      differences: this.state?.compare?.comparison?.differences.length ?? null,
      difference: this.at,
    };
  }
}
