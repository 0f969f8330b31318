// SPDX-License-Identifier: GPL-2.0-only
/** What the mini-map shows of staves: a row a function, hot parts, what is held, where it fails, what was not visited. Pure. */
import { type Box, type Staves, xOf } from '../large/layout';
import { hotFrom } from '../large/skyline';
import type { HeldResource } from '../../src/protocol/graph';
import type { MapItem } from './minimap';

export interface StavesMap {
  readonly items: readonly MapItem[];
  readonly rails: readonly {
    readonly held: HeldResource;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
}

/** Height of a row of the map, px of the page. */
const ROW = 22;

const rowOf = (box: Box): { y: number; height: number } => ({ y: box.base - ROW, height: ROW });

/** Pieces of a function that is open, and what one of them unfolds to, px from the top of the page. */
export interface OpenMap {
  readonly stave: Box['stave'];
  readonly pieces: readonly Omit<MapItem, 'kind'>[];
  readonly panel: Omit<MapItem, 'kind'> | null;
}

export function stavesMap({ boxes, end }: Staves, opened: readonly OpenMap[]): StavesMap {
  const hot = hotFrom(boxes.flatMap((b) => b.bars));
  const items = boxes.flatMap((box): MapItem[] => {
    const row = rowOf(box);
    const { notVisited, unreachable } = box.stave.unreached;
    const dead = notVisited + unreachable === box.stave.insns;
    const own: MapItem = { x: box.x, width: box.width, ...row, kind: dead ? 'dead' : 'block' };
    const pitch = box.width / box.bars.length;
    const heat = box.bars.flatMap((bar, i): MapItem[] =>
      bar.visits >= hot ? [{ x: box.x + i * pitch, width: pitch, ...row, kind: 'differs' }] : [],
    );
    const open = opened.find((o) => o.stave === box.stave);
    const moved = (x: Omit<MapItem, 'kind'>, kind: MapItem['kind']): MapItem => ({ ...x, y: x.y + box.body, kind });
    const below = [...(open?.pieces ?? []).map((p) => moved(p, 'block')), ...(open?.panel == null ? [] : [moved(open.panel, 'frame')])];
    const fails = end !== null && end.y === box.pathY;
    return [
      own,
      ...below,
      ...heat,
      ...(fails ? [{ x: end.x - 6, width: 12, y: row.y - 8, height: ROW + 16, kind: 'rejected' as const }] : []),
    ];
  });
  const rails = boxes.flatMap((box) =>
    box.rails.flatMap((row) =>
      row.rails.flatMap((r) =>
        r.spans.map((span) => ({
          held: r.held,
          x: xOf(box, span.from),
          y: row.y - 5,
          width: xOf(box, span.to - 1) - xOf(box, span.from),
          height: 10,
        })),
      ),
    ),
  );
  return { items, rails };
}
