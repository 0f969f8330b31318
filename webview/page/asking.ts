// SPDX-License-Identifier: GPL-2.0-only
/** Questions to the host that wait for an answer: each has an id, one of a name waits at a time, and none waits for ever. */
import type { Ask, AskName, Refusal } from '../../src/protocol/asks';
import type { FromWebview } from '../../src/protocol/messages';

/** After so long nobody waits any more: an answer comes within milliseconds unless the analysis must be made again. */
export const PATIENCE_MS = 60_000;

interface Waiting {
  readonly ask: Ask;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Asking {
  private next = 1;
  private readonly waiting = new Map<number, Waiting>();

  /** `onLate` is told of questions that nobody answered. */
  constructor(
    private readonly post: (message: FromWebview) => void,
    private readonly onLate: (ask: Ask, reason: Refusal) => void,
    private readonly patience = PATIENCE_MS,
  ) {}

  /** Asks; what was asked by the same name before is wanted no more. */
  ask(ask: Ask): void {
    this.drop(ask.name);
    const id = this.next++;
    const timer = setTimeout(() => {
      if (this.take(id) === null) return;
      this.post({ type: 'unask', id });
      this.onLate(ask, 'late');
    }, this.patience);
    this.waiting.set(id, { ask, timer });
    this.post({ type: 'ask', id, ask });
  }

  /** The question that a reply belongs to, which then waits no more; null for one that nobody waits for. */
  take(id: number): Ask | null {
    const found = this.waiting.get(id);
    if (found === undefined) return null;
    clearTimeout(found.timer);
    this.waiting.delete(id);
    return found.ask;
  }

  private drop(name: AskName): void {
    for (const [id, { ask }] of this.waiting) {
      if (ask.name !== name) continue;
      this.take(id);
      this.post({ type: 'unask', id });
    }
  }
}
