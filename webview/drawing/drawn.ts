// SPDX-License-Identifier: GPL-2.0-only
import { glyphOf } from '../page/marks';
import type { Level } from './levels';
import type { Scenes } from './scenes';

/** What is drawn, for tests. */
export interface Drawn {
  readonly nodes: readonly string[];
  readonly cards: readonly string[];
  readonly edges: number;
  readonly zoom: number;
  readonly level: Level;
  readonly blocks: readonly { readonly id: string; readonly glyph: string; readonly held: readonly string[] }[];
}

/** Blocks that are told, at most. */
const MOST = 500;

export function drawnOf({ scene, picture, diagram, overview, level }: Scenes, cards: readonly string[], zoom: number): Drawn {
  const nodes =
    scene === 'detail'
      ? (diagram?.blocks.map((b) => b.node) ?? [])
      : scene === 'overview'
        ? (overview?.boxes.map((b) => b.node) ?? [])
        : (picture?.graph.nodes ?? []);
  return {
    nodes: nodes.map((n) => n.id),
    cards,
    edges: scene === 'detail' ? (diagram?.edges.length ?? 0) : scene === 'overview' ? (overview?.edges.length ?? 0) : 0,
    zoom,
    level,
    blocks: nodes
      .slice(0, MOST)
      .map((n) => ({ id: n.id, glyph: glyphOf(n.instructions[0]!), held: n.instructions[0]!.held.map((x) => x.key) })),
  };
}
