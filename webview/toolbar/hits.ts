// SPDX-License-Identifier: GPL-2.0-only
/** What a search found, and where in it one is. */
import type { ContextGraph } from '../../src/protocol/graph';
import { search } from './search';

export class Hits {
  private insns: readonly number[] = [];
  private at = -1;
  private asked = '';

  get any(): boolean {
    return this.insns.length > 0;
  }

  get all(): readonly number[] {
    return this.insns;
  }

  /** What stands beside the field. */
  get words(): string {
    if (this.asked === '') return '';
    if (this.insns.length === 0) return 'no hits';
    return this.at < 0 ? `${this.insns.length} hits` : `${this.at + 1} of ${this.insns.length}`;
  }

  look(graph: ContextGraph | null, text: string): void {
    this.asked = text.trim();
    this.insns = graph === null ? [] : search(graph, text);
    this.at = -1;
  }

  /** The same search in another graph. */
  again(graph: ContextGraph): void {
    if (this.asked !== '') this.look(graph, this.asked);
  }

  /** The next hit, or the one before; around at the ends. */
  step(by: 1 | -1): number | null {
    if (this.insns.length === 0) return null;
    this.at = this.at < 0 && by < 0 ? this.insns.length - 1 : (this.at + by + this.insns.length) % this.insns.length;
    return this.insns[this.at]!;
  }
}
