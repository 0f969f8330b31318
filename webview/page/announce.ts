// SPDX-License-Identifier: GPL-2.0-only
import { oneLine } from '../../src/protocol/escape';
import { uncoded } from '../../src/protocol/words';
import { h } from './dom';

/** Milliseconds between announcements; the last one of a burst wins. */
const PAUSE = 1000;

/** One polite live region. */
export class Announcer {
  readonly element = h('div', { class: 'hidden', 'aria-live': 'polite', role: 'status' });
  private waiting: string | null = null;
  private timer: number | null = null;

  say(text: string): void {
    if (this.timer !== null) {
      this.waiting = text;
      return;
    }
    this.element.textContent = oneLine(uncoded(text));
    this.timer = window.setTimeout(() => {
      this.timer = null;
      const next = this.waiting;
      this.waiting = null;
      if (next !== null) this.say(next);
    }, PAUSE);
  }
}
