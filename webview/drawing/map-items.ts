// SPDX-License-Identifier: GPL-2.0-only
/** What the mini-map shows of a scene. Pure. */
import type { GraphNode } from '../../src/protocol/graph';
import type { CompareLook } from '../compare/look';
import type { Diagram } from './diagram';
import type { LensView } from '../lens/types';
import type { MapItem } from './minimap';
import { OVERVIEW, type Overview } from './overview';

/** What colours the blocks of the map. */
export interface MapLooks {
  readonly selected: string | null;
  readonly compare: CompareLook | null;
  readonly lens: LensView;
}

function kindOf(node: GraphNode, looks: MapLooks): MapItem['kind'] {
  if (node.instructions.some((i) => i.rejected)) return 'rejected';
  if (node.id === looks.selected) return 'selected';
  if (looks.compare?.nodes.get(node.id)?.kind === 'differs') return 'differs';
  const dead = node.instructions.every((i) => i.visit !== 'visited');
  return dead || (looks.lens.focus !== null && !looks.lens.focus.has(node.id)) ? 'dead' : 'block';
}

export function detailItems(diagram: Diagram, looks: MapLooks): MapItem[] {
  return diagram.blocks.map((b) => ({ x: b.x, y: b.y, width: b.width, height: b.height, kind: kindOf(b.node, looks) }));
}

export function overviewItems(overview: Overview, looks: MapLooks): MapItem[] {
  return [
    ...overview.frames.map((f): MapItem => ({
      x: f.x,
      y: f.y,
      width: f.width,
      height: f.height,
      kind: 'frame',
    })),
    ...overview.boxes.map((b): MapItem => ({
      x: b.x,
      y: b.y,
      width: OVERVIEW.width,
      height: OVERVIEW.height,
      kind: kindOf(b.node, looks),
    })),
  ];
}
