// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../../src/extension/panel-parts';
import type { ContextGraph } from '../../../src/protocol/graph';
import type { ToWebview } from '../../../src/protocol/messages';
import { WholeGraph } from '../../../webview/page/whole-graph';
import { graphOf, insn, RESULT } from '../webview/graph';

/** A graph of blocks of so many instructions each. */
function graph(...sizes: readonly number[]): ContextGraph {
  let at = 0;
  return graphOf(
    sizes.map((size) => Array.from({ length: size }, () => insn(at, `r0 = ${at++}`))),
    sizes.slice(1).map((_, i) => [i, i + 1]),
  );
}

const stateOf = (whole: ContextGraph) => ({ program: 'prog', detail: { result: RESULT, graph: whole, offer: null } });

function arrived(messages: Iterable<ToWebview>, view = new WholeGraph()): ToWebview[] {
  return [...messages].flatMap((message) => view.receive(structuredClone(message)) ?? []);
}

/** As text: comparing thousands of nodes one by one takes seconds. */
function changeIn(message: ToWebview | undefined): string {
  return message?.type === 'state' ? JSON.stringify(message.change) : 'no state';
}

describe('a graph on its way to the panel', () => {
  it.each<[string, readonly number[]]>([
    ['one small block', [3]],
    ['one piece to the full', [1999]],
    ['a piece and one instruction', [2000]],
    ['a block over several', [5000]],
    ['blocks that end with pieces', [1, 1998, 1, 1, 4500, 3]],
    ['many blocks', Array<number>(3000).fill(1)],
  ])('is the same there, however its pieces fall: %s', (_, sizes) => {
    const change = stateOf(graph(...sizes));
    const messages = [...messagesOf(change)];
    for (const message of messages) {
      const piece = message.type === 'graphPart' ? message.graph : message.type === 'state' ? message.change.detail!.graph : null;
      expect(piece!.nodes.reduce((sum, node) => sum + 1 + node.instructions.length, 0)).toBeLessThanOrEqual(2001);
    }
    const [state, ...more] = arrived(messages);
    expect(more).toEqual([]);
    expect(changeIn(state) === JSON.stringify(change)).toBe(true);
  });

  it('is begun anew when another one takes its place half-way', () => {
    const [old, now] = [stateOf(graph(5000)), stateOf(graph(4000, 3000))];
    const view = new WholeGraph();
    const [first, second] = [...messagesOf(old)];
    expect(arrived([first!, second!], view)).toEqual([]);
    expect(changeIn(arrived(messagesOf(now), view)[0]) === JSON.stringify(now)).toBe(true);
    const small = stateOf(graph(2));
    expect(arrived([first!, second!, ...messagesOf(small)], view)).toMatchObject([{ type: 'state', change: small }]);
  });

  it('leaves everything else as it is', () => {
    const busy = { busy: { stage: 'verify', progress: 0.5 } } as const;
    expect([...messagesOf(busy)]).toEqual([{ type: 'state', change: busy }]);
    const view = new WholeGraph();
    const [first] = [...messagesOf(stateOf(graph(5000)))];
    const others: ToWebview[] = [
      { type: 'state', change: busy },
      { type: 'reveal', insn: 3 },
    ];
    expect(arrived([first!, ...others], view)).toEqual(others);
  });
});
