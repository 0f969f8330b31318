// SPDX-License-Identifier: GPL-2.0-only
/** Staves as SVG: what does not move with selection and search. */
import { s } from '../page/dom';
import { colourOf, glyph, rail } from '../page/marks';
import type { LensView } from '../lens/types';
import { type Box, type Point, type Staves, type Stroke, xOf } from '../large/layout';
import type { Program } from '../large/program';
import { BAR, type Bar, heightOf, hotFrom } from '../large/skyline';
import { count, headWords, innermost, shareWords, timesWords } from '../large/words';
import { sizeOf } from '../large/program';
import type { Rail } from '../large/rails';
import { modelOf } from '../large/repeats';
import { plainName } from '../../src/protocol/words';
import { modelPlace } from '../large/axis';

/** Share of the work from which it stands out. */
const MUCH = 0.15;
/** Loops shorter than this on the page have no bracket, and frames are drawn no narrower. */
const SHORTEST_LOOP = 10;
const NARROWEST = 6;
/** Corner radius of the path. */
const RADIUS = 7;

export interface StavesPicture {
  readonly program: Program;
  readonly layout: Staves;
  readonly lens: LensView;
  /** Functions that are open. */
  readonly opened: ReadonlySet<string>;
  readonly fonts: Fonts;
}

/** Widths of texts, px: as notes are set, and as names of functions. */
export interface Fonts {
  readonly text: (text: string) => number;
  readonly name: (text: string) => number;
}

/** A line with round corners. */
export function rounded(points: readonly Point[], radius = RADIUS): string {
  return points
    .map((p, i) => {
      const before = points[i - 1];
      const after = points[i + 1];
      if (before === undefined) return `M${p.x} ${p.y}`;
      if (after === undefined) return `L${p.x} ${p.y}`;
      const towards = (to: Point): Point => {
        const d = Math.hypot(to.x - p.x, to.y - p.y) || 1;
        const r = Math.min(radius, d / 2);
        return { x: p.x + ((to.x - p.x) / d) * r, y: p.y + ((to.y - p.y) / d) * r };
      };
      const a = towards(before);
      const b = towards(after);
      return `L${a.x} ${a.y}Q${p.x} ${p.y} ${b.x} ${b.y}`;
    })
    .join('');
}

/** Which bars a lens is about; null: all. */
function barsOfLens(box: Box, lens: LensView): ((bar: Bar) => boolean) | null {
  const { code } = box.stave;
  if (lens.id === 'would') {
    const asked = new Set<number>();
    code.insns.forEach((i, place) => {
      if (lens.marked.has(i.index)) asked.add(box.axis.at(place));
    });
    return (bar) => {
      for (let k = bar.from; k < bar.to; k++) if (asked.has(k)) return true;
      return false;
    };
  }
  if (lens.id === 'follow' && lens.focus !== null) {
    const { focus } = lens;
    return (bar) => {
      for (let k = bar.from; k < bar.to; k++) if (focus.has(code.nodes[box.axis.kept[k]!]!.id)) return true;
      return false;
    };
  }
  return null;
}

/** Classes of bars by what their visits are among all bars of the program. */
function stepsOf(picture: StavesPicture): (visits: number) => string {
  const bars = picture.layout.boxes.flatMap((b) => b.bars);
  if (picture.lens.id === 'heat') {
    const seen = bars
      .map((b) => b.visits)
      .filter((v) => v > 0)
      .sort((a, b) => a - b);
    const limits = [0.5, 0.75, 0.9, 0.97].map((p) => seen[Math.min(seen.length - 1, Math.floor(p * seen.length))] ?? Infinity);
    return (visits) => `heat-${1 + limits.filter((l) => visits >= l).length}`;
  }
  const hot = hotFrom(bars);
  return (visits) => (visits >= hot ? 'hot' : 'cold');
}

