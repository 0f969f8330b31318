// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes media/bpf-icons.woff from the glyphs in src/marks, so that hovers and trees can show them in the colour of the text around.
 * Strokes become outlines: a quadrilateral a segment and a disc a joint; contours of one direction unite under the nonzero rule.
 * Tables and their layout: OpenType 1.9; the container: WOFF 1.0, tables not compressed.
 */
import { writeFileSync } from 'node:fs';
import { type Glyph, GLYPH_SHAPES, type Shape } from '../src/marks/glyphs';

/** Names that `contributes.icons` gives the glyphs, in the order of their characters from U+E001. */
const ICONS: readonly Glyph[] = ['may', 'nofault', 'not', 'mixed', 'unreachable', 'unvisited', 'unknown', 'rejected'];
const FIRST = 0xe001;
const EM = 1000;
const GRID = 14;
const SCALE = EM / 16;
/** From the top of the em square to the baseline, and the margin around the 14 units of the grid. */
const ASCENT = 850;

type Pt = readonly [number, number];

/** Points of a path with M, L, H, V, A and Z in absolute or relative form, as polylines. */
function polylines(d: string): { points: Pt[]; closed: boolean }[] {
  const tokens = d.match(/[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)/g) ?? [];
  const out: { points: Pt[]; closed: boolean }[] = [];
  let i = 0;
  let cmd = '';
  let x = 0;
  let y = 0;
  const num = (): number => Number(tokens[i++]);
  const line = (): Pt[] => out[out.length - 1]!.points;
  while (i < tokens.length) {
    if (/[a-zA-Z]/.test(tokens[i]!)) cmd = tokens[i++]!;
    const rel = cmd === cmd.toLowerCase();
    switch (cmd.toUpperCase()) {
      case 'M':
        x = num() + (rel ? x : 0);
        y = num() + (rel ? y : 0);
        out.push({ points: [[x, y]], closed: false });
        cmd = rel ? 'l' : 'L';
        break;
      case 'L':
        x = num() + (rel ? x : 0);
        y = num() + (rel ? y : 0);
        line().push([x, y]);
        break;
      case 'H':
        x = num() + (rel ? x : 0);
        line().push([x, y]);
        break;
      case 'V':
        y = num() + (rel ? y : 0);
        line().push([x, y]);
        break;
      case 'A': {
        const [rx, , , large, sweep] = [num(), num(), num(), num(), num()];
        const nx = num() + (rel ? x : 0);
        const ny = num() + (rel ? y : 0);
        line().push(...arc([x, y], [nx, ny], rx, large === 1, sweep === 1));
        x = nx;
        y = ny;
        break;
      }
      case 'Z':
        out[out.length - 1]!.closed = true;
        [x, y] = line()[0]!;
        break;
      default:
        throw new Error(`path command ${cmd}`);
    }
  }
  return out;
}

/** Points of a circular arc after its start. */
function arc(a: Pt, b: Pt, r: number, large: boolean, sweep: boolean): Pt[] {
  const dx = (b[0] - a[0]) / 2;
  const dy = (b[1] - a[1]) / 2;
  const half = Math.hypot(dx, dy);
  const radius = Math.max(r, half);
  const h = Math.sqrt(Math.max(0, radius * radius - half * half)) * (large === sweep ? -1 : 1);
  const cx = (a[0] + b[0]) / 2 - (dy / half) * h;
  const cy = (a[1] + b[1]) / 2 + (dx / half) * h;
  const from = Math.atan2(a[1] - cy, a[0] - cx);
  let by = Math.atan2(b[1] - cy, b[0] - cx) - from;
  if (sweep && by < 0) by += 2 * Math.PI;
  if (!sweep && by > 0) by -= 2 * Math.PI;
  const steps = Math.max(4, Math.ceil(Math.abs(by) / 0.25));
  return Array.from({ length: steps }, (_, k): Pt => [
    cx + radius * Math.cos(from + (by * (k + 1)) / steps),
    cy + radius * Math.sin(from + (by * (k + 1)) / steps),
  ]);
}

function circle(cx: number, cy: number, r: number, steps = 28): Pt[] {
  return Array.from({ length: steps }, (_, k): Pt => [
    cx + r * Math.cos((2 * Math.PI * k) / steps),
    cy + r * Math.sin((2 * Math.PI * k) / steps),
  ]);
}

const area = (c: readonly Pt[]): number =>
  c.reduce((s, p, i) => s + p[0] * c[(i + 1) % c.length]![1] - c[(i + 1) % c.length]![0] * p[1], 0) / 2;
const oriented = (c: Pt[]): Pt[] => (area(c) < 0 ? [...c].reverse() : c);

