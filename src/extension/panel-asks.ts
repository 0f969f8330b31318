// SPDX-License-Identifier: GPL-2.0-only
/** Answers the questions of a view, one by one: each has a cell that its being wanted no more sets. Knows nothing of the editor. */
import type { Answered, Ask, Refusal } from '../protocol/asks';
import type { ToWebview } from '../protocol/messages';

/** What is asked for the answers; null where the program, or what was kept of it, is not there. */
export type Answers = (ask: Ask) => Promise<Answered | null>;

/** Questions that are worked on at once for one view; more are refused. A view has one of each name. */
const MOST = 64;

export class PanelAsks {
  private readonly open = new Map<number, { wanted: boolean }>();

  constructor(
    private readonly answers: Answers,
    private readonly post: (message: ToWebview) => void,
  ) {}

  async ask(id: number, ask: Ask): Promise<void> {
    if (this.open.has(id) || this.open.size >= MOST) {
      this.refuse(id, 'failed');
      return;
    }
    const cell = { wanted: true };
    this.open.set(id, cell);
    let reason: Refusal = 'gone';
    let answer: Answered | null = null;
    try {
      answer = await this.answers(ask);
    } catch {
      reason = 'failed';
    }
    this.open.delete(id);
    if (!cell.wanted) this.refuse(id, 'cancelled');
    else if (answer === null) this.refuse(id, reason);
    else this.post({ type: 'reply', id, answer });
  }

  /** An answer is wanted no more. */
  unask(id: number): void {
    const cell = this.open.get(id);
    if (cell !== undefined) cell.wanted = false;
  }

  private refuse(id: number, reason: Refusal): void {
    this.post({ type: 'refusal', id, reason });
  }
}