function skyline(box: Box, picture: StavesPicture, stepOf: (visits: number) => string): SVGElement[] {
  const { lens, program } = picture;
  const about = barsOfLens(box, lens);
  const paths = new Map<string, string>();
  const pitch = box.width / box.bars.length;
  const width = Math.min(BAR.width, pitch * 0.7);
  const lines = new Map<string, string>();
  let run: { cls: string; from: number } | null = null;
  const line = (cls: string, to: number): void => {
    if (run?.cls === cls) return;
    if (run !== null) lines.set(run.cls, `${lines.get(run.cls) ?? ''}M${run.from} ${box.base + 0.5}H${to}`);
    run = cls === '' ? null : { cls, from: to };
  };
  box.bars.forEach((bar, i) => {
    const x = box.x + i * pitch;
    line(bar.visit, x);
    if (bar.visits === 0 || (about !== null && !about(bar))) return;
    const cls = stepOf(bar.visits);
    const high = Math.max(1, heightOf(bar.visits, program.most) * box.sky);
    paths.set(cls, `${paths.get(cls) ?? ''}M${x.toFixed(2)} ${box.base}v${(-high).toFixed(1)}h${width.toFixed(2)}V${box.base}z`);
  });
  line('', box.x + box.width);
  return [
    ...[...lines].map(([cls, d]) => s('path', { class: `base ${cls}`, d })),
    ...[...paths].map(([cls, d]) => s('path', { class: `sky ${cls}`, d })),
  ];
}

/** Dots and dashes shorter than this are not seen as such; crosses nearer than that are one, px. */
const SEEN_FROM = 12;
const APART = 7;

/** A small cross below the base line where something was not visited that is too short to be seen as dots or dashes. */
function missMarks(box: Box): SVGElement[] {
  const pitch = box.width / box.bars.length;
  const y = box.base + 4.5;
  let d = '';
  let last = -Infinity;
  for (let i = 0; i < box.bars.length; i++) {
    const from = i;
    if (!box.bars[i]!.misses) {
      if (box.bars[i]!.visit === 'visited') continue;
      while (i + 1 < box.bars.length && box.bars[i + 1]!.visit !== 'visited') i++;
      if ((i + 1 - from) * pitch >= SEEN_FROM) continue;
    }
    const x = box.x + ((from + i + 1) / 2) * pitch;
    if (x - last < APART) continue;
    last = x;
    d += `M${(x - 2.5).toFixed(1)} ${y - 2.5}l5 5m0 -5l-5 5`;
  }
  return d === '' ? [] : [s('path', { class: 'misses', d })];
}

/** Where every state may sleep, as runs of the axis. */
function sleepLine(box: Box): SVGElement[] {
  let d = '';
  let from = -1;
  const { kept } = box.axis;
  for (let k = 0; k <= kept.length; k++) {
    const may = k < kept.length && box.stave.code.insns[kept[k]!]!.maySleep === 'yes';
    if (may && from < 0) from = k;
    else if (!may && from >= 0) {
      d += `M${box.x + from * box.scale} ${box.base + 1.5}H${box.x + k * box.scale}`;
      from = -1;
    }
  }
  return d === '' ? [] : [s('path', { class: 'may-sleep', d })];
}

/** Frames of folded repeats, with two more outlines behind each, and how often. */
function frames(box: Box, { fonts: { text: measure }, layout }: StavesPicture): SVGElement[] {
  const out: SVGElement[] = [];
  let free = -Infinity;
  for (const f of box.axis.frames) {
    const x = box.x + f.from * box.scale - 2;
    const width = Math.max(NARROWEST, (f.to - f.from) * box.scale + 4);
    const top = box.top - 3;
    const height = box.sky + 5;
    if (f.depth === 0) {
      for (const k of [6, 3]) out.push(s('path', { class: 'copies', d: `M${x + k} ${top - k}H${x + width + k}V${top + height - k}` }));
      out.push(s('rect', { class: 'frame', x, y: top, width, height, rx: 2 }));
      const own = innermost(f.repeat);
      const from = modelOf(own);
      const text = `${f.repeat.inner.length === 1 ? timesWords(f.repeat) : `${f.repeat.copies} × `}${count(sizeOf(box.stave.code, from, from + own.length))}`;
      const left = x + width + 10;
      const next = box.axis.frames.find((g) => g.depth === 0 && g.from >= f.to);
      const room = next === undefined ? Math.min(layout.right, layout.width) - 4 : box.x + next.from * box.scale - 4;
      if (left > free && left + measure(text) < room) {
        out.push(s('text', { class: 'times', x: left, y: top - 1 }, text));
        free = left + measure(text);
      }
    } else out.push(s('rect', { class: 'frame inner', x, y: top + 2 * f.depth, width, height: height - 2 * f.depth, rx: 2 }));
  }
  return out;
}