/** Dashes of a closed line. */
function dashed(points: readonly Pt[], dash: readonly number[]): Pt[][] {
  const out: Pt[][] = [];
  let on = true;
  let left = dash[0]!;
  let k = 0;
  let current: Pt[] = [points[0]!];
  for (let i = 1; i < points.length; i++) {
    let [ax, ay] = points[i - 1]!;
    const [bx, by] = points[i]!;
    let length = Math.hypot(bx - ax, by - ay);
    while (length > left) {
      ax += ((bx - ax) * left) / length;
      ay += ((by - ay) * left) / length;
      length -= left;
      if (on) out.push([...current, [ax, ay]]);
      on = !on;
      left = dash[++k % dash.length]!;
      current = [[ax, ay]];
    }
    left -= length;
    if (on) current.push([bx, by]);
  }
  if (on && current.length > 1) out.push(current);
  return out;
}

/** Outline of a stroked line. */
function stroke(points: readonly Pt[], width: number): Pt[][] {
  const out: Pt[][] = [];
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1]!;
    const [bx, by] = points[i]!;
    const length = Math.hypot(bx - ax, by - ay);
    if (length < 1e-6) continue;
    const nx = ((by - ay) / length) * (width / 2);
    const ny = (-(bx - ax) / length) * (width / 2);
    out.push(
      oriented([
        [ax + nx, ay + ny],
        [bx + nx, by + ny],
        [bx - nx, by - ny],
        [ax - nx, ay - ny],
      ]),
    );
    if (i > 1) out.push(circle(ax, ay, width / 2, 10));
  }
  return out;
}

/** Contours of a shape on the grid; what is painted in the background is left out. */
function contours(shape: Shape): Pt[][] {
  const a = shape.attrs;
  const value = (name: string): string => String(a[name] ?? 'none');
  if (value('stroke') === '{bg}') return [];
  const move = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(value('transform'));
  const shift = (c: Pt[]): Pt[] => (move === null ? c : c.map(([x, y]): Pt => [x + Number(move[1]), y + Number(move[2])]));
  const lines =
    shape.tag === 'circle' ? [{ points: circle(Number(a['cx']), Number(a['cy']), Number(a['r'])), closed: true }] : polylines(value('d'));
  const out: Pt[][] = [];
  for (const { points, closed } of lines) {
    if (a['fill'] !== undefined && value('fill') !== 'none') out.push(oriented([...points]));
    if (value('stroke') === 'none' || a['stroke'] === undefined) continue;
    const whole = closed ? [...points, points[0]!, points[1]!] : points;
    const width = Number(a['stroke-width'] ?? 1);
    const dash = value('stroke-dasharray');
    for (const part of dash === 'none' ? [whole] : dashed(closed ? [...points, points[0]!] : points, dash.split(' ').map(Number)))
      out.push(...stroke(part, width));
  }
  return out.map(shift);
}

/** Writes big-endian values one after the other. */
class Bytes {
  private readonly list: number[] = [];
  u8(...v: number[]): this {
    for (const x of v) this.list.push(x & 0xff);
    return this;
  }
  u16(...v: number[]): this {
    for (const x of v) this.u8(x >> 8, x);
    return this;
  }
  u32(...v: number[]): this {
    for (const x of v) this.u8(x >>> 24, x >>> 16, x >>> 8, x);
    return this;
  }
  text(s: string): this {
    return this.u8(...[...s].map((c) => c.charCodeAt(0)));
  }
  bytes(b: Uint8Array): this {
    for (const x of b) this.list.push(x);
    return this;
  }
  pad(): this {
    while (this.list.length % 4 !== 0) this.list.push(0);
    return this;
  }
  get length(): number {
    return this.list.length;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.list);
  }
}

interface Outline {
  readonly bytes: Uint8Array;
  readonly box: readonly [number, number, number, number];
  readonly points: number;
  readonly contours: number;
}

/** A simple glyph: all points on the curve, coordinates as words. */
function outline(list: readonly Pt[][]): Outline {
  const margin = (16 - GRID) / 2;
  const scaled = list.map((c) => c.map(([x, y]): Pt => [Math.round((x + margin) * SCALE), Math.round(ASCENT - (y + margin) * SCALE)]));
  const all = scaled.flat();
  const box = [
    Math.min(...all.map((p) => p[0])),
    Math.min(...all.map((p) => p[1])),
    Math.max(...all.map((p) => p[0])),
    Math.max(...all.map((p) => p[1])),
  ] as const;
  const b = new Bytes().u16(scaled.length, ...box);
  let end = -1;
  for (const c of scaled) b.u16((end += c.length));
  b.u16(0);
  for (let i = 0; i < all.length; i++) b.u8(1);
  for (const axis of [0, 1] as const) {
    let last = 0;
    for (const p of all) {
      b.u16(p[axis] - last);
      last = p[axis];
    }
  }
  return { bytes: b.pad().done(), box, points: all.length, contours: scaled.length };
}

function checksum(data: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4)
    sum = (sum + (((data[i]! << 24) | ((data[i + 1] ?? 0) << 16) | ((data[i + 2] ?? 0) << 8) | (data[i + 3] ?? 0)) >>> 0)) >>> 0;
  return sum;
}

