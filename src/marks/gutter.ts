// SPDX-License-Identifier: GPL-2.0-only
/** The gutter of a C file or a disassembly: rails and sleep glyphs line by line, and the pictures for them. Pure. */
import type { GraphInsn } from '../protocol/graph';
import { beginsHolding } from '../protocol/words';
import { type Glyph, GLYPH_SHAPES, glyphOf } from './glyphs';
import type { HeldAfter } from './held-after';
import { type LaneMark, laneShapes, type MarkLook, REFERENCE_LOOK } from './rails';
import { type Colours, shapeText, svgText } from './svg';

/** Lanes that fit, their distance, and the size of a picture, px. */
const LANES = 3;
const PITCH = 6;
const SIZE = 19;
const GLYPH = 11;
const DISC = 13;

export interface GutterMark {
  readonly lanes: readonly (LaneMark | null)[];
  /** On a line whose call may sleep, or that is rejected. */
  readonly glyph: Glyph | null;
  /** Number of the path's step, in the place of the glyph; several as `1-2`. */
  readonly step: string | null;
}

type Afters = ReadonlyMap<GraphInsn, HeldAfter>;

/** What one line does to one resource. */
interface LineHeld {
  readonly look: MarkLook;
  before: 'on' | 'partial' | null;
  after: 'on' | 'partial' | null;
  takes: boolean;
  gives: boolean;
}

function lineOf(insns: readonly GraphInsn[], looks: ReadonlyMap<string, MarkLook>, after: Afters): Map<string, LineHeld> {
  const out = new Map<string, LineHeld>();
  const of = (key: string): LineHeld => {
    let known = out.get(key);
    if (known === undefined) {
      known = { look: looks.get(key) ?? REFERENCE_LOOK, before: null, after: null, takes: false, gives: false };
      out.set(key, known);
    }
    return known;
  };
  insns.forEach((insn, i) => {
    for (const h of insn.held) {
      const line = of(h.key);
      const state = h.inStates < insn.states ? 'partial' : 'on';
      // what a line holds without having taken it, it held before: the compiler may have moved its first instruction away
      if (i === 0 || (line.before === null && !line.takes)) line.before = state;
      if (!line.gives) line.after = state;
    }
    for (const e of insn.effects) {
      const line = of(e.key);
      if (beginsHolding(e)) {
        line.takes = true;
        const behind = after.get(insn);
        const taken = behind?.held.find((h) => h.key === e.key);
        line.after = taken !== undefined && behind !== undefined && taken.inStates < behind.states ? 'partial' : 'on';
      } else {
        line.gives = true;
        line.after = null;
      }
    }
  });
  return out;
}

function stateOf(line: LineHeld): LaneMark['state'] | null {
  if (line.takes && line.before === null) return line.after === 'on' ? 'take' : 'take-partial';
  if (line.gives && line.after === null) return line.before === 'partial' ? 'give-partial' : 'give';
  return line.before ?? (line.after === null ? null : line.after);
}

function glyphOfLine(insns: readonly GraphInsn[]): Glyph | null {
  if (insns.some((i) => i.rejected)) return 'rejected';
  const calls = insns.filter((i) => i.demands.length > 0 && i.visit === 'visited');
  const may = calls.find((i) => glyphOf(i) === 'may' || glyphOf(i) === 'nofault' || glyphOf(i) === 'mixed');
  return may === undefined ? null : glyphOf(may);
}

/**
 * Marks by line (any numbering, ascending). `lines` holds the instructions of each line that has some, in order of instructions; lines
 * between two lines of one function continue what both hold. `steps` holds the numbers of a path's steps by line, `after` what is held behind
 * the instructions that change it (`heldAfter`).
 */
