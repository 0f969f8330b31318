// SPDX-License-Identifier: GPL-2.0-only
/** Blocks and edges with their places, px at 100 %. */
import type { GraphEdge, GraphNode } from '../../src/protocol/graph';
import type { RoutedEdge } from '../layout/route';
import type { Row } from '../model/rows';

export interface Block {
  readonly node: GraphNode;
  readonly rows: readonly Row[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  readonly id: string;
  readonly edge: GraphEdge;
  readonly way: RoutedEdge;
  /** What stands beside it, '' for nothing. */
  readonly label: string;
}
