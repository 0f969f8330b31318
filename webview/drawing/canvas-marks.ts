// SPDX-License-Identifier: GPL-2.0-only
/** Marks on a canvas. Below 11 px a glyph is a dot of 5 px: filled may sleep, hollow must not, half depends. */
import { type Glyph, GLYPH_SHAPES, type Shape } from '../../src/marks/glyphs';
import { type MarkLook, type Pattern, patternOf, roleOf } from '../../src/marks/rails';
import type { CanvasColours } from './canvas-colours';

const SMALLEST = 11;
const GRID = 14;
const paths = new Map<string, Path2D>();

function pathOf(d: string): Path2D {
  let path = paths.get(d);
  if (path === undefined) {
    path = new Path2D(d);
    paths.set(d, path);
  }
  return path;
}

function paint(ctx: CanvasRenderingContext2D, shape: Shape, colours: CanvasColours): void {
  const a = shape.attrs;
  const value = (name: string): string | null => {
    const v = a[name];
    return v === undefined || v === 'none'
      ? null
      : String(v).replace(/^\{(\w+)\}$/, (_, role: string) => colours.of(role as Parameters<CanvasColours['of']>[0]));
  };
  const move = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(String(a['transform'] ?? ''));
  ctx.save();
  if (move !== null) ctx.translate(Number(move[1]), Number(move[2]));
  const path = shape.tag === 'circle' ? new Path2D() : pathOf(String(a['d'] ?? ''));
  if (shape.tag === 'circle') path.arc(Number(a['cx']), Number(a['cy']), Number(a['r']), 0, 2 * Math.PI);
  const fill = value('fill');
  const stroke = value('stroke');
  if (fill !== null && !(fill === '' || (shape.tag === 'path' && a['fill'] === undefined))) {
    ctx.fillStyle = fill;
    ctx.fill(path);
  }
  if (stroke !== null) {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = Number(a['stroke-width'] ?? 1);
    ctx.setLineDash(
      String(a['stroke-dasharray'] ?? '')
        .split(' ')
        .filter((x) => x !== '')
        .map(Number),
    );
    ctx.stroke(path);
  }
  ctx.restore();
}

/** Draws a glyph with its middle at (x, y), `size` px on screen. */
export function paintGlyph(ctx: CanvasRenderingContext2D, kind: Glyph, x: number, y: number, size: number, colours: CanvasColours): void {
  if (size < SMALLEST) {
    const r = 2.5;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.lineWidth = 1;
    ctx.setLineDash([]);
    if (kind === 'may' || kind === 'nofault') {
      ctx.fillStyle = colours.of('sleep');
      ctx.fill();
    } else {
      ctx.strokeStyle = colours.of(
        kind === 'rejected' ? 'rejected' : kind === 'unknown' ? 'attention' : kind === 'unreachable' || kind === 'unvisited' ? 'off' : 'fg',
      );
      ctx.stroke();
      if (kind === 'mixed') {
        ctx.beginPath();
        ctx.arc(x, y, r, Math.PI / 2, (3 * Math.PI) / 2);
        ctx.fillStyle = colours.of('sleep');
        ctx.fill();
      } else if (kind === 'rejected') {
        ctx.fillStyle = colours.of('rejected');
        ctx.fill();
      }
    }
    return;
  }
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / GRID, size / GRID);
  for (const shape of GLYPH_SHAPES[kind]) paint(ctx, shape, colours);
  ctx.restore();
}

/** Dashes of a strip by the pattern of its class; others are solid. */
const STRIP_DASHES: Partial<Record<Pattern, number[]>> = { rcu: [1.5, 1.5], preempt: [4, 2], irq: [2, 1] };

/** Rails as a strip: the pattern of each class over the height of a box. */
export function paintStrip(
  ctx: CanvasRenderingContext2D,
  strip: readonly (MarkLook & { readonly partial: boolean })[],
  x: number,
  y0: number,
  y1: number,
  width: number,
  colours: CanvasColours,
): void {
  strip.slice(0, 5).forEach((item, i) => {
    const at = x + i * (width + 1.5) + width / 2;
    ctx.strokeStyle = colours.of(roleOf(item));
    const pattern = patternOf(item);
    ctx.lineWidth = pattern === 'reference' ? Math.max(1, width / 2) : width;
    ctx.setLineDash(item.partial ? [2, 2] : (STRIP_DASHES[pattern] ?? []));
    ctx.beginPath();
    ctx.moveTo(at, y0);
    ctx.lineTo(at, y1);
    ctx.stroke();
  });
  ctx.setLineDash([]);
}
