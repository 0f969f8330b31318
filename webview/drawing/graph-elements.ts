// SPDX-License-Identifier: GPL-2.0-only
/** Blocks and edges as Cytoscape wants them, and how edges look. */
import type cytoscape from 'cytoscape';
import type { Block, DrawnEdge } from './block';
import type { Point } from '../layout/route';
import { edgeKey, type LensView } from '../lens/types';
import { palette } from '../page/theme';

interface EdgeStyle {
  weights: number[];
  distances: number[];
}

/** Corners as Cytoscape's segments want them: place along, and distance from, the straight line between the ends. */
export function segments(points: readonly Point[]): EdgeStyle {
  const a = points[0]!;
  const b = points[points.length - 1]!;
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = Math.max(dx * dx + dy * dy, 1e-6);
  const length = Math.sqrt(length2);
  const inner = points.slice(1, -1);
  return {
    weights: inner.map((p) => ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2),
    distances: inner.map((p) => ((p.y - a.y) * dx - (p.x - a.x) * dy) / length),
  };
}

/** An end of an edge relative to the middle of its block. */
function endpoint(p: Point, block: Block): string {
  return `${p.x - (block.x + block.width / 2)}px ${p.y - (block.y + block.height / 2)}px`;
}

/** A block: an invisible box for hits. */
export function nodeElement(b: Block): cytoscape.ElementDefinition {
  return { group: 'nodes', data: { id: b.node.id, w: b.width, h: b.height }, position: { x: b.x + b.width / 2, y: b.y + b.height / 2 } };
}

/** An edge on its way, in the look that the lens gives it. */
export function edgeElement(e: DrawnEdge, blocks: ReadonlyMap<string, Block>, lens: LensView): cytoscape.ElementDefinition {
  const { points } = e.way;
  const seg = segments(points);
  const from = blocks.get(e.edge.from)!;
  const to = blocks.get(e.edge.to)!;
  const look = lens.edges.get(edgeKey(e.edge));
  return {
    group: 'edges',
    data: {
      id: e.id,
      source: e.edge.from,
      target: e.edge.to,
      start: endpoint(points[0]!, from),
      end: endpoint(points[points.length - 1]!, to),
      ...seg,
    },
    classes: [
      e.edge.kind,
      e.edge.travelled ? '' : 'never',
      seg.weights.length === 0 ? 'straight' : 'bent',
      look ?? '',
      lens.focus !== null && look === undefined ? 'faded' : '',
    ].join(' '),
  };
}

/** Kinds of edges in the colours of the theme. */
export function edgeStyle(): cytoscape.StylesheetJson {
  const p = palette();
  return [
    {
      selector: 'node',
      style: { shape: 'round-rectangle', width: 'data(w)', height: 'data(h)', 'background-opacity': 0, 'border-opacity': 0, label: '' },
    },
    {
      selector: 'edge',
      style: { width: 1.5, 'line-color': p.edge, 'target-arrow-shape': 'triangle', 'target-arrow-color': p.edge, 'arrow-scale': 0.8 },
    },
    {
      selector: 'edge',
      style: {
        'source-endpoint': (e: cytoscape.EdgeSingular) => e.data('start') as string,
        'target-endpoint': (e: cytoscape.EdgeSingular) => e.data('end') as string,
      },
    },
    { selector: 'edge.straight', style: { 'curve-style': 'straight' } },
    {
      selector: 'edge.bent',
      style: {
        'curve-style': 'round-segments',
        'edge-distances': 'endpoints',
        'segment-weights': (e: cytoscape.EdgeSingular) => e.data('weights') as number[],
        'segment-distances': (e: cytoscape.EdgeSingular) => e.data('distances') as number[],
        'segment-radii': [7],
      },
    },
    { selector: 'edge.taken', style: { 'source-arrow-shape': 'circle', 'source-arrow-color': p.edge } },
    { selector: 'edge.back', style: { width: 1.6, 'line-color': p.background, 'line-outline-width': 1.1, 'line-outline-color': p.edge } },
    {
      selector: 'edge.never',
      style: { width: 1.5, 'line-outline-width': 0, 'line-style': 'dashed', 'line-color': p.edgeDead, 'target-arrow-color': p.edgeDead },
    },
    {
      selector: 'edge.thread',
      style: {
        width: 2.4,
        'line-color': p.background,
        'line-outline-width': 1.5,
        'line-outline-color': p.strong,
        'target-arrow-color': p.strong,
        'source-arrow-color': p.strong,
        'line-style': 'solid',
      },
    },
    {
      selector: 'edge.leak',
      style: {
        width: 2.4,
        'line-color': p.background,
        'line-outline-width': 1.5,
        'line-outline-color': p.edgeError,
        'target-arrow-color': p.edgeError,
        'source-arrow-color': p.edgeError,
        'mid-target-arrow-shape': 'chevron',
        'mid-target-arrow-color': p.edgeError,
      },
    },
    {
      selector: 'edge.path',
      style: {
        width: 3,
        'line-color': p.strong,
        'line-outline-width': 0,
        'target-arrow-color': p.strong,
        'source-arrow-color': p.strong,
        'z-index': 2,
      },
    },
    {
      selector: 'edge.path-end',
      style: {
        width: 3,
        'line-color': p.edgeError,
        'line-outline-width': 0,
        'target-arrow-color': p.edgeError,
        'source-arrow-color': p.edgeError,
        'z-index': 3,
      },
    },
    { selector: 'edge.faded', style: { opacity: 0.38 } },
  ] as cytoscape.StylesheetJson;
}
