// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { joined, partOf } from '../../../src/protocol/graph-parts';
import type { ContextGraph, GraphInsn, GraphNode } from '../../../src/protocol/graph';

/** A graph whose blocks have so many instructions. */
function graphOf(sizes: readonly number[]): ContextGraph {
  let index = 0;
  const nodes = sizes.map((size, i): GraphNode => {
    const instructions = Array.from({ length: size }, () => ({ index: index++ }) as GraphInsn);
    return { id: `f0b${i}`, name: `b${i}`, number: i, function: 'p', kind: 'block', instructions };
  });
  return { program: 'p', object: 'x.o', functions: [], nodes, edges: [] };
}

describe('a graph in pieces', () => {
  it.each([
    [[]],
    [[1]],
    [[1999]],
    [[2000]],
    [[2001, 0, 5]],
    [[0, 0, 1998, 0, 2000, 1]],
    [[10_000]],
    [Array.from({ length: 5000 }, (_, i) => i % 3)],
  ])('is the whole again, and no piece is large', (sizes) => {
    const graph = graphOf(sizes);
    let part = partOf(graph, 0);
    let whole = part.graph;
    while (part.next !== null) {
      part = partOf(graph, part.next);
      const places = part.graph.nodes.reduce((sum, { instructions }) => sum + 1 + instructions.length, 0);
      expect(places).toBeLessThanOrEqual(2001);
      whole = joined(whole, part.graph);
    }
    expect(whole).toEqual(graph);
  });
});
