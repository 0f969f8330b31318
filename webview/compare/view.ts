// SPDX-License-Identifier: GPL-2.0-only
/** The comparison with another policy in the panel: the button that steps through it, and the list of the inspector. */
import type { PanelState } from '../../src/protocol/messages';
import { h } from '../page/dom';
import { type DifferenceHandlers, differencesElement } from './differences';

export class CompareView {
  readonly button: HTMLButtonElement;

  constructor(private readonly handlers: DifferenceHandlers) {
    this.button = h('button', { type: 'button', class: 'pill', hidden: true, onclick: () => handlers.onStep(1) });
  }

  /** Shows how many differences there are. */
  show({ compare }: PanelState): void {
    const count = compare?.comparison?.differences.length ?? 0;
    this.button.hidden = compare == null;
    this.button.disabled = compare?.busy !== true && count === 0;
    this.button.replaceChildren(
      h('span', { class: 'differs', 'aria-hidden': 'true' }, '≠'),
      compare?.busy === true ? ' Comparing' : ` Differences ${count}`,
    );
  }

  /** The list for the inspector with one difference chosen, null while nothing is compared. */
  element({ compare, policy }: PanelState, at: number): HTMLElement | null {
    return compare == null ? null : differencesElement(compare, policy, at, this.handlers);
  }
}