/** Loops as brackets: a double line over the skyline, an arrow where it is entered. */
function loops(box: Box): SVGElement[] {
  const out: SVGElement[] = [];
  let covered = -Infinity;
  for (const loop of box.stave.loops) {
    const folded = modelPlace(box.repeats, loop.from) !== loop.from;
    const a = xOf(box, loop.from);
    const b = xOf(box, loop.to - 1) + box.scale;
    if (folded || b - a < SHORTEST_LOOP || a < covered) continue;
    covered = b;
    const d = `M${b} ${box.base + 3}V${box.top - 6}H${a}V${box.base - 1}`;
    out.push(
      s('path', { class: 'loop', d }),
      s('path', { class: 'loop-inside', d }),
      s('path', { class: 'loop-arrow', d: `M${a - 4} ${box.base - 7}l4 7l4 -7Z` }),
    );
  }
  return out;
}

function rails(box: Box, { layout, fonts: { text: measure } }: StavesPicture): SVGElement[] {
  const out: SVGElement[] = [];
  const page = layout.right - 4;
  for (const row of box.rails) {
    const x = (place: number): number => xOf(box, place);
    row.rails.forEach((r, i) => {
      const colour = colourOf(r.held);
      const mid = row.y;
      const lying = (from: number, to: number): SVGElement =>
        s('g', { transform: `translate(0 ${mid}) rotate(-90)` }, ...rail(r.held, -2, from, Math.max(from + 2, to), r.partial));
      const seen = new Set<string>();
      for (const span of r.spans) {
        const [a, b] = endsOf(box, r, span);
        // copies that are folded lie over each other
        const key = `${a.toFixed(1)} ${b.toFixed(1)}`;
        if (!seen.has(key)) out.push(lying(a, b));
        seen.add(key);
      }
      const last = Math.max(...r.spans.map((p) => endsOf(box, r, p)[1]), ...r.ends.map(x), ...r.begins.map(x));
      for (const p of r.begins) out.push(s('circle', { cx: x(p), cy: mid, r: 3.8, fill: colour }));
      for (const p of r.ends) out.push(s('circle', { class: 'ring', cx: x(p), cy: mid, r: 3.3, stroke: colour }));
      let end = last + 8;
      if (r.open >= 0) {
        const at = x(r.open) + box.scale;
        const stroke = r.guilty ? 'var(--rejected)' : colour;
        out.push(s('path', { class: 'open', d: `M${at - 1} ${mid - 4.5}l6 4.5l-6 4.5`, stroke }));
        end = Math.max(end, at + 10);
      }
      const name = plainName(r.held);
      const text = r.guilty ? `${name} still held` : name;
      const next = row.rails[i + 1];
      const room = next === undefined ? page : x(next.begins[0] ?? next.spans[0]?.from ?? 0) - 6;
      if (r.guilty)
        out.push(
          ...cross({ x: end + 5, y: mid }, 4.5),
          s('text', { class: 'rail-name guilty', x: end + 14, y: mid + 4 }, fitted(text, room - end - 14, measure)),
        );
      else if (end + measure(text) < room) out.push(s('text', { class: 'rail-name', x: end, y: mid + 4 }, text));
      else if (end + measure(r.held.letter) < room && r.held.letter !== '#')
        out.push(s('text', { class: 'rail-name', x: end, y: mid + 4 }, r.held.letter));
    });
  }
  const last = box.rails.at(-1);
  if (box.more > 0 && last !== undefined)
    out.push(s('text', { class: 'rail-more', x: Math.max(2, box.x - 14), y: last.y + 4 }, `+${box.more}`));
  return out;
}

/** Ends of a rail on the page: it begins at its disc, and ends at its ring. */
function endsOf(box: Box, { begins, ends }: Rail, { from, to }: Rail['spans'][number]): readonly [number, number] {
  const begin = begins.findLast((p) => p < from && p >= from - 2);
  return [xOf(box, begin ?? from), ends.includes(to - 1) ? xOf(box, to - 1) : xOf(box, to - 1) + box.scale];
}

/** A text that has so many px: as a whole, else its last word. */
function fitted(text: string, room: number, measure: (text: string) => number): string {
  return measure(text) <= room ? text : 'still held';
}

/** A ring with a cross: where it is rejected. */
export function cross({ x, y }: Point, r = 6): SVGElement[] {
  const k = r * 0.45;
  return [
    s('circle', { class: 'cross', cx: x, cy: y, r }),
    s('path', { class: 'cross', d: `M${x - k} ${y - k}L${x + k} ${y + k}M${x + k} ${y - k}L${x - k} ${y + k}` }),
  ];
}