export function gutterMarks(
  lines: ReadonlyMap<number, readonly GraphInsn[]>,
  steps: ReadonlyMap<number, readonly number[]> = new Map(),
  after: Afters = new Map(),
): Map<number, GutterMark> {
  const numbers = [...lines.keys()].sort((a, b) => a - b);
  const looks = new Map<string, MarkLook>();
  for (const insns of lines.values())
    for (const i of insns) for (const h of i.held) looks.set(h.key, { letter: h.letter, colour: h.colour });
  const held = new Map(numbers.map((n) => [n, lineOf(lines.get(n)!, looks, after)]));
  const span = new Map<string, { first: number; last: number }>();
  for (const n of numbers) {
    for (const key of held.get(n)!.keys()) {
      const known = span.get(key);
      if (known === undefined) span.set(key, { first: n, last: n });
      else known.last = n;
    }
  }
  const ends: number[] = [];
  const lane = new Map<string, number>();
  for (const [key, { first, last }] of [...span].sort((a, b) => a[1].first - b[1].first || b[1].last - a[1].last)) {
    let at = ends.findIndex((end) => end < first);
    if (at < 0) at = ends.length;
    ends[at] = last;
    lane.set(key, at);
  }
  const out = new Map<number, GutterMark>();
  const put = (n: number, key: string, mark: LaneMark): void => {
    const at = lane.get(key)!;
    if (at >= LANES) return;
    const known = out.get(n)?.lanes ?? [];
    const lanes = Array.from({ length: Math.max(known.length, at + 1) }, (_, i) => (i === at ? mark : (known[i] ?? null)));
    out.set(n, { lanes, glyph: null, step: null });
  };
  numbers.forEach((n, i) => {
    const here = held.get(n)!;
    for (const [key, line] of here) {
      const state = stateOf(line);
      if (state !== null) put(n, key, { ...line.look, state });
      const next = numbers[i + 1];
      const there = next === undefined ? undefined : held.get(next)!.get(key);
      if (next === undefined || there?.before == null || (line.after === null && line.before === null)) continue;
      if (line.after === null) continue;
      const between = line.after === 'partial' || there.before === 'partial' ? 'partial' : 'on';
      for (let k = n + 1; k < next; k++) put(k, key, { ...line.look, state: between });
    }
    const glyph = glyphOfLine(lines.get(n)!);
    if (glyph !== null) out.set(n, { lanes: out.get(n)?.lanes ?? [], glyph, step: null });
  });
  for (const [n, numbers] of steps)
    out.set(n, { lanes: out.get(n)?.lanes ?? [], glyph: out.get(n)?.glyph ?? null, step: stepText(numbers) });
  return out;
}

/** Stable name of a mark's look: marks with one name share a picture. */
export function gutterKey(mark: GutterMark): string {
  return `${mark.lanes.map((l) => (l === null ? '.' : `${l.letter}${l.colour ?? ''}${l.state}`)).join('|')} ${mark.glyph ?? ''} ${mark.step ?? ''}`;
}

/** `1`, or the first and the last of several. */
function stepText(numbers: readonly number[]): string {
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  return first === last ? String(first) : `${first}-${last}`;
}

/** A step's number on a disc, as in the graph and in the timeline; red where the path ends in a rejection. */
function stepDisc(text: string, rejected: boolean, colours: Colours): string {
  const width = Math.max(DISC, 6 + text.length * 5);
  const fill = rejected ? colours.rejected : colours.fg;
  const y = (SIZE - DISC) / 2;
  return `<rect x="${SIZE - width}" y="${y}" width="${width}" height="${DISC}" rx="${DISC / 2}" fill="${fill}" stroke="${colours.bg}"/><text x="${SIZE - width / 2}" y="${SIZE / 2 + 3.2}" text-anchor="middle" font-family="sans-serif" font-size="9" font-weight="600" fill="${colours.bg}">${text}</text>`;
}

/** The picture of a mark. The glyph takes the room of free lanes; for a rejection it comes first, and a step's number comes before all. */
export function gutterSvg(mark: GutterMark, colours: Colours): string {
  const used = mark.lanes.reduce((m, l, i) => (l === null ? m : i + 1), 0);
  const room = SIZE - used * PITCH;
  const fits = mark.glyph !== null && (room >= GLYPH || mark.glyph === 'rejected');
  const rails = laneShapes(mark.lanes, SIZE, 1, PITCH)
    .map((s) => shapeText(s, colours))
    .join('');
  const at = SIZE - GLYPH - 0.5;
  const glyph =
    !fits || mark.glyph === null
      ? ''
      : `<g transform="translate(${at} ${(SIZE - GLYPH) / 2}) scale(${GLYPH / 14})"><circle cx="7" cy="7" r="8" fill="${colours.bg}"/>${GLYPH_SHAPES[mark.glyph].map((s) => shapeText(s, colours)).join('')}</g>`;
  return svgText(SIZE, SIZE, rails + (mark.step === null ? glyph : stepDisc(mark.step, mark.glyph === 'rejected', colours)));
}
