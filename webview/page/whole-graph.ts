// SPDX-License-Identifier: GPL-2.0-only
import type { ContextGraph } from '../../src/protocol/graph';
import { joined } from '../../src/protocol/graph-parts';
import type { ToWebview } from '../../src/protocol/messages';

/** A message that is no piece of another one. */
export type WholeMessage = Exclude<ToWebview, { readonly type: 'graphPart' }>;

/** Puts graphs together that come in pieces. */
export class WholeGraph {
  private graph: ContextGraph | null = null;
  private parts = 0;

  /** The message with its whole graph; null for a piece that others follow. */
  receive(message: ToWebview): WholeMessage | null {
    if (message.type === 'graphPart') {
      // one that was given up half-way begins anew
      this.graph = message.index === 0 || this.graph === null ? message.graph : joined(this.graph, message.graph);
      this.parts = message.index + 1;
      return null;
    }
    if (message.type !== 'state') return message;
    const { graph, parts } = this;
    const { detail } = message.change;
    if (detail == null) return message;
    this.graph = null;
    this.parts = 0;
    if (graph === null || message.parts !== parts) return message;
    return { type: 'state', change: { ...message.change, detail: { ...detail, graph: joined(graph, detail.graph) } } };
  }
}