function head(box: Box, { program, opened, fonts: { text: measure, name } }: StavesPicture): SVGElement[] {
  const { stave, x, y } = box;
  const mid = y + 11;
  const open = opened.has(stave.fn.name);
  const left = Math.min(x, box.x) - 2;
  const parts: SVGElement[] = [
    s('path', { class: 'fold-arrow', d: open ? `M${left} ${mid - 2}l4 4l4 -4` : `M${left + 2} ${mid - 4}l4 4l-4 4` }),
    s('text', { class: 'fn-name', x: left + 14, y: mid + 4 }, stave.fn.name),
  ];
  let at = left + 14 + name(stave.fn.name) + 9;
  if (!program.oneAnswer && stave.glyph !== null) {
    const mark = glyph(stave.glyph, 12, false);
    mark.setAttribute('x', String(at));
    mark.setAttribute('y', String(mid - 6));
    parts.push(mark);
    at += 18;
  }
  const words = headWords(stave);
  parts.push(s('text', { class: 'fn-words', x: at, y: mid + 4 }, words));
  at += measure(words) + 4;
  const share = shareWords(stave.share);
  if (share !== '' && program.staves.length > 1) {
    parts.push(
      s('text', { class: 'fn-words', x: at, y: mid + 4 }, '·'),
      s('text', { class: stave.share >= MUCH ? 'fn-share' : 'fn-words', x: at + 8, y: mid + 4 }, `${share} of the work`),
    );
  }
  return parts;
}

function boxElement(box: Box, picture: StavesPicture, stepOf: (visits: number) => string): SVGElement {
  const { lens, program } = picture;
  const off = lens.focus !== null && lens.id === 'path' && !box.stave.code.nodes.some((n) => lens.focus!.has(n.id));
  const calls = new Set(box.stave.calls.map((c) => Math.round(xOf(box, c.place))));
  return s(
    'g',
    { class: `stave${off ? ' off' : ''}`, 'data-fn': box.stave.fn.name },
    ...head(box, picture),
    ...skyline(box, picture, stepOf),
    ...(program.oneAnswer && lens.id !== 'sleep' ? [] : sleepLine(box)),
    ...missMarks(box),
    ...frames(box, picture),
    ...loops(box),
    calls.size > 0 && s('path', { class: 'calls', d: [...calls].map((x) => `M${x - 3.5} ${box.base + 2}h7l-3.5 5Z`).join('') }),
    ...(lens.id === 'would' ? sleepers(box, lens) : []),
    ...rails(box, picture),
    ...box.notes.map((n, i) => s('text', { class: `note${n.guilty ? ' guilty' : ''}`, x: box.note.x, y: box.note.y + i * 15 }, n.text)),
  );
}

/** Calls that may sleep, by their sign. */
function sleepers(box: Box, lens: LensView): SVGElement[] {
  const at = new Set<number>();
  box.stave.code.insns.forEach((i, place) => {
    if (lens.marked.has(i.index)) at.add(Math.round(xOf(box, place) / 12) * 12);
  });
  return [...at].map((x) => s('text', { class: 'sleeper', x: x - 5, y: box.top - 2 }, 'zZ'));
}

const strokeElement = ({ points, guilty, over }: Stroke): SVGElement =>
  s('path', { class: `walk${guilty ? ' guilty' : ''}${over ? ' over' : ''}`, d: rounded(points) });

/** All of it. */
export function stavesElement(picture: StavesPicture): SVGSVGElement {
  const { layout } = picture;
  const stepOf = stepsOf(picture);
  const { strokes, discs, end } = layout;
  return s(
    'svg',
    { class: 'staves-picture', width: layout.width, height: layout.height, 'aria-hidden': 'true' },
    ...layout.trunk.map((points) => s('path', { class: 'trunk', d: rounded(points, 0) })),
    ...layout.boxes.map((box) => boxElement(box, picture, stepOf)),
    s(
      'g',
      { class: 'path' },
      // what is wrong lies over what is well
      ...strokes.filter((x) => !x.guilty).map(strokeElement),
      ...strokes.filter((x) => x.guilty).map(strokeElement),
      ...discs.map((d) =>
        s(
          'g',
          { class: `disc${d.point.guilty ? ' guilty' : ''}`, 'data-insn': d.point.insn },
          s('title', {}, d.point.text),
          s('circle', { cx: d.x, cy: d.y, r: 7.5 }),
          s('text', { x: d.x, y: d.y + 3.6 }, String(d.point.number)),
        ),
      ),
      ...(end === null
        ? []
        : cross(
            discs.some((d) => Math.abs(d.x - end.x) < 9 && d.y === end.y)
              ? { x: Math.max(...discs.filter((d) => d.y === end.y).map((d) => d.x)) + 17, y: end.y }
              : end,
          )),
    ),
  );
}
