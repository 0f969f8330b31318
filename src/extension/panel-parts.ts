// SPDX-License-Identifier: GPL-2.0-only
/** What is different now as messages to a panel: a large graph in pieces, between which the editor's thread has its turns. */
import { partOf } from '../protocol/graph-parts';
import type { PanelState, ToWebview } from '../protocol/messages';

/** The messages of a change, the change itself last: whoever sends them may stop between two, and begin anew with another change. */
export function* messagesOf(change: Partial<PanelState>): Generator<ToWebview, void> {
  const { detail } = change;
  if (detail == null) {
    yield { type: 'state', change };
    return;
  }
  let parts = 0;
  for (let part = partOf(detail.graph, 0); ; part = partOf(detail.graph, part.next!)) {
    if (part.next === null) {
      yield { type: 'state', change: { ...change, detail: { ...detail, graph: part.graph } }, parts };
      return;
    }
    yield { type: 'graphPart', index: parts++, graph: part.graph };
  }
}
