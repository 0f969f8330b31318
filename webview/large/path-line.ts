// SPDX-License-Identifier: GPL-2.0-only
/** The failing path on staves: one line along the strips and through lanes at the right, with its steps and its end. Pure geometry, px. */
import type { PathLeg } from './failing-path';
import type { Box, Disc, Hop, LayoutInput, Point, Staves, Stroke } from './layout';
import { placeOf } from './program';

interface LineInput {
  readonly boxes: readonly Box[];
  readonly legs: readonly PathLeg[];
  readonly hops: readonly Hop[];
  readonly slots: readonly { readonly out: number; readonly into: number }[];
  readonly laneX: ReadonlyMap<number, number>;
  readonly opened: LayoutInput['opened'];
}

/** What a path jumps over is told from it where it is so long, px. */
const SHORTEST_JUMP = 8;

/** The line from one point of a strip to another: its instructions, and what it jumps over. */
function strokesBetween(box: Box, { walked }: PathLeg, from: Point, to: Point, guilty: boolean): Stroke[] {
  const { y } = from;
  const whole = [{ points: [from, to].map(({ x }) => ({ x, y })), guilty, over: false }];
  if (walked === null || to.x - from.x < SHORTEST_JUMP) return whole;
  const { code } = box.stave;
  const came = new Uint8Array(box.axis.kept.length);
  code.insns.forEach((insn, place) => {
    if (walked.has(insn.index)) came[box.axis.at(place)] = 1;
  });
  const out: Stroke[] = [];
  const first = Math.max(0, Math.round((from.x - box.x) / box.scale));
  const last = Math.min(came.length, Math.round((to.x - box.x) / box.scale));
  let begun = from.x;
  for (let k = first; k < last; k++) {
    if (came[k] === 1) continue;
    const start = k;
    while (k < last && came[k] === 0) k++;
    const [left, right] = [box.x + start * box.scale, Math.min(to.x, box.x + k * box.scale)];
    if (right - left < SHORTEST_JUMP) continue;
    if (left > begun)
      out.push({
        points: [
          { x: begun, y },
          { x: left, y },
        ],
        guilty,
        over: false,
      });
    out.push({
      points: [
        { x: Math.max(begun, left), y },
        { x: right, y },
      ],
      guilty,
      over: true,
    });
    begun = right;
  }
  if (to.x > begun)
    out.push({
      points: [
        { x: begun, y },
        { x: to.x, y },
      ],
      guilty,
      over: false,
    });
  return out;
}

/** Discs nearer than this stand beside each other. */
const APART = 18;

/** The line through all boxes. */
export function lineOf({ boxes, legs, hops, slots, laneX, opened }: LineInput): Pick<Staves, 'strokes' | 'discs' | 'end'> {
  const byName = new Map(boxes.map((b) => [b.stave.fn.name, b]));
  const strokes: Stroke[] = [];
  const discs: Disc[] = [];
  let end: Point | null = null;
  const at = (box: Box, insn: number): Point => ({
    x: box.x + box.axis.at(placeOf(box.stave, insn)) * box.scale,
    y: box.pathY ?? box.base,
  });
  /** Below a strip, or below what is opened under it. */
  const gapBelow = (i: number, slot: number, after: boolean): number => {
    const box = boxes[i];
    if (box === undefined) return 3;
    const height = after ? opened.get(box.stave.fn.name) : undefined;
    return (height === undefined ? box.end : box.body + height) + 6 + slot * 5;
  };
  for (const leg of legs) {
    const box = byName.get(leg.fn);
    if (box === undefined) continue;
    let free = -Infinity;
    const own = leg.points.map((p) => ({ p, ...at(box, p.insn) }));
    for (const { p, x, y } of own) {
      if (p.number === 0) continue;
      const place = Math.max(x, free + APART);
      free = place;
      discs.push({ point: p, x: place, y });
    }
    own.forEach((from, i) => {
      const to = own[i + 1];
      if (to !== undefined) strokes.push(...strokesBetween(box, leg, from, to, i >= leg.wrong));
    });
    const last = own.at(-1);
    if (last?.p.end === true) end = { x: last.x, y: last.y };
  }
  hops.forEach((hop, i) => {
    const a = boxes[hop.a]!;
    const b = boxes[hop.b]!;
    const from = at(a, hop.from.points.at(-1)!.insn);
    const to = at(b, hop.to.points[0]!.insn);
    const lane = laneX.get(i)!;
    const out = gapBelow(hop.a, slots[i]!.out, false);
    const into = gapBelow(hop.atLeft ? hop.b - 1 : hop.b, slots[i]!.into, hop.atLeft);
    const entry = hop.atLeft ? [{ x: b.x - 10, y: into }, { x: b.x - 10, y: to.y }, to] : [{ x: to.x, y: into }, to];
    strokes.push({
      points: [from, { x: from.x, y: out }, { x: lane, y: out }, { x: lane, y: into }, ...entry],
      guilty: hop.guilty,
      over: false,
    });
  });
  return { strokes, discs, end };
}