function nameTable(): Uint8Array {
  const names: readonly [number, string][] = [
    [1, 'bpf-icons'],
    [2, 'Regular'],
    [3, 'bpf-icons'],
    [4, 'bpf-icons'],
    [6, 'bpf-icons'],
  ];
  const strings = new Bytes();
  const records = new Bytes();
  for (const [id, value] of names) {
    const at = strings.length;
    for (const c of value) strings.u16(c.charCodeAt(0));
    records.u16(3, 1, 0x409, id, value.length * 2, at);
  }
  return new Bytes()
    .u16(0, names.length, 6 + names.length * 12)
    .bytes(records.done())
    .bytes(strings.done())
    .done();
}

function tables(glyphs: readonly Outline[]): Map<string, Uint8Array> {
  const count = glyphs.length + 1;
  const box = [0, 1, 2, 3].map((i) => (i < 2 ? Math.min : Math.max)(...glyphs.map((g) => g.box[i]!)));
  const glyf = new Bytes();
  const loca = new Bytes().u32(0);
  loca.u32(0);
  for (const g of glyphs) {
    glyf.bytes(g.bytes);
    loca.u32(glyf.length);
  }
  const last = FIRST + glyphs.length - 1;
  // format 4: one segment for the icons, one that ends the table
  const cmap = new Bytes()
    .u16(0, 1, 3, 1)
    .u32(12)
    .u16(4, 32, 0, 4, 4, 1, 0, last, 0xffff, 0, FIRST, 0xffff, (1 - FIRST) & 0xffff, 1, 0, 0);
  const hmtx = new Bytes().u16(EM, 0);
  for (const g of glyphs) hmtx.u16(EM, g.box[0]);
  const head = new Bytes()
    .u32(0x10000, 0x10000, 0, 0x5f0f3cf5)
    .u16(0x000b, EM)
    .u32(0, 0, 0, 0)
    .u16(...box, 0, 8, 2, 1, 0);
  const hhea = new Bytes().u32(0x10000).u16(ASCENT, ASCENT - EM, 0, EM, 0, 0, EM, 1, 0, 0, 0, 0, 0, 0, 0, count);
  const maxp = new Bytes()
    .u32(0x10000)
    .u16(count, Math.max(...glyphs.map((g) => g.points)), Math.max(...glyphs.map((g) => g.contours)), 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const os2 = new Bytes()
    .u16(4, EM, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0)
    .u8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    .u32(0, 0, 0, 0)
    .text('bpfc')
    .u16(0x40, FIRST, last, ASCENT, ASCENT - EM, 0, ASCENT, EM - ASCENT)
    .u32(1, 0)
    .u16(0, 0, 0, 32, 0);
  const post = new Bytes().u32(0x30000, 0).u16(0, 0).u32(0, 0, 0, 0, 0);
  return new Map([
    ['OS/2', os2.done()],
    ['cmap', cmap.done()],
    ['glyf', glyf.done()],
    ['head', head.done()],
    ['hhea', hhea.done()],
    ['hmtx', hmtx.done()],
    ['loca', loca.done()],
    ['maxp', maxp.done()],
    ['name', nameTable()],
    ['post', post.done()],
  ]);
}

/** The font file. */
export function iconFont(): Uint8Array {
  const data = tables(ICONS.map((g) => outline(GLYPH_SHAPES[g].flatMap(contours))));
  const count = data.size;
  const power = 2 ** Math.floor(Math.log2(count));
  // checksum of the whole font as plain sfnt, for `head`
  const directory = new Bytes().u32(0x10000).u16(count, power * 16, Math.log2(power), (count - power) * 16);
  let at = 12 + count * 16;
  for (const [tag, bytes] of data) {
    directory.text(tag).u32(checksum(bytes), at, bytes.length);
    at += (bytes.length + 3) & ~3;
  }
  let sum = checksum(directory.done());
  for (const bytes of data.values()) sum = (sum + checksum(bytes)) >>> 0;
  new DataView(data.get('head')!.buffer).setUint32(8, (0xb1b0afba - sum) >>> 0);
  const sfntSize = at;
  const header = 44 + count * 20;
  const entries = new Bytes();
  const body = new Bytes();
  for (const [tag, bytes] of data) {
    const plain = tag === 'head' ? Uint8Array.from(bytes, (b, i) => (i >= 8 && i < 12 ? 0 : b)) : bytes;
    entries.text(tag).u32(header + body.length, bytes.length, bytes.length, checksum(plain));
    body.bytes(bytes).pad();
  }
  const total = header + body.length;
  return new Bytes()
    .text('wOFF')
    .u32(0x10000, total)
    .u16(count, 0)
    .u32(sfntSize)
    .u16(1, 0)
    .u32(0, 0, 0, 0, 0)
    .bytes(entries.done())
    .bytes(body.done())
    .done();
}

if (process.argv[1]?.endsWith('icon-font.ts') === true) writeFileSync('media/bpf-icons.woff', iconFont());
